"""Stands for any resource that hands credentials out: a secret manager's, or one that logs in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class StoredCredentialsProvider(ResourceProvider):
    """Reads a JSON file with `url` and `token`; a new version is what makes it read again."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Read the file for the first time."""
        return CreateResult("stored", self._read(props))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Tell whether there is another file to read, or another version of it."""
        return DiffResult(changes=any(_olds.get(name) != _news.get(name) for name in ("path", "version")))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Read the file again."""
        return UpdateResult(self._read(_news))

    def _read(self, props: dict[str, Any]) -> dict[str, Any]:
        stored = json.loads(Path(props["path"]).read_text(encoding="utf-8"))
        return {**props, "url": stored["url"], "token": stored["token"]}


class StoredCredentials(Resource):
    """The credentials in a file that a secret manager writes."""

    url: pulumi.Output[str]
    token: pulumi.Output[str]

    def __init__(self, name: str, *, path: str, version: int, opts: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["url", "token"])
        given = {"path": path, "version": version, "url": None, "token": None}
        super().__init__(StoredCredentialsProvider(), name, given, pulumi.ResourceOptions.merge(opts, secret))
