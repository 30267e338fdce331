"""A real browser of this machine, and a site of the tests' own that it takes for MiniMax's."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_useapi.browser.errors import BrowserError
from pulumi_useapi.browser.programs import find_browser
from tests.browser.person import Person, is_running
from tests.browser.site import Site, serving


@pytest.fixture(scope="session")
def browser_program() -> Path:
    try:
        return find_browser()
    except BrowserError:
        pytest.skip("no Chromium, Chrome or Edge is installed here: apt-get install chromium, or its like")


@pytest.fixture
def site(tmp_path: Path, browser_program: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The site, and the browser found first on PATH: the machine's own, told that this is where hailuoai.video is.

    What the browser would only say in a test goes into that program: no option and no setting of the product knows it.
    """
    folder = tmp_path / "site"
    folder.mkdir()
    with serving(folder) as running:
        here = f"127.0.0.1:{running.port}"
        hosts = ("hailuoai.video", "*.hailuoai.video", "tracker.example")
        switches = [
            "--headless=new",
            f"--host-resolver-rules={','.join(f'MAP {host} {here}' for host in hosts)},MAP * ~NOTFOUND",
            "--ignore-certificate-errors",
            *(["--no-sandbox"] if os.getuid() == 0 else []),
        ]
        path = tmp_path / "path"
        path.mkdir()
        # Arguments of ours are kept for the tests to look at.
        command = shlex.join([str(browser_program), *switches])
        log = shlex.quote(str(tmp_path / "starts"))
        (path / "google-chrome-stable").write_text(f'#!/bin/sh\necho "$$ $*" >> {log}\nexec {command} "$@"\n')
        (path / "google-chrome-stable").chmod(0o755)
        monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        yield running
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


@pytest.fixture
def person(site: Site, tmp_path: Path) -> Iterator[Person]:
    made = Person(site, tmp_path / "starts")
    yield made
    assert [start for start in made.starts if is_running(start.pid)] == []
