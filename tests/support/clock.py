"""Another time for the Python processes that Pulumi starts: tokens expire without waiting."""

from __future__ import annotations

from pathlib import Path

from tests.support.pulumi_stack import PulumiStack

SHIFTED_CLOCK = '''\
"""Imported by every Python process that Pulumi starts: its `datetime.now` is DAYS ahead."""
import datetime, os

SHIFT = datetime.timedelta(days=float(os.environ["TEST_CLOCK_DAYS"]))


class Shifted(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + SHIFT


datetime.datetime = Shifted
'''


class Clock:
    """What the stack's own Python processes take for now; the service keeps the real time."""

    def __init__(self, folder: Path, stack: PulumiStack) -> None:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(SHIFTED_CLOCK)
        self._environment = stack.environment
        self._environment |= {"PYTHONPATH": str(folder)}
        self.advance(0)

    def advance(self, days: float) -> None:
        """Let it be so many days later than it is."""
        self._environment["TEST_CLOCK_DAYS"] = str(days)
