"""The exit codes of the command `pulumi-useapi`, for scripts and scheduled jobs; docs/cli.md has the same words."""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
EXPIRING = 3
EXPIRED = 4
IN_ERROR = 5
MISSING = 6
UNDECLARED = 7
UNREACHABLE = 8
INTERRUPTED = 130

MEANINGS = {
    OK: "all is well",
    FAILED: "it could not be done, one sentence on standard error says why; `doctor`: something is wrong",
    USAGE: "options or arguments that do not exist, or packages of the extra `cli` or `emulator` that are not installed",
    EXPIRED: "`status`, `rotate`: the credentials of an account have expired",
    IN_ERROR: "`status`: useapi.net reports an error for an account, so that its jobs fail",
    MISSING: "`status`: the stack declares an account that useapi.net does not have",
    EXPIRING: "`status --fail-within`, `rotate`: the credentials of an account expire within that time",
    UNREACHABLE: "`status`: a subscription could not be asked: no connection, or its API token is missing or refused",
    UNDECLARED: "`status`: useapi.net has an account that the stack does not declare",
    INTERRUPTED: "Ctrl-C",
}
"""What each stands for. Of several that `status` finds, the one named first here is its exit code."""
