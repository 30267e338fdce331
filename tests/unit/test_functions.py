"""The data functions against the emulator, in programs without an engine: what they answer, ask for and refuse."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pulumi
import pytest
from pulumi.runtime import settings as pulumi_settings

import pulumi_useapi
from pulumi_useapi import (
    MiniMaxAccountResult,
    MiniMaxFeaturesResult,
    UseApiClient,
    get_minimax_account,
    get_minimax_account_output,
    get_minimax_accounts,
    get_minimax_accounts_output,
    get_minimax_features,
    get_minimax_features_output,
)
from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import AccountNotFoundError, ApiTokenRefusedError, ConfigurationError
from tests.support.mocked_program import Mocks, mocked_program
from tests.support.secret_scan import SecretScan

T = TypeVar("T")

MINE = Subscription("mine", "user:4711-5e0c1a8d7b3f4e92a6d10c57", plan="Standard", credits=250)
TEAM_B = Subscription("team-b", "user:4712-0d9f1b72c4e84a65b3177e20")
MAIN, STUDIO, TEAM = "302817465", "517730018", "448190022"
EXPIRES = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=20)
ASK = [
    pytest.param(lambda: get_minimax_account(MAIN), id="account"),
    pytest.param(get_minimax_accounts, id="accounts"),
    pytest.param(lambda: get_minimax_features(MAIN), id="features"),
]


@pytest.fixture
def scan() -> SecretScan:
    return SecretScan()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scan: SecretScan) -> Iterator[Emulator]:
    """The emulator with three accounts in two subscriptions; the environment leads to it, as a user's tests would."""
    with Emulator(tmp_path / "emulator", subscriptions=[MINE, TEAM_B]) as emulator:
        for subscription, accounts in ((MINE, (MAIN, STUDIO)), (TEAM_B, (TEAM,))):
            with UseApiClient(subscription.api_token, base_url=emulator.base_url) as client:
                for account in accounts:
                    made = make_credentials(account, expires=EXPIRES)
                    client.put_account(made.url, made.token, 3)
                    scan.plant_credentials(made.url, made.token)
        monkeypatch.setenv("USEAPI_BASE_URL", emulator.base_url)
        monkeypatch.setenv("USEAPI_API_TOKEN", MINE.api_token)
        monkeypatch.setenv("USEAPI_API_TOKEN_TEAM_B", TEAM_B.api_token)
        yield emulator


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.AbstractEventLoop]:
    """A program with Pulumi's mocks; gives its event loop."""
    monkeypatch.chdir(tmp_path)
    with mocked_program(Mocks()) as loop:
        yield loop


def in_a_run(function: Callable[[], T]) -> T:
    """Call it as the program of a run of its own, with an engine that is no mock as far as one can see."""

    def run() -> T:
        pulumi_settings.SETTINGS.monitor = object()
        pulumi_settings.ROOT.set(root)
        return function()

    root = pulumi.ComponentResource("studio:run", "run")

    return contextvars.copy_context().run(run)


def gets(service: Emulator) -> int:
    return len([one for one in service.requests() if one["method"] == "GET"])


def refusal(ask: Callable[[], object], cause: type[Exception]) -> str:
    with pytest.raises(pulumi.RunError) as caught:
        ask()
    assert isinstance(caught.value.__cause__, cause)
    return str(caught.value)


# what they answer


def test_an_account(service: Emulator) -> None:
    service.edit(MINE.number, MAIN, maxJobs=2)
    found = get_minimax_account(MAIN)
    assert found == MiniMaxAccountResult(
        account=MAIN,
        max_jobs=2,
        server_expiry=EXPIRES.strftime("%Y-%m-%dT%H:%M:%SZ"),
        server_issued=(EXPIRES - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        host="hailuoai.video",
        support_video=True,
        support_chat=True,
        support_audio=True,
        support_music=None,
        error=None,
    )
    with pytest.raises(FrozenInstanceError):
        found.max_jobs = 3  # type: ignore[misc]


@pytest.mark.usefixtures("service")
def test_all_accounts_of_a_subscription() -> None:
    main = get_minimax_account(MAIN)
    assert get_minimax_accounts() == {MAIN: main, STUDIO: replace(main, account=STUDIO)}
    assert set(get_minimax_accounts(subscription="team-b")) == {TEAM}
    assert get_minimax_account(f" {TEAM}\n", subscription="team-b").account == TEAM


@pytest.mark.usefixtures("service")
def test_features() -> None:
    found = get_minimax_features(MAIN)
    assert (found.credits, found.plan) == (250, "Standard")
    assert found.queue_length is not None
    assert found.models
    assert isinstance(found, MiniMaxFeaturesResult)


def test_a_broken_account_says_so(service: Emulator) -> None:
    service.set_behaviour(accounts={MAIN: {"error": "This account is broken."}})
    assert get_minimax_account(MAIN).error
    assert get_minimax_account(STUDIO).error is None


@pytest.mark.usefixtures("service")
def test_no_secret_and_nothing_personal_is_in_a_result(scan: SecretScan) -> None:
    shown = repr([get_minimax_accounts(), get_minimax_account(TEAM, subscription="team-b"), get_minimax_features(MAIN)])
    assert scan.find(shown) == set()
    for word in ("secured", "unix", "device", "Sample user", "avatar", "4711-", "4712-"):
        assert word not in shown


# how often they ask


def test_a_run_looks_once_for_each_subscription(service: Emulator) -> None:
    def program() -> None:
        assert [get_minimax_account(one).account for one in (MAIN, STUDIO, MAIN)] == [MAIN, STUDIO, MAIN]
        get_minimax_accounts().clear()
        assert len(get_minimax_accounts()) == 2, "everybody has an answer of their own"
        assert gets(service) == 1
        get_minimax_account(TEAM, subscription="team-b")
        get_minimax_accounts(subscription="team-b")
        assert gets(service) == 2

    in_a_run(program)
    in_a_run(lambda: get_minimax_account(MAIN))
    assert gets(service) == 3, "another run looks for itself"
    get_minimax_account(MAIN)
    get_minimax_account(MAIN)
    assert gets(service) == 5, "outside of a run nothing is remembered"


def test_an_account_configured_since_the_look_is_found(service: Emulator) -> None:
    def program() -> None:
        assert "640021977" not in get_minimax_accounts()
        made = make_credentials("640021977", expires=EXPIRES)
        with UseApiClient(MINE.api_token, base_url=service.base_url) as client:
            client.put_account(made.url, made.token, 1)
        assert get_minimax_account("640021977").max_jobs == 1
        assert gets(service) == 2

    in_a_run(program)


# what they refuse


def test_an_account_that_is_not_there(service: Emulator) -> None:
    assert refusal(lambda: get_minimax_account(TEAM), AccountNotFoundError) == (
        f"account {TEAM} is not configured in subscription 4711: declare it with MiniMaxAccount(…), or look up one that is "
        "there"
    )
    assert gets(service) == 1
    assert refusal(lambda: get_minimax_features(TEAM), AccountNotFoundError) == (
        f"account {TEAM} is not configured at useapi.net (404): configure it with pulumi up"
    )


@pytest.mark.parametrize("account", ["", " ", "a.b.c", MINE.api_token, "https://hailuoai.video/", None, 302817465])
@pytest.mark.parametrize("ask", [get_minimax_account, get_minimax_features])
def test_what_is_no_account_id_is_not_repeated(
    service: Emulator, ask: Callable[[Any], object], account: object
) -> None:
    assert refusal(lambda: ask(account), ConfigurationError) == (
        "account: it must be an account id such as 302817465, which MiniMaxAccount gives as its output account"
    )
    assert gets(service) == 0


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("ask", ASK)
def test_a_missing_api_token(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]) -> None:
    monkeypatch.delenv("USEAPI_API_TOKEN")
    assert refusal(ask, ConfigurationError) == (
        "the API token is missing: set it with pulumi config set --secret useapi:apiToken, or in the environment variable "
        "USEAPI_API_TOKEN"
    )
    assert get_minimax_accounts(subscription="team-b"), "the default subscription need not be there"


@pytest.mark.usefixtures("service")
def test_an_unknown_subscription_and_a_token_in_its_place() -> None:
    assert refusal(lambda: get_minimax_accounts(subscription="team-c"), ConfigurationError) == (
        "the API token of subscription team-c is missing: set it with pulumi config set --secret --path "
        "'useapi:subscriptions.team-c.apiToken', or in the environment variable USEAPI_API_TOKEN_TEAM_C; there is one for "
        "the default one, USEAPI_API_TOKEN_TEAM_B"
    )
    assert refusal(lambda: get_minimax_accounts(subscription=TEAM_B.api_token), ConfigurationError) == (
        "subscription: it must be the name of a configured subscription (letters, digits, - and _), never an API token"
    )


@pytest.mark.parametrize("ask", ASK)
def test_settings_are_the_resources(
    service: Emulator, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]
) -> None:
    monkeypatch.delenv("USEAPI_API_TOKEN")
    monkeypatch.delenv("USEAPI_BASE_URL")
    config = {"useapi:apiToken": MINE.api_token, "useapi:baseUrl": service.base_url}
    pulumi.runtime.set_all_config(config, ["useapi:apiToken"])
    assert ask()
    pulumi.runtime.set_all_config(config, [])
    with pytest.raises(pulumi.RunError, match=r"^useapi:apiToken: this secret stands in plaintext"):
        ask()
    pulumi.runtime.set_all_config(config | {"useapi:baseUrl": "http://useapi.example.com"}, ["useapi:apiToken"])
    assert refusal(ask, ConfigurationError).startswith("the base URL must use https")
    monkeypatch.setenv("USEAPI_BASE_URL", service.base_url)
    monkeypatch.setenv("USEAPI_API_TOKEN", "user:4713-not-a-token-of-anybody")
    assert refusal(ask, ApiTokenRefusedError).startswith("useapi.net refused the API token")


# the _output forms

Loop = asyncio.AbstractEventLoop


def resolved(program: Loop, output: pulumi.Output[T]) -> T:
    async def wait() -> T:
        assert await output.is_known()
        return await output.future()  # type: ignore[return-value]

    return program.run_until_complete(wait())


def later(value: T, *, secret: bool = False) -> pulumi.Output[T]:
    async def give() -> T:
        await asyncio.sleep(0)
        return value

    output: pulumi.Output[T] = pulumi.Output.from_input(give())
    return pulumi.Output.secret(output) if secret else output


@pytest.mark.usefixtures("service")
def test_the_output_forms_take_inputs(program: Loop) -> None:
    assert resolved(program, get_minimax_account_output(MAIN)) == get_minimax_account(MAIN)
    found = get_minimax_account_output(later(TEAM), subscription=later("team-b"))
    assert resolved(program, found.account) == TEAM, "fields can be read from the output"
    accounts = get_minimax_accounts_output(subscription=later("team-b"))
    assert resolved(program, accounts[TEAM].max_jobs) == 3
    assert resolved(program, get_minimax_features_output(later(MAIN)).plan) == "Standard"


def test_what_is_unknown_and_what_is_secret_stays_so(service: Emulator, program: Loop) -> None:
    unknown: pulumi.Output[str] = pulumi.Output(set(), _future(program, ""), _future(program, False))
    for output in (
        get_minimax_account_output(unknown),
        get_minimax_account_output(MAIN, subscription=unknown),
        get_minimax_accounts_output(subscription=unknown),
        get_minimax_features_output(unknown),
    ):
        assert program.run_until_complete(_bool(output.is_known())) is False
    assert gets(service) == 0
    secret = get_minimax_account_output(later(MAIN, secret=True))
    assert program.run_until_complete(_bool(secret.is_secret())) is True
    assert program.run_until_complete(_bool(get_minimax_account_output(MAIN).is_secret())) is False


def _future(loop: Loop, value: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = loop.create_future()
    future.set_result(value)
    return future


async def _bool(value: Any) -> bool:
    return bool(await value)


def test_many_outputs_of_a_run_share_one_look(service: Emulator, program: Loop) -> None:
    def declare() -> Coroutine[Any, Any, list[Any]]:
        outputs = [get_minimax_account_output(later(one)) for one in (MAIN, STUDIO) * 10]
        return asyncio.wait_for(asyncio.gather(*(output.future() for output in outputs)), 30)

    found = program.run_until_complete(in_a_run(declare))
    assert [one.account for one in found] == [MAIN, STUDIO] * 10
    assert gets(service) == 1


@pytest.mark.usefixtures("service")
def test_an_output_form_refuses_in_the_same_sentence(program: Loop) -> None:
    with pytest.raises(pulumi.RunError, match=f"^account {TEAM} is not configured in subscription 4711"):
        resolved(program, get_minimax_account_output(TEAM))


def test_every_function_is_public() -> None:
    names = {f"get_minimax_{what}{form}" for what in ("account", "accounts", "features") for form in ("", "_output")}
    assert names <= set(pulumi_useapi.__all__)
