"""Takes over an account that somebody has configured by hand; it stays when this stack goes."""

import pulumi

from pulumi_useapi import MiniMaxAccount, get_minimax_account

config = pulumi.Config("useapi")
main = config.require_secret_object("accounts")["main"]

account = MiniMaxAccount(
    "main",
    url=main["url"],
    token=main["token"],
    # POST replaces all of an account: keep what was set by hand.
    max_jobs=get_minimax_account(pulumi.Config().require("account")).max_jobs or 2,
    adopt=True,
    opts=pulumi.ResourceOptions(retain_on_delete=True),
)

pulumi.export("account", account.account)
pulumi.export("maxJobs", account.max_jobs)
pulumi.export("jwtExpiry", account.jwt_expiry)
