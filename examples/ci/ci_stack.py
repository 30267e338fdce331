"""Gives the stack `ci` the shape of another stack's config with made-up secrets, and an emulator its subscriptions.

Usage, in the project's folder: `python ci_stack.py prod EMULATOR_DATA`. Nothing in it needs the other stack's key.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from pulumi_useapi.emulator.sample import make_credentials

LEFT_OUT = ("useapi:baseUrl", "useapi:formerOwner")
MANY = 100


def main() -> None:
    """Read the other stack's config file, write the emulator's subscriptions, set the config of `ci`."""
    file, folder = Path(f"Pulumi.{sys.argv[1]}.yaml"), Path(sys.argv[2])
    config = yaml.safe_load(file.read_text(encoding="utf-8")).get("config") or {}
    accounts = config.get("useapi:accounts") or {}
    if "secure" in accounts:
        raise SystemExit(
            f"{file}: useapi:accounts is encrypted as a whole; set each secret with --path, so that the rest is seen"
        )
    tokens = {name: f"user:{n}-{secrets.token_hex(12)}" for n, name in enumerate(_subscriptions(config), 1)}
    folder.mkdir(mode=0o700, parents=True)
    entries = [{"name": name, "apiToken": token, "maxAccounts": MANY} for name, token in tokens.items()]
    (folder / "subscriptions.json").write_text(json.dumps(entries), encoding="utf-8")
    made_up = {f'useapi:subscriptions["{name}"]["apiToken"]': token for name, token in tokens.items() if name}
    made_up["useapi:apiToken"] = tokens[""]
    for number, (name, entry) in enumerate(accounts.items(), 1):
        made = make_credentials(str(300_000_000 + number), expires=datetime.now(timezone.utc) + timedelta(days=30))
        here = {key: value for key, value in made._asdict().items() if key in entry}
        made_up |= {f'useapi:accounts["{name}"]["{key}"]': value for key, value in here.items()}
    _set(file, config, made_up)


def _subscriptions(config: Mapping[str, Any]) -> list[str]:
    """The default one, which has no name, and those that have an API token in the config or only in a variable."""
    named = [entry.get("subscription") for entry in (config.get("useapi:accounts") or {}).values()]
    return ["", *dict.fromkeys([*(config.get("useapi:subscriptions") or {}), *filter(None, named)])]


def _set(file: Path, config: Mapping[str, Any], made_up: Mapping[str, str]) -> None:
    settings = [argument for path, value in made_up.items() for argument in ("--secret", f"{path}={value}")]
    for path, value in (leaf for key in config if key not in LEFT_OUT for leaf in _leaves(key, config[key])):
        if path in made_up and value is not None:
            raise SystemExit(f"{file}: {path} stands in plaintext: set it with --secret, and renew it, as it is in git")
        if path not in made_up:
            settings += ["--secret", f"{path}=made-up"] if value is None else ["--plaintext", f"{path}={value}"]
    subprocess.run(["pulumi", "config", "set-all", "--stack", "ci", "--path", *settings], check=True)  # noqa: S603, S607


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str | None]]:
    """Each value in the config by its path; None for a secret."""
    if isinstance(value, Mapping) and "secure" in value:
        yield path, None
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f'{path}["{key}"]', inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner)
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    main()
