"""The data functions in programs that a real engine runs: shared looks, previews, orders, and errors of one sentence."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from pulumi_useapi import UseApiClient
from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World

MINE = Subscription("mine", "user:4711-5e0c1a8d7b3f4e92a6d10c57", plan="Standard", credits=250)
TEAM_B = Subscription("team-b", "user:4712-0d9f1b72c4e84a65b3177e20")
MAIN, STUDIO, TEAM, NEW = "302817465", "517730018", "448190022", "640021977"

LOOKS = f'''\
import sys
import pulumi
from pulumi_useapi import get_minimax_account, get_minimax_account_output, get_minimax_accounts, get_minimax_features_output

assert "requests" not in sys.modules
seen = [get_minimax_account("{MAIN}"), get_minimax_account("{STUDIO}"), *get_minimax_accounts().values()]
assert "requests" in sys.modules
team = [get_minimax_account_output(pulumi.Output.from_input("{TEAM}"), subscription="team-b") for _ in range(8)]
pulumi.export("seen", [(one.account, one.max_jobs) for one in seen])
pulumi.export("team", pulumi.Output.all(*team).apply(lambda all_: [one.account for one in all_]))
pulumi.export("plan", get_minimax_features_output("{MAIN}").plan)
pulumi.export("whole", get_minimax_account("{MAIN}"))
'''

AFTER_A_RESOURCE = """\
import json, pathlib
import pulumi
from pulumi_useapi import *

declared = json.loads(pathlib.Path("accounts.json").read_text())
before = get_minimax_accounts()
accounts = {name: MiniMaxAccount(name, **entry) for name, entry in declared.items()}
after = {name: get_minimax_account_output(one.account.apply(lambda known: known)) for name, one in accounts.items()}
by_id = {name: get_minimax_account_output(one.id) for name, one in accounts.items()}
pulumi.export("before", len(before))
pulumi.export("after", {name: one.max_jobs for name, one in after.items()})
pulumi.export("byId", {name: one.max_jobs for name, one in by_id.items()})
pulumi.export("plans", {name: get_minimax_features_output(one.account).plan for name, one in accounts.items()})
"""

INLINE = '''\
"""Two programs at the same time in one process, each with a subscription of its own."""
import json, os, sys, threading
import pulumi
from pulumi import automation
from pulumi_useapi import get_minimax_account_output, get_minimax_accounts

def program():
    get_minimax_accounts()
    pulumi.export("accounts", sorted(get_minimax_accounts()))
    pulumi.export("first", get_minimax_account_output(sorted(get_minimax_accounts())[0]).account)

results = {}

def run(name):
    stack = automation.create_or_select_stack(name, "inline", program)
    stack.set_config("useapi:apiToken", automation.ConfigValue(os.environ["TOKEN_" + name.upper()], secret=True))
    outputs = stack.up().outputs
    results[name] = {key: output.value for key, output in outputs.items()}

threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(results))
'''


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [MINE, TEAM_B]


@pytest.fixture
def served(world: World) -> World:
    """Three accounts in two subscriptions, configured by somebody else."""
    for subscription, accounts in ((MINE, (MAIN, STUDIO)), (TEAM_B, (TEAM,))):
        with UseApiClient(subscription.api_token, base_url=world.emulator.base_url) as client:
            for account in accounts:
                client.put_account(**world.credentials(account), max_jobs=3)
    world.stack.environment["USEAPI_API_TOKEN_TEAM_B"] = TEAM_B.api_token
    return world


def asked(world: World, after: int) -> list[str]:
    return [one["path"] for one in world.calls("GET", after=after)]


def last(world: World) -> int:
    return int(world.calls()[-1]["sequence"])


def test_many_looks_are_one_request_for_each_subscription(served: World) -> None:
    served.stack.write_program(LOOKS)
    since = last(served)
    served.succeeded(served.stack.preview())
    at_preview = asked(served, since)
    assert sorted(at_preview) == ["/v1/minimax/accounts", "/v1/minimax/accounts", "/v1/minimax/features/"]

    since = last(served)
    served.succeeded(served.stack.up())
    assert sorted(asked(served, since)) == sorted(at_preview)
    outputs = served.stack.outputs()
    assert outputs["seen"] == [[MAIN, 3], [STUDIO, 3], [MAIN, 3], [STUDIO, 3]]
    assert outputs["team"] == [TEAM] * 8
    assert outputs["plan"] == "Standard"
    assert outputs["whole"]["host"] == "hailuoai.video"
    assert served.calls("DELETE") == []


def test_a_look_at_a_resource_is_taken_after_it(served: World) -> None:
    entry = served.entry(NEW, max_jobs=1)
    served.stack.write_program(AFTER_A_RESOURCE)
    served.stack.declare(new=entry)
    preview = served.succeeded(served.stack.preview())
    assert re.search(r"before *: 2\b", preview.text), "what is known at preview is asked at preview"
    for jobs, before in ((1, 2), (2, 3)):
        served.stack.declare(new=entry | {"max_jobs": jobs})
        served.succeeded(served.stack.up())
        seen = {"new": jobs}
        assert served.stack.outputs() == {"before": before, "after": seen, "byId": seen, "plans": {"new": "Standard"}}
    served.succeeded(served.stack.preview("--expect-no-changes"))


def test_refusals_are_one_sentence(served: World) -> None:
    missing = f"account {NEW} is not configured in subscription 4711: declare it with MiniMaxAccount(…), or look up one"
    cases = [
        (f'get_minimax_account("{NEW}")', missing),
        (f'get_minimax_account_output(pulumi.Output.from_input("{NEW}"))', missing),
        (f'get_minimax_features_output("{NEW}")', f"account {NEW} is not configured at useapi.net (404)"),
        (
            'get_minimax_accounts_output(subscription="team-c")',
            "the API token of subscription team-c is missing: set it with pulumi config set --secret --path "
            "'useapi:subscriptions.team-c.apiToken', or in the environment variable USEAPI_API_TOKEN_TEAM_C; there is one "
            "for the default one, USEAPI_API_TOKEN_TEAM_B",
        ),
        ('get_minimax_account("")', "account: it must be an account id such as 302817465"),
    ]
    for call, sentence in cases:
        served.stack.write_program(f"import pulumi\nfrom pulumi_useapi import *\n{call}\n")
        run = served.refused(served.stack.preview(), f"error: {sentence}")
        assert run.text.count(sentence[:40]) == 1, run.text


def test_inline_programs_of_one_process_see_their_own_subscription(served: World, tmp_path: Path) -> None:
    del served.stack.environment["USEAPI_API_TOKEN"]
    script = tmp_path / "inline.py"
    script.write_text(INLINE)
    environment = served.stack.variables() | {"TOKEN_ONE": MINE.api_token, "TOKEN_TWO": TEAM_B.api_token}
    run = served.stack.run_program([sys.executable, str(script)], environment=environment)
    assert run.code == 0, run.text
    assert json.loads(run.text.splitlines()[-1]) == {
        "one": {"accounts": [MAIN, STUDIO], "first": MAIN},
        "two": {"accounts": [TEAM], "first": TEAM},
    }
