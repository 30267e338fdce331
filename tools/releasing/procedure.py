"""`make release VERSION=0.2.0`: version and changelog, every check, wheel and sdist, commit and tag; uploads nothing."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from tools import checks
from tools.output import ToolError, say
from tools.paths import DIST, ROOT, VENV_PYTHON
from tools.releasing import changelog, distributions, repository
from tools.releasing.repository import git

VERSION_FILE = "provider/pulumi_useapi/version.py"
CHANGELOG = "CHANGELOG.md"

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_IN_FILE = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)


@dataclass(frozen=True)
class _Release:
    version: str
    branch: str
    commit: str
    texts: Mapping[str, str]
    """The two files with the version in them."""

    @property
    def tag(self) -> str:
        return f"v{self.version}"

    @property
    def title(self) -> str:
        return f"Release {self.version}"


def release(version: str) -> int:
    """Make a release in this clone, or go on with one that was interrupted; 1 where a check failed.

    Raises:
        ToolError: this version cannot be released from here; nothing was changed.
    """
    plan = _plan(version)
    with _version_set(plan):
        if checks.test():
            raise ToolError(f"{version} is not released, as a check failed: mend it, commit it, and run this again")
        _require_undisturbed(plan)
        _build(plan)
        _require_undisturbed(plan)
    _commit_and_tag(plan)
    print(_what_is_left(plan))
    return 0


def _plan(version: str) -> _Release:
    number = _number(version)
    if number is None:
        raise ToolError("say which version, three numbers: make release VERSION=0.2.0")
    branch = repository.branch()
    tags = repository.tags()
    if f"v{version}" in tags:
        raise ToolError(
            f"{version} is released in this clone, there is a tag v{version}: upload it or take it back, as "
            "docs/releasing.md says, or choose a higher version"
        )
    _require_newer(version, number, tags)
    plan = _Release(version, branch, git("rev-parse", "HEAD").strip(), _texts(version))
    _require_clean(plan)
    return plan


def _number(version: str) -> tuple[int, ...] | None:
    found = _VERSION.fullmatch(version)
    return tuple(map(int, found.groups())) if found else None


def _require_newer(version: str, number: tuple[int, ...], tags: list[str]) -> None:
    released = [found for tag in tags if tag.startswith("v") and (found := _number(tag[1:]))]
    newest = max(released, default=(0, 0, 0))
    if number <= newest:
        raise ToolError(f"{version} is not newer than {_text(newest)}, which is released: choose a higher version")
    in_file = _IN_FILE.search(repository.committed(VERSION_FILE))
    current = _number(in_file[1]) if in_file else None
    if current and number < current:
        raise ToolError(f"{version} is older than {_text(current)}, which {VERSION_FILE} says: choose a higher version")


def _text(number: tuple[int, ...]) -> str:
    return ".".join(map(str, number))


def _texts(version: str) -> dict[str, str]:
    """The files of the release, from the last commit; a date that an interrupted release has set stays."""
    begun = changelog.date_of(_now(CHANGELOG), version)
    day = begun or datetime.now(timezone.utc).date().isoformat()
    return {
        CHANGELOG: changelog.with_version(repository.committed(CHANGELOG), version, day),
        VERSION_FILE: _IN_FILE.sub(f'__version__ = "{version}"', repository.committed(VERSION_FILE)),
    }


def _require_clean(plan: _Release) -> None:
    """Refuse whatever is not committed, but for what an interrupted release of this version has left."""
    foreign = [name for name in repository.changed_files() if name not in plan.texts or plan.texts[name] != _now(name)]
    if foreign:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")  # noqa: PLR2004
        raise ToolError(f"{shown} would not be in the release as it is: commit it or put it away, and try again")


def _now(name: str) -> str:
    file = ROOT / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


@contextlib.contextmanager
def _version_set(plan: _Release) -> Iterator[None]:
    """Set version and changelog; put both back where what follows fails or is interrupted."""
    _write(plan.texts)
    say(f"{CHANGELOG} and {VERSION_FILE} say {plan.version}")
    try:
        yield
    except BaseException:
        _write({name: repository.committed(name) for name in plan.texts})
        say(f"{CHANGELOG} and {VERSION_FILE} are as they were")
        raise


def _write(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (ROOT / name).write_text(text, encoding="utf-8")


def _require_undisturbed(plan: _Release) -> None:
    if git("rev-parse", "HEAD").strip() != plan.commit:
        raise ToolError("somebody committed here while the checks ran: run this again, it begins with the new commit")
    _require_clean(plan)


def _build(plan: _Release) -> None:
    for name in distributions.files_for(plan.version):
        (DIST / name).unlink(missing_ok=True)
    distributions.build(VENV_PYTHON, ROOT, DIST)
    files = [DIST / name for name in distributions.files_for(plan.version)]
    found = [fault for file in files for fault in distributions.faults(file, plan.version, ROOT)]
    if found:
        raise ToolError("wheel and sdist are not what they should be:\n" + "\n".join(f"    {one}" for one in found))
    distributions.check_metadata(VENV_PYTHON, ROOT, *files)
    say(f"built and checked: {', '.join(file.relative_to(ROOT).as_posix() for file in files)}")


def _commit_and_tag(plan: _Release) -> None:
    if repository.changed_files():
        git("commit", "--quiet", "-m", plan.title, "--", *plan.texts)
    notes = changelog.sections(plan.texts[CHANGELOG])[plan.version]
    # Otherwise git takes the headings for comments.
    git("tag", "--annotate", "--cleanup=whitespace", "--file=-", plan.tag, given=f"{plan.version}\n\n{notes}\n")
    say(f"committed and tagged: {plan.tag}")


def _what_is_left(plan: _Release) -> str:
    files = " ".join(f"{DIST.name}/{name}" for name in distributions.files_for(plan.version))
    undo = f"git tag --delete {plan.tag}"
    if git("log", "-1", "--format=%s").strip() == plan.title:
        undo += " && git reset --keep HEAD~1"
    return f"""
pulumi-useapi {plan.version} is committed and tagged here; nothing has left this machine.

Publish it, in this order:
  git push --atomic {repository.remote_of(plan.branch)} {plan.branch} {plan.tag}
  .venv/bin/uv publish {files}
  gh release create {plan.tag} --notes-from-tag {files}

Or take it back, as long as nothing is pushed:
  {undo}"""
