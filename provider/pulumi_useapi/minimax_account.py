"""MiniMaxAccount: a MiniMax account configured at useapi.net, as a Pulumi resource.

The import path of `MiniMaxAccountProvider` is stored in the state of every stack that uses it, and `pulumi refresh`
and `pulumi destroy` import it from there: this module must never move.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from pulumi_useapi import declared_here, messages, stack_config
from pulumi_useapi.credentials import parse_token
from pulumi_useapi.engine import program_process
from pulumi_useapi.engine.once_per_run import once_per_run
from pulumi_useapi.errors import ConfigurationError, InvalidCredentialsError
from pulumi_useapi.inputs import DELETE_BEFORE_REPLACE, UNKNOWN
from pulumi_useapi.settings import read_expiry_warning_days

if TYPE_CHECKING:
    from pulumi_useapi.lifecycle import Lifecycle

# Here and not in the resource: a program that declares no account any more is interrupted as well.
program_process.end_quietly_when_interrupted()

_lifecycle: Lifecycle | None = None
"""Of this provider process: shared by all provider instances in it, which differ when their pickles do."""
_configuring = threading.Lock()

_WIRE_NAMES = {
    "max_jobs": "maxJobs",
    "jwt_expiry": "jwtExpiry",
    "jwt_issued": "jwtIssued",
    "server_expiry": "serverExpiry",
    "server_issued": "serverIssued",
    "support_video": "supportVideo",
    "support_chat": "supportChat",
    "support_audio": "supportAudio",
    "support_music": "supportMusic",
}
"""Attributes that the API names otherwise."""
_ATTRIBUTES = {wire_name: attribute for attribute, wire_name in _WIRE_NAMES.items()}
_PLAIN = (str, int, float, bool)
_OUTPUTS = ("account", *_WIRE_NAMES, "host", "error", "owner", "revision")


class MiniMaxAccountProvider(ResourceProvider):
    """The dynamic provider behind `MiniMaxAccount`: hands everything to `pulumi_useapi.lifecycle`.

    It has no state of its own, so that it is stored in a stack's state as its import path and nothing else.
    """

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the settings from the environment and the stack's config; once for each provider process."""
        from pulumi_useapi.engine import lifeline, provider_process, repeated_work, workers
        from pulumi_useapi.lifecycle import Lifecycle
        from pulumi_useapi.run_note import RunNote, engine_of_provider
        from pulumi_useapi.settings import read_settings

        global _lifecycle  # noqa: PLW0603 - Pulumi makes the instances; what they share belongs to the process
        provider_process.show_errors_as_sentences()
        workers.serve_as_many_as_asked()
        repeated_work.do_once()
        lifeline.end_with(engine_of_provider())
        with _configuring:
            if _lifecycle is None:
                note = RunNote(engine_of_provider())
                _lifecycle = Lifecycle(read_settings(req.config.get), provider_process.report, note=note)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs; see `Lifecycle.check`."""
        inputs, failures = _the_lifecycle().check(_urn(), _plain(_olds), _plain(news))
        return CheckResult(_wire(inputs), [CheckFailure(failure.property, failure.reason) for failure in failures])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """What a change leads to; see `Lifecycle.diff`."""
        diff = _the_lifecycle().diff(_urn(), _plain(_olds), _plain(_news))
        return DiffResult(changes=diff.changes, replaces=list(diff.replaces))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Configure the account; see `Lifecycle.create`."""
        account, outputs = _the_lifecycle().create(_urn(), _plain(props))
        return CreateResult(account, outputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Look at the account; see `Lifecycle.read`."""
        seen = _the_lifecycle().read(_urn(), id_, _plain(props))
        if seen is None:
            return ReadResult("", {})
        outputs, inputs = seen
        return ReadResult(id_, outputs, inputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change the account's configuration; see `Lifecycle.update`."""
        return UpdateResult(_the_lifecycle().update(_urn(), _plain(_olds), _plain(_news)))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the account; see `Lifecycle.delete`."""
        _the_lifecycle().delete(_urn(), _id, _plain(_props))


class _MayBeLeftOut:
    """An output that is None where the API does not say.

    At preview the SDK takes every missing output for unknown. For an account that stays as it is, which the output
    `owner` tells, missing means None.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, account: MiniMaxAccount | None, owner: type | None = None) -> Any:
        if account is None:
            return self
        output: pulumi.Output[Any] = account.__dict__[self._name]

        async def is_known() -> bool:
            return await output.is_known() or await account.owner.is_known()

        return pulumi.Output(output.resources(), output.future(), is_known(), output.is_secret())

    def __set__(self, account: MiniMaxAccount, output: object) -> None:
        account.__dict__[self._name] = output


def _may_be_left_out() -> Any:
    return _MayBeLeftOut()


class _Outputs:
    """The attributes of `MiniMaxAccount`, in a class of their own: Pulumi reads a resource's own ones anew for each."""

    url: pulumi.Output[str]
    """The MiniMax url. A secret."""
    token: pulumi.Output[str]
    """The MiniMax token. A secret."""
    max_jobs: pulumi.Output[int]
    """How many jobs may run at once, 1 to 10."""
    subscription: pulumi.Output[str | None] = _may_be_left_out()
    """The name of the subscription, None for the default one."""
    account: pulumi.Output[str]
    """The account id: the token's MiniMax user. Known at preview."""
    jwt_expiry: pulumi.Output[str]
    """When the token dies, by its own claim: RFC 3339, UTC, whole seconds. Known at preview."""
    jwt_issued: pulumi.Output[str | None] = _may_be_left_out()
    """When the token was issued, as `jwt_expiry`; None where it does not say."""
    server_expiry: pulumi.Output[str | None] = _may_be_left_out()
    """When the credentials at useapi.net die, by its last answer; as `jwt_expiry`."""
    server_issued: pulumi.Output[str | None] = _may_be_left_out()
    """When the credentials at useapi.net were issued, by its last answer; as `jwt_expiry`."""
    support_video: pulumi.Output[bool | None] = _may_be_left_out()
    """Whether the account makes videos; None where the API does not say."""
    support_chat: pulumi.Output[bool | None] = _may_be_left_out()
    """Whether the account chats; None where the API does not say."""
    support_audio: pulumi.Output[bool | None] = _may_be_left_out()
    """Whether the account makes speech; None where the API does not say."""
    support_music: pulumi.Output[bool | None] = _may_be_left_out()
    """Whether the account makes music; None where the API does not say."""
    host: pulumi.Output[str | None] = _may_be_left_out()
    """The site of the account, such as ``hailuoai.video``."""
    error: pulumi.Output[str | None] = _may_be_left_out()
    """The API's word on a broken account, None for a sound one."""
    owner: pulumi.Output[str]
    """Which subscription of which service the account was configured with, ``<number>@<base URL>``."""
    revision: pulumi.Output[str | None] = _may_be_left_out()
    """The mark of our last POST, which tells at a delete whether somebody posted since."""


class MiniMaxAccount(_Outputs, Resource, module="useapi", name="MiniMaxAccount"):
    """A MiniMax (hailuoai) account configured at useapi.net, from the url and token that its web site uses.

    Source: the API's page "Create or update MiniMax API account configuration", POST /v1/minimax/accounts.

    Args:
        resource_name: the resource's name in the stack.
        url: the MiniMax url: the whole address of the site's ``/cursor`` request, ``https://…``. Always a secret.
        token: the MiniMax token: that request's ``token`` header, a JWT that dies after about 30 days. Always a secret.
        max_jobs: how many jobs may run at once, a whole number from 1 to 10.
        subscription: the name of one of the configured API tokens (``useapi:subscriptions.<name>.apiToken`` or
            ``USEAPI_API_TOKEN_<NAME>``); None is the default one (``useapi:apiToken`` or ``USEAPI_API_TOKEN``).
        adopt: whether this resource may take over an account that is configured with other credentials.
        opts: Pulumi's own options.

    A new token of the same account updates in place; a token of another account, or another subscription, replaces.
    What would be refused is refused at preview, where it can be known by then.

    Raises:
        pulumi.RunError: the program declares the account twice, a secret stands in plaintext in the stack's config, or
            `useapi:expiryWarningDays` is not possible. All else is told by Pulumi below the resource, in the
            sentences of `UseApiError`.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        url: pulumi.Input[str],
        token: pulumi.Input[str],
        max_jobs: pulumi.Input[int],
        subscription: pulumi.Input[str] | None = None,
        adopt: pulumi.Input[bool] = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        days = _checked_settings()
        options = opts or pulumi.ResourceOptions()
        secret_token = pulumi.Output.secret(token)
        inputs: dict[str, Any] = {
            "url": pulumi.Output.secret(url),
            "token": secret_token,
            "max_jobs": max_jobs,
            "subscription": subscription,
        }
        if adopt is not False:
            inputs["adopt"] = adopt
        if opts is not None and opts.delete_before_replace is True:
            inputs[DELETE_BEFORE_REPLACE] = True
        declared_here.enter(resource_name, options, subscription, token)
        declared_here.tell_providers(resource_name, options, subscription, token)
        self._declare(resource_name, inputs, opts)
        if not days:
            return
        if isinstance(token, str):
            self._warn_before_expiry(token, resource_name, days)
        else:
            pulumi.Output.unsecret(secret_token).apply(
                lambda known: self._warn_before_expiry(known, resource_name, days)
            )

    @classmethod
    def get(
        cls,
        resource_name: str,
        account: pulumi.Input[str],
        *,
        subscription: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> MiniMaxAccount:
        """Look up an account that is configured at useapi.net, without managing it.

        Args:
            resource_name: the resource's name in the stack.
            account: the account id.
            subscription: as for a new account.
            opts: Pulumi's own options.

        Returns:
            The account with what the API tells: `url`, `token` and the token's claims are not among it. It is never
            changed or deleted; one that is not configured is refused.
        """
        found = cls.__new__(cls)
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=account))
        found._declare(resource_name, {"subscription": subscription}, options)
        return found

    def translate_input_property(self, prop: str) -> str:
        """Name the API's field of one of the attributes."""
        return _WIRE_NAMES.get(prop, prop)

    def translate_output_property(self, prop: str) -> str:
        """Name the attribute of one of the API's fields."""
        return _ATTRIBUTES.get(prop, prop)

    def _declare(self, resource_name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        options = pulumi.ResourceOptions(additional_secret_outputs=["url", "token"])
        if opts is not None:
            options = pulumi.ResourceOptions.merge(opts, options)
        super().__init__(MiniMaxAccountProvider(), resource_name, dict.fromkeys(_OUTPUTS) | inputs, options)

    def _warn_before_expiry(self, token: str, name: str, days: int) -> None:
        try:
            claims = parse_token(token)
        except InvalidCredentialsError:  # check() refuses it, in the provider's words
            return
        now = datetime.now(timezone.utc)
        if (claims.expires - now).total_seconds() < days * 86_400:
            pulumi.log.warn(messages.expires_soon(name, claims, now), resource=self)


def _the_lifecycle() -> Lifecycle:
    return cast("Lifecycle", _lifecycle)


@once_per_run
def _checked_settings() -> int:
    """The days of warning before expiry; no secret stands in plaintext in the config."""
    stack_config.refuse_plaintext_secrets()
    try:
        return read_expiry_warning_days(stack_config.lookup)
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None


def _urn() -> str:
    from pulumi_useapi.engine.provider_process import current_urn

    return current_urn()


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without Pulumi's own, and with its unknowns replaced by the life cycle's."""
    return {
        key: UNKNOWN if not isinstance(value, _PLAIN) and pulumi.contains_unknowns(value) else value
        for key, value in properties.items()
        if not key.startswith("__")
    }


def _wire(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: pulumi.UNKNOWN if value is UNKNOWN else value for key, value in properties.items()}
