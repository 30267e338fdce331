"""Time spans on the command line."""

from __future__ import annotations

import re
from datetime import timedelta

import click

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def time_span(ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    """Read an option's ``36h``, ``7d`` or ``2w``.

    Raises:
        click.BadParameter: it is something else.
    """
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,4})([hdw])", value.strip())
    if found is None:
        text = f"{value!r} is no time span: give hours, days or weeks, such as 36h, 7d or 2w"
        raise click.BadParameter(text, ctx, param)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
