"""The sentences of the life cycle: what is wrong, with which account, what to do next. No secret gets in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pulumi_useapi.config_paths import below, for_shell
from pulumi_useapi.credentials import Claims, moment
from pulumi_useapi.errors import AccountOnHoldError, ApiTokenRefusedError
from pulumi_useapi.http.endpoint import api_token_variable

WHERE_TO_COPY = "copy it from the site's /cursor request in the browser's developer tools"
NO_SUBSCRIPTION_NAME = (
    "subscription: it must be the name of a configured subscription (letters, digits, - and _), never an API token"
)


def resource_name(urn: str) -> str:
    """The name that the program gave a resource."""
    return urn.split("::", 3)[-1]


def config_path(name: str, field: str) -> str:
    """Where the ready-made stack's config keeps a field of an account, quoted for a shell."""
    return for_shell(below(below("useapi:accounts", name), field))


def date(seconds: float) -> str:
    """A day, UTC: ``2026-11-25``."""
    return moment(seconds).strftime("%Y-%m-%d")


def minute(when: datetime) -> str:
    """A minute, UTC: ``2026-11-25 08:09 UTC``."""
    return when.strftime("%Y-%m-%d %H:%M UTC")


def renew_commands(name: str) -> str:
    """How to give a resource fresh credentials."""
    return (
        "take a fresh url and token from the browser and set both: "
        f"pulumi config set --secret --path {config_path(name, 'token')} (and {config_path(name, 'url')})"
    )


def expired(claims: Claims, now: datetime, urn: str) -> str:
    """A new or changed token is already dead."""
    return f"{_expired(claims, now, urn)}; the other accounts go ahead with: pulumi up --exclude {for_shell(urn)}"


def expired_when_moved(claims: Claims, now: datetime, urn: str) -> str:
    """A new resource's token is dead, and its account is configured: most likely a resource was renamed.

    To exclude its new name would let that run delete the account under the old one.
    """
    return (
        f"{_expired(claims, now, urn)}; the account is configured at useapi.net: if the resource was only renamed or "
        "moved, give it an alias"
    )


def _expired(claims: Claims, now: datetime, urn: str) -> str:
    ago = _span(now - claims.expires)
    return (
        f"token: the MiniMax token of account {claims.account} expired {ago} ago ({minute(claims.expires)}); "
        f"{renew_commands(resource_name(urn))}"
    )


def expires_soon(name: str, claims: Claims, now: datetime) -> str:
    """A token in use dies soon, or has died."""
    left = claims.expires - now
    when = f"expires in {_span(left)}" if left > timedelta(0) else f"expired {_span(-left)} ago"
    return f"{name} (account {claims.account}): the MiniMax token {when} ({minute(claims.expires)}); {renew_commands(name)}"


def declared_twice(account: str, one: str, other: str) -> str:
    """Two resources of one program stand for the same account."""
    names = f'by "{resource_name(one)}" and by "{resource_name(other)}"'
    if resource_name(one) == resource_name(other):
        names = f"by {one} and by {other}"
    return f"account {account} is declared twice: {names}; remove one of them"


def already_configured(account: str, exp: float | None, urn: str) -> str:
    """The account is there with credentials that this resource does not know."""
    good = "" if exp is None else f" (good until {date(exp)})"
    path = config_path(resource_name(urn), "adopt")
    return (
        f"account {account} is already configured at useapi.net with other credentials{good}, nothing was changed: take it over "
        f"with adopt=True (in the ready-made stack: pulumi config set --path {path} true); if the resource was only renamed, "
        "give it an alias, and renew the credentials in a run of its own"
    )


def taken_over(account: str, is_same: bool) -> str:
    """The account was there before this resource."""
    if is_same:
        return (
            f"account {account} was already configured at useapi.net with these very credentials: this resource has it now, "
            "if another stack manages it too, remove it there"
        )
    return f"account {account} was already configured at useapi.net with other credentials: taken over, as adopt says"


def newer_at_server(account: str, exp: float, has_expired: bool) -> str:
    """Our POST would put older credentials over newer ones."""
    ways = "take them from the browser and set them here"
    if not has_expired:
        ways += ", or put the ones of this stack back with adopt=True"
    return (
        f"account {account} has newer credentials at useapi.net (good until {date(exp)}) than this stack, and every change "
        f"posts the stack's: nothing was changed; {ways}"
    )


def renewed_elsewhere(outputs: Mapping[str, Any]) -> str:
    """The server holds newer credentials; they are left alone."""
    until = str(outputs.get("serverExpiry"))[:10]
    return (
        f"account {outputs.get('account')} was renewed elsewhere: useapi.net holds newer credentials (good until {until}) than "
        "this stack; they are left alone; set them here too, or put this stack's back with adopt=True"
    )


def ends_earlier(account: str, ends: str, outputs: Mapping[str, Any]) -> str:
    """A token is put in the place of one that lives longer: most likely a copy of the config that nobody has pulled."""
    return (
        f"account {account} gets an older token: the one set here expires on {ends[:10]}, the one configured now on "
        f"{str(outputs.get('jwtExpiry'))[:10]}; where the config is shared, fetch its newest version first (git pull)"
    )


def left_to_successor(account: str) -> str:
    """Only the entry goes: the account belongs to somebody else now."""
    return (
        f"account {account} stays at useapi.net: it has been configured again since (under another name, in another stack or "
        "by another process), so only this entry is removed"
    )


def successor_not_configured(account: str, urn: str) -> str:
    """The entry must stay until the resource that takes the account over is configured."""
    return (
        f'account {account} is not deleted: the program declares it as "{resource_name(urn)}" too, which this run has not '
        "configured; mend what stopped that and run pulumi up again"
    )


def successor_left_out(account: str, urn: str) -> str:
    """The program declares the account under a name that this run leaves out."""
    return (
        f'account {account} is not deleted: the program declares it as "{resource_name(urn)}" too, which this run leaves out or '
        "has not configured; run pulumi up without --target and --exclude"
    )


def beyond_limit(account: str, limit: int, count: int) -> str:
    """One account more than the subscription may have."""
    return (
        f"account {account} does not fit: the subscription may have {limit} MiniMax accounts, and this would be number "
        f"{count}; Pulumi creates before it deletes: first remove another one in a pulumi up of its own, then add this one"
    )


def replacement_beyond_limit(account: str, limit: int, count: int, urn: str) -> str:
    """A replacement in a full subscription."""
    return (
        f"account {account} does not fit: the subscription may have {limit} MiniMax accounts, and this would be number "
        f"{count}, because a replacement creates before it deletes: pulumi destroy --target {for_shell(urn)}, then "
        "pulumi up (or, in a program of your own, both in one with the resource option delete_before_replace=True)"
    )


def more_jobs_than_usable(account: str, max_jobs: int, usable: int, plan: str) -> str:
    """An advice of the API's page."""
    return (
        f"account {account}: maxJobs is {max_jobs}, but MiniMax's plan {plan} makes no use of more than {usable}: set maxJobs to "
        f"{usable} or less"
    )


def broken(account: str, error: str) -> str:
    """The account is configured, but does not work."""
    return (
        f'account {account} is in error at useapi.net: "{error}"; look at it in the browser, then renew its credentials'
    )


def not_looked(error: Exception) -> str:
    """The preview goes on without knowing what the server holds."""
    return f"what is configured at useapi.net could not be looked at before the change: {error}"


def nothing_to_get(account: str, owner: str) -> str:
    """The program looks up an account that is not there."""
    return (
        f"account {account} is not configured in subscription {owner.partition('@')[0]}: declare it with MiniMaxAccount(…), or "
        "look up one that is there"
    )


def stored_configuration(error: Exception, subscription: str | None) -> str:
    """A refused API token, where Pulumi may have taken an old one out of the state."""
    return (
        f"{error}; pulumi refresh and destroy use the configuration that the last pulumi up stored: give them today's with "
        f"--run-program, or with the environment variable {api_token_variable(subscription)}"
    )


def cannot_delete(error: Exception, urn: str, subscription: str | None) -> str:
    """The subscription that held the account does not let us in any more."""
    refused = stored_configuration(error, subscription) if isinstance(error, ApiTokenRefusedError) else str(error)
    return f"{refused}; if the subscription is gone for good, drop only the entry: pulumi state delete {for_shell(urn)}"


def on_hold(error: Exception, urn: str) -> str:
    """useapi.net holds the account in an error state: the commands name the resource."""
    return str(error).replace(AccountOnHoldError.URN, for_shell(urn))


def other_owner(account: str, stored: str, present: str) -> str:
    """The API token at hand would do it to the wrong subscription."""
    stored_number, _, stored_url = stored.partition("@")
    number, _, url = present.partition("@")
    is_same_service = stored_url == url
    was = stored_number if is_same_service else f"{stored_number} at {stored_url}"
    is_now = f"subscription {number}" if is_same_service else f"subscription {number} at {url}"
    return (
        f"this API token is of {is_now}, account {account} was configured with {was}: nothing was done; set the right API token "
        f"and base URL, or, if the subscription itself has moved, set USEAPI_FORMER_OWNER='{stored}'"
    )


def _span(delta: timedelta) -> str:
    """A time span in its largest whole unit."""
    minutes = max(int(delta.total_seconds() // 60), 0)
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
