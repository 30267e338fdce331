"""The table of `pulumi-useapi status`: all columns where there is room, fewer in a narrow terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from pulumi_useapi.cli import screen
from pulumi_useapi.status.quantities import amount, day
from pulumi_useapi.status.report import Finding, Note, Report, Row
from pulumi_useapi.status.summary import failures, left, summary

_GAP = "  "
_INDENT = "    "
_BAR = 10
_LONGEST_NAME = 24
_FIRST_TO_GO = ("issued", "site", "credits", "subscription", "plan", "supports")
"""Columns that a narrow terminal does without, in this order."""
_ALARM = "bold red"
_STYLES = {
    Finding.EXPIRED: _ALARM,
    Finding.IN_ERROR: _ALARM,
    Finding.MISSING: _ALARM,
    Finding.EXPIRING: "yellow",
    Finding.UNREACHABLE: "yellow",
}
_OTHER = "cyan"


@dataclass(frozen=True)
class _Column:
    title: str
    cells: Sequence[Text]
    to_the_right: bool = False

    @property
    def width(self) -> int:
        return max(cell_len(text) for text in (self.title, *(cell.plain for cell in self.cells)))

    def fitted(self, cell: Text) -> Text:
        padding = " " * (self.width - cell.cell_len)
        return Text(padding) + cell if self.to_the_right else cell + padding


def show(report: Report, console: Console) -> None:
    """Print the table, what is noteworthy below each account, and the summary."""
    if report.rows:
        _table(report, console)
    for sentence in failures(report):
        console.print()
        _paragraph(console, sentence, _ALARM, "")
    if report.rows or report.failed:
        console.print()
    console.print(Text(summary(report), "bold"))


def _table(report: Report, console: Console) -> None:
    columns, is_narrow = _fitting(_columns(report, is_ascii=console.options.ascii_only), console)
    console.print(Text(_GAP.join(column.fitted(Text(column.title)).plain for column in columns).rstrip(), "dim"))
    for index, row in enumerate(report.rows):
        line = Text(_GAP).join(column.fitted(column.cells[index]) for column in columns)
        line.rstrip()
        console.print(line)
        for note in _worth_telling(row):
            _paragraph(console, _sentence(note), _STYLES.get(note.finding, _OTHER), _INDENT)
    if is_narrow:
        console.print(Text("(a wider terminal shows more columns, --json all of them)", "dim"))


def _fitting(columns: Sequence[_Column], console: Console) -> tuple[list[_Column], bool]:
    """The columns that fit, and whether any had to go."""
    kept = [column for column in columns if any(cell.plain for cell in column.cells)]
    for title in _FIRST_TO_GO:
        if sum(column.width + len(_GAP) for column in kept) - len(_GAP) <= console.width:
            break
        kept = [column for column in kept if column.title != title]
    return kept, len(kept) < sum(any(cell.plain for cell in column.cells) for column in columns)


def _columns(report: Report, *, is_ascii: bool) -> list[_Column]:
    rows, now = report.rows, report.at
    several = len({row.subscription for row in rows}) > 1
    return [
        _Column("name", [_name(row) if report.stack else Text("") for row in rows]),
        _Column("account", _plain(row.account for row in rows)),
        _Column("subscription", _plain((row.subscription or "default") if several else "" for row in rows)),
        _Column("site", _plain(row.site for row in rows)),
        _Column("plan", _plain(row.plan for row in rows)),
        _Column("credits", _plain(amount(row.credits) for row in rows), to_the_right=True),
        _Column("jobs", _plain("" if row.max_jobs is None else str(row.max_jobs) for row in rows), to_the_right=True),
        _Column("supports", _plain(" ".join(row.supports) for row in rows)),
        _Column("issued", _plain(day(row.issued, now) if row.issued else "" for row in rows)),
        _Column("good until", _plain(day(row.expires, now) if row.expires else "" for row in rows)),
        _Column("left", [Text(left(row, now), _colour(row)) for row in rows], to_the_right=True),
        _Column("", [_bar(row, report, is_ascii=is_ascii) for row in rows]),
    ]


def _plain(texts: Iterator[str | None] | Sequence[str | None]) -> list[Text]:
    return [Text(text or "") for text in texts]


def _name(row: Row) -> Text:
    name = row.name or "-"
    short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
    return Text(short, "bold" if row.name else "dim")


def _colour(row: Row) -> str:
    if row.findings & {Finding.EXPIRED, Finding.IN_ERROR, Finding.MISSING}:
        return "red"
    return "yellow" if Finding.EXPIRING in row.findings else "green"


def _bar(row: Row, report: Report, *, is_ascii: bool) -> Text:
    part = row.life_left(report.at)
    if part is None:
        return Text("")
    full, empty = ("#", ".") if is_ascii else ("▇", "▁")
    filled = math.ceil(part * _BAR)
    return Text.assemble((full * filled, _colour(row)), (empty * (_BAR - filled), "dim"))


def _worth_telling(row: Row) -> list[Note]:
    return [note for note in row.notes if _sentence(note)]


def _sentence(note: Note) -> str:
    if note.finding is Finding.EXPIRING:  # the columns say when
        return note.advice
    return f"{note.text}; {note.advice}" if note.advice else note.text


def _paragraph(console: Console, words: str, style: str, indent: str) -> None:
    for line in screen.wrapped(words, console, len(indent)):
        console.print(Text(indent + line, style))
