"""docs/reference: as the docstrings are now, complete, and nothing private in it; the settings are those of the package."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pulumi_useapi
from pulumi_useapi import errors, settings
from tests.docs.pages import anchors, tables
from tools.docs_docstrings import parse
from tools.docs_reference import FOLDER, pages, setting_rows
from tools.paths import ROOT

FILES = sorted(FOLDER.glob("*.md"))
SAMPLES = {"base_url": "https://example.com/v1/minimax", "former_owner": "7@x"}
MISSING = object()


def test_the_files_say_what_the_docstrings_say() -> None:
    found = {file.name: file.read_text(encoding="utf-8") for file in FILES}
    assert found == pages(), "docs/reference is out of date: run make reference"


def headings() -> set[str]:
    text = "\n".join(file.read_text(encoding="utf-8") for file in FILES)
    return set(re.findall(r"^#+ ([\w.]+)$", text, re.MULTILINE))


def test_every_public_name_is_described() -> None:
    assert set(pulumi_useapi.__all__) - headings() == {"__version__"}
    assert "`__version__`" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_error_is_described() -> None:
    classes = {name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, Exception)}
    assert classes <= headings()
    for name in classes:
        assert len(parse(getattr(errors, name)).body) > 30, f"{name}: say what it means, and what leads to it"


def arguments() -> Iterator[tuple[str, set[str], set[str]]]:
    """What takes arguments, their names, and those described."""
    resource, client = pulumi_useapi.MiniMaxAccount, pulumi_useapi.UseApiClient
    for documented, called in ((resource, resource.__init__), (client, client.__init__)):
        yield documented.__name__, set(inspect.signature(called).parameters) - {"self"}, set(parse(documented).args)
    yield "get", set(inspect.signature(resource.get).parameters), set(parse(resource.get).args)
    for name in ("accounts_from_config", "summarize_accounts", "get_minimax_account"):
        function = getattr(pulumi_useapi, name)
        yield name, set(inspect.signature(function).parameters), set(parse(function).args)


@pytest.mark.parametrize(("name", "taken", "described"), list(arguments()), ids=[name for name, *_ in arguments()])
def test_every_argument_is_described(name: str, taken: set[str], described: set[str]) -> None:
    assert described == taken, name


@pytest.mark.parametrize("name", ["AccountsSummary", "MiniMaxAccountResult", "MiniMaxFeaturesResult"])
def test_every_field_is_described(name: str) -> None:
    kind = getattr(pulumi_useapi, name)
    assert set(parse(kind).attributes) == {field.name for field in dataclasses.fields(kind)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_private_name_is_told(file: Path) -> None:
    assert re.findall(r"(?<![\w/])_[a-z]\w*", file.read_text(encoding="utf-8").replace("`…_output`", "")) == []


@pytest.mark.parametrize("row", list(setting_rows())[2:], ids=lambda row: row[1])
def test_a_setting_is_read_from_where_the_reference_says(row: tuple[str, str, str, str, str]) -> None:
    _, variable, key, default, _ = (cell.strip("`") for cell in row)
    name = re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", key.removeprefix("useapi:"))
    sample = SAMPLES.get(name, "11")

    def read(config: dict[str, str], environ: dict[str, str]) -> str:
        if name == "expiry_warning_days":
            return str(settings.read_expiry_warning_days(config.get, environ))
        value = getattr(settings.read_settings(config.get, environ), name)
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    assert read({}, {}) == default
    assert read({key: sample}, {}) == sample
    assert read({key: "another"}, {variable: sample}) == sample


def test_the_reference_has_every_setting() -> None:
    """Every variable and key that the module knows."""
    source = inspect.getsource(settings)
    told = " ".join(" ".join(row) for row in setting_rows())
    known = set(re.findall(r'"(USEAPI_[A-Z_]+[A-Z]|useapi:[a-zA-Z]+)"', source)) - {"useapi:subscriptions"}
    assert len(known) > 10
    assert {name for name in known if f"`{name}`" not in told} == set()


def test_the_readme_has_the_same_settings() -> None:
    [table] = [one for one in tables(ROOT / "README.md") if "environment (wins)" in one[0]]
    readme = [[cell.replace("TEAM_B", "<NAME>").replace("team-b", "<name>") for cell in row[1:]] for row in table[1:]]
    reference = [[variable, key, default.strip("`")] for _, variable, key, default, _ in setting_rows()]
    assert sorted([variable, key, default.strip("`")] for variable, key, default in readme) == sorted(reference)


def test_every_described_name_can_be_linked_to() -> None:
    for file in FILES:
        for heading in re.findall(r"^#+ ([\w.]+)$", file.read_text(encoding="utf-8"), re.MULTILINE):
            assert heading.replace(".", "").lower() in anchors(file)
