"""The key of a stack: a machine with another one changes nothing; what a change of the key leaves readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.shared_state.team import CONFIG_FILE, Machine, Team
from tests.support.pulumi_stack import PulumiStack

MAIN = "302817465"
PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"
RENEWED = "known to those who stay"
REFUSED = "incorrect passphrase"


def change_passphrase(machine: Machine, new: str) -> None:
    command = [str(machine.command), "stack", "change-secrets-provider", "passphrase", "--non-interactive"]
    changed = machine.run_program(command, stdin=f"{new}\n{new}\n")
    assert changed.code == 0, changed.text
    machine.environment[PASSPHRASE] = new


def salt(state: dict[str, Any]) -> str:
    """Which key a state is encrypted with."""
    return str(state["secrets_providers"]["state"]["salt"])


def one_account(team: Team) -> dict[str, str]:
    credentials = team.renew(team.first, "main", MAIN, days=20)
    team.first.push("an account")
    team.succeeded(team.first.up())
    team.join()
    return credentials


def test_a_wrong_passphrase_and_an_old_one(team: Team, tmp_path: Path) -> None:
    token = one_account(team)["token"]
    old_config = team.first.git("show", f"HEAD:{CONFIG_FILE}")
    before, requests = team.stored(), len(team.calls())
    team.second.environment[PASSPHRASE] = "not the team's"
    for run in (team.second.up(), team.second.refresh(), team.second.destroy()):
        team.refused(run, REFUSED)
    assert len(team.calls()) == requests
    assert team.stored() == before
    assert team.second.git("status", "--short") == ""

    change_passphrase(team.first, RENEWED)
    present = salt(team.present_state())
    assert present in (team.first.project / CONFIG_FILE).read_text()
    former = [state for state in team.states().values() if state.get("resources") and salt(state) != present]
    assert len(former) >= 2, "a backup, and the history"
    keeper = someone_with_a_copy(team, tmp_path / "keeper", old_config)
    assert keeper.quiet("config", "get", "--path", "useapi:accounts.main.token").strip() == token
    (keeper.project / "copy.json").write_text(json.dumps({"version": 3, "deployment": former[0]}))
    keeper.quiet("stack", "import", "--file", "copy.json")
    assert keeper.resources(show_secrets=True)["main"]["inputs"]["token"]["plaintext"] == json.dumps(token)


def test_a_machine_that_has_not_heard_of_the_new_passphrase(team: Team) -> None:
    """A CLI like 3.232 goes on with the old key, and takes the state back to it; a newer one refuses."""
    one_account(team)
    expires = team.served()[MAIN]["exp"]
    change_passphrase(team.first, RENEWED)
    team.first.push("another passphrase")

    destroyed = team.second.destroy()
    assert destroyed.code != 0
    assert any(reason in destroyed.sentences for reason in (REFUSED, "the API token is missing")), destroyed.text
    up = team.second.up()
    assert up.code == 0 or REFUSED in up.sentences, up.text
    assert not team.calls("DELETE")
    team.second.pull()
    team.refused(team.second.up(), REFUSED)

    team.second.environment[PASSPHRASE] = RENEWED
    team.succeeded(team.second.up())
    team.succeeded(team.second.run("preview", "--expect-no-changes"))
    assert team.served()[MAIN]["exp"] == expires
    assert salt(team.present_state()) in (team.second.project / CONFIG_FILE).read_text()


def someone_with_a_copy(team: Team, folder: Path, config: str) -> PulumiStack:
    """A stack of the same name elsewhere, for a person who has an old commit and the old passphrase."""
    keeper = PulumiStack(folder / "home", folder / "project", team.first.command)
    keeper.create(pulumi_yaml={"name": "minimax-accounts"})
    (keeper.project / CONFIG_FILE).write_text(config)
    return keeper
