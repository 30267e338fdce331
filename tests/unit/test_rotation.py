"""What a rotation has to do: what is due, what was captured before, and what is none of its business."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_useapi.cli import main
from pulumi_useapi.cli.rotation import plan_rotation
from pulumi_useapi.credentials import Claims, rfc3339
from pulumi_useapi.status.declared import Declared, Entry

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
WEEK = timedelta(days=7)


def declared(name: str, days: float | None, *, up: float | None = None, **more: Any) -> Declared:
    """An account in the config whose token dies after `days`; the last pulumi up brought one that dies after `up`."""
    exp = None if days is None else (NOW + timedelta(days=days)).timestamp()
    claims = None if exp is None else Claims(account="101", exp=exp, iat=None)
    there = (NOW + timedelta(days=up)).timestamp() if up is not None else exp
    outputs = {"account": "101", "jwtExpiry": rfc3339(there)} if there is not None else {"account": "101"}
    return Declared(name, **{"outputs": outputs, "entry": Entry(name, claims, 2, None), **more})


def test_what_dies_first_comes_first_and_what_is_fine_is_left_alone() -> None:
    found = plan_rotation(
        [
            declared("later", 20),
            declared("soon", 6.9),
            declared("dead", -2),
            declared("lost", None),
            declared("edge", 7),
        ],
        NOW,
        WEEK,
    )
    assert [one.name for one in found.due] == ["lost", "dead", "soon", "edge"]
    assert [one.has_expired(NOW) for one in found.due] == [True, True, False, False]
    assert found.captured == ()
    assert found.total == 5
    assert found.next_expiry == (NOW + timedelta(days=20), "later")


def test_what_was_captured_and_not_brought_there_is_remembered() -> None:
    found = plan_rotation([declared("stopped", 30, up=2), declared("new", 30, outputs=None)], NOW, WEEK)
    assert found.due == ()
    assert found.captured == ("stopped", "new")


def test_what_the_config_does_not_hold_is_told_and_what_is_looked_up_is_not() -> None:
    found = plan_rotation(
        [
            declared("vault", 3, entry=None),
            declared("vault-fine", 30, entry=None),
            declared("odd", None, entry=None),
            declared("looked-up", 1, is_managed=False),
        ],
        NOW,
        WEEK,
    )
    assert found.due == ()
    assert found.captured == ()
    assert found.elsewhere == ("vault",)
    assert found.total == 3


@pytest.mark.parametrize("span", ["7", "d", "1x", "-1d", "7 d", "99999d"])
def test_a_span_that_is_none_is_refused_before_anything_is_read(span: str) -> None:
    done = CliRunner().invoke(main, ["rotate", f"--within={span}"])
    assert done.exit_code == 2
    assert "such as 36h, 7d or 2w" in done.output
