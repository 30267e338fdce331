"""The locked packages against the published databases of known vulnerabilities, where one can be reached from here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.output import say
from tools.paths import ROOT, VENV_BIN
from tools.virtualenv import DEV_LOCK

SERVICES = {"pypi": "PyPI", "osv": "OSV"}
"""The databases by pip-audit's names for them, in the order in which they are tried."""

PIP_AUDIT: Sequence[str] = (
    str(VENV_BIN / "pip-audit"),
    *("--requirement", str(DEV_LOCK), "--require-hashes", "--disable-pip"),
    *("--format", "json", "--desc", "off", "--progress-spinner", "off", "--timeout", "5"),
)
SECONDS = 60.0
"""How long one database may take; all packages take about ten."""

_NO_ANSWER = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|HTTPError|SSLError|ServiceError|[Cc]ould not connect"
)

Dependency = Mapping[str, Any]
"""One package of pip-audit's report: `name`, `version` and `vulns`, or `skip_reason` where nothing is known of it."""


def audit() -> int:
    """Ask the first database that answers; 1 where it knows of a vulnerability that is mended in another version."""
    for service, title in SERVICES.items():
        done = _asked(service)
        if done is None:
            continue
        known = _known(done.stdout)
        if known:
            return _judge(known, title)
        if done.stdout:
            continue  # a mirror of the index, which has packages and no database
        if not _NO_ANSWER.search(done.stderr):
            say(f"pip-audit failed:\n{done.stderr.strip()}")
            return 1
    say(f"not audited: no database of known vulnerabilities can be reached from here ({', '.join(SERVICES.values())})")
    return 0


def _asked(service: str) -> subprocess.CompletedProcess[str] | None:
    """What pip-audit says, or None where the database takes too long."""
    command = [*PIP_AUDIT, "--vulnerability-service", service]
    try:
        return subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None


def _known(report: str) -> list[Dependency]:
    """The packages that the database knows."""
    dependencies = json.loads(report)["dependencies"] if report else []
    return [one for one in dependencies if "skip_reason" not in one]


def _judge(known: Sequence[Dependency], title: str) -> int:
    mended, open_ = list(_lines(known, mended=True)), list(_lines(known, mended=False))
    for line in (*mended, *open_):
        say(line)
    say(f"{len(known)} locked packages compared with {title}'s known vulnerabilities")
    return 1 if mended else 0


def _lines(known: Sequence[Dependency], *, mended: bool) -> Iterator[str]:
    for one in known:
        for found in one["vulns"]:
            if bool(found["fix_versions"]) is mended:
                what = f"mended in {', '.join(found['fix_versions'])}: run make upgrade" if mended else "not mended yet"
                yield f"{one['name']} {one['version']} has a known vulnerability, {found['id']}, {what}"


if __name__ == "__main__":
    sys.exit(audit())
