"""Every link of every Markdown file leads somewhere: to a file of this repository, to a heading in it, or to a sound address."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import anchors, links, pages
from tools.paths import ROOT

IGNORED = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}


def fault(page: Path, link: str) -> str | None:
    """What is wrong with a link, None where it is sound."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return _fault_elsewhere(link)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if link.startswith("/") or not target.is_relative_to(ROOT):
        return "leads out of the repository"
    if not target.exists() or IGNORED & set(target.relative_to(ROOT).parts):
        return "is not there"
    readme = target / "README.md"
    target = readme if target.is_dir() and readme.is_file() else target
    if parts.fragment and (target.suffix != ".md" or unquote(parts.fragment) not in anchors(target)):
        return "has no such heading"
    return None


def _fault_elsewhere(link: str) -> str | None:
    parts = urlsplit(link)
    if parts.scheme == "mailto":
        return None if re.fullmatch(r"[^@\s]+@[\w-]+(\.[\w-]+)+", parts.path) else "is no address"
    if parts.scheme != "https":
        return "is not https"
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?", parts.netloc) or not re.fullmatch(r"[!-~]+", link):
        return "is no address"
    return None


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    faults = {link: fault(page, link) for link in links(page)}
    assert {link: wrong for link, wrong in faults.items() if wrong} == {}


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("docs/fencing.md", None),
        ("docs/pipelines.md#state-and-key", None),
        ("examples", None),
        ("LICENSE", None),
        ("https://useapi.net", None),
        ("docs/fence.md", "is not there"),
        ("build/docs", "is not there"),
        ("docs/pipelines.md#state-and-keys", "has no such heading"),
        ("#no-such-heading", "has no such heading"),
        ("../elsewhere.md", "leads out of the repository"),
        ("/docs/fencing.md", "leads out of the repository"),
        ("http://useapi.net", "is not https"),
        ("https://useapi", "is no address"),
        ("https://useapi.net/a…b", "is no address"),
        ("mailto:nobody", "is no address"),
    ],
)
def test_what_is_a_fault(link: str, wrong: str | None) -> None:
    assert fault(ROOT / "README.md", link) == wrong


def test_all_pages_are_looked_at() -> None:
    found = {str(page.relative_to(ROOT)) for page in pages()}
    assert {"README.md", "docs/README.md", "docs/reference/errors.md", "examples/ci/README.md"} <= found
    assert {".github/PULL_REQUEST_TEMPLATE.md", "tests/engine/data/README.md"} <= found
    assert len(links(ROOT / "README.md")) > 10
