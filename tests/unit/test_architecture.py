"""The arrows between the modules, read from their import statements."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = "pulumi_useapi"
ROOT = Path(__file__).parents[2] / "provider" / PACKAGE
FILES = {
    ".".join((PACKAGE, *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): file
    for file in ROOT.rglob("*.py")
}
FACES = {
    *("minimax_account", "ready_made_stack", "stack_config", "fleet", "functions", "declared_here"),
    *("engine", "cli", "emulator", "browser", "status", "doctor"),
}
"""What deals with people and processes: nothing below may know it."""

MAY_IMPORT = {
    "errors": set[str](),
    "version": set[str](),
    "credentials": {"errors"},
    "capture": {"capture", "credentials", "errors"},
    "models": {"errors"},
    "settings": {"errors", "http", "config_paths"},
}
"""All that these modules may import of the package, through others too."""

USERS = {
    "requests": {"client"},
    "urllib3": {"client", "http"},
    "pulumi": {"minimax_account", "ready_made_stack", "stack_config", "fleet", "functions", "engine", "declared_here"},
    "grpc": {"engine"},
    "dill": set[str](),
    "yaml": {"config_file"},
    "jwt": {"credentials", "emulator"},
    "click": {"cli"},
    "pyperclip": {"cli"},
    "playwright": {"browser"},
    "aiohttp": {"emulator"},
    "sqlite3": {"emulator"},
}
"""Who may import a library."""


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that happen in a run, the late ones in functions too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (one for branch in node.orelse for one in statements(branch))
        else:
            yield from statements(node)


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of the package, and names of other things, that a module imports."""
    found = set()
    for node in statements(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            assert node.level == 0, f"{module} imports relatively"
            found |= {
                inner if (inner := f"{node.module}.{alias.name}") in FILES else str(node.module) for alias in node.names
            }
    return frozenset(found)


def of_package(module: str) -> set[str]:
    return {name for name in imports(module) if name in FILES} - {PACKAGE}


@cache
def reach(module: str) -> frozenset[str]:
    """All modules of the package that a module leads to."""
    seen, waiting = set[str](), [module]
    while waiting:
        for name in of_package(waiting.pop()) - seen:
            seen.add(name)
            waiting.append(name)
    return frozenset(seen)


def part(module: str) -> str:
    """The file or folder of the package that a module is in."""
    return module.split(".")[1] if "." in module else ""


def parts(modules: frozenset[str]) -> set[str]:
    return {part(module) for module in modules}


@pytest.mark.parametrize("module", sorted(FILES))
def test_no_import_goes_in_a_circle(module: str) -> None:
    assert module not in reach(module)


@pytest.mark.parametrize(("module", "allowed"), MAY_IMPORT.items(), ids=MAY_IMPORT.keys())
def test_the_ground_floor(module: str, allowed: set[str]) -> None:
    assert parts(reach(f"{PACKAGE}.{module}")) <= allowed


def test_the_client_knows_nothing_of_the_life_cycle_and_the_settings() -> None:
    above = {"settings", "listing", "connections", "declarations", "outputs", "messages", "lifecycle", "credentials"}
    assert not parts(reach(f"{PACKAGE}.client")) & (above | FACES)


def test_the_life_cycle_knows_no_face() -> None:
    assert {"client", "credentials", "models", "errors"} <= parts(reach(f"{PACKAGE}.lifecycle"))
    assert not parts(reach(f"{PACKAGE}.lifecycle")) & FACES


def test_the_emulator_and_the_package_share_nothing() -> None:
    emulator = [module for module in FILES if part(module) == "emulator"]
    assert {name for module in emulator for name in parts(reach(module))} == {"emulator"}
    users = {part(module) for module in FILES if "emulator" in {part(name) for name in of_package(module)}}
    assert users <= {"emulator", "cli"}


def test_only_the_command_is_above_the_resource() -> None:
    users = {part(module) for module in FILES if f"{PACKAGE}.minimax_account" in of_package(module)}
    assert users <= {"ready_made_stack", "cli"}
    assert {part(module) for module in FILES if "cli" in parts(reach(module))} <= {"cli"}


@pytest.mark.parametrize(("library", "users"), USERS.items(), ids=USERS.keys())
def test_who_imports_a_library(library: str, users: set[str]) -> None:
    found = {part(module) for module in FILES if library in {name.partition(".")[0] for name in imports(module)}}
    assert found == users


def floors() -> dict[str, int]:
    """The parts of the package, with the row of docs/architecture.md that names each."""
    page = (ROOT.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = page.partition("| modules |")[2].partition("\n\n")[0].splitlines()[2:]
    return {name: row for row, line in enumerate(rows) for name in re.findall(r"`(\w+)/?`", line.split("|")[1])}


def test_the_page_for_contributors_has_every_part_on_its_floor() -> None:
    known = floors()
    assert set(known) == {part(module) for module in FILES} - {""}
    arrows = {(part(module), part(used)) for module in FILES if part(module) for used in of_package(module)}
    assert not [(one, other) for one, other in arrows if known[other] < known[one]]
