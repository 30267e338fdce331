"""What the programs have in common: where the accounts and their secrets come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE_NAME = "accounts.json"


def read_entries() -> dict[str, dict[str, Any]]:
    """The arguments of each resource by its name: url, token, max_jobs, subscription.

    A file in the project's folder, because a stack's config cannot hold so many secrets.
    """
    entries: dict[str, dict[str, Any]] = json.loads(Path(FILE_NAME).read_text(encoding="utf-8"))
    return entries
