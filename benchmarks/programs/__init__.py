"""The Pulumi programs that are compared; each declares the accounts of the project's accounts.json."""
