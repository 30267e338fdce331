"""The table in terminals of every width, and outside of one."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pulumi_useapi.cli.status_table import show
from pulumi_useapi.models import Features
from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.report import Report
from tests.unit.status.fleet import asked, in_state, report, served

FEATURES = {
    "302817465": Features(credits=1240, plan="Standard"),
    "448190022": Features(credits=88_000, plan="Unlimited"),
}


def fleet() -> Report:
    accounts = (
        served("302817465", 3.2, support_chat=True, support_audio=True),
        served("448190022", 21, max_jobs=5, support_chat=True, support_audio=True, support_music=True),
    )
    declared = [in_state("main", "302817465", 3.2), in_state("a-studio-with-a-rather-long-name", "448190022", 21)]
    dead = Asked(
        ("team-b",), problem="useapi.net cannot be reached at api.useapi.net: check the network, then try again"
    )
    return report([asked(*accounts, features=FEATURES), dead], declared)


def lines(width: int, *, terminal: bool = True, encoding: str = "utf-8") -> list[str]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system=None, soft_wrap=not terminal, legacy_windows=False
    )
    show(fleet(), console)
    file.flush()
    return raw.getvalue().decode(encoding).splitlines()


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, lines(width))) <= width


def test_a_wide_terminal_has_every_column_and_a_narrow_one_what_matters() -> None:
    wide, narrow = lines(170), lines(80)
    for title in ("name", "account", "site", "plan", "credits", "jobs", "supports", "issued", "good until", "left"):
        assert title in wide[0]
    for title in ("name", "account", "jobs", "good until", "left"):
        assert title in narrow[0]
    assert "(a wider terminal shows more columns, --json all of them)" in narrow
    assert not any("wider terminal" in line for line in wide)


def test_the_bar_shrinks_with_the_time_that_is_left() -> None:
    table = lines(170)
    assert table[1].endswith("3 days  ▇▇▁▁▁▁▁▁▁▁")
    assert table[3].endswith("21 days  ▇▇▇▇▇▇▇▁▁▁")


def test_outside_a_terminal_no_sentence_is_broken() -> None:
    table = lines(200, terminal=False)
    assert (
        "subscription team-b could not be asked: useapi.net cannot be reached at api.useapi.net: check the network, "
        "then try again"
    ) in table
    assert "    maxJobs is 5 at useapi.net, 3 in the stack; pulumi up --refresh sets it again" in table


def test_an_old_encoding_is_no_reason_to_fail() -> None:
    assert lines(170, encoding="ascii")[1].endswith("3 days  ##........")
