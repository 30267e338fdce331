"""A component of one's own: a studio with a MiniMax account, and the entry of a store that holds its credentials."""

from __future__ import annotations

import pulumi
from stored_credentials import StoredCredentials

from pulumi_useapi import MiniMaxAccount


class Studio(pulumi.ComponentResource):
    """A studio's account; `store` and `version` say where its credentials are, as `StoredCredentials` does."""

    def __init__(self, name: str, *, store: str, version: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("studio:index:Studio", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        stored = StoredCredentials(name, path=store, version=version, opts=inside)
        self.account = MiniMaxAccount(name, url=stored.url, token=stored.token, max_jobs=2, opts=inside)
        self.register_outputs({"account": self.account.account})
