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
    """Base of everything expected that this package raises: catch this one to catch all.

    In a program, the data functions and `accounts_from_config` raise Pulumi's own `RunError` in its place, which
    Pulumi prints without a traceback. What the provider raises ends up as the sentence below the resource.
    """

    def __str__(self) -> str:
        # Subclasses pass their fields to Exception too, so that copies and pickles keep them.
        return str(self.args[0]) if self.args else ""


class ConfigurationError(UseApiError):
    """A setting is missing or wrong; nothing was asked of the service.

    An API token that is missing or not whole, a base URL that is no https address, a number out of its range, a
    subscription's name that is none, an account id that is empty. The sentence names the setting and the command that
    sets it.
    """


class InvalidCredentialsError(UseApiError):
    """A MiniMax url or token is not what the browser gives.

    It is empty, not in one line, no https address, no JWT, or a JWT without a MiniMax user or an expiry. Copy both again
    from the site's ``/cursor`` request, or run ``pulumi-useapi capture``. Found before anything is asked.

    Attributes:
        field: `"url"`, `"token"`, or `""` where neither can be blamed alone.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message, field)
        self.field = field


class ExpiredTokenError(InvalidCredentialsError):
    """The MiniMax token was good once; its time is over.

    Only a new or changed token is refused for that; an unchanged one never stops a run. Take a fresh url and token
    from the browser.
    """


class TransportError(UseApiError):
    """The service could not be reached, or its answer did not arrive: what it did is not known.

    It was tried again already, where that may help. Run the same command again: every request is repeatable.
    """


class UnreachableError(TransportError):
    """No connection, or one that broke off before the answer was complete.

    No network, no name resolution, nobody who listens there, a proxy that refuses, a certificate that cannot be verified.
    """


class TimedOutError(TransportError):
    """No complete answer in time: neither in the timeout of a try, nor in the deadline of all of them."""


class ApiError(UseApiError):
    """The API said no, in one of its own envelopes.

    Of this class itself are the statuses that have no class of their own: another 4xx, or a 401 in unknown words.

    Attributes:
        status: HTTP status of the answer.
        account: id of the account it is about, None where the request was about no single account.
    """

    def __init__(self, message: str, status: int, account: str | None = None) -> None:
        super().__init__(message, status, account)
        self.status = status
        self.account = account


class BadRequestError(ApiError):
    """400: a field of the request is not accepted.

    The service checks more than can be checked here, such as whether url and token belong together. Correct what the
    sentence names.
    """


class ApiTokenRefusedError(ApiError):
    """401 "Unauthorized": useapi.net does not accept the API token.

    It is cut short, misspelt, or has been replaced there. Set the whole token, with its ``user:`` prefix.
    """


class MiniMaxCredentialsRefusedError(ApiError):
    """401 "Wrong username/password combination.": MiniMax no longer accepts this browser login.

    The login was ended before its time, by a log-out or a new password. Log in, and take url and token from the browser
    again.
    """


class AccountSuspendedError(ApiError):
    """401 "This account has been suspended.": by MiniMax or useapi.net, who alone can tell why."""


class SubscriptionExpiredError(ApiError):
    """402: the subscription at useapi.net has run out; renew it there."""


class ForbiddenError(ApiError):
    """403: useapi.net does not allow this request with this subscription."""


class AccountNotFoundError(ApiError):
    """404 in the API's own words: this account is not configured.

    Another server's 404, a proxy's for one, is an `UnexpectedAnswerError`: only the API's own word lets an account be
    taken for gone.
    """


class InsufficientCreditsError(ApiError):
    """412: the MiniMax account has too few credits; add some at the MiniMax site."""


class RateLimitedError(ApiError):
    """429, and the wait it asks for does not fit into the deadline.

    Shorter waits are waited for. Run it again later, raise the deadline, or lower the number of requests at the same time.

    Attributes:
        retry_at: when the API takes requests again (UTC), None where it does not say.
    """

    def __init__(self, message: str, status: int, account: str | None = None, retry_at: datetime | None = None) -> None:
        super().__init__(message, status, account)
        self.args = (message, status, account, retry_at)
        self.retry_at = retry_at


class AccountOnHoldError(ApiError):
    """596: useapi.net holds the account in an error state.

    Either MiniMax refused to renew the login, which takes deleting the account and adding it again, or the site has put
    it on hold, which may last some hours. The answer does not tell which, so this package does neither by itself.
    """

    URN = "<its URN>"
    """Stands in the sentence's command for the resource's address, which the client does not know."""


class ServerError(ApiError):
    """500, 502, 503, 504 and every other 5xx but 596: useapi.net or MiniMax is in trouble.

    It was tried again already: a 500 once, 502, 503 and 504 up to ten times within the deadline. Wait some minutes.
    """


class UnexpectedAnswerError(UseApiError):
    """An answer that is not the API's: it proves nothing, so nothing is concluded from it.

    A proxy's page, another server's 404, a redirect, an empty, unreadable or huge body, another account's answer. Check
    the base URL and the proxy.
    """


class LifecycleError(UseApiError):
    """Refused by this package to keep an account safe; nothing was changed.

    Of this class itself: an account beyond the subscription's limit, and `MiniMaxAccount.get` of an account that is not
    configured.
    """


class AlreadyConfiguredError(LifecycleError):
    """The account is already configured at useapi.net with other credentials.

    By hand, by another stack, or by this one under another name. Take it over with ``adopt=True``; if the resource was
    only renamed, give it an alias.
    """


class NewerCredentialsError(LifecycleError):
    """useapi.net holds newer credentials than the ones at hand, which would be overwritten with older ones.

    The account was renewed elsewhere. Set the newer ones here too; ``adopt=True`` puts the stack's own back.
    """


class OwnerMismatchError(LifecycleError):
    """The API token or base URL at hand is not of the subscription that the account was configured with.

    A left-over environment variable, two swapped subscriptions, an emulator in the place of the service. Set the right
    one; only where the subscription got another number, set `USEAPI_FORMER_OWNER` for one ``pulumi up``.
    """


class SuccessorNotConfiguredError(LifecycleError):
    """The program declares the account under another name that has not been configured yet.

    So its old entry is not deleted: nothing would stay of the account. Run ``pulumi up`` for all resources, or once more.
    """
