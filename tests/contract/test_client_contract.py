"""Every request of the client is one the description knows, and its answers become the right data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.client import UseApiClient
from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import AccountNotFoundError
from pulumi_useapi.models import Account, Features, Subscription
from tests.support.http_server import ScriptedServer, answer

from .openapi import check_request, document


def test_every_request_conforms() -> None:
    with ScriptedServer(answer(200, {})) as server, UseApiClient("user:1-a", base_url=server.base_url) as client:
        client.put_account("https://hailuoai.video/cursor?unix=1", "a.b.c", 2, account="302")
        client.list_accounts()
        client.get_account("302")
        client.get_features("302")
        client.get_subscription()
        client.delete_account("302")
    assert len(server.requests) == 6
    for request in server.requests:
        check_request(request.method, request.path, request.body)
        assert request.headers["authorization"] == "Bearer user:1-a"


def test_the_documented_answer_is_read() -> None:
    example = document()["components"]["examples"]["Account"]["value"]
    with ScriptedServer(answer(201, example)) as server, UseApiClient("user:1-a", base_url=server.base_url) as client:
        account = client.put_account("https://hailuoai.video/", "a.b.c", 1)
    assert (account.account, account.max_jobs, account.host) == ("123456", 1, "hailuoai.video")
    assert (account.exp, account.iat, account.revision) == (1734858598.864, 1732266598.864, "1732266598000")
    assert (account.support_video, account.support_chat, account.support_audio) == (True, True, True)
    assert account.support_music is None
    assert account.error is None


@pytest.mark.parametrize(
    ("path", "read", "expected"),
    [
        ("/v2/account", Subscription.from_answer, Subscription(3, 3, 2, 1)),
        ("/v1/minimax/features/", Features.from_answer, None),
    ],
)
def test_the_other_documented_answers_are_read(
    path: str, read: Callable[[Any], object], expected: object | None
) -> None:
    content = document()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    found = read(content["examples"]["documented"]["value"])
    assert found == expected if expected else None not in vars(found).values()


def test_the_life_of_an_account_at_the_emulator(tmp_path: Path) -> None:
    credentials = make_credentials("302", expires=datetime.now(timezone.utc) + timedelta(days=30))
    with Emulator(tmp_path) as emulator, UseApiClient(emulator.api_token, base_url=emulator.base_url) as client:
        account = client.put_account(credentials.url, credentials.token, 2, account="302")
        assert (account.max_jobs, account.user_id, account.error) == (2, "302", None)
        assert account.revision
        assert client.list_accounts() == {"302": account}
        assert client.get_account("302") == account
        features = client.get_features("302")
        assert isinstance(features, Features)
        assert features.plan
        assert features.queue_length
        assert features.models
        assert features.credits is not None
        assert client.get_subscription().minimax_total == 1
        client.delete_account("302")
        for call in (client.get_account, client.delete_account):
            with pytest.raises(AccountNotFoundError):
                call("302")
        assert client.list_accounts() == dict[str, Account]()
