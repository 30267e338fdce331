"""One MiniMax account whose url and token are secrets of the stack's config."""

import pulumi

from pulumi_useapi import MiniMaxAccount

config = pulumi.Config("useapi")
main = config.require_secret_object("accounts")["main"]

account = MiniMaxAccount("main", url=main["url"], token=main["token"], max_jobs=2)

pulumi.export("account", account.account)
pulumi.export("jwtExpiry", account.jwt_expiry)
