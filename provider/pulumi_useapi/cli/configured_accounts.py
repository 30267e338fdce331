"""What useapi.net has configured already, looked up once: good to know before something is stored, no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pulumi_useapi.cli.storing import Stack
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.models import Account
from pulumi_useapi.status.asking import ask_all, subscription_names
from pulumi_useapi.status.declared import declared_by

_SAME_MOMENT = 1.0


@dataclass(frozen=True)
class Missing:
    """An account that is configured at useapi.net, and that the stack does not declare.

    Attributes:
        account: what useapi.net says of it.
        subscription: the name of the subscription that has it, None for the default one.
    """

    account: Account
    subscription: str | None


def configured_account(
    stack: Stack, subscription: str | None, account: str, say: Callable[[str], None]
) -> Account | None:
    """An account as it is configured there, None where it is not, or nothing can be known.

    Args:
        stack: has the settings.
        subscription: whose accounts to look at, None for the default one.
        account: its id.
        say: told in one sentence why it could not be looked up.
    """
    from pulumi_useapi.connections import Connections  # loads the HTTP client
    from pulumi_useapi.settings import read_settings

    try:
        connection = Connections(read_settings(stack.config.get)).find(subscription)
        return connection.adviser.list_accounts().get(account) if connection else None
    except UseApiError as problem:
        say(f"whether useapi.net has the account already is not known: {problem}")
        return None


def has_other_credentials(there: Account, exp: float) -> bool:
    """Whether useapi.net holds other credentials than a token that dies at `exp`."""
    return there.exp is None or abs(there.exp - exp) > _SAME_MOMENT


def missing_accounts(stack: Stack, say: Callable[[str], None]) -> list[Missing]:
    """The accounts of all configured subscriptions that the stack does not declare, by account id.

    Args:
        stack: the stack.
        say: told of each subscription that could not be asked.

    Raises:
        PulumiError: the state cannot be read.
        ConfigurationError: a setting is unusable.
    """
    from pulumi_useapi.settings import read_settings

    declared = declared_by(stack.config, stack.project.resources())
    known = {one.account for one in declared}
    names = subscription_names(stack.config, [one.subscription for one in declared])
    asked = ask_all(read_settings(stack.config.get), names, with_features=False, needed=names[:1])
    for one in asked:
        if one.problem:
            say(f"{one.title}: {one.problem}")
    missing = [
        Missing(account, one.names[0])
        for one in asked
        for account in (one.accounts or {}).values()
        if account.account not in known
    ]
    return sorted(missing, key=lambda one: one.account.account)
