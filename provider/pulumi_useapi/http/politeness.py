"""How many requests one subscription sends at once, and the waits after it was told that they are too many."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from pulumi_useapi.http.answers import Answer


@dataclass(frozen=True)
class Refusal:
    """The answer 429, and when it came (UTC)."""

    answer: Answer
    received: datetime


class PausedError(Exception):
    """The subscription's pause does not end in time.

    Attributes:
        refusal: why there is one.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


@dataclass(frozen=True)
class Turn:
    """The permission to send one request.

    Attributes:
        queued: seconds waited because others were sending; a pause is not counted.
        pauses: how many pauses there had been when it began.
    """

    queued: float
    pauses: int


class Politeness:
    """Shared by everybody who sends requests of one subscription.

    A 429 is an answer to all of them: nobody sends anything until the pause is over. Then one goes ahead, and the
    others follow once it has got another answer.

    Args:
        limit: requests at the same time.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._changed = threading.Condition()
        self._sending = 0
        self._pauses = 0
        self._pauses_in_a_row = 0
        self._paused_until = 0.0
        self._refusal: Refusal | None = None

    @contextlib.contextmanager
    def turn(self, ends: float) -> Iterator[Turn]:
        """Wait until a request may be sent; it is under way as long as the block lasts.

        Args:
            ends: when there is no more time for a pause: a moment of `time.monotonic`, which waiting for others puts off.

        Raises:
            PausedError: a pause would last longer.
        """
        with self._changed:
            turn = Turn(self._wait(ends), self._pauses)
            self._sending += 1
        try:
            yield turn
        finally:
            with self._changed:
                self._sending -= 1
                self._changed.notify()

    def pause(self, turn: Turn, answer: Answer, seconds: Callable[[int], float]) -> None:
        """Let everybody wait, because the request of this turn was answered with 429.

        Args:
            turn: not over yet, so that nobody goes ahead in between.
            answer: what was answered.
            seconds: how long to wait, given how many pauses in a row there have been with this one.
        """
        with self._changed:
            if turn.pauses == self._pauses:  # else it was sent before the pause that there is already
                self._pauses += 1
                self._pauses_in_a_row += 1
            self._paused_until = max(self._paused_until, time.monotonic() + seconds(self._pauses_in_a_row))
            self._refusal = Refusal(answer, datetime.now(timezone.utc))
            self._changed.notify_all()

    def go_on(self, turn: Turn) -> None:
        """Let everybody send again, because the request of this turn was not answered with 429."""
        with self._changed:
            if turn.pauses == self._pauses and self._pauses_in_a_row:
                self._pauses_in_a_row = 0
                self._changed.notify_all()

    def _wait(self, ends: float) -> float:
        queued = 0.0
        while True:
            now = time.monotonic()
            pause = self._paused_until - now
            if self._refusal and pause > 0:
                if self._paused_until >= ends + queued:
                    raise PausedError(self._refusal)
                self._changed.wait(pause)
            elif self._sending < (1 if self._pauses_in_a_row else self.limit):
                return queued
            else:
                self._changed.wait()
                queued += time.monotonic() - now
