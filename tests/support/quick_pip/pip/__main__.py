"""`python -m pip` whose `list` is kept: Pulumi's language host asks for it at every command, a fifth of its CPU time.

The first answer is the real pip's, and holds until a package is installed or removed. Everything else is handed on.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = str(Path(__file__).parents[1])


def main() -> int:
    if sys.argv[1:2] != ["list"]:
        return subprocess.call(real_pip(), env=environment())
    # A command may have a folder for temporary files of its own.
    kept = Path(sys.pycache_prefix or tempfile.gettempdir()) / f"pip-list-{key()}"
    if not kept.exists():
        listed = subprocess.run(real_pip(), env=environment(), stdout=subprocess.PIPE, check=False)
        if listed.returncode:
            return listed.returncode
        keep(kept, listed.stdout)
    sys.stdout.buffer.write(kept.read_bytes())
    return 0


def real_pip() -> list[str]:
    return [sys.executable, "-m", "pip", *sys.argv[1:]]


def environment() -> dict[str, str]:
    folders = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder not in ("", HERE)]
    others = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return others | ({"PYTHONPATH": os.pathsep.join(folders)} if folders else {})


def key() -> str:
    """The same as long as the interpreter and its folders of packages are; the project's own folder holds none."""
    folders = [Path(folder) for folder in sys.path[1:] if folder != HERE]
    changed = [(str(folder), folder.stat().st_mtime_ns) for folder in folders if folder.is_dir()]
    return hashlib.sha256(repr((sys.executable, sys.version, sys.argv[1:], changed)).encode()).hexdigest()[:16]


def keep(file: Path, content: bytes) -> None:
    """In one step: other commands read it at the same time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as written:
        written.write(content)
    Path(written.name).replace(file)


if __name__ == "__main__":
    sys.exit(main())
