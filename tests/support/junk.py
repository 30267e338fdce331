"""Outside text that nobody should send: strategies for hypothesis, and what may come of it."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

MARKER = "pLanted-0Qz7Rv3Kx9Wt"
"""Stands somewhere in the input; no error may show it."""

LONGEST_SENTENCE = 1500
_AT_ONCE = 0.1
"""Seconds that say nothing about how time grows with the length."""

TEXTS = (
    st.text()
    | st.text(st.characters(), max_size=40)  # with lone surrogates
    | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))
    | st.sampled_from(
        ["", " ", "\0", "\ufeff", "\ud800", "NaN", "Infinity", "-0", "1e999", "0x10", "1_0", "١٢", "9" * 5000]
    )
)
JSON_TEXTS = TEXTS | st.text('[]{}",:0123456789eE+-.\\untrfalsNI', max_size=60)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS


def json_values(*names: str) -> st.SearchStrategy[Any]:
    """Any JSON value, with objects that like to have these keys."""
    keys = st.sampled_from(names) | st.text(max_size=5) if names else st.text(max_size=5)
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=12,
    )


def marked(text: str) -> str:
    """The text with the marker inside."""
    return text[: len(text) // 2] + MARKER + text[len(text) // 2 :]


def only_documented(call: Callable[[], T], *kinds: type[Exception]) -> T | Exception:
    """What the call returns, or the error it raises, which is of these kinds, one sentence, and shows no marker."""
    try:
        return call()
    except kinds as error:
        require_presentable(error)
        return error


def require_presentable(error: Exception, *hidden: str) -> None:
    """The error is a sentence that any terminal can show, and neither it nor its traceback shows what it must not."""
    sentence = str(error)
    assert sentence.strip()
    assert len(sentence) <= LONGEST_SENTENCE
    sentence.encode()
    shown = [sentence, repr(error), repr(error.args), "".join(traceback.format_exception(error))]
    for text in (MARKER, *hidden):
        assert not any(text in one for one in shown)


def nested(depth: int) -> str:
    """JSON that many levels deep."""
    return '{"useapi":' * depth + "[]" + "}" * depth


def require_linear(make: Callable[[int], T], work: Callable[[T], object], size: int = 150_000) -> None:
    """Eight times the input takes about eight times as long, not sixty-four times."""
    large = make(8 * size)
    most = _seconds(work, large)
    if most < _AT_ONCE:
        return
    small = make(size)
    least = min(_seconds(work, small) for _ in range(3))
    most = min(most, _seconds(work, large))
    assert most < 32 * least + _AT_ONCE, f"{size} characters: {least:.3f} s, {8 * size}: {most:.3f} s"


def _seconds(work: Callable[[T], object], given: T) -> float:
    began = time.thread_time()  # whatever else this machine does
    work(given)
    return time.thread_time() - began


def dumped(value: object) -> str:
    """JSON, with Python's own constants where the value has them."""
    return json.dumps(value)
