"""The inputs that the program gives: checked one by one, before anything is asked of the service. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pulumi_useapi import messages
from pulumi_useapi.credentials import parse_url
from pulumi_useapi.errors import InvalidCredentialsError
from pulumi_useapi.settings import is_subscription_name

MOST_JOBS = 10
DELETE_BEFORE_REPLACE = "deleteBeforeReplace"
"""Set by the program where Pulumi's option of that name is: `check` takes it, and it is stored nowhere."""


class Unknown(Enum):
    """A value that is not known at preview."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True)
class Failure:
    """Why an input is refused.

    Attributes:
        property: the input's name, or "" where its value must not be shown: the engine prints it.
        reason: one sentence.
    """

    property: str
    reason: str


def check_plain_inputs(inputs: dict[str, Any]) -> list[Failure]:
    """Why url, maxJobs, subscription and adopt are refused; maxJobs is made the whole number that it is."""
    return [*_check_url(inputs), *_check_max_jobs(inputs), *_check_subscription(inputs), *_check_adopt(inputs)]


def required_text(inputs: Mapping[str, Any], key: str) -> str:
    """The text of an input that has to be there.

    Raises:
        InvalidCredentialsError: it is not.
    """
    value = inputs.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidCredentialsError(f"{key}: it is missing; {messages.WHERE_TO_COPY}", field=key)
    return value


def _check_url(inputs: Mapping[str, Any]) -> list[Failure]:
    if inputs.get("url") is UNKNOWN:
        return []
    try:
        parse_url(required_text(inputs, "url"))
    except InvalidCredentialsError as error:
        return [Failure("", str(error))]
    return []


def _check_max_jobs(inputs: dict[str, Any]) -> list[Failure]:
    value = inputs.get("maxJobs")
    if value is UNKNOWN:
        return []
    if isinstance(value, int | float) and not isinstance(value, bool) and value in range(1, MOST_JOBS + 1):
        inputs["maxJobs"] = int(value)
        return []
    return [Failure("maxJobs", f"it must be a whole number from 1 to {MOST_JOBS}")]


def _check_subscription(inputs: Mapping[str, Any]) -> list[Failure]:
    name = inputs.get("subscription")
    if name in (None, UNKNOWN) or is_subscription_name(name):
        return []
    return [Failure("", messages.NO_SUBSCRIPTION_NAME)]


def _check_adopt(inputs: Mapping[str, Any]) -> list[Failure]:
    if inputs.get("adopt") in (None, True, False, UNKNOWN):
        return []
    return [Failure("adopt", "it must be true or false")]
