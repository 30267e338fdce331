r"""Copy as cURL (cmd) of Chrome and Edge, and (Windows) of Firefox.

Each browser's quoting has a grammar of its own, and each of them had another one before:

- Chrome, now: ``^"…^"``; before: ``"…"``. Inside both: ``\\`` for a backslash and ``\"`` for a quotation mark, then a
  caret before every character that is not known to be harmless, and one behind ``^%`` where a name could follow.
- Firefox, now, after ``curl.exe``: the same without the first step for a backslash.
- Firefox, before: ``"…"`` with ``""`` for a quotation mark, ``"%"`` for a percent sign and ``\\`` for a backslash.

A text is read by the first grammar that fits all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pulumi_useapi.capture.curl import request_of_curl
from pulumi_useapi.capture.request import OtherFormError, Request, parts_of

_LINE = r"\^\r?\n\r?\n"
_HARMLESS = r"[A-Za-z0-9\s_\-:=+~'/.,?;()*`&]"
_CARET = r'\^%\^[A-Za-z0-9_]|\^%(?![A-Za-z0-9_])|\^[^A-Za-z0-9_"%\\\r\n]'
# Of a backslash before a bracket, curl itself makes the bracket: in an address it would be a pattern.
_CHROME = rf'(?:{_LINE}|{_CARET}|\^\\\^["\\]|\^\\[\[\]{{}}]|{_HARMLESS})*'
_FIREFOX = rf'(?:{_LINE}|"{_LINE}"|{_CARET}|\^\\\^"|\^\\|{_HARMLESS})*'
_OLD_FIREFOX = r'(?:[^"%\\]|""|"%"|"\^[\r\n]+"|\\\\)*'

_CHROME_ESCAPE = re.compile(
    rf'(?P<line>{_LINE})|\^\\\^?(?P<after>["\\\[\]{{}}])|\^%(?:\^(?=[A-Za-z0-9_]))?|\^(?P<any>.)'
)
_FIREFOX_ESCAPE = re.compile(rf'(?P<line>"{_LINE}"|{_LINE})|\^\\\^(?P<after>")|\^%(?:\^(?=[A-Za-z0-9_]))?|\^(?P<any>.)')
_OLD_FIREFOX_ESCAPE = re.compile(r'"(?P<any>["%])"?|"\^(?P<line>[\r\n]+)"|\\(?P<after>\\)')


@dataclass
class _Grammar:
    """How one browser writes a word.

    Attributes:
        word: the words in their quotes, as a pattern.
        program: the name of the program, as a pattern.
        value: what a word stands for.
    """

    word: str
    program: str
    value: Callable[[str], str]
    part: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self.part = re.compile(
            rf"(?P<blank>(?:[ \t]|\^?\r?\n)+)|(?P<end>&)|(?P<program>{self.program}(?=\s))"
            rf"|(?P<word>{self.word})(?=[\s&]|$)|(?P<bare>[A-Za-z-][A-Za-z0-9.-]*)(?=[\s&]|$)"
        )


def read_cmd(text: str) -> list[Request]:
    """The requests of one or more curl commands.

    Raises:
        OtherFormError: the text is something else, or a command in it is cut off.
    """
    for grammar in _GRAMMARS:
        with suppress(OtherFormError):
            commands = _commands(grammar, text)
            break
    else:
        raise OtherFormError
    return [request_of_curl(words) for words in commands]


def _commands(grammar: _Grammar, text: str) -> list[list[str]]:
    """The words after each `curl`.

    Raises:
        OtherFormError: the text does not fit.
    """
    commands: list[list[str]] = []
    for match in parts_of(grammar.part, text):
        kind = str(match.lastgroup)
        if kind == "program" and (not commands or commands[-1]):
            commands.append([])
        elif kind == "word" and commands:
            commands[-1].append(grammar.value(match[0]))
        elif kind == "bare" and commands:
            commands[-1].append(match[0])
        elif kind not in ("blank", "end"):
            raise OtherFormError
    if not commands:
        raise OtherFormError
    return commands


def _unquoting(escape: re.Pattern[str]) -> Callable[[str], str]:
    def value(word: str) -> str:
        inside = word[2:-2] if word.startswith("^") else word[1:-1]
        return escape.sub(_plain, inside)

    return value


def _plain(match: re.Match[str]) -> str:
    if match["line"]:
        return "\n"
    return match["after"] or match["any"] or "%"


_GRAMMARS = (
    _Grammar(rf'\^"{_CHROME}\^"|"{_CHROME}"', "curl", _unquoting(_CHROME_ESCAPE)),
    _Grammar(rf'\^"{_FIREFOX}\^"', r"curl(?:\.exe)?", _unquoting(_FIREFOX_ESCAPE)),
    _Grammar(rf'"{_OLD_FIREFOX}"', r"curl(?:\.exe)?", _unquoting(_OLD_FIREFOX_ESCAPE)),
)
