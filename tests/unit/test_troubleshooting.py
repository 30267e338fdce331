"""Holds docs/troubleshooting.md and the code together.

Every sentence that the code can show when something is wrong has an entry, and every entry is in the code. An entry
is a code span in the first column of a table; `…` stands for what varies; it may stop where the sentence goes on.
The sentences are taken from the syntax tree, in whatever way they are raised, returned or printed.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pulumi_useapi import errors

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
HEADING = "| the terminal says |"
NOT_OF_THE_CODE = "## What Pulumi itself says"

NO_SENTENCE = re.compile(r"\(\?|^import |^pulumi(-useapi)? (capture|config|login|stack|up$|up --refresh|up replaces)")
"""A pattern, a program, or a command to type."""

FEWEST_WORDS = 4
"""A shorter text is a name, a label or a piece of a command; one that is raised counts whatever its length."""

IN_TROUBLE = {"Loss", "Note", "Result", "note", "no_go", "unexpected", "warn"}
"""Who is called with what is wrong, beside the errors."""

NOT_IN_TROUBLE = {
    **dict.fromkeys(("compile", "match", "search", "startswith", "strftime", "strptime"), "a pattern"),
    **dict.fromkeys(("alive", "confirm", "progress", "say", "waiting_for"), "what is going on, or a question"),
    **dict.fromkeys(("need", "execute", "close"), "for a machine, or for the sentence that it failed"),
    **dict.fromkeys(("argument", "command", "option"), "a command's help: docs/cli.md"),
}

ONLY_ERRORS_OF = {
    "cli/capture.py": "what was done",
    "cli/capture_one.py": "what was done",
    "cli/exits.py": "docs/cli.md",
    "cli/init.py": "what was made, and what to type next",
    "cli/new_project.py": "the files of a new project",
    "cli/rotate.py": "what is to be done, and what was done",
    "cli/status.py": "examples of the help",
    "cli/status_table.py": "headings and hints",
    "cli/capture_messages.py": "what was done",
    "cli/doctor.py": "examples of the help",
    "status/as_svg.py": "styles and labels",
    "status/summary.py": "the sum of what the notes say",
}
"""Files of the package where only what is raised counts, and what the rest is; so it is with all of tools/."""

FOR_DEVELOPERS = ("docs_", "releasing/")
"""Beginnings of the files of tools/ that only who works on this project meets; docs/releasing.md has the latter's."""

SPEAKS_FOR_THE_SERVICE = {
    *("emulator/answers.py", "emulator/behaviour.py", "emulator/control.py", "emulator/disturbance.py"),
    *("emulator/faults.py", "emulator/intake.py", "emulator/server.py", "emulator/service.py"),
}
"""The service's own words, and answers of /_emulator (docs/emulator.md): one entry stands for all of them."""


@dataclass(frozen=True)
class Text:
    """A text of the code, and who is called with it, the outermost first."""

    place: str
    words: str
    calls: tuple[str, ...]

    @property
    def is_raised(self) -> bool:
        return any(
            call in IN_TROUBLE or call.endswith(("Error", "Exception", "Failure", "Parameter")) for call in self.calls
        )

    @property
    def is_sentence(self) -> bool:
        words = [word for word in self.words.split() if re.search(r"[a-z]{2}", word)]
        return len(words) >= (2 if self.is_raised else FEWEST_WORDS) and not NO_SENTENCE.search(self.words)


def texts_of(node: ast.AST, place: str, calls: tuple[str, ...] = ()) -> Iterator[Text]:
    """Every text below a node that is no docstring and nothing that `NOT_IN_TROUBLE` names."""
    words = words_of(node)
    if words is not None:
        yield Text(f"{place}:{getattr(node, 'lineno', 0)}", words, calls)
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in NOT_IN_TROUBLE or any(ast.unparse(argument) == "Verdict.OK" for argument in node.args):
            return
        calls = (*calls, name)
    for child in ast.iter_child_nodes(node):
        if not is_docstring(child) and not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from texts_of(child, place, calls)


def words_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return like_the_page(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return like_the_page(
            "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        )
    return None


def like_the_page(text: str) -> str:
    return re.sub("…+", "…", " ".join(re.sub(r"\{[a-z]+\}", "…", text).split()))


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def parsed(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((ROOT / folder).rglob("*.py")):
        yield file.relative_to(ROOT / folder).as_posix(), ast.parse(file.read_text("utf-8"))


def needs_entry(text: Text, *, only_raised: bool = False) -> bool:
    file = text.place.rpartition(":")[0]
    if file in SPEAKS_FOR_THE_SERVICE or not text.is_sentence:
        return False
    return text.is_raised or not (only_raised or file in ONLY_ERRORS_OF)


PACKAGE, TOOLS = dict(parsed("provider/pulumi_useapi")), dict(parsed("tools"))


def sentences() -> Iterator[Text]:
    for file, tree in PACKAGE.items():
        yield from (text for text in texts_of(tree, file) if needs_entry(text))
    for file, tree in TOOLS.items():
        if not file.startswith(FOR_DEVELOPERS):
            yield from (text for text in texts_of(tree, file) if needs_entry(text, only_raised=True))


def entries() -> list[str]:
    tables = PAGE.read_text("utf-8").partition(NOT_OF_THE_CODE)[0].split(HEADING)[1:]
    rows = [row for table in tables for row in table.partition("\n\n")[0].splitlines() if row.startswith("| `")]
    return [like_the_page(entry) for row in rows for entry in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


def is_told(text: Text, told: list[str]) -> bool:
    return any(text.words.startswith(entry) or text.words in entry for entry in told)


def test_every_sentence_has_an_entry() -> None:
    told = entries()
    untold = [f"{text.place}: {text.words}" for text in sentences() if not is_told(text, told)]
    assert not untold, "give each an entry in docs/troubleshooting.md:\n" + "\n".join(untold)


def test_every_entry_is_in_the_code() -> None:
    known = "\n".join(words_of(node) or "" for tree in (*PACKAGE.values(), *TOOLS.values()) for node in ast.walk(tree))
    told = entries()
    assert len(told) > 200
    assert not [entry for entry in told if entry not in known or len(entry.split()) == 1]


def test_every_error_class_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    classes = [name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]
    assert len(classes) > 20
    assert not [name for name in classes if f"`{name}`" not in page]


def test_what_is_left_out_is_there() -> None:
    """A file that was renamed must not take its exemption along unseen."""
    assert not {*ONLY_ERRORS_OF, *SPEAKS_FOR_THE_SERVICE} - set(PACKAGE)


@pytest.mark.parametrize(
    "code",
    [
        'raise UseApiError("something new is wrong: mend it")',
        'raise UseApiError(f"something new is wrong with {name}: mend it")',
        'def sentence():\n    return "something new is wrong: mend it"',
        'WORDS = {1: "something new is wrong: mend it"}',
        'print("something new is wrong: mend it")',
        "log(f\"{a}{'something new is wrong: mend it' if b else c}\")",
    ],
)
def test_a_new_sentence_is_seen_however_it_is_told(code: str) -> None:
    new = [text for text in texts_of(ast.parse(code), "new.py") if needs_entry(text)]
    assert [text.words for text in new if not is_told(text, entries())]
