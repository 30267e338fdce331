"""One stack on a real shared backend: S3, or PostgreSQL where `make postgres` has named its programs."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_useapi.emulator import Emulator
from tests.engine.conftest import pulumi, run_notes
from tests.shared_state.backends import S3, PostgreSQL, Server
from tests.shared_state.team import Team
from tools.paths import VERSITYGW

__all__ = ["pulumi"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    programs = os.environ.get("POSTGRES_PROGRAMS")
    if programs:
        with PostgreSQL(Path(programs)) as postgresql:
            yield postgresql
        return
    program = shutil.which(VERSITYGW.name) or (VERSITYGW if VERSITYGW.is_file() else None)
    if program is None:
        pytest.skip("no S3 server: versitygw is neither on PATH nor built in .tools/s3 (make test builds it with Go)")
    with S3(Path(program), tmp_path_factory.mktemp("s3")) as s3:
        yield s3


@pytest.fixture
def team(tmp_path: Path, pulumi: Path, server: Server, request: pytest.FixtureRequest) -> Iterator[Team]:
    """A stack without accounts on the first machine; afterwards everything stored is searched for secrets."""
    began = time.time()
    name = str(request.node.name).replace("_", "")[:40]
    with Emulator(tmp_path / "emulator") as emulator:
        made = Team(emulator, server.place(name), pulumi, tmp_path)
        made.plant_all()
        made.set_up()
        yield made
    assert any('"jwtExpiry"' in text for _, text in made.stored()), "the search does not see what is stored"
    notes = [(path.name, path.read_text()) for path in run_notes(began)]
    assert made.scan.find_in([*made.places(), *notes]) == []
