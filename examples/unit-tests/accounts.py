"""The program under test: one MiniMax account for each team."""

from collections.abc import Mapping

import pulumi

from pulumi_useapi import MiniMaxAccount


def declare(credentials: Mapping[str, Mapping[str, pulumi.Input[str]]]) -> dict[str, MiniMaxAccount]:
    """Declare the accounts of the teams, each of which may run two jobs at once."""
    return {
        team: MiniMaxAccount(f"{team}-minimax", url=given["url"], token=given["token"], max_jobs=2)
        for team, given in credentials.items()
    }
