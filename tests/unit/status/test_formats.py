"""The report as JSON, Markdown and picture."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pulumi_useapi.models import Account
from pulumi_useapi.status.as_json import as_json
from pulumi_useapi.status.as_markdown import as_markdown
from pulumi_useapi.status.as_svg import as_svg
from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.report import Finding, Report
from tests.unit.status.fleet import AT, asked, in_state, report, served

SVG = "{http://www.w3.org/2000/svg}"
THREE = report(
    [asked(served("1", 3), served("2", 21), served("3", 12, error="account on hold")), Asked(("b",), problem="no way")],
    [in_state("main", "1", 3), in_state("studio", "2", 21), in_state("music", "3", 12)],
)


def many(count: int) -> Report:
    days = [(index * 7) % 31 - 1 for index in range(count)]
    return report(
        [asked(*(served(str(index), life) for index, life in enumerate(days)))],
        [in_state(f"studio-{index}", str(index), life) for index, life in enumerate(days)],
    )


def test_json_has_a_shape_that_programs_rely_on() -> None:
    document = json.loads(json.dumps(as_json(THREE, 5)))
    assert list(document) == [
        *("version", "at", "stack", "exitCode", "summary", "findings", "accountsUsable", "accountsTotal", "jobs"),
        *("nextExpiry", "nextExpiryAccount", "accounts", "subscriptions"),
    ]
    assert (document["version"], document["exitCode"], document["at"]) == (1, 5, "2026-11-22T09:00:00Z")
    assert document["findings"] == ["inError", "expiring", "unreachable"]
    assert document["accounts"][0] == {
        "name": "main",
        "account": "1",
        "subscription": None,
        "site": "hailuoai.video",
        "plan": None,
        "credits": None,
        "maxJobs": 3,
        "supports": ["video"],
        "error": None,
        "issued": "2026-10-26T09:00:00Z",
        "expires": "2026-11-25T09:00:00Z",
        "daysLeft": 3.0,
        "isServed": True,
        "isUsable": True,
        "notes": [{"finding": "expiring", "text": "expires in 3 days", "advice": "renew its url and token"}],
    }
    assert document["subscriptions"] == [
        {"names": [None], "number": "4711", "accounts": 3, "problem": None},
        {"names": ["b"], "number": None, "accounts": None, "problem": "no way"},
    ]


def test_every_field_of_the_json_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "status.md").read_text(encoding="utf-8")
    document = as_json(THREE, 5)
    rows = [document, *document["accounts"], *document["subscriptions"], *document["accounts"][0]["notes"]]
    missing = {field for row in rows for field in row if f"`{field}`" not in text}
    missing |= {finding.value for finding in Finding if f"`{finding.value}`" not in text}
    assert missing == set()


def test_markdown_is_a_table_and_a_sentence() -> None:
    lines = as_markdown(THREE).splitlines()
    assert lines[0] == (
        "**MiniMax accounts of stack prod**: 2 of 3 usable, 6 jobs at once; the next to die is main (Wed 25 Nov); "
        "1 in error; could not ask subscription b."
    )
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 5
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
    assert lines[-1] == "⚠️ subscription b could not be asked: no way."


def test_markdown_shows_what_looks_like_markup_as_it_is() -> None:
    name = "a|b<script>`x`*_[l](u)"
    text = as_markdown(report([asked(served("1", error="<img> | end"))], [in_state(name, "1")]))
    assert "<script>" not in text
    assert "<img>" not in text
    row = text.splitlines()[4]
    assert r"a\|b&lt;script&gt;\`x\`\*\_\[l\](u)" in row
    assert len(re.findall(r"(?<!\\)\|", row)) == 12


@pytest.mark.parametrize("made", [report([]), THREE, many(45)], ids=["none", "three", "many"])
def test_the_picture_has_a_line_for_each_account(made: Report) -> None:
    root = ET.fromstring(as_svg(made))  # noqa: S314 - our own
    assert root.tag == f"{SVG}svg"
    circles = root.findall(f".//{SVG}circle")
    assert len(circles) == len(made.rows)
    height, width = float(root.attrib["height"]), float(root.attrib["width"])
    for one in circles:
        assert 0 < float(one.attrib["cx"]) < width
        assert 0 < float(one.attrib["cy"]) < height
    heights = [float(one.attrib["cy"]) for one in circles]
    assert heights == sorted(heights)
    assert "today, Sun 22 Nov" in "".join(root.itertext())
    assert "prefers-color-scheme: dark" in "".join(root.itertext())


def test_the_line_of_an_account_ends_at_its_expiry_right_of_today_or_left() -> None:
    root = ET.fromstring(as_svg(report([asked(served("1", -3), served("2", 10))])))  # noqa: S314 - our own
    today = next(float(one.attrib["x1"]) for one in root.iter(f"{SVG}line") if one.attrib["class"] == "today")
    dead, alive = (float(one.attrib["cx"]) for one in root.iter(f"{SVG}circle"))
    assert dead < today < alive
    assert (alive - today) / (today - dead) == pytest.approx(10 / 3, rel=0.02)


def test_what_is_to_be_renewed_has_the_colour_of_alarm() -> None:
    root = ET.fromstring(as_svg(THREE))  # noqa: S314 - our own
    assert [one.attrib["class"] for one in root.iter(f"{SVG}circle")] == ["renew", "broken", "good"]


@pytest.mark.parametrize("days", [-4000, 90_000, 0])
def test_the_picture_stands_any_expiry(days: float) -> None:
    when = (AT + timedelta(days=days)).timestamp()
    strange = [Account("1", exp=when, iat=when + 10), Account("2", exp=when), Account("3", iat=when), Account("4")]
    root = ET.fromstring(as_svg(report([asked(*strange, served("5"))], [in_state("<&>" * 40, "5")])))  # noqa: S314
    places = [float(one.attrib["cx"]) for one in root.iter(f"{SVG}circle")]
    assert len(places) == 3
    assert all(0 <= place <= 960 for place in places)


def test_the_picture_shows_no_name_of_a_person_and_needs_nothing_from_outside() -> None:
    text = as_svg(THREE)
    assert "Sample user" not in text
    assert [one for one in re.findall(r"https?://[^\"<\s]+", text) if "w3.org" not in one] == []
