from pulumi_useapi import accounts_from_config

accounts_from_config()
