"""examples/ci/pipeline.sh on the emulator, as a runner runs it, and which command notices what."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.engine.conftest import World
from tests.support.http_server import ScriptedServer, answer
from tests.support.interrupted import is_locked
from tests.support.pulumi_stack import Run

SCRIPT = Path(__file__).parents[2] / "examples" / "ci" / "pipeline.sh"
PAGE = Path(__file__).parents[2] / "docs" / "pipelines.md"
READY_MADE = "from pulumi_useapi import accounts_from_config\n\naccounts_from_config()\n"
MAIN, SPARE = "302817465", "517730018"


@pytest.fixture
def pipeline(world: World, tmp_path: Path) -> World:
    """A ready-made stack whose account main is in the config, and a runner's folder for temporary files."""
    (tmp_path / "runner").mkdir()
    world.stack.environment |= {"PULUMI_STACK": world.stack.name, "TMPDIR": str(tmp_path / "runner")}
    world.stack.write_program(READY_MADE)
    configure(world, "main", MAIN)
    return world


def configure(world: World, name: str, account: str, *, days: float = 20) -> None:
    path = f"useapi:accounts.{name}"
    secrets = [f"{path}.{key}={value}" for key, value in world.credentials(account, days=days).items()]
    arguments = [argument for secret in secrets for argument in ("--secret", secret)]
    world.stack.quiet("config", "set-all", "--path", *arguments, "--plaintext", f"{path}.maxJobs=2")


def start(world: World, job: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(SCRIPT), job],
        cwd=world.stack.project,
        env=world.stack.variables() | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(world: World, process: subprocess.Popen[str]) -> Run:
    text, _ = process.communicate(timeout=240)
    world.stack.console.append(text)
    return Run(process.returncode, text)


def run(world: World, job: str, **environment: str) -> Run:
    return finish(world, start(world, job, **environment))


def post_by_hand(world: World, *, days: float) -> None:
    """Somebody else configures the account anew."""
    posted = requests.post(
        f"{world.emulator.base_url}/accounts",
        json={**world.credentials(MAIN, days=days), "maxJobs": 2},
        headers={"Authorization": f"Bearer {world.emulator.api_token}"},
        timeout=30,
    )
    assert posted.status_code == 201


def test_a_pull_request_is_previewed_without_any_secret(pipeline: World, tmp_path: Path) -> None:
    configure(pipeline, "spare", SPARE)
    pipeline.stack.set_config("useapi:accounts.spare.subscription", "team-b")
    pipeline.stack.set_config("useapi:subscriptions.team-b.apiToken", pipeline.emulator.api_token, secret=True)
    del pipeline.stack.environment["USEAPI_API_TOKEN"]
    nothing = {"PULUMI_CONFIG_PASSPHRASE": "", "PULUMI_BACKEND_URL": "file:///nowhere", "USEAPI_BASE_URL": ""}
    preview = pipeline.succeeded(run(pipeline, "preview", **nothing))
    assert "+ pulumi-python:dynamic/useapi:MiniMaxAccount: (create) [urn=urn:pulumi:ci::" in preview.sentences
    assert {'account : "300000001"', 'account : "300000002"'} <= set(re.findall(r'account : "\d+"', preview.sentences))
    assert pipeline.calls() == [], "the real service is not asked"

    pipeline.stack.set_config("useapi:accounts.main.maxJobs", "99")
    pipeline.refused(run(pipeline, "preview", **nothing), "it must be a whole number from 1 to 10")
    pipeline.stack.set_config("useapi:accounts.main.token", "not encrypted")
    pipeline.refused(run(pipeline, "preview", **nothing), 'useapi:accounts["main"]["token"] stands in plaintext')
    assert not (pipeline.stack.project / "Pulumi.ci.yaml").exists()
    left = {path.name for path in (tmp_path / "runner").iterdir()}
    assert left <= {f"pulumi-useapi-{os.getuid()}"}, "the folder that every run of the package shares"


def test_up_status_and_drift(pipeline: World, tmp_path: Path) -> None:
    pipeline.succeeded(run(pipeline, "up"))
    assert set(pipeline.served()) == {MAIN}
    pipeline.succeeded(run(pipeline, "drift"))

    summary = tmp_path / "summary.md"
    with ScriptedServer(answer(200, {})) as heartbeat:
        said = {"GITHUB_STEP_SUMMARY": str(summary), "HEARTBEAT_URL": f"http://{heartbeat.host}/ping"}
        assert run(pipeline, "status", FAIL_WITHIN="3w", **said).code == 3
        assert heartbeat.requests == [], "what is not well does not say so"
        pipeline.succeeded(run(pipeline, "status", **said))
        assert [one.path for one in heartbeat.requests] == ["/ping"]
    assert summary.read_text().count("| main |") == 2

    # A refresh has taken it into the state, so that neither preview nor refresh see it any more.
    post_by_hand(pipeline, days=29)
    pipeline.succeeded(pipeline.stack.refresh())
    drift = run(pipeline, "drift")
    assert drift.code == 1
    assert drift.text.endswith("pipeline.sh: drift, seen by: status (newerCredentials)\n")
    assert run(pipeline, "nonsense").code == 2


def test_a_cancelled_job_gives_the_lock_back(pipeline: World) -> None:
    pipeline.emulator.set_behaviour(latency=2)
    process = start(pipeline, "up")
    deadline = time.monotonic() + 60
    while not is_locked(pipeline.stack) or not pipeline.calls():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    cancelled = finish(pipeline, process)
    assert cancelled.code != 0, cancelled.text
    assert "pipeline.sh: cancelled; run it again to finish." in cancelled.text
    assert not is_locked(pipeline.stack)
    pipeline.emulator.set_behaviour(latency=0)
    pipeline.succeeded(run(pipeline, "up"))
    assert set(pipeline.served()) == {MAIN}


def edited(**changes: object) -> Callable[[World], None]:
    return lambda world: world.emulator.edit(world.emulator.subscriptions[0].number, MAIN, **changes)


HAPPENS: dict[str, Callable[[World], object]] = {
    "only an output has changed (`error`)": edited(error="account on hold"),
    "`maxJobs` was edited": edited(error=None, maxJobs=7),
    "newer credentials": lambda world: post_by_hand(world, days=29),
    "the same, after a `refresh` or `up --refresh`": lambda world: world.stack.refresh(),
    "other credentials, older ones": lambda world: post_by_hand(world, days=10),
    "an account was deleted": lambda world: world.emulator.delete(world.emulator.subscriptions[0].number, MAIN),
}
COMMANDS = (["preview", "--refresh"], ["refresh", "--preview-only"])


def table() -> dict[str, list[str]]:
    """What the page says of each command, by what has happened."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows if row[0] in HAPPENS}


def test_the_page_says_which_command_notices_what(pipeline: World) -> None:
    pipeline.succeeded(pipeline.stack.up())
    seen = {}
    for what, happen in HAPPENS.items():
        happen(pipeline)
        seen[what] = notices(pipeline)
    assert seen == table()


def notices(world: World) -> list[str]:
    codes = [world.stack.run(*command, "--expect-no-changes").code for command in COMMANDS]
    status = subprocess.run(
        ["pulumi-useapi", "status", "--json"],
        cwd=world.stack.project,
        env=world.stack.variables(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = ", ".join(json.loads(status.stdout)["findings"])
    return [*("yes" if code else "no" for code in codes), str(status.returncode), f"`{found}`"]
