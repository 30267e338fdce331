"""What a person sees: a terminal with colours where there is one, plain lines in a pipe or a pipeline's log."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_OF_A_LOG = 200
"""Columns where there is no terminal to ask: wide enough that no sentence or table is broken."""

_NARROWEST = 20


@cache
def out() -> Console:
    """Standard output: results."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """Standard error: progress, advice and questions."""
    return _console(stderr=True)


def is_attended() -> bool:
    """Whether somebody can be asked: standard input and error are a terminal, and no pipeline runs this."""
    return sys.stdin.isatty() and sys.stderr.isatty() and not is_pipeline()


def is_pipeline() -> bool:
    """Whether a pipeline runs this, as the variable CI tells."""
    return os.environ.get("CI", "").lower() not in ("", "false", "0")


def note(text: str) -> None:
    """Say what is good to know."""
    err().print(f"note: {text}", style="yellow")


@contextmanager
def waiting_for(what: str) -> Iterator[Callable[[str], None]]:
    """Say what is waited for, where somebody sees it; gives what tells of something else."""
    with err().status(f"{what} …") as line:
        yield lambda other: line.update(f"{other} …")


def wrapped(words: str, console: Console, indent: int) -> list[str]:
    """The lines of a sentence: whole words in a terminal, all in one line, however long, elsewhere.

    Args:
        words: the sentence.
        console: where it goes.
        indent: columns that are kept free before each line.
    """
    if not console.is_terminal:
        return [words]
    room = max(console.width - indent, _NARROWEST)
    return textwrap.wrap(words, room, break_long_words=False, break_on_hyphens=False)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    # No markup and no highlighting: names and messages come from outside. NO_COLOR is heeded by rich itself.
    width = None if stream.isatty() else _WIDTH_OF_A_LOG
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=width, soft_wrap=width is not None)
