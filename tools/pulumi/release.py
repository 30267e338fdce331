"""The official release of the Pulumi CLI, its checksum verified before anything of it is used."""

from __future__ import annotations

import hashlib
import http.client
import platform
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from tools.output import ToolError, alive
from tools.pulumi.cli_files import FILES, PINNED

# As published by Pulumi in its Homebrew formula of this release.
SHA256 = {
    "darwin-arm64": "b29a97b0e9e1790b1424759503eb65bf5a0258a7b1e741ba25298a858d3250ec",
    "darwin-x64": "dbf83a059174d16ef5ddb0e7aa0815454e2fc9735d741f82383abdb33219072a",
    "linux-arm64": "02c649a79136b783ecf2b4c63ad1e62cad678bd277100a2eefe57c3fded007d1",
    "linux-x64": "8b72c69d8b66530ede5c6907d7d0bb3fcacac440c59e3aa2f7226e78dc724423",
}
ADDRESS = "https://github.com/pulumi/pulumi/releases/download/v{version}/pulumi-v{version}-{platform}.tar.gz"
SILENCE_SECONDS = 6.0
"""How long the host may stay silent: a closed network should not cost the newcomer a minute."""

_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


class UnreachableError(Exception):
    """The release cannot be had here; says why in a few words."""


def this_platform() -> str:
    """Return this machine as the release names it, such as `linux-x64`.

    Raises:
        UnreachableError: there is no pinned release for it.
    """
    system, machine = platform.system().lower(), platform.machine().lower()
    name = f"{system}-{_MACHINES.get(machine, machine)}"
    if name not in SHA256:
        raise UnreachableError(f"no release is pinned for {name}")
    return name


def download(folder: Path) -> None:
    """Put the files of the pinned release into `folder`.

    Raises:
        UnreachableError: the host does not answer, or the download broke off.
        ToolError: what came is not the file that was published.
    """
    name = this_platform()
    address = ADDRESS.format(version=PINNED, platform=name)
    with tempfile.TemporaryFile() as archive:
        with alive("downloading the Pulumi CLI"):
            _fetch(address, archive)
        verify(archive, SHA256[name], address)
        unpack(archive, folder)


def _fetch(address: str, archive: IO[bytes]) -> None:
    try:
        with urllib.request.urlopen(address, timeout=SILENCE_SECONDS) as answer:  # noqa: S310 - https, above
            expected = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(1 << 20):
                archive.write(block)
    except (OSError, http.client.HTTPException) as failure:
        raise UnreachableError(f"{urlsplit(address).hostname}: {getattr(failure, 'reason', failure)}") from None
    if archive.tell() < expected:
        raise UnreachableError("the download broke off")


def verify(archive: IO[bytes], sha256: str, address: str) -> None:
    """Check the downloaded file against its pinned checksum.

    Raises:
        ToolError: they differ.
    """
    archive.seek(0)
    digest = hashlib.sha256()
    while block := archive.read(1 << 20):
        digest.update(block)
    if digest.hexdigest() != sha256:
        raise ToolError(
            f"{address} is not the file that was published (sha256 {digest.hexdigest()}, pinned is {sha256}), so"
            " nothing of it was used: look for what alters downloads on this network, or install Pulumi yourself,"
            " and run this again"
        )


def unpack(archive: IO[bytes], folder: Path) -> None:
    """Put the needed files of a verified archive into `folder`, and nothing else of it.

    Raises:
        ToolError: one of them is not in the archive.
    """
    archive.seek(0)
    with tarfile.open(fileobj=archive, mode="r:gz") as members:
        for member in members:
            name = Path(member.name).name
            content = members.extractfile(member) if name in FILES and member.isfile() else None
            if content is not None:
                target = folder / name
                target.write_bytes(content.read())
                target.chmod(0o755)
    absent = [name for name in FILES if not (folder / name).is_file()]
    if absent:
        raise ToolError(
            f"the release of Pulumi {PINNED} lacks {', '.join(absent)}: install Pulumi yourself, and run this again"
        )
