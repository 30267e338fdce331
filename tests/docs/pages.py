"""The Markdown of this repository, read with a CommonMark parser: its links, anchors, blocks of code and pieces of code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.paths import ROOT

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_FOLDERS = (
    "*.md",
    ".github/**/*.md",
    *(f"{folder}/**/*.md" for folder in ("benchmarks", "docs", "examples", "tests", "tools")),
)


@dataclass(frozen=True)
class Block:
    """A fenced block of code, or an indented one, which has no kind."""

    page: Path
    line: int
    kind: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every Markdown file of the project, without what tools have left in its folders."""
    found = {file for pattern in _FOLDERS for file in ROOT.glob(pattern)}
    return sorted(file for file in found if not {".venv", "node_modules", "site-packages"} & set(file.parts))


def links(page: Path) -> list[str]:
    """Where its links and pictures lead, those written as HTML too."""
    found = []
    for token in _tokens(page):
        if token.type in {"link_open", "image"}:
            found.append(str(token.attrs.get("href") or token.attrs.get("src") or ""))
        elif token.type.startswith("html"):
            found += _Attributes.of(token.content, "href", "src")
    return found


@cache
def anchors(page: Path) -> frozenset[str]:
    """The names of its headings as GitHub makes them, and those given in HTML."""
    found, seen = set(), Counter[str]()
    tokens = _parsed(page)
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            name = _slug(content)
            found.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
    for token in _tokens(page):
        if token.type.startswith("html"):
            found |= set(_Attributes.of(token.content, "id", "name"))
    return frozenset(found)


def blocks() -> list[Block]:
    """All blocks of code."""
    return [
        Block(page, token.map[0] + 1 if token.map else 0, token.info.strip(), token.content)
        for page in pages()
        for token in _parsed(page)
        if token.type in {"fence", "code_block"}
    ]


def pieces_of_code() -> Iterator[tuple[str, str]]:
    """What stands between backticks in a line of text: the page, and the code."""
    for page in pages():
        for token in _tokens(page):
            if token.type == "code_inline":
                yield str(page.relative_to(ROOT)), token.content


def tables(page: Path) -> list[list[list[str]]]:
    """Its tables: rows of cells, the Markdown of each."""
    found: list[list[list[str]]] = []
    tokens = _parsed(page)
    for token, content in pairwise(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in {"th_open", "td_open"}:
            found[-1][-1].append(content.content)
    return found


@cache
def _parsed(page: Path) -> list[Token]:
    return _PARSER.parse(page.read_text(encoding="utf-8"))


def _tokens(page: Path) -> Iterator[Token]:
    """Its tokens, those inside of lines too; a picture's own are its description."""
    for token in _parsed(page):
        yield token
        yield from token.children or ()


def _slug(heading: Token) -> str:
    text = "".join(token.content for token in heading.children or () if token.type in {"text", "code_inline"})
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


class _Attributes(HTMLParser):
    """Collects the attributes of HTML tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found += [(name, value) for name, value in attrs if value is not None]

    @classmethod
    def of(cls, html: str, *names: str) -> list[str]:
        parser = cls()
        parser.feed(html)
        return [value for name, value in parser.found if name in names]
