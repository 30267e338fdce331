"""Where things are: every folder and file the tools read or write."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"
VENV_PYTHON = VENV_BIN / "python"

TOOLS = ROOT / ".tools"
PULUMI_BIN = TOOLS / "bin"
LOCK_FILE = TOOLS / "lock"

BENCH_RESULTS = ROOT / "build" / "benchmarks.json"

DEMO = ROOT / ".demo"
DEMO_STACK_CONFIG = ROOT / "Pulumi.demo.yaml"
