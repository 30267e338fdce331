"""The commands in the blocks and lines of code of the documentation, taken apart as a shell does it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.pages import blocks, pieces_of_code

SHELL_KINDS = {"sh", "console"}
_OPERATORS = set("();<>|&")
_REDIRECTION = re.compile(r"[<>&]*[<>][<>&]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_IN_A_SENTENCE = re.compile(r"(pulumi-useapi|pulumi|make) [a-z]")
_MAKE = re.compile(r"make [a-z]+( [A-Z]+=\S+)*")


@dataclass(frozen=True)
class Command:
    """A simple command: the program and its arguments, without redirections and variables set before it."""

    place: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.place}: {shlex.join(self.words)}"


def script(kind: str, text: str) -> str:
    """What of a block is typed: of a terminal's picture, the lines after a prompt."""
    if kind != "console":
        return text
    return "\n".join(line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ "))


def documented() -> Iterator[Command]:
    """Every command of every block, and every command of ours, of make and of Pulumi between backticks."""
    for block in blocks():
        if block.kind in SHELL_KINDS:
            yield from (Command(block.place, words) for words in commands(script(block.kind, block.text)))
    for place, code in pieces_of_code():
        # Sentences of these programs stand between backticks too.
        if _IN_A_SENTENCE.match(code) and (_MAKE.fullmatch(code) or not code.startswith("make")):
            yield Command(place, next(commands(code)))


def commands(text: str) -> Iterator[tuple[str, ...]]:
    """The simple commands of a script without functions and here-documents."""
    for line in _logical_lines(text):
        words: list[str] = []
        skip = False
        for word in _lexed(line):
            if set(word) <= _OPERATORS:
                skip = _REDIRECTION.fullmatch(word) is not None
                if not skip:
                    yield from _simple(words)
                    words = []
            elif skip:
                skip = False
            else:
                words.append(word)
        yield from _simple(words)


def _simple(words: list[str]) -> Iterator[tuple[str, ...]]:
    while words and _ASSIGNMENT.match(words[0]):
        words = words[1:]
    if words:
        yield tuple(words)


def _logical_lines(text: str) -> Iterator[str]:
    line = ""
    for part in text.splitlines():
        line += f"\n{part}" if line else part
        if _is_complete(line):
            yield line
            line = ""
    if line:
        raise ValueError(f"no end of a quotation: {line}")


def _is_complete(line: str) -> bool:
    try:
        shlex.split(line, comments=True)
    except ValueError:
        return False
    return not line.endswith("\\")


def _lexed(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)
