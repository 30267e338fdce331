"""The Python of every page runs as it stands there: one block after the other, on Pulumi's mocks and on the emulator."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pulumi_useapi.client import UseApiClient
from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import make_credentials
from tests.docs.pages import Block, blocks
from tests.support.python_program import python
from tools.paths import ROOT

ACCOUNT = "302817465"
SUBSCRIPTIONS = [Subscription("demo", "user:4711-made-up"), Subscription("team-b", "user:4712-made-up")]

RUNNER = """\
import json, os, pathlib, sys
import __future__
import pulumi
import pulumi_useapi

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        inputs = {name: pulumi.runtime.rpc.unwrap_rpc_secret(value) for name, value in args.inputs.items()}
        print("declared", args.name, sorted(name for name in inputs if name != "__provider"))
        known = {"account": os.environ["ACCOUNT"], "jwtExpiry": "2026-12-24T10:31:02Z"}
        return args.name, {**inputs, **known}

    def call(self, args):
        raise NotImplementedError(args.token)

# What the client's own default is for everybody else.
pulumi_useapi.UseApiClient.__init__.__kwdefaults__["base_url"] = os.environ["USEAPI_BASE_URL"]
pulumi.runtime.set_mocks(Mocks(), project="studio", stack="dev")
pulumi.runtime.set_all_config({"studio:url": "https://hailuoai.video/cursor", "studio:token": "made up"})

def run(blocks):
    names = {"__name__": "__main__"}
    for place, text in blocks:
        exec(compile(text, place, "exec", __future__.annotations.compiler_flag, True), names)

for page, blocks in json.loads(pathlib.Path("blocks.json").read_text()).items():
    pulumi.runtime.test(run)(blocks)
    print("ran", page)
"""


def by_page(kind: str) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for block in blocks():
        if block.kind == kind:
            found.setdefault(str(block.page.relative_to(ROOT)), []).append(block)
    return found


def test_every_python_block_runs(tmp_path: Path) -> None:
    pages = by_page("python")
    (tmp_path / "runner.py").write_text(RUNNER)
    told = {page: [(block.place, block.text) for block in found] for page, found in pages.items()}
    (tmp_path / "blocks.json").write_text(json.dumps(told))
    [accounts] = [block for block in by_page("json")["docs/fleets.md"] if "max_jobs" in block.text]
    (tmp_path / "accounts.json").write_text(accounts.text)
    with Emulator(tmp_path / "emulator", subscriptions=SUBSCRIPTIONS) as emulator:
        made = make_credentials(ACCOUNT, expires=datetime.now(timezone.utc) + timedelta(days=30))
        with UseApiClient(emulator.api_token, base_url=emulator.base_url) as client:
            client.put_account(made.url, made.token, 2)
        text = run(tmp_path, emulator)
    assert [line.removeprefix("ran ") for line in text.splitlines() if line.startswith("ran ")] == list(pages)
    assert {"README.md", "docs/fleets.md", "docs/reference/functions.md"} <= pages.keys()
    assert "declared main ['maxJobs', 'token', 'url']" in text
    assert "declared team-a-1 ['maxJobs', 'subscription', 'token', 'url']" in text


def run(folder: Path, emulator: Emulator) -> str:
    first, second = SUBSCRIPTIONS
    given = {
        "USEAPI_BASE_URL": emulator.base_url,
        "USEAPI_API_TOKEN": first.api_token,
        "USEAPI_API_TOKEN_TEAM_B": second.api_token,
        "MINIMAX_ACCOUNTS": "accounts.json",
        "ACCOUNT": ACCOUNT,
    }
    return python(folder, "runner.py", **given)
