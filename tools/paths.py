"""Where things are: every folder and file the tools read or write."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"
VENV_PYTHON = VENV_BIN / "python"

TOOLS = ROOT / ".tools"
PULUMI_BIN = TOOLS / "bin"
VERSITYGW = TOOLS / "s3" / "versitygw"
LOCK_FILE = TOOLS / "lock"

DIST = ROOT / "dist"
BENCH_RESULTS = ROOT / "build" / "benchmarks.json"
DOCS = ROOT / "build" / "docs"
LINKS = ROOT / "build" / "links"

DEMO = ROOT / ".demo"
DEMO_STACK_CONFIG = ROOT / "Pulumi.demo.yaml"
