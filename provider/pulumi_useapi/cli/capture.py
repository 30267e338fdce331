"""`pulumi-useapi capture`: what the browser gives becomes secret stack config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import click

from pulumi_useapi.capture import SITES, Captured, refuse_expired
from pulumi_useapi.cli import capture_messages, exits, screen, stack_options, storing
from pulumi_useapi.cli.capture_missing import capture_missing
from pulumi_useapi.cli.capture_one import Options, capture_one, take
from pulumi_useapi.cli.pulumi_project import PulumiProject
from pulumi_useapi.cli.screen import waiting_for
from pulumi_useapi.cli.sources import Wanted
from pulumi_useapi.cli.storing import Stack, Wishes
from pulumi_useapi.config_file import project_file
from pulumi_useapi.config_paths import for_shell
from pulumi_useapi.errors import ConfigurationError
from pulumi_useapi.settings import is_subscription_name

_EXAMPLES = """\b
Examples:
  pulumi-useapi capture main                      takes it from the clipboard, or waits for it
  pbpaste | pulumi-useapi capture main            from a pipe
  pulumi-useapi capture main --from site.har      from a file
  pulumi-useapi capture main --browser            opens your browser
  pulumi-useapi capture --missing                 every account that the stack lacks
"""


def _subscription(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_subscription_name(value):
        raise click.BadParameter("give the name of a configured subscription, never an API token", ctx, param)
    return value


@click.command(epilog=_EXAMPLES)
@click.argument("name", required=False)
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Read this file; - is standard input.",
)
@click.option("--clipboard", "use_clipboard", is_flag=True, help="Read the clipboard.")
@click.option(
    "--browser", "use_browser", is_flag=True, help="Open your own Chromium, Chrome or Edge and read it there."
)
@click.option("--forget", is_flag=True, help="Remove the browser profile that --browser made for NAME.")
@click.option("--missing", is_flag=True, help="Go through the accounts at useapi.net that the stack lacks.")
@stack_options.options
@click.option("--max-jobs", type=click.IntRange(1, 10), help="Store this maxJobs.  [default: as it is; 3 if new]")
@click.option("--subscription", callback=_subscription, metavar="NAME", help="Store this subscription.")
@click.option("--adopt", is_flag=True, help="Take the account over if useapi.net has it with other credentials.")
@click.option("--replace", "replace_", is_flag=True, help="Take another account's credentials, or an older token.")
@click.option("--site", metavar="HOST", help="The MiniMax site they are of.  [default: the known ones]")
@click.option("--dry-run", is_flag=True, help="Check and show, store nothing.")
@click.option("--print-env", is_flag=True, help="Print export lines for another store of secrets; needs no stack.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing.")
def capture(
    *,
    name: str | None,
    file: Path | None,
    use_clipboard: bool,
    use_browser: bool,
    forget: bool,
    missing: bool,
    folder: Path,
    stack: str | None,
    max_jobs: int | None,
    subscription: str | None,
    adopt: bool,
    replace_: bool,
    site: str | None,
    dry_run: bool,
    print_env: bool,
    yes: bool,
) -> None:
    """Turn what the browser gives into the secrets of account NAME.

    Reads what the browser copies of the site's /cursor request: Copy as cURL (bash or cmd), as fetch, as PowerShell,
    a HAR file, the request headers, or url and token alone. Without --from, --clipboard and --browser: standard input
    where something is piped into it, else the clipboard, else it says what to copy and waits for it.

    url and token are stored together, encrypted, as useapi:accounts.NAME.url and .token of the stack. Nothing that
    was read is ever shown, and nothing in it is run.
    """
    sources = (file is not None, use_clipboard, use_browser)
    _check_combination(name, sources, missing=missing, forget=forget, print_env=print_env)
    options = Options(
        file=file,
        use_clipboard=use_clipboard,
        use_browser=use_browser,
        sites=(site,) if site else SITES,
        wishes=Wishes(max_jobs, subscription, adopt or None, replace_),
        dry_run=dry_run,
        yes=yes,
    )
    project = PulumiProject(folder, stack)
    stored: list[str] = []
    with _interruptible(stored):
        if missing:
            capture_missing(_read(project), options, stored)
        elif forget:
            _forget(str(name))
        elif print_env:
            _print_env(str(name), options)
        elif dry_run and stack is None and project_file(folder.resolve()) is None:
            _take_alone(str(name), options)
        else:
            capture_one(_read(project), str(name), options)


def _check_combination(
    name: str | None, sources: Sequence[bool], *, missing: bool, forget: bool, print_env: bool
) -> None:
    if missing == (name is not None):
        raise click.UsageError(
            "--missing asks for the names itself: leave NAME out" if missing else "give the NAME of the account"
        )
    if sum(sources) > 1:
        raise click.UsageError("--from, --clipboard and --browser exclude each other")
    if missing + forget + print_env > 1:
        raise click.UsageError("--missing, --forget and --print-env exclude each other")


def _read(project: PulumiProject) -> Stack:
    with waiting_for("reading the stack's config"):
        return storing.read_stack(project)


def _print_env(name: str, options: Options) -> None:
    if screen.is_pipeline():
        raise ConfigurationError(
            "--print-env prints secrets, and CI is set: a pipeline's log is no place for them; run it at your own terminal"
        )
    pairs = capture_messages.variables(name, _take_alone(name, options))
    for variable, value in pairs:
        click.echo(f"export {variable}={for_shell(value)}")
    (url, _), (token, _) = pairs
    screen.err().print(
        f'a program reads them with MiniMaxAccount("{name}", url=os.environ["{url}"], token=os.environ["{token}"], …)'
    )


def _take_alone(name: str, options: Options) -> Captured:
    """Take and show credentials without a stack to compare them with."""
    now = datetime.now(timezone.utc)
    found = take(Wanted(name, None, options.sites, lambda found: refuse_expired(found, now)), options).found
    screen.err().print(capture_messages.credentials(name, found, None, now))
    return found


def _forget(name: str) -> None:
    from pulumi_useapi.browser import forget

    gone = forget(name)
    screen.out().print(f"{name}: the browser profile is removed" if gone else f"{name}: there is no browser profile")


@contextmanager
def _interruptible(stored: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        what = f"the credentials of {', '.join(stored)} are stored" if stored else "nothing was changed"
        click.echo(f"\ninterrupted: {what}", err=True)
        raise SystemExit(exits.INTERRUPTED) from None
