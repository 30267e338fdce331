"""What a requirements file has to say so that another machine gets what runs here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

PACKAGE = "pulumi-useapi"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OF_AN_EXTRA = re.compile(r"""\bextra\s*==""")


def pins() -> list[str]:
    """This package as it is installed here and every package it needs, one line each, in exact versions."""
    ours = distribution(PACKAGE)
    needed = {_canonical(one.metadata["Name"]): one.version for one in _needed_by(ours, {PACKAGE})}
    return [_origin(ours), *(f"{name}=={version}" for name, version in sorted(needed.items()))]


def _origin(ours: Distribution) -> str:
    """Where this package was installed from: a repository, a file, a folder, or else a package index."""
    text = ours.read_text("direct_url.json")
    if text is None:
        return f"{PACKAGE}[cli]=={ours.version}"
    origin = json.loads(text)
    repository = origin.get("vcs_info")
    if not repository:
        return f"{PACKAGE}[cli] @ {origin['url']}"
    return f"{PACKAGE}[cli] @ {repository['vcs']}+{origin['url']}@{repository['commit_id']}"


def _needed_by(package: Distribution, seen: set[str]) -> Iterator[Distribution]:
    for requirement in package.requires or ():
        match = _NAME.match(requirement)
        if match is None or _OF_AN_EXTRA.search(requirement) or _canonical(match[0]) in seen:
            continue
        seen.add(_canonical(match[0]))
        try:
            found = distribution(match[0])
        except PackageNotFoundError:  # for another platform or Python
            continue
        yield found
        yield from _needed_by(found, seen)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
