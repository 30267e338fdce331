"""The accounts that a running program declares with tokens it knows: a second resource for one is refused at once.

The engine asks about one resource after the other, and the first refusal ends the run: of an existing and a new
resource it may ask about the new one first, whose account then just seems to be somebody else's. The program knows
both. Tokens that it does not know yet are left to the provider.
"""

from __future__ import annotations

from functools import cache
from weakref import WeakKeyDictionary

import pulumi

from pulumi_useapi.credentials import parse_token
from pulumi_useapi.engine.program_process import current_run
from pulumi_useapi.errors import InvalidCredentialsError
from pulumi_useapi.messages import declared_twice
from pulumi_useapi.run_note import Line, RunNote, engine_of_program
from pulumi_useapi.settings import is_subscription_name

_TYPE = "pulumi-python:dynamic/useapi:MiniMaxAccount"
_Key = tuple[pulumi.ProviderResource | None, str | None, str]

_by_run: WeakKeyDictionary[pulumi.Resource, dict[_Key, str]] = WeakKeyDictionary()
"""By the root resource of a run: one process may run the programs of several stacks, one after or beside the other."""


def enter(
    name: str,
    opts: pulumi.ResourceOptions,
    subscription: pulumi.Input[str] | None,
    token: pulumi.Input[str],
) -> None:
    """Enter the account of a resource that is about to be registered.

    Raises:
        pulumi.RunError: another resource of this run has it already, with the same provider and subscription.
    """
    run = current_run()
    if run is None or opts.providers or not isinstance(token, str) or not isinstance(subscription, str | None):
        return
    try:
        account = parse_token(token).account
    except InvalidCredentialsError:  # check() refuses it, in the provider's words
        return
    provider = opts.provider or (opts.parent.get_provider(_TYPE) if opts.parent else None)
    first = _by_run.setdefault(run, {}).setdefault((provider, subscription, account), name)
    if first != name:
        raise pulumi.RunError(declared_twice(account, first, name))


def tell_providers(
    name: str,
    opts: pulumi.ResourceOptions,
    subscription: pulumi.Input[str] | None,
    token: pulumi.Input[str],
) -> None:
    """Leave a note for the provider processes, which the engine does not ask about resources that a run leaves out."""
    if _note().is_read_by_nobody:
        return
    if opts.parent is None and isinstance(token, str) and isinstance(subscription, str | None):
        # What an output would cost is a tenth of the whole resource.
        _leave_line(f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{_TYPE}::{name}", token, subscription)
        return
    urn = pulumi.create_urn(name, _TYPE, opts.parent)
    known = pulumi.Output.all(urn, pulumi.Output.unsecret(pulumi.Output.from_input(token)), subscription)
    known.apply(lambda values: _leave_line(*values))


def _leave_line(urn: str, token: str, subscription: str | None) -> None:
    if subscription is not None and not is_subscription_name(subscription):
        return  # perhaps an API token: check() refuses it
    try:
        account = parse_token(token).account
    except InvalidCredentialsError:  # check() refuses it, in the provider's words
        return
    _note().add(Line(urn, account, subscription=subscription))


@cache
def _note() -> RunNote:
    return RunNote(engine_of_program())
