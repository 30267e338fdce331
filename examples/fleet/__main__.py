"""Every account in the stack's config, each in its own subscription, and what they are together."""

import pulumi

from pulumi_useapi import accounts_from_config, summarize_accounts

accounts = accounts_from_config(export=False)
fleet = summarize_accounts(accounts)

pulumi.export("accounts", fleet.account_ids)
pulumi.export("totalMaxJobs", fleet.total_max_jobs)
pulumi.export("makeVideos", fleet.support_video)
pulumi.export("firstToDie", {"account": fleet.earliest_expiry_account, "at": fleet.earliest_expiry})
pulumi.export("inError", fleet.in_error)
