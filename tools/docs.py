"""The documentation as web pages (`make docs`), and whether other people's pages that it links to are there (`make links`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools import virtualenv
from tools.environment import clean
from tools.output import MissingError, ToolError, say
from tools.paths import DOCS, LINKS, ROOT, VENV_BIN, VENV_PYTHON
from tools.process import capture, show
from tools.turns import alone

STRICT: Sequence[str] = ("--fail-on-warning", "--nitpicky", "--quiet")


def sphinx(builder: str, output: Path, *options: str) -> list[str]:
    """Sphinx's arguments: the whole repository is its source, so that links between the pages need no change."""
    doctrees = ("--doctree-dir", str(output.with_name(f"{output.name}-doctrees")))
    return ["-m", "sphinx", "--builder", builder, "--conf-dir", "docs", *doctrees, *options, ".", str(output)]


def docs() -> int:
    """Build the pages; any warning is an error, and no network is needed."""
    env = _prepared()
    code = show([VENV_PYTHON, *sphinx("html", DOCS, *STRICT, "--fresh-env")], env=env)
    if code == 0:
        say(f"the documentation is in {DOCS.relative_to(ROOT)}: open {DOCS / 'index.html'}")
    return code


def links() -> int:
    """Ask for every page elsewhere that the documentation links to; 1 where one is not there."""
    env = _prepared()
    asked = capture(
        [VENV_PYTHON, *sphinx("linkcheck", LINKS, "--quiet")], env=env, doing="asking for the pages elsewhere"
    )
    results = LINKS / "output.json"
    if not results.is_file():
        raise ToolError(f"the links could not be checked:\n{asked.last_words}")
    return judge([json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()])


def judge(results: Sequence[Mapping[str, Any]]) -> int:
    """Tell what Sphinx's linkcheck has found; links that no site answered at all are told as not checked.

    Args:
        results: the lines of its `output.json`: `uri`, `status`, the HTTP `code` (0 without an answer), `info`, and where
            the link stands.
    """
    elsewhere = [one for one in results if one["uri"].startswith(("http://", "https://"))]
    if not any(one["code"] or one["status"] in {"working", "redirected"} for one in elsewhere):
        say(f"not checked: none of {len(elsewhere)} links to other sites can be reached from here")
        return 0
    for line in _lines(elsewhere):
        say(line)
    broken = sum(one["status"] == "broken" for one in elsewhere)
    say(f"{len(elsewhere)} links to other sites, {broken} of them broken")
    return 1 if broken else 0


def _lines(results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    told = {"broken": "broken", "timeout": "not checked, as it did not answer in time"}
    for one in results:
        if one["status"] in told:
            yield f"{one['filename']}:{one['lineno']}: {one['uri']} is {told[one['status']]}: {one['info']}"


def _prepared() -> dict[str, str]:
    with alone():
        virtualenv.ensure(dev=True)
    env = clean([VENV_BIN])
    found = capture([VENV_PYTHON, "-c", "import furo, myst_parser, sphinx"], env=env, doing="looking for Sphinx")
    if found.code:
        raise MissingError(
            "the documentation needs Python 3.11 or newer, and .venv has an older one: remove .venv and name a newer one, "
            "for example make docs PYTHON=python3.12"
        )
    return env
