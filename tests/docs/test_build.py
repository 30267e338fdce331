"""`make docs`: the pages build without a warning, and what is built is whole: every page, every link, every picture."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import pages
from tools.docs import STRICT, judge, sphinx
from tools.paths import ROOT

IS_SPHINX_THERE = importlib.util.find_spec("sphinx") is not None
FOLDERS = {"docs", "examples"}


class Html(HTMLParser):
    """What a page links to, and the names of its parts."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.names: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.targets += [value for name, value in attrs if name in {"href", "src"} and value]
        self.names |= {value for name, value in attrs if name == "id" and value}


@pytest.mark.skipif(not IS_SPHINX_THERE, reason="not built here: Sphinx and its theme need Python 3.11 or newer")
def test_the_documentation_is_built_whole_and_without_a_warning(tmp_path: Path) -> None:
    output = tmp_path / "docs"
    command = [sys.executable, *sphinx("html", output, *STRICT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert pages_without_html(output) == []
    assert links_that_lead_nowhere(output) == []
    navigation = Html(output / "index.html").targets
    for name in ("docs/reference/resource", "docs/behaviour", "docs/cli", "CONTRIBUTING", "examples/fleet/README"):
        assert f"{name}.html" in navigation


def pages_without_html(output: Path) -> list[Path]:
    sources = [page.relative_to(ROOT) for page in pages()]
    shown = [page for page in sources if len(page.parts) == 1 or page.parts[0] in FOLDERS]
    assert len(shown) > 20
    return [page for page in shown if not (output / page.with_suffix(".html")).is_file()]


def links_that_lead_nowhere(output: Path) -> list[tuple[str, str]]:
    read = cache(Html)
    lost = []
    for file in output.rglob("*.html"):
        for link in read(file).targets:
            parts = urlsplit(link)
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            is_elsewhere = parts.scheme in {"https", "mailto", "data"}
            is_there = target.is_file() and (not parts.fragment or unquote(parts.fragment) in read(target).names)
            if not is_elsewhere and not is_there:
                lost.append((str(file.relative_to(output)), link))
    return lost


WORKING = {"uri": "https://a.example", "status": "working", "code": 200, "info": "", "filename": "a.md", "lineno": 1}
UNREACHED: Mapping[str, object] = WORKING | {"status": "broken", "code": 0, "info": "Name or service not known"}
GONE: Mapping[str, object] = WORKING | {"status": "broken", "code": 404, "info": "404 Client Error"}
LATE: Mapping[str, object] = WORKING | {"status": "timeout", "code": 0, "info": "timed out"}
INSIDE: Mapping[str, object] = WORKING | {"uri": "#here", "status": "unchecked", "code": 0}


@pytest.mark.parametrize(
    ("results", "code", "said"),
    [
        ([WORKING, INSIDE], 0, "1 links to other sites, 0 of them broken"),
        ([WORKING, GONE], 1, "a.md:1: https://a.example is broken: 404 Client Error"),
        ([WORKING, UNREACHED], 1, "2 links to other sites, 1 of them broken"),
        ([WORKING, LATE], 0, "is not checked, as it did not answer in time"),
        ([UNREACHED, LATE, INSIDE], 0, "not checked: none of 2 links to other sites can be reached from here"),
    ],
)
def test_what_make_links_makes_of_the_answers(
    results: list[Mapping[str, object]], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge(results) == code
    assert said in capsys.readouterr().err
