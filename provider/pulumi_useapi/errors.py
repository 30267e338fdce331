"""Every expected failure of this package, one class for each thing a user does differently.

```
UseApiError                          everything expected that this package raises
├── ConfigurationError               a setting is missing or wrong
├── InvalidCredentialsError          url or token is not what the browser gives
│   └── ExpiredTokenError
├── TransportError                   no answer: what the service did is not known
│   ├── UnreachableError
│   └── TimedOutError
├── ApiError                         the API said no
│   ├── BadRequestError                     400
│   ├── ApiTokenRefusedError                401 "Unauthorized"
│   ├── MiniMaxCredentialsRefusedError      401 "Wrong username/password combination."
│   ├── AccountSuspendedError               401 "This account has been suspended."
│   ├── SubscriptionExpiredError            402
│   ├── ForbiddenError                      403
│   ├── AccountNotFoundError                404, the API's own
│   ├── InsufficientCreditsError            412
│   ├── RateLimitedError                    429
│   ├── AccountOnHoldError                  596
│   └── ServerError                         every other 5xx
├── UnexpectedAnswerError            an answer that is not the API's
└── LifecycleError                   refused by this package to keep an account safe
    ├── AlreadyConfiguredError
    ├── NewerCredentialsError
    ├── OwnerMismatchError
    └── SuccessorNotConfiguredError
```

`str()` of each is one sentence: what is wrong, with which account, what to do next. It never holds a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class UseApiError(Exception):
    """Base of everything expected that this package raises."""

    def __str__(self) -> str:
        # Subclasses pass their fields to Exception too, so that copies and pickles keep them.
        return str(self.args[0]) if self.args else ""


class ConfigurationError(UseApiError):
    """A setting is missing or wrong: API token, base URL, timeout, deadline."""


class InvalidCredentialsError(UseApiError):
    """A MiniMax url or token is not what the browser gives.

    Attributes:
        field: `"url"`, `"token"`, or `""` where neither can be blamed alone.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message, field)
        self.field = field


class ExpiredTokenError(InvalidCredentialsError):
    """The MiniMax token was good once; its time is over."""


class TransportError(UseApiError):
    """The service could not be reached: nothing is known about its answer."""


class UnreachableError(TransportError):
    """No connection, or one that broke off before the answer was complete."""


class TimedOutError(TransportError):
    """No complete answer in time."""


class ApiError(UseApiError):
    """The API said no.

    Attributes:
        status: HTTP status of the answer.
        account: id of the account it is about, None where the request was about no single account.
    """

    def __init__(self, message: str, status: int, account: str | None = None) -> None:
        super().__init__(message, status, account)
        self.status = status
        self.account = account


class BadRequestError(ApiError):
    """400: a field of the request is not accepted."""


class ApiTokenRefusedError(ApiError):
    """401 "Unauthorized": the API token is not one of useapi.net's."""


class MiniMaxCredentialsRefusedError(ApiError):
    """401 "Wrong username/password combination.": MiniMax no longer accepts this browser login."""


class AccountSuspendedError(ApiError):
    """401 "This account has been suspended."."""


class SubscriptionExpiredError(ApiError):
    """402: the subscription at useapi.net has run out."""


class ForbiddenError(ApiError):
    """403: not allowed with this subscription."""


class AccountNotFoundError(ApiError):
    """404 in the API's own words: this account is not configured. Never another server's 404."""


class InsufficientCreditsError(ApiError):
    """412: the MiniMax account has too few credits."""


class RateLimitedError(ApiError):
    """429, and the wait it asks for does not fit into the deadline.

    Attributes:
        retry_at: when the API takes requests again (UTC), None where it does not say.
    """

    def __init__(self, message: str, status: int, account: str | None = None, retry_at: datetime | None = None) -> None:
        super().__init__(message, status, account)
        self.args = (message, status, account, retry_at)
        self.retry_at = retry_at


class AccountOnHoldError(ApiError):
    """596: useapi.net holds the account in an error state."""

    URN = "<its URN>"
    """Stands in the sentence's command for the resource's address, which the client does not know."""


class ServerError(ApiError):
    """500, 502, 503, 504 and every other 5xx: useapi.net or MiniMax is in trouble."""


class UnexpectedAnswerError(UseApiError):
    """An answer that is not the API's.

    A proxy's page, another server's 404, a redirect, an empty or unreadable body, another account's answer.
    """


class LifecycleError(UseApiError):
    """Refused by this package to keep an account safe; nothing was changed."""


class AlreadyConfiguredError(LifecycleError):
    """The account is already configured at useapi.net with other credentials."""


class NewerCredentialsError(LifecycleError):
    """useapi.net holds newer credentials than the ones at hand."""


class OwnerMismatchError(LifecycleError):
    """The API token or base URL at hand is not the one the account was configured with."""


class SuccessorNotConfiguredError(LifecycleError):
    """The program declares the account under another name that has not been configured yet."""
