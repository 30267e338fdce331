"""A studio whose account's credentials come from a resource, so that they are known only during `pulumi up`."""

import pulumi
from studio import Studio

config = pulumi.Config()
studio = Studio("west", store=config.require("store"), version=config.require_int("version"))

pulumi.export("account", studio.account.account)
pulumi.export("jwtExpiry", studio.account.jwt_expiry)
