"""Where the browser and its profiles are looked for, which request counts, and what is said where there is no browser."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pulumi_useapi.browser import BrowserError, capture_with_browser
from pulumi_useapi.browser.profiles import data_folder, forget, profile_of
from pulumi_useapi.browser.programs import find_browser
from pulumi_useapi.browser.reading import credentials_in
from pulumi_useapi.emulator.sample import make_credentials

NOW = datetime.now(timezone.utc)


def program(file: Path, text: str = "#!/bin/sh\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def test_a_browser_on_path_comes_first_and_chrome_before_the_others(tmp_path: Path) -> None:
    edge = program(tmp_path / "microsoft-edge")
    environ = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    assert find_browser("linux", environ) == edge
    chromium = program(tmp_path / "chromium")
    assert find_browser("linux", environ) == chromium
    chrome = program(tmp_path / "google-chrome-stable")
    assert find_browser("linux", environ) == chrome


def test_where_a_mac_and_windows_install_it(tmp_path: Path) -> None:
    mac = program(tmp_path / "Applications" / "Chromium.app" / "Contents" / "MacOS" / "Chromium")
    assert find_browser("darwin", {"PATH": "", "HOME": str(tmp_path)}) == mac
    windows = program(tmp_path / "Google" / "Chrome" / "Application" / "chrome.exe")
    assert find_browser("win32", {"PATH": "", "LOCALAPPDATA": str(tmp_path)}) == windows


def test_no_browser_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(BrowserError, match=r"no Chrome, Chromium or Edge was found .* or paste"):
        capture_with_browser("main")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Running as root without --no-sandbox is not supported.", "it does not run as root"),
        ("Missing X server or $DISPLAY", "there is no screen here"),
        ("segmentation fault", "start it by hand once"),
    ],
)
def test_a_browser_that_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    program(tmp_path / "google-chrome-stable", f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(BrowserError, match=f"^the browser does not start: {sentence}"):
        capture_with_browser("main")
    profile_of("main").remember(logged_in=True)
    with pytest.raises(BrowserError, match=f"^the browser does not start: {sentence}"):
        capture_with_browser("main")


def test_without_the_extra_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['playwright'] = None\n"
        "from pulumi_useapi.browser import capture_with_browser\n"
        "capture_with_browser('main')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'pulumi-useapi[browser]'" in ended.stderr


@pytest.mark.parametrize("name", ["..", ".", "a/b", "C:\\x", "ü" * 300, "con*?", "\ud800"])
def test_any_name_has_a_folder_in_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    profile = profile_of(name)
    profile.make()
    assert profile.folder.parent == tmp_path / "pulumi-useapi" / "browser"
    assert forget(name)
    assert not profile.folder.parent.exists()


def test_the_users_data_folder() -> None:
    home = Path.home()
    assert data_folder("linux", {}) == home / ".local" / "share" / "pulumi-useapi"
    assert data_folder("darwin", {}) == home / "Library" / "Application Support" / "pulumi-useapi"
    assert data_folder("win32", {"LOCALAPPDATA": "/data"}) == Path("/data/pulumi-useapi")


def test_which_request_counts() -> None:
    good = make_credentials("101", expires=NOW + timedelta(days=30))
    dead = make_credentials("101", expires=NOW - timedelta(days=1))
    query = good.url.partition("?")[2]
    taken = credentials_in(good.url, good.token, "hailuoai.video")
    assert taken is not None
    assert (taken.url, taken.token) == good
    for host in ("api.minimax.io", "www.minimax.io"):
        assert credentials_in(f"https://{host}/v1/cursor?{query}", good.token, "www.minimax.io")
    for url, token in [
        (good.url, None),
        (good.url, "guest"),
        (good.url, dead.token),
        (f"https://hailuoai.video/v1/renewal?{query}", good.token),
        (f"https://nothailuoai.video/cursor?{query}", good.token),
        (f"https://tracker.example/cursor?{query}", good.token),
        (f"http://hailuoai.video/cursor?{query}", good.token),
    ]:
        assert credentials_in(url, token, "hailuoai.video") is None
