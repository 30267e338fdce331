"""The mark of an entry: kept by its own POSTs, never that of the entry before it, and told from all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_useapi.fencing import first_revision, next_revision, was_posted_by_another
from pulumi_useapi.models import Account

NOW = 1_764_000_012_345
OWNER = "4711@https://api.useapi.net/v1/minimax"
clocks = st.integers(NOW - 10**9, NOW + 10**9)


def posted_by_another(ours: str | None, theirs: str | None, **stored: str) -> bool:
    entry = ({"account": "1"} | stored) if ours is None else {"account": "1", "revision": ours} | stored
    return was_posted_by_another(entry, Account("1", search_params=theirs and f"a=b&unix={theirs}"), OWNER)


@given(clocks, clocks)
def test_an_entry_knows_its_own_posts_also_those_whose_answers_were_lost(first: int, later: int) -> None:
    ours = first_revision(first, None)
    lost = next_revision(later, ours)
    assert int(lost) > int(ours)
    assert not posted_by_another(ours, ours)
    assert not posted_by_another(ours, lost)
    assert not posted_by_another(ours, next_revision(later, lost))


@given(clocks, clocks)
def test_the_next_entry_of_the_same_account_is_another(first: int, later: int) -> None:
    ours = first_revision(first, None)
    assert posted_by_another(ours, first_revision(later, ours))


def test_no_mark_is_chosen_that_the_service_holds() -> None:
    for _ in range(20_000):
        assert first_revision(NOW, "1764000000007")[-4:] != "0007"


@given(clocks)
def test_a_revision_is_a_time_of_these_seconds(now: int) -> None:
    assert abs(int(first_revision(now, None)) - now) <= 10_000


@pytest.mark.parametrize("foreign", ["0", "", "-1", "1e9", "9" * 5000, "１７６４０００００００００", "1764000000007x"])  # noqa: RUF001
def test_what_is_no_time_of_ours_is_somebody_elses(foreign: str) -> None:
    ours = next_revision(NOW, foreign)
    assert ours.isascii()
    assert len(ours) == 13
    first_revision(NOW, foreign)
    assert posted_by_another("1764000000007", foreign) is bool(foreign)


def test_with_no_echo_the_times_tell() -> None:
    assert not posted_by_another(None, None)
    times = {"serverExpiry": "2026-01-01T00:00:00Z", "postedExpiry": "2026-01-02T00:00:00Z"}
    assert posted_by_another("1764000000007", None, **times)
