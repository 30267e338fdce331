"""What is tried again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timezone

from urllib3 import HTTPResponse, Retry
from urllib3.exceptions import MaxRetryError

from pulumi_useapi.errors import TransportError, UseApiError
from pulumi_useapi.http.answers import Answer

_ONCE_MORE = 500
_FIRST_SERVER_ERROR = 500


@dataclass(frozen=True)
class Loss:
    """A try that brought no answer.

    Attributes:
        kind: class of the error it becomes.
        sentence: what is wrong and what to do; `{host}`, `{who}` and `{limits}` are filled in.
        passing: whether another try may help.
        sent: whether the request may have arrived.
    """

    kind: type[UseApiError]
    sentence: str
    passing: bool
    sent: bool


def may_have_worked(outcome: Answer | Loss) -> bool:
    """Tell whether the request may have done its work although it failed."""
    return outcome.sent if isinstance(outcome, Loss) else outcome.status >= _FIRST_SERVER_ERROR


class Retries(Retry):
    """What is left to try; the rules are told at `UseApiClient`."""

    @classmethod
    def fresh(cls, backoff: float) -> Retries:
        """Return the policy of a new call.

        Args:
            backoff: seconds to wait before the first repetition, at most.
        """
        return cls(
            total=10,
            other=4,
            allowed_methods=None,
            status_forcelist={429, 502, 503, 504},
            respect_retry_after_header=False,
            backoff_factor=backoff,
            backoff_max=30,
        )

    def after(self, method: str, outcome: Answer | Loss) -> Retries | None:
        """Return what is left to try after this outcome, None where nothing is."""
        try:
            if isinstance(outcome, Loss):
                return self.increment(method, error=TransportError()) if outcome.passing else None
            if not self.is_retry(method, outcome.status):
                return None
            return self.increment(method, response=HTTPResponse(status=outcome.status))
        except MaxRetryError:
            return None

    def wait(self, outcome: Answer | Loss, repetition: int = 0) -> float:
        """Return the seconds to wait before the next try.

        Args:
            outcome: of the last try.
            repetition: which one the next try is, where others repeat the same together with this call.
        """
        now = datetime.now(timezone.utc)
        asked = outcome.retry_at(now) if isinstance(outcome, Answer) else None
        # The random part also keeps apart the threads that were told the same moment.
        return self._backoff(repetition) + (max((asked - now).total_seconds(), 0.0) if asked else 0.0)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """See `Retry`; the status for which one more try is enough is counted here."""
        if status_code == _ONCE_MORE:
            return all(past.status != status_code for past in self.history)
        return super().is_retry(method, status_code, has_retry_after)

    def get_backoff_time(self) -> float:
        """See `Retry`, which does not wait before the first repetition: all threads would come back at once."""
        return self._backoff(0)

    def _backoff(self, repetition: int) -> float:
        repetition = max(repetition, len(self.history))
        longest = min(self.backoff_max, self.backoff_factor * 2.0 ** min(repetition - 1, 62))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  # no secret depends on it
