"""The exit codes of the command `pulumi-useapi`, for scripts and scheduled jobs."""

from __future__ import annotations

OK = 0
"""All is well."""
FAILED = 1
"""It could not be done; one sentence on standard error says why."""
USAGE = 2
"""The options or arguments are off."""
EXPIRING = 3
"""`status`: a token expires within the days of `--fail-within`."""
EXPIRED = 4
"""`status`: a token has expired."""
IN_ERROR = 5
"""`status`: the service reports an error for an account, so that its jobs fail."""
MISSING = 6
"""`status`: the stack declares an account that the service does not have."""
UNDECLARED = 7
"""`status`: the service has an account that the stack does not declare."""
UNREACHABLE = 8
"""`status`: a subscription could not be asked."""
INTERRUPTED = 130
"""Ctrl-C."""
