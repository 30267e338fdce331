"""The examples work as they stand there."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

from pulumi_useapi.emulator.sample import make_credentials
from tests.support.python_program import python

EXAMPLES = Path(__file__).parents[2] / "examples"

UNDER_MOCKS = """\
import json, os, runpy
import pulumi

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        secrets = [pulumi.runtime.rpc.is_rpc_secret(args.inputs[name]) for name in ("url", "token")]
        given = {name: pulumi.runtime.rpc.unwrap_rpc_secret(value) for name, value in args.inputs.items()}
        print(json.dumps([args.name, secrets, given["maxJobs"], given["url"], given["token"]]))
        return args.name, {**args.inputs, "account": "11"}

    def call(self, args):
        raise NotImplementedError(args.token)

pulumi.runtime.set_mocks(Mocks(), project="one-account", stack="dev")
pulumi.runtime.set_all_config(json.loads(os.environ["EXAMPLE_CONFIG"]), ["useapi:accounts"])

@pulumi.runtime.test
def run():
    runpy.run_path("__main__.py", run_name="__main__")

run()
"""


def test_the_example_of_unit_tests_passes() -> None:
    folder = EXAMPLES / "unit-tests"
    options = ("-q", "-c", os.devnull, "--rootdir=.", "-p", "no:cacheprovider")
    text = python(folder, "-m", "pytest", *options, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert re.search(r"^2 passed", text, re.MULTILINE), text


def test_the_example_of_one_account_declares_it() -> None:
    made = make_credentials("11", expires=datetime.now(timezone.utc) + timedelta(days=30))
    config = {"useapi:accounts": json.dumps({"main": made._asdict()})}
    text = python(EXAMPLES / "one-account", "-c", UNDER_MOCKS, EXAMPLE_CONFIG=json.dumps(config))
    assert json.loads(text) == ["main", [True, True], 2, made.url, made.token]


def test_the_readme_of_one_account_sets_what_the_program_reads() -> None:
    folder = EXAMPLES / "one-account"
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (project["name"], project["runtime"]) == ("one-account", "python")
    commands = re.findall(r"^pulumi config set (.*?) *(?:#.*)?$", (folder / "README.md").read_text(), re.MULTILINE)
    assert commands == [
        "--secret useapi:apiToken",
        "--secret --path 'useapi:accounts.main.url'",
        "--secret --path 'useapi:accounts.main.token'",
    ]


WORKFLOWS = sorted((EXAMPLES / "ci" / "github-actions").glob("*.yml"))
KNOWN_ACTIONS = {
    "actions/checkout@v4",
    "actions/setup-python@v5",
    "pulumi/actions@v6",
    "aws-actions/configure-aws-credentials@v4",
}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_calls_what_the_script_knows(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text())
    (job,) = workflow["jobs"].values()
    assert {step["uses"] for step in job["steps"] if "uses" in step} <= KNOWN_ACTIONS
    called = [step["run"].split()[-1] for step in job["steps"] if "pipeline.sh" in step.get("run", "")]
    script = (EXAMPLES / "ci" / "pipeline.sh").read_text()
    assert called
    assert all(f"\n{name}() {{" in script for name in called)


def test_a_pull_request_sees_no_secret() -> None:
    text = (EXAMPLES / "ci" / "github-actions" / "preview.yml").read_text()
    assert "secrets." not in text
    workflow = yaml.safe_load(text)
    assert workflow[True] == "pull_request", "YAML 1.1 reads `on` as true"
    assert workflow["permissions"] == {"contents": "read"}
