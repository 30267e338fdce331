"""The audit of the locked packages: what fails it, what does not, and that it says when it could not be done."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools import audit

SOUND = {"name": "requests", "version": "2.34.2", "vulns": []}
SKIPPED = {"name": "urllib3", "skip_reason": "Dependency not found"}
NO_NETWORK = "import sys; print('requests.exceptions.ConnectionError: no network', file=sys.stderr); sys.exit(1)"

Answers = Callable[..., None]


def vulnerable(*fix_versions: str) -> dict[str, Any]:
    return {"name": "urllib3", "version": "2.0.0", "vulns": [{"id": "GHSA-0", "fix_versions": list(fix_versions)}]}


def prints(*dependencies: object) -> str:
    return f"print({json.dumps({'dependencies': dependencies})!r})"


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Puts a program in pip-audit's place that does something else for each database."""

    def put(**programs: str) -> None:
        for service, program in programs.items():
            (tmp_path / service).write_text(program)
        start = f"import pathlib, sys; exec((pathlib.Path({str(tmp_path)!r}) / sys.argv[-1]).read_text())"
        monkeypatch.setattr(audit, "PIP_AUDIT", (sys.executable, "-c", start))

    return put


def test_nothing_known(answers: Answers, capfd: pytest.CaptureFixture[str]) -> None:
    answers(pypi=prints(SOUND, SKIPPED), osv="raise AssertionError")
    assert audit.audit() == 0
    assert "1 locked packages compared with PyPI's known vulnerabilities" in capfd.readouterr().err


def test_a_vulnerability_that_is_mended_elsewhere_fails(answers: Answers, capfd: pytest.CaptureFixture[str]) -> None:
    answers(pypi=prints(SOUND, vulnerable("2.0.1", "2.1")) + "; sys.exit(1)")
    assert audit.audit() == 1
    sentence = "urllib3 2.0.0 has a known vulnerability, GHSA-0, mended in 2.0.1, 2.1: run make upgrade"
    assert sentence in capfd.readouterr().err


def test_one_that_nobody_has_mended_is_told(answers: Answers, capfd: pytest.CaptureFixture[str]) -> None:
    answers(pypi=prints(vulnerable()) + "; sys.exit(1)")
    assert audit.audit() == 0
    assert "urllib3 2.0.0 has a known vulnerability, GHSA-0, not mended yet" in capfd.readouterr().err


@pytest.mark.parametrize("first", [NO_NETWORK, prints(SKIPPED), "import time; time.sleep(60)"])
def test_the_other_database_is_asked_where_the_first_does_not_answer(
    first: str, answers: Answers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "SECONDS", 1.0)
    answers(pypi=first, osv=prints(SOUND))
    assert audit.audit() == 0
    assert "compared with OSV's" in capfd.readouterr().err


def test_where_no_database_can_be_reached_it_says_so(answers: Answers, capfd: pytest.CaptureFixture[str]) -> None:
    answers(pypi=prints(SKIPPED), osv=NO_NETWORK)
    assert audit.audit() == 0
    said = "  not audited: no database of known vulnerabilities can be reached from here (PyPI, OSV)\n"
    assert capfd.readouterr().err == said


def test_a_pip_audit_that_does_not_work_is_no_success(answers: Answers, capfd: pytest.CaptureFixture[str]) -> None:
    answers(pypi="raise ValueError('the lock is torn')", osv=prints(SOUND))
    assert audit.audit() == 1
    assert "the lock is torn" in capfd.readouterr().err
