"""`make release` in a throw-away clone with a real git; in the place of `make test` stands what a test says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.environment import clean
from tools.paths import ROOT
from tools.releasing import changelog
from tools.releasing.distributions import contents

NEEDED = ("provider", "tools", ".gitignore", "Makefile", "pyproject.toml", "README.md", "LICENSE")
VERSION_FILE = "provider/pulumi_useapi/version.py"
TODAY = r"\d{4}-\d\d-\d\d"
CHANGES = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Something new.\n\n## 0.1.0 - 2026-01-02\n\n- All of it.\n"
START = "import sys; from tools import checks, commands; checks.test = lambda: {checks}; sys.exit(commands.run(['release', {version!r}]))"
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True)
class Clone:
    """A clone whose last release is 0.1.0, with a bare repository as its origin."""

    folder: Path

    def shell(self, command: str, code: int = 0) -> str:
        done = subprocess.run(  # noqa: S602 - these are lines for a shell
            command,
            shell=True,
            cwd=self.folder,
            env=clean() | IDENTITY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    def release(self, version: str = "0.2.0", *, code: int = 0, checks: str = "0") -> str:
        """Run the command; what it said, with progress."""
        command = [sys.executable, "-c", START.format(checks=checks, version=version)]
        done = subprocess.run(
            command, cwd=self.folder, env=clean() | IDENTITY, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def commit(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            self.write(name, text)
        self.shell("git add --all && git commit --quiet -m change")

    def now(self) -> tuple[str, ...]:
        """Commit, tags and what is not committed."""
        return tuple(self.shell(f"git {command}") for command in ("rev-parse HEAD", "tag", "status --porcelain"))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "clone")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, made.folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, made.folder / name)
    # The clone's virtual environment is this one.
    (made.folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        (made.folder / ".venv" / entry.name).symlink_to(entry)
    made.shell("git init --quiet --initial-branch=main && git init --quiet --bare ../origin.git")
    made.shell("git remote add origin ../origin.git")
    made.commit({"CHANGELOG.md": CHANGES, VERSION_FILE: '"""The version."""\n\n__version__ = "0.1.0"\n'})
    made.shell("git push --quiet --set-upstream origin main && git tag v0.1.0")
    return made


def test_a_release_and_what_it_says_to_do_next(clone: Clone) -> None:
    before = clone.now()
    said = clone.release()
    assert clone.text(VERSION_FILE).endswith('__version__ = "0.2.0"\n')
    new = re.sub(rf"(?<=## 0\.2\.0 - ){TODAY}", "TODAY", clone.text("CHANGELOG.md"))
    assert new == CHANGES.replace("## Unreleased\n", "## Unreleased\n\n## 0.2.0 - TODAY\n")
    wheel, sdist = (clone.folder / "dist" / f"pulumi_useapi-0.2.0{end}" for end in ("-py3-none-any.whl", ".tar.gz"))
    assert '__version__ = "0.2.0"' in contents(wheel)["pulumi_useapi/version.py"].decode()
    assert "pulumi_useapi-0.2.0/PKG-INFO" in contents(sdist)
    assert clone.shell("git status --porcelain") == ""
    assert clone.shell("git log -1 --format=%s") == "Release 0.2.0\n"
    assert clone.shell("git show --stat --format= HEAD").count("|") == 2
    assert (
        clone.shell("git tag --list --format='%(contents)' v0.2.0").strip() == "0.2.0\n\n### Added\n\n- Something new."
    )
    assert clone.shell("git rev-parse v0.2.0^{commit}") == clone.shell("git rev-parse HEAD")
    assert clone.shell("git ls-remote --tags origin") == "", "nothing leaves the machine"
    files = f"dist/{wheel.name} dist/{sdist.name}"
    assert f".venv/bin/uv publish {files}\n" in said
    assert f"gh release create v0.2.0 --notes-from-tag {files}\n" in said

    again = clone.release(code=1)
    assert "error: 0.2.0 is released in this clone, there is a tag v0.2.0: upload it or take it back" in again

    (push,) = re.findall(r"^  (git push .*)$", said, re.MULTILINE)
    assert push == "git push --atomic origin main v0.2.0"
    clone.shell(push.replace("push", "push --quiet"))
    assert clone.shell("git ls-remote --heads origin").split()[0] == clone.shell("git rev-parse HEAD").strip()

    (undo,) = re.findall(r"^  (git tag --delete .*)$", said, re.MULTILINE)
    clone.shell(undo)
    assert clone.now() == before


def refuse(clone: Clone, sentence: str, version: str = "0.2.0") -> None:
    before = clone.now(), clone.text("CHANGELOG.md"), clone.text(VERSION_FILE)
    said = clone.release(version, code=1, checks="print('the checks ran')")
    assert said == f"error: {sentence}\n"
    assert before == (clone.now(), clone.text("CHANGELOG.md"), clone.text(VERSION_FILE))
    assert not (clone.folder / "dist").exists()


def test_what_is_refused_before_anything_is_changed(clone: Clone) -> None:
    for version in ("", "2", "v0.2.0", "0.2.0rc1", "0.02.0"):
        refuse(clone, "say which version, three numbers: make release VERSION=0.2.0", version)
    for version in ("0.0.9", "0.1.0"):
        refuse(clone, REFUSED_OLDER[version], version)

    clone.write("README.md", "changed")
    clone.write("new file", "")
    put_away = "would not be in the release as it is: commit it or put it away, and try again"
    refuse(clone, f"README.md, new file {put_away}")
    clone.shell("git restore README.md && rm 'new file'")
    clone.write("CHANGELOG.md", CHANGES.replace("new", "newer"))
    refuse(clone, f"CHANGELOG.md {put_away}")
    clone.shell("git restore CHANGELOG.md")

    clone.shell("git switch --quiet --detach")
    lost = "no branch is checked out, and the release would be lost with the next checkout: git switch one"
    refuse(clone, lost)
    clone.shell("git switch --quiet main")

    nothing = (
        'CHANGELOG.md says nothing under "## Unreleased": write there what is new for users, commit it, and try again'
    )
    for text in ("# Changelog\n", "## Unreleased\n\n### Added\n\n## 0.1.0 - 2026-01-02\n\n- All of it.\n"):
        clone.commit({"CHANGELOG.md": text})
        refuse(clone, nothing)
    clone.commit({"CHANGELOG.md": CHANGES.replace("0.1.0", "0.2.0")})
    both = "CHANGELOG.md has a section for 0.2.0 and more under Unreleased: release another version, or put all of it into one of the two"
    refuse(clone, both)
    clone.commit({"CHANGELOG.md": CHANGES, VERSION_FILE: '__version__ = "0.3.0"\n'})
    refuse(clone, f"0.2.0 is older than 0.3.0, which {VERSION_FILE} says: choose a higher version")

    shutil.rmtree(clone.folder / ".git")
    folder = clone.release(code=1)
    assert (
        folder == "error: this folder is no git repository with a commit in it: release from a clone of the project\n"
    )


REFUSED_OLDER = {
    "0.0.9": "0.0.9 is not newer than 0.1.0, which is released: choose a higher version",
    "0.1.0": "0.1.0 is released in this clone, there is a tag v0.1.0: upload it or take it back, as docs/releasing.md "
    "says, or choose a higher version",
}


@pytest.mark.parametrize(
    ("checks", "code", "sentence"),
    [
        ("1", 1, "error: 0.2.0 is not released, as a check failed: mend it, commit it, and run this again"),
        ("(_ for _ in ()).throw(KeyboardInterrupt)", 130, "interrupted"),
        (
            "open('stray', 'w').close()",
            1,
            "error: stray would not be in the release as it is: commit it or put it away",
        ),
        (
            "__import__('os').system('git commit -q --allow-empty -m x')",
            1,
            "error: somebody committed here while the checks ran: run this again, it begins with the new commit",
        ),
    ],
    ids=["failed", "interrupted", "a file left", "a commit made"],
)
def test_checks_that_do_not_pass_leave_it_as_it_was(clone: Clone, checks: str, code: int, sentence: str) -> None:
    _, tags, status = clone.now()
    said = clone.release(code=code, checks=checks)
    assert sentence in said
    assert "CHANGELOG.md and provider/pulumi_useapi/version.py are as they were" in said
    assert clone.now()[1:] == (tags, status + ("?? stray\n" if "stray" in checks else ""))


def test_a_killed_release_goes_on(clone: Clone) -> None:
    clone.release(code=-9, checks="__import__('os').kill(__import__('os').getpid(), 9)")
    assert clone.shell("git status --porcelain") == f" M CHANGELOG.md\n M {VERSION_FILE}\n"
    # As if it had begun on another day.
    begun = re.sub(rf"(?<=## 0\.2\.0 - ){TODAY}", "2026-02-03", clone.text("CHANGELOG.md"))
    clone.write("CHANGELOG.md", begun)
    clone.release()
    assert "## 0.2.0 - 2026-02-03\n" in clone.shell("git show v0.2.0:CHANGELOG.md")
    # As if it had ended between commit and tag.
    commit = clone.shell("git rev-parse HEAD && git tag --delete v0.2.0 >&2")
    clone.release()
    assert clone.shell("git rev-parse HEAD v0.2.0^{commit}") == commit * 2
    assert clone.shell("git status --porcelain") == ""


def test_the_first_release_has_the_version_that_the_file_says(clone: Clone) -> None:
    clone.shell("git tag --delete v0.1.0")
    clone.commit({"CHANGELOG.md": CHANGES.partition("## 0.1.0")[0]})
    clone.release("0.1.0")
    assert clone.shell("git show --stat --format= HEAD").count("|") == 1
    assert re.search(rf"## 0\.1\.0 - {TODAY}\n", clone.text("CHANGELOG.md"))


def test_the_target_of_make(clone: Clone) -> None:
    assert "error: say which version, three numbers" in clone.shell(f"make release PYTHON={sys.executable}", code=2)
    assert "error: 0.0.9 is not newer" in clone.shell(f"make release VERSION=0.0.9 PYTHON={sys.executable}", code=2)


def test_the_projects_own_changelog_can_be_released() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.sections(text).keys() >= {"Unreleased"}
