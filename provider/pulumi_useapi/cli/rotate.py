"""`pulumi-useapi rotate`: rotation day in one command."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from pulumi_useapi.capture import SITES
from pulumi_useapi.cli import exits, screen, stack_options, storing
from pulumi_useapi.cli.capture_one import Options, capture_one
from pulumi_useapi.cli.pulumi_project import PulumiError, PulumiProject
from pulumi_useapi.cli.rotation import Due, Rotation, plan_rotation
from pulumi_useapi.cli.screen import note, waiting_for
from pulumi_useapi.cli.storing import Stack
from pulumi_useapi.cli.time_span import time_span
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.messages import date
from pulumi_useapi.status.declared import declared_by
from pulumi_useapi.status.quantities import count


@click.command()
@click.option(
    "--within",
    callback=time_span,
    default="7d",
    show_default=True,
    metavar="SPAN",
    help="Renew what expires within this time: 36h, 7d, 2w.",
)
@click.option(
    "--browser", "use_browser", is_flag=True, help="Read them with your own browser, as capture --browser does."
)
@click.option("--site", metavar="HOST", help="The MiniMax site they are of.  [default: the known ones]")
@stack_options.options
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: capture all that is due, and run pulumi up.")
def rotate(
    *, within: timedelta, use_browser: bool, site: str | None, folder: Path, stack: str | None, yes: bool
) -> None:
    """Renew every account whose credentials expire soon.

    Lists what expires within the time, from what the stack has stored; captures one after the other, from the clipboard
    or a paste (or with --browser); then runs pulumi up, which shows its preview and asks. An account that cannot be
    captured now is passed over, and the rest is renewed.

    It can be stopped at any time: what is captured is stored, and the next run goes on with the rest. Ends with 0 when
    nothing is due any more, 3 or 4 when an account that expires soon or has expired is left.
    """
    project = PulumiProject(folder, stack)
    with waiting_for("reading the stack's config and state"):
        read = storing.read_stack(project)
        rotation = plan_rotation(declared_by(read.config, read.project.resources()), datetime.now(timezone.utc), within)
    for line in _overview(rotation, read.name, within):
        screen.out().print(line)
    if not rotation.due and not rotation.captured:
        return
    if not (yes and (use_browser or not rotation.due)) and not screen.is_attended():
        needed = "--browser --yes" if rotation.due else "--yes"
        raise click.ClickException(f"nobody can be asked here: run it at a terminal, or with {needed}")
    options = Options(use_browser=use_browser, sites=(site,) if site else SITES, yes=yes, is_part=True)
    captured, left = _capture_all(read, rotation.due, options)
    if captured or rotation.captured:
        _up(read.project, [*rotation.captured, *captured], yes=yes)
    _end(left)


def _overview(rotation: Rotation, stack: str, within: timedelta) -> list[str]:
    now = datetime.now(timezone.utc)
    lines = []
    if rotation.due:
        lines.append(
            f"stack {stack}: {len(rotation.due)} of {count(rotation.total, 'account')} to renew, expiring within "
            f"{_span(within)}"
        )
        width = max(len(one.name) for one in rotation.due)
        lines += [f"  {one.name:{width}}  {_state(one, now)}" for one in rotation.due]
    else:
        until = (
            f"; the next is {rotation.next_expiry[1]} on {rotation.next_expiry[0]:%Y-%m-%d}"
            if rotation.next_expiry
            else ""
        )
        lines.append(f"stack {stack}: no account expires within {_span(within)}{until}")
    if rotation.captured:
        lines.append(f"captured before, and not at useapi.net yet: {', '.join(rotation.captured)}")
    if rotation.elsewhere:
        lines.append(
            f"not in the stack's config, renew where the program takes it from: {', '.join(rotation.elsewhere)}"
        )
    return lines


def _span(within: timedelta) -> str:
    hours = within // timedelta(hours=1)
    return count(hours // 24, "day") if hours % 24 == 0 else count(hours, "hour")


def _state(one: Due, now: datetime) -> str:
    account = f"account {one.account}, " if one.account else ""
    if one.expires is None:
        return f"{account}no usable token is stored"
    verb = "expired on" if one.has_expired(now) else "expires on"
    return f"{account}{verb} {date(one.expires.timestamp())}"


def _capture_all(stack: Stack, due: Sequence[Due], options: Options) -> tuple[list[str], list[Due]]:
    """Capture one after the other; the names that were captured, and what is left."""
    captured: list[str] = []
    left: list[Due] = []
    try:
        for number, one in enumerate(due, 1):
            if options.may_ask() and not _is_wanted(one, f"{number} of {len(due)}"):
                left.append(one)
            elif _is_captured(stack, one, options):
                captured.append(one.name)
            else:
                left.append(one)
    except (KeyboardInterrupt, click.Abort):
        what = f"{', '.join(captured)} captured and stored; " if captured else ""
        click.echo(f"\nstopped: {what}pulumi-useapi rotate goes on with the rest", err=True)
        raise SystemExit(exits.INTERRUPTED) from None
    return captured, left


def _is_wanted(one: Due, which: str) -> bool:
    question = f"\n{one.name} ({which}): capture it now? n passes it over, Ctrl-C stops"
    return click.confirm(question, default=True, err=True)


def _is_captured(stack: Stack, one: Due, options: Options) -> bool:
    try:
        if capture_one(stack, one.name, options):
            return True
        note(f"{one.name} is passed over: it has not been renewed at the site")
    except PulumiError:
        raise
    except UseApiError as problem:
        note(f"{one.name} is passed over: {problem}")
    return False


def _up(project: PulumiProject, names: Sequence[str], *, yes: bool) -> None:
    screen.err().print(f"\npulumi up brings to useapi.net: {', '.join(names)}")
    # What is refused for one account must not stop the others.
    code = project.show("up", "--continue-on-error", *(["--yes"] if yes else []))
    if code:
        raise PulumiError(
            "pulumi up did not finish: what was captured stays stored, and pulumi-useapi rotate or pulumi up goes on"
        )


def _end(left: Sequence[Due]) -> None:
    if not left:
        return
    now = datetime.now(timezone.utc)
    screen.err().print(f"not renewed: {', '.join(one.name for one in left)}; run pulumi-useapi rotate again")
    raise SystemExit(exits.EXPIRED if any(one.has_expired(now) for one in left) else exits.EXPIRING)
