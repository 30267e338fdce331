"""The report as a picture: one line for each account, from issued to expiry, and today as a vertical line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree as ET

from pulumi_useapi.status.quantities import day, span
from pulumi_useapi.status.report import Finding, Report, Row
from pulumi_useapi.status.summary import summary

_WIDTH = 960
_EDGE = 28
_TOP = 126
_FOOT = 52
_TALL_ROW, _LOW_ROW, _MANY = 34, 24, 15
_BAR = 10
_LONGEST_LABEL = 24
_LONGEST_LINE = 125
_LETTER = 7.4
_SMALL_LETTER = 6.7
"""About the width of a letter, in pixels: of a name, and of the small print. Fonts differ."""
_RIGHT = 168
"""Pixels for the words behind the bars."""
_PAST, _FUTURE = timedelta(days=45), timedelta(days=75)
"""How far the picture reaches at most."""
_AROUND = timedelta(days=2)
_APART = 42
"""Pixels between two words of the axis, at least."""

_STYLE = """
svg { color-scheme: light dark; font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-size: 13px; }
.paper { fill: #ffffff; } .ink { fill: #1f2328; } .faint { fill: #656d76; } .small { font-size: 11.5px; }
.head { font-size: 18px; font-weight: 600; } .name { font-weight: 600; }
.grid { stroke: #d8dee4; stroke-width: 1; } .stripe { fill: #f6f8fa; }
.today { stroke: #1f2328; stroke-width: 1.5; } .flag { fill: #1f2328; } .on-flag { fill: #ffffff; font-weight: 600; }
.spent { opacity: 0.22; }
.good { fill: #1a7f64; } .renew { fill: #d1242f; } .broken { fill: #bc6c00; } .other { fill: #8c959f; }
.bold { font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117; } .ink { fill: #e6edf3; } .faint { fill: #9198a1; }
  .grid { stroke: #2f363d; } .stripe { fill: #151b23; }
  .today { stroke: #e6edf3; } .flag { fill: #e6edf3; } .on-flag { fill: #0d1117; }
  .spent { opacity: 0.3; }
  .good { fill: #3fb98f; } .renew { fill: #ff6a69; } .broken { fill: #e3a03c; } .other { fill: #7d8590; }
}
"""

_LEGEND = {
    "good": "good",
    "renew": "to be renewed",
    "broken": "in error at useapi.net",
    "other": "missing or not asked",
}


def as_svg(report: Report) -> str:
    """The picture as the text of an SVG file; it fits light and dark surroundings."""
    picture = _Picture(report)
    root = picture.draw()
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


@dataclass(frozen=True)
class _Axis:
    """Where a moment is."""

    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, when: datetime) -> float:
        part = (min(max(when, self.start), self.end) - self.start) / (self.end - self.start)
        return round(self.left + part * (self.right - self.left), 1)

    def months(self) -> Iterator[datetime]:
        """The first days of the months in it."""
        month = self.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while month <= self.end:
            if month >= self.start:
                yield month
            month = (month + timedelta(days=32)).replace(day=1)

    def mondays(self) -> Iterator[datetime]:
        """The beginnings of the weeks in it."""
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        monday = midnight + timedelta(days=7 - midnight.weekday())
        while monday <= self.end:
            yield monday
            monday += timedelta(days=7)


class _Picture:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._rows = report.rows
        self._row_height = _TALL_ROW if len(self._rows) <= _MANY else _LOW_ROW
        self._bottom = _TOP + self._row_height * max(len(self._rows), 1)
        self._height = self._bottom + _FOOT
        self._axis = _axis(report)

    def draw(self) -> ET.Element:
        size = {"width": str(_WIDTH), "height": str(self._height), "viewBox": f"0 0 {_WIDTH} {self._height}"}
        root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
        ET.SubElement(root, "title").text = _title(self._report)
        ET.SubElement(root, "desc").text = summary(self._report)
        ET.SubElement(root, "style").text = _STYLE
        _rectangle(root, "paper", (0, 0, _WIDTH, self._height), round_=8)
        _text(root, "ink head", _EDGE, 38, _title(self._report))
        _text(root, "faint", _EDGE, 60, _cut(summary(self._report), _LONGEST_LINE))
        self._stripes(root)
        self._months(root)
        for index, row in enumerate(self._rows):
            self._row(root, index, row)
        self._today(root)
        self._legend(root)
        return root

    def _stripes(self, root: ET.Element) -> None:
        for index in range(0, len(self._rows), 2):
            top = _TOP + index * self._row_height
            _rectangle(root, "stripe", (_EDGE - 8, top, _WIDTH - 2 * (_EDGE - 8), self._row_height), round_=4)

    def _months(self, root: ET.Element) -> None:
        for month in self._axis.months():
            x = self._axis.x(month)
            _line(root, "grid", x, _TOP - 8, self._bottom)
            year = f" {month:%Y}" if month.month == 1 else ""
            _text(root, "ink small bold", x, _TOP - 12, f"{month:%b}{year}", anchor="middle")
        for monday in self._axis.mondays():
            x = self._axis.x(monday)
            is_free = all(abs(x - self._axis.x(month)) > _APART for month in self._axis.months())
            if is_free and abs(x - self._axis.x(self._report.at)) > _APART / 2:
                _line(root, "grid", x, _TOP - 5, _TOP)
                _text(root, "faint small", x, _TOP - 12, str(monday.day), anchor="middle")

    def _row(self, root: ET.Element, index: int, row: Row) -> None:
        group = ET.SubElement(root, "g")
        ET.SubElement(group, "title").text = _told(row)
        middle = _TOP + (index + 0.5) * self._row_height
        kind = _kind(row)
        self._label(group, row, middle)
        end = self._axis.right
        if row.life is not None:
            self._bar(group, row.life, kind, middle)
            end = max(self._axis.x(row.life[1]), self._axis.x(self._report.at))
        style = "faint" if kind == "good" else f"{kind} bold"
        _text(group, f"{style} small", end + 13, middle + 4, _words(row, self._report.at))

    def _label(self, group: ET.Element, row: Row, middle: float) -> None:
        label = ET.SubElement(group, "text", {"x": str(_EDGE), "y": str(middle + 4.5)})
        name = ET.SubElement(label, "tspan", {"class": "ink name"})
        name.text = _cut(row.title, _LONGEST_LABEL)
        if row.name and row.account:
            name.tail = " "
            ET.SubElement(label, "tspan", {"class": "faint small"}).text = _cut(row.account, _LONGEST_LABEL)

    def _bar(self, group: ET.Element, life: tuple[datetime, datetime], kind: str, middle: float) -> None:
        now, axis = self._report.at, self._axis
        issued, expires = life
        start, turn, end = axis.x(issued), axis.x(min(max(now, issued), expires)), axis.x(expires)
        top = middle - _BAR / 2
        _rectangle(group, f"{kind} spent", (start, top, max(end - start, 2), _BAR), round_=_BAR / 2)
        if end > turn:
            _rectangle(group, kind, (turn, top, max(end - turn, 3), _BAR), round_=min(_BAR / 2, (end - turn) / 2))
        ET.SubElement(group, "circle", {"class": kind, "cx": str(end), "cy": str(middle), "r": str(_BAR / 2 + 1)})

    def _today(self, root: ET.Element) -> None:
        x, words = self._axis.x(self._report.at), f"today, {day(self._report.at, self._report.at)}"
        width = len(words) * _SMALL_LETTER * 1.12 + 18
        left = min(max(x - width / 2, _EDGE), _WIDTH - _EDGE - width)
        _line(root, "today", x, _TOP - 34, self._bottom + 4)
        _rectangle(root, "flag", (left, _TOP - 50, width, 19), round_=9.5)
        _text(root, "on-flag small", left + width / 2, _TOP - 36.5, words, anchor="middle")

    def _legend(self, root: ET.Element) -> None:
        x, y = float(_EDGE), self._bottom + 32
        present = {_kind(row) for row in self._rows}
        for kind, words in _LEGEND.items():
            if kind not in present:
                continue
            _rectangle(root, kind, (x, y - 8, 18, 8), round_=4)
            _text(root, "faint small", x + 25, y, words)
            x += 25 + len(words) * _SMALL_LETTER + 22
        stamp = f"{self._report.at:%Y-%m-%d %H:%M} UTC"
        _text(root, "faint small", _WIDTH - _EDGE, y, stamp, anchor="end")


def _axis(report: Report) -> _Axis:
    now = report.at
    moments = [when for row in report.rows if row.life for when in row.life]
    start = max(min([*moments, now - timedelta(days=10)]), now - _PAST) - _AROUND
    end = min(max([*moments, now + timedelta(days=10)]), now + _FUTURE) + _AROUND
    left = _EDGE + max((_width_of_label(row) for row in report.rows), default=60.0) + 22
    return _Axis(start.astimezone(timezone.utc), end.astimezone(timezone.utc), left, _WIDTH - _EDGE - _RIGHT)


def _width_of_label(row: Row) -> float:
    name = _cut(row.title, _LONGEST_LABEL)
    wide = sum(letter.isupper() or not letter.isascii() for letter in name)
    width = (len(name) + 0.55 * wide) * _LETTER
    return width + (1 + len(_cut(row.account, _LONGEST_LABEL))) * _SMALL_LETTER if row.name and row.account else width


def _kind(row: Row) -> str:
    if row.findings & {Finding.EXPIRED, Finding.EXPIRING}:
        return "renew"
    if not row.is_served:
        return "other"
    return "broken" if Finding.IN_ERROR in row.findings else "good"


def _words(row: Row, now: datetime) -> str:
    if Finding.MISSING in row.findings:
        return "not at useapi.net"
    if Finding.UNREACHABLE in row.findings:
        return "not asked"
    until = "" if row.expires is None else day(row.expires, now)
    if row.expires is not None:
        until = f"expired, {until}" if row.expires <= now else f"{span(row.expires - now)}, {until}"
    return f"in error, {until}" if Finding.IN_ERROR in row.findings else until


def _told(row: Row) -> str:
    """What a browser shows when the pointer rests on the line."""
    parts = [row.title, f"account {row.account}" if row.account else "", row.site or "", row.plan or ""]
    parts += [f"{row.max_jobs} jobs" if row.max_jobs is not None else "", " ".join(row.supports)]
    parts += [note.text for note in row.notes]
    return " · ".join(part for part in parts if part)


def _title(report: Report) -> str:
    return "MiniMax accounts" + (f" · stack {report.stack}" if report.stack else "")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _rectangle(parent: ET.Element, kind: str, box: tuple[float, float, float, float], *, round_: float) -> None:
    places = dict(zip(("x", "y", "width", "height", "rx"), (*box, round_), strict=True))
    ET.SubElement(parent, "rect", {"class": kind, **{name: f"{value:g}" for name, value in places.items()}})


def _line(parent: ET.Element, kind: str, x: float, top: float, bottom: float) -> None:
    ET.SubElement(
        parent, "line", {"class": kind, "x1": f"{x:g}", "x2": f"{x:g}", "y1": f"{top:g}", "y2": f"{bottom:g}"}
    )


def _text(parent: ET.Element, kind: str, x: float, y: float, words: str, *, anchor: str = "start") -> None:
    place = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor}
    ET.SubElement(parent, "text", {"class": kind, **place}).text = words
