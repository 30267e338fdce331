"""The same program with a provider that does nothing: it returns constants of the size that real answers have.

What it costs is the price of the engine, of Python and of Pulumi's SDK, whatever a provider does.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider

from benchmarks.programs.entries import read_entries

DERIVED = {"account": "3" * 18, "jwtExpiry": "2026-12-24T10:31:02Z", "jwtIssued": "2026-11-24T10:31:02Z"}
"""What a check adds to the inputs."""
ANSWERED = {
    "owner": "1000@http://127.0.0.1:40000/v1/minimax",
    "revision": "1795515000000",
    "serverExpiry": "2026-12-24T10:31:02Z",
    "serverIssued": "2026-11-24T10:31:02Z",
    "postedExpiry": "2026-12-24T10:31:02Z",
    "postedIssued": "2026-11-24T10:31:02Z",
    "supportVideo": True,
    "supportChat": True,
    "supportAudio": True,
    "host": "hailuoai.video",
}
"""What a create adds to the outputs."""
_LEFT_OUT = ("serverExpiry", "serverIssued", "supportVideo", "supportChat", "supportAudio", "supportMusic", "host")


class NothingProvider(ResourceProvider):
    """Agrees with everything; stored in the state by its import path, like any provider of an installed module."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Accept the inputs."""
        return CheckResult(news | DERIVED, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Find nothing changed."""
        return DiffResult(changes=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create nothing."""
        return CreateResult(DERIVED["account"], props | ANSWERED)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Find everything as it was."""
        return ReadResult(id_, props)


class Nothing(Resource, module="floor", name="MiniMaxAccount"):
    """A resource with the inputs, the outputs and the secrets of a MiniMaxAccount."""

    account: pulumi.Output[str]
    jwtExpiry: pulumi.Output[str]  # noqa: N815 - the engine's name; no translation to pay for
    maxJobs: pulumi.Output[int]  # noqa: N815

    def __init__(self, name: str, *, url: str, token: str, max_jobs: int, subscription: str) -> None:
        inputs = {
            "url": pulumi.Output.secret(url),
            "token": pulumi.Output.secret(token),
            "maxJobs": max_jobs,
            "subscription": subscription,
        }
        outputs = dict.fromkeys((*DERIVED, *_LEFT_OUT, "error", "owner", "revision"))
        options = pulumi.ResourceOptions(additional_secret_outputs=["url", "token"])
        super().__init__(NothingProvider(), name, outputs | inputs, options)


def declare() -> None:
    """Declare every account and export what people export."""
    for name, entry in read_entries().items():
        resource = Nothing(name, **entry)
        pulumi.export(name, [resource.account, resource.jwtExpiry, resource.maxJobs])
