"""The report as Markdown, for a pipeline's step summary: a table and one sentence."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from pulumi_useapi.status.quantities import amount
from pulumi_useapi.status.report import Finding, Report, Row
from pulumi_useapi.status.summary import failures, left, summary

_HEAD = ("", "account", "id", "site", "plan", "credits", "jobs", "supports", "good until", "left", "what to do")
_MARKUP = re.compile(r"([\\`*_\[\]|~#])")
_ALARMS = frozenset({Finding.EXPIRED, Finding.IN_ERROR, Finding.MISSING})


def as_markdown(report: Report) -> str:
    """The report as GitHub-flavoured Markdown, with a line break at its end."""
    lines = [f"**{_plain(_title(report))}**: {_plain(summary(report))}."]
    if report.rows:
        lines += ["", _line(_HEAD), _line(["---"] * len(_HEAD)), *(_line(_cells(row, report)) for row in report.rows)]
    for sentence in failures(report):
        lines += ["", f"⚠️ {_plain(sentence)}."]
    return "\n".join(lines) + "\n"


def _title(report: Report) -> str:
    return "MiniMax accounts" + (f" of stack {report.stack}" if report.stack else "")


def _cells(row: Row, report: Report) -> Sequence[str]:
    texts = (
        row.name or "",
        row.account or "",
        row.site or "",
        row.plan or "",
        amount(row.credits),
        "" if row.max_jobs is None else str(row.max_jobs),
        ", ".join(row.supports),
        f"{row.expires:%Y-%m-%d %H:%M} UTC" if row.expires else "",
        left(row, report.at),
    )
    notes = (_plain(note.text) + (f"; {_advice(note.advice)}" if note.advice else "") for note in row.notes)
    return (_mark(row), *map(_plain, texts), "<br>".join(notes))


def _mark(row: Row) -> str:
    if row.findings & _ALARMS:
        return "🔴"
    return "🟡" if row.notes else "🟢"


def _advice(text: str) -> str:
    """Advice with the command in it set as code, where it is nothing but a command."""
    before, colon, command = text.rpartition(": ")
    if command.startswith("pulumi"):
        return f"{_plain(before + colon)}`{command}`"
    return _plain(text)


def _plain(text: str) -> str:
    """Text that means nothing to Markdown."""
    return _MARKUP.sub(r"\\\1", html.escape(text, quote=False))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
