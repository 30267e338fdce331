"""Reads docstrings as this project writes them: Google's sections, Markdown in between."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

_HEAD = re.compile(r"(Args|Attributes|Raises|Returns):$")
_ENTRY = re.compile(r"([\w.]+): (.*)")


@dataclass
class Docstring:
    """A docstring's parts; each text is Markdown.

    Attributes:
        body: all that is in no section; a paragraph is one line.
        args: the arguments by name.
        attributes: the attributes by name.
        raises: when each exception is raised, by its name.
        returns: what is returned.
    """

    body: str = ""
    args: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    raises: dict[str, str] = field(default_factory=dict)
    returns: str = ""

    @property
    def summary(self) -> str:
        """Its first sentence."""
        return re.split(r"(?<=[.])\s", self.body, maxsplit=1)[0]


def parse(documented: object) -> Docstring:
    """Read an object's own docstring."""
    doc = Docstring()
    body: list[str] = []
    for head, text in _parts(inspect.cleandoc(getattr(documented, "__doc__", None) or "")):
        if head == "Returns":
            doc.returns = _joined(text)
        elif head:
            getattr(doc, head.lower()).update(_entries(text))
        else:
            body.append(_unwrapped(text))
    doc.body = "\n\n".join(body)
    return doc


def attribute_docs(kind: type) -> dict[str, str]:
    """The texts that stand below a class's annotations, which Python itself drops."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    found = {}
    for annotated, below in pairwise(statements):
        text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else None
        if isinstance(annotated, ast.AnnAssign) and isinstance(annotated.target, ast.Name) and isinstance(text, str):
            found[annotated.target.id] = _joined(text)
    return found


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """The sections by their heads, and what is between them without one."""
    head, lines = "", list[str]()
    for line in text.splitlines():
        found = _HEAD.match(line)
        ends = head and line and not line.startswith(" ")
        if found or ends:
            if any(lines):
                yield head, "\n".join(lines)
            head, lines = (found[1] if found else ""), []
        if not found:
            lines.append(line)
    if any(lines):
        yield head, "\n".join(lines)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"\n(?=\S)", textwrap.dedent(text).strip()):
        found = _ENTRY.match(_joined(entry))
        if found is None:
            raise ValueError(f"no entry of a docstring: {entry}")
        yield found[1], found[2]


def _unwrapped(text: str) -> str:
    """Markdown with each paragraph and each item of a list in one line; code as it is."""
    blocks = re.split(r"\n{2,}(?![^`]*```\n(?:[^`]|\Z)*$)", text.strip())
    return "\n\n".join(block if block.startswith("```") else _joined_items(block) for block in blocks)


def _joined_items(block: str) -> str:
    return "\n".join(_joined(item) for item in re.split(r"\n(?=- )", block))


def _joined(text: str) -> str:
    return " ".join(text.split())
