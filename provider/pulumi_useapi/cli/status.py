"""`pulumi-useapi status`: every account, the one that dies first on top."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from pulumi_useapi.cli import exits, screen, stack_options
from pulumi_useapi.cli.time_span import time_span
from pulumi_useapi.errors import ConfigurationError
from pulumi_useapi.settings import read_expiry_warning_days, read_settings
from pulumi_useapi.status.asking import FEW, ask_all, subscription_names
from pulumi_useapi.status.declared import declared_by
from pulumi_useapi.status.report import Finding, Report, make_report

_EXITS = {
    Finding.EXPIRED: exits.EXPIRED,
    Finding.IN_ERROR: exits.IN_ERROR,
    Finding.MISSING: exits.MISSING,
    Finding.EXPIRING: exits.EXPIRING,
    Finding.UNREACHABLE: exits.UNREACHABLE,
    Finding.UNDECLARED: exits.UNDECLARED,
}
_EXAMPLES = """\b
Examples:
  pulumi-useapi status
  pulumi-useapi status --fail-within 7d --json > status.json; echo $?
  pulumi-useapi status --fail-within 7d --markdown >> "$GITHUB_STEP_SUMMARY"
  pulumi-useapi status --output status.svg
"""


def _svg_file(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix.lower() != ".svg":
        raise click.BadParameter("the picture is an SVG file: let its name end in .svg", ctx, param)
    return value


@click.command(epilog=_EXAMPLES)
@stack_options.options
@click.option(
    "--no-stack", is_flag=True, help="Compare with no stack: only the API tokens of the environment are used."
)
@click.option(
    "--fail-within",
    callback=time_span,
    metavar="SPAN",
    help="End with exit code 3 when an account expires within this time: 36h, 7d, 2w.",
)
@click.option(
    "--plan/--no-plan",
    "with_plan",
    default=None,
    help=f"Ask for plan and credits, a request for each account.  [default: for up to {FEW} accounts]",
)
@click.option("--json", "format_", flag_value="json", help="Print JSON.")
@click.option("--markdown", "format_", flag_value="markdown", help="Print Markdown, for a pipeline's step summary.")
@click.option(
    "--output",
    "picture",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=_svg_file,
    metavar="FILE.svg",
    help="Also draw the accounts' lives into this file.",
)
@click.pass_context
def status(
    ctx: click.Context,
    *,
    folder: Path,
    stack: str | None,
    no_stack: bool,
    fail_within: timedelta | None,
    with_plan: bool | None,
    format_: str | None,
    picture: Path | None,
) -> None:
    """Show every account, the one that dies first on top.

    The accounts of every configured subscription are shown. Subscriptions and accounts come from the stack's config and
    state; where there is no Pulumi project, the subscriptions come from the variables USEAPI_API_TOKEN and
    USEAPI_API_TOKEN_<NAME>. Nothing is changed.

    An exit code other than 0 tells the worst that was found, in this order: 4 expired, 5 in error at useapi.net,
    6 missing there, 3 expires within --fail-within, 8 a subscription could not be asked, 7 an account that the
    stack does not declare.
    """
    if no_stack and stack:
        raise click.UsageError("--stack and --no-stack exclude each other")
    with screen.waiting_for("reading the stack's config and state") as tell:
        seen = stack_options.StackView() if no_stack else stack_options.view(folder, stack)
        report = _report(seen, fail_within, with_plan, tell)
    code = _exit_code(report, is_expiring_counted=fail_within is not None)
    if picture:
        _draw(report, picture)
    _show(report, format_, code)
    ctx.exit(code)


def _report(
    seen: stack_options.StackView,
    fail_within: timedelta | None,
    with_plan: bool | None,
    tell: Callable[[str], None],
) -> Report:
    settings = read_settings(seen.config.get)
    soon = timedelta(days=read_expiry_warning_days(seen.config.get)) if fail_within is None else fail_within
    declared = declared_by(seen.config, seen.resources)
    used = {one.subscription for one in declared}
    names = subscription_names(seen.config, used)
    asked = ask_all(settings, names, needed=used, with_features=with_plan, progress=tell)
    if not asked and not declared:
        settings.api_token()  # raises: there is nobody to ask
    now = datetime.now(timezone.utc)
    return make_report(asked, declared, at=now, soon=soon, stack=seen.name, former_owner=settings.former_owner)


def _exit_code(report: Report, *, is_expiring_counted: bool) -> int:
    counted = (one for one in report.findings if one is not Finding.EXPIRING or is_expiring_counted)
    return next((_EXITS[finding] for finding in counted if finding in _EXITS), exits.OK)


def _draw(report: Report, picture: Path) -> None:
    from pulumi_useapi.status.as_svg import as_svg

    try:
        picture.write_text(as_svg(report), encoding="utf-8")
    except OSError as problem:
        raise ConfigurationError(
            f"cannot write {picture}: {problem.strerror}; name another file with --output"
        ) from None


def _show(report: Report, format_: str | None, code: int) -> None:
    if format_ == "json":
        from pulumi_useapi.status.as_json import as_json

        click.echo(json.dumps(as_json(report, code), indent=2))
    elif format_ == "markdown":
        from pulumi_useapi.status.as_markdown import as_markdown

        click.echo(as_markdown(report), nl=False)
    else:
        from pulumi_useapi.cli.status_table import show

        show(report, screen.out())
