"""Print the made-up credentials of a MiniMax user as JSON; run with the virtual environment's Python.

Usage: sample_account.py USER_ID DAYS
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone

from pulumi_useapi.emulator.sample import make_credentials

if __name__ == "__main__":
    user, days = sys.argv[1:]
    made = make_credentials(user, expires=datetime.now(timezone.utc) + timedelta(days=int(days)))
    json.dump({"url": made.url, "token": made.token}, sys.stdout)
