"""`pulumi-useapi status` against an emulator, with API tokens of the environment alone: screens and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from pulumi_useapi.cli import main
from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import make_credentials
from tests.support.http_server import ScriptedServer, stall
from tests.support.secret_scan import SecretScan

DEMO = Subscription("demo", "user:4711-an-api-token-of-the-demo", plan="Standard", credits=1240, max_accounts=60)
TEAM = Subscription("team-b", "user:9999-another-one-of-the-team", plan="Free", max_accounts=60)

COMMAND = [sys.executable, "-c", "from pulumi_useapi.cli import main; main()", "status"]


@dataclass
class Scene:
    """The emulator, the environment of the command, and the secrets."""

    emulator: Emulator
    folder: Path
    environment: dict[str, str]
    scan: SecretScan = field(default_factory=SecretScan)

    def configure(self, account: str, days: float, *, of: Subscription = DEMO, jobs: int = 2) -> None:
        made = make_credentials(account, expires=datetime.now(timezone.utc) + timedelta(days=days))
        body = {"url": made.url, "token": made.token, "maxJobs": jobs}
        headers = {"Authorization": f"Bearer {of.api_token}"}
        answer = requests.post(f"{self.emulator.base_url}/accounts", json=body, headers=headers, timeout=10)
        assert answer.status_code == 201
        self.scan.plant_credentials(made.url, made.token)

    def run(self, *arguments: str, **environment: str | None) -> Result:
        result = CliRunner().invoke(main, ["status", *arguments], env=self.environment | environment)
        assert self.scan.find(result.output) == set()
        assert "Sample user" not in result.output
        return result


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name in os.environ:
        if name.startswith(("USEAPI_", "PULUMI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with Emulator(tmp_path / "emulator", subscriptions=[DEMO, TEAM]) as emulator:
        environment = {
            "USEAPI_BASE_URL": emulator.base_url,
            "USEAPI_API_TOKEN": DEMO.api_token,
            "USEAPI_API_TOKEN_TEAM_B": TEAM.api_token,
        }
        made = Scene(emulator, tmp_path, environment)
        for one in (DEMO, TEAM):
            made.scan.plant("API token", one.api_token)
        yield made


def test_the_accounts_of_all_subscriptions_are_on_one_screen(scene: Scene) -> None:
    scene.configure("302817465", 20.5, jobs=3)
    scene.configure("448190022", 25.5, of=TEAM)
    result = scene.run()
    assert result.exit_code == 0
    lines = [line.split() for line in result.output.splitlines()]
    assert " ".join(lines[0]) == "account subscription site plan credits jobs supports issued good until left"
    assert lines[1][:5] == ["302817465", "default", "hailuoai.video", "Standard", "1,240"]
    assert lines[2][:5] == ["448190022", "team-b", "hailuoai.video", "Free", "100"]
    assert "20 days" in result.output
    assert result.output.splitlines()[-1].startswith("2 of 2 usable, 5 jobs at once; the next to die is 302817465 (")
    assert "\x1b" not in result.output


@pytest.mark.parametrize(("option", "code"), [("2w", 0), ("15d", 0), ("16d", 3), ("383h", 3), ("300h", 0), ("0d", 0)])
def test_expiring_within(scene: Scene, option: str, code: int) -> None:
    scene.configure("1", 15.5)
    assert scene.run("--fail-within", option).exit_code == code


def test_each_finding_has_an_exit_code_and_the_worst_one_wins(scene: Scene) -> None:
    scene.configure("1", 2)
    assert scene.run().exit_code == 0
    assert scene.run("--fail-within", "7d").exit_code == 3
    assert scene.run("--fail-within", "7d", USEAPI_API_TOKEN_TEAM_B="user:9999-junk").exit_code == 3
    assert scene.run(USEAPI_API_TOKEN_TEAM_B="user:9999-junk").exit_code == 8
    scene.configure("2", 20)
    scene.emulator.edit(DEMO.number, "2", error="account on hold")
    assert scene.run("--fail-within", "7d").exit_code == 5
    scene.emulator.edit(DEMO.number, "1", exp=time.time() - 10)
    result = scene.run("--fail-within", "7d", USEAPI_API_TOKEN_TEAM_B="user:9999-junk")
    assert result.exit_code == 4
    assert 'in error at useapi.net: "account on hold"' in result.output


def test_a_subscription_that_fails_does_not_hide_the_others(scene: Scene) -> None:
    scene.configure("1", 20)
    result = scene.run("--json", USEAPI_API_TOKEN_TEAM_B="user:9999-junk")
    document = json.loads(result.output)
    assert result.exit_code == document["exitCode"] == 8
    assert [one["account"] for one in document["accounts"]] == ["1"]
    assert "refused the API token" in document["subscriptions"][1]["problem"]
    shown = scene.run(USEAPI_API_TOKEN_TEAM_B="user:9999-junk").output
    assert "subscription team-b could not be asked: useapi.net refused the API token" in shown


def test_one_subscription_under_two_names_is_asked_once(scene: Scene) -> None:
    scene.configure("1", 20)
    document = json.loads(scene.run("--json", "--no-plan", USEAPI_API_TOKEN_TEAM_B=DEMO.api_token).output)
    assert document["subscriptions"] == [{"names": [None, "team-b"], "number": "4711", "accounts": 1, "problem": None}]
    assert len(document["accounts"]) == 1
    assert len([one for one in scene.emulator.requests() if one["method"] == "GET"]) == 1


def test_plan_and_credits_cost_a_request_for_each_account(scene: Scene) -> None:
    for number in range(11):
        scene.configure(str(100 + number), 20)

    def asked(*arguments: str) -> int:
        before = scene.emulator.requests()[-1]["sequence"]
        assert scene.run(*arguments, USEAPI_API_TOKEN_TEAM_B=None).exit_code == 0
        return len(scene.emulator.requests(before))

    assert asked() == 1
    assert asked("--plan") == 12
    scene.emulator.delete(DEMO.number, "100")
    assert asked() == 11
    assert asked("--no-plan") == 1


def test_a_plan_that_is_not_told_costs_nothing_but_the_plan(scene: Scene) -> None:
    scene.configure("1", 20)
    scene.emulator.set_faults([{"fault": "status", "status": 402, "path": "features"}])
    [one] = json.loads(scene.run("--json").output)["accounts"]
    assert (one["plan"], one["isUsable"]) == (None, True)


def test_nothing_to_ask_is_told_in_a_sentence(scene: Scene) -> None:
    result = scene.run(USEAPI_API_TOKEN=None, USEAPI_API_TOKEN_TEAM_B=None)
    assert result.exit_code == 1
    assert result.output.startswith("Error: the API token is missing: set it with pulumi config set --secret ")


def test_markdown_and_picture(scene: Scene) -> None:
    scene.configure("1", 20)
    result = scene.run("--markdown", "--output", "status.svg")
    assert result.output.startswith("**MiniMax accounts**: 1 of 1 usable, 2 jobs at once; ")
    picture = (scene.folder / "status.svg").read_text()
    assert picture.startswith("<svg ")
    assert scene.scan.find(picture) == set()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fail-within", "soon"], "'soon' is no time span: give hours, days or weeks, such as 36h, 7d or 2w"),
        (["--fail-within", "7"], "'7' is no time span"),
        (["--output", "status.png"], "let its name end in .svg"),
        (["--stack", "prod", "--no-stack"], "--stack and --no-stack exclude each other"),
        (["--cwd", "nowhere"], "Directory 'nowhere' does not exist"),
        (["extra"], "unexpected extra argument"),
    ],
)
def test_options_that_make_no_sense(scene: Scene, arguments: list[str], sentence: str) -> None:
    result = scene.run(*arguments)
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())


def test_a_picture_that_cannot_be_written(scene: Scene) -> None:
    scene.configure("1", 20)
    result = scene.run("--output", "no/where.svg")
    assert result.exit_code == 1
    assert "cannot write no/where.svg: No such file or directory" in result.output


@pytest.mark.parametrize("format_", [[], ["--markdown"], ["--json"]])
def test_an_old_code_page_is_no_reason_to_fail(scene: Scene, format_: list[str]) -> None:
    scene.configure("1", 20)
    environment = os.environ | scene.environment | {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}
    run = subprocess.run([*COMMAND, *format_], env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "1 of 1 usable" in run.stdout


def test_ctrl_c_ends_it_at_once(scene: Scene) -> None:
    with ScriptedServer(stall) as server:
        environment = os.environ | scene.environment | {"USEAPI_BASE_URL": server.base_url}
        with subprocess.Popen(
            COMMAND, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as run:
            deadline = time.monotonic() + 30
            while not server.requests:
                assert run.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            sent = time.monotonic()
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=30)
    assert time.monotonic() - sent < 5
    assert (run.returncode, out, err) == (130, "", "interrupted\n")
