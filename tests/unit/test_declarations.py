"""Which accounts the running program declares."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_useapi.declarations import Declaration, Declarations

KEY = ("4711@https://h", "1")


def test_what_is_declared_is_known() -> None:
    declarations = Declarations()
    assert declarations.get(KEY) is None
    assert declarations.declare(KEY, "urn::a", established=True) is None
    assert declarations.get(KEY) == Declaration("urn::a", established=True, configured=False)


def test_a_second_resource_is_told_of_the_first_which_stays() -> None:
    declarations = Declarations()
    declarations.declare(KEY, "urn::a", established=True)
    assert declarations.declare(KEY, "urn::b", established=False) == Declaration("urn::a", established=True)
    assert declarations.get(KEY) == Declaration("urn::a", established=True)


@pytest.mark.parametrize("other", [("4712@https://h", "1"), ("4711@https://h", "2"), ("4711@https://i", "1")])
def test_other_accounts_and_owners_are_others(other: tuple[str, str]) -> None:
    declarations = Declarations()
    declarations.declare(KEY, "urn::a", established=True)
    assert declarations.declare(other, "urn::b", established=False) is None


def test_a_replacement_is_checked_twice_under_one_urn_and_the_last_word_counts() -> None:
    declarations = Declarations()
    declarations.declare(KEY, "urn::a", established=True)
    assert declarations.declare(KEY, "urn::a", established=False) is None
    assert declarations.get(KEY) == Declaration("urn::a", established=False)


def test_configured_in_this_run() -> None:
    declarations = Declarations()
    declarations.mark_configured(KEY)
    assert declarations.get(KEY) is None
    declarations.declare(KEY, "urn::a", established=False)
    declarations.mark_configured(KEY)
    assert declarations.get(KEY) == Declaration("urn::a", established=False, configured=True)


def test_what_a_replacement_frees_is_kept_when_it_is_declared_again() -> None:
    declarations = Declarations()
    declarations.declare(KEY, "urn::a", established=False, frees="2")
    declarations.declare(KEY, "urn::a", established=False)
    declarations.mark_configured(KEY)
    assert declarations.freed_accounts(KEY[0]) == {"2"}
    assert declarations.freed_accounts("another") == set()


def test_new_accounts_are_those_of_the_owner_that_did_not_stand_before() -> None:
    declarations = Declarations()
    declarations.declare(("one", "1"), "urn::a", established=True)
    declarations.declare(("one", "2"), "urn::b", established=False)
    declarations.declare(("two", "3"), "urn::c", established=False)
    assert declarations.new_accounts("one") == ["2"]
    assert declarations.new_accounts("three") == []


def test_of_many_threads_one_declares_the_account() -> None:
    declarations = Declarations()
    ready = threading.Barrier(16, timeout=10)

    def declare(number: int) -> Declaration | None:
        ready.wait()
        return declarations.declare(KEY, f"urn::{number}", established=False)

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(declare, range(16)))
    known = declarations.get(KEY)
    assert told.count(None) == 1
    assert {one for one in told if one} == {known}
