# Every target is one command of tools/; `make` alone lists them. Another Python: make up PYTHON=python3.12 (.venv, once made, keeps its own).
PYTHON ?= python3

run = @command -v $(PYTHON) >/dev/null 2>&1 || \
	{ echo "error: $(PYTHON) is not on PATH: install Python 3.10 or newer, or name it with PYTHON=..." >&2; exit 2; }; \
	exec $(PYTHON) tools/start.py

.PHONY: help setup up down test lint unit engine postgres faults bench format docs links reference pictures lock upgrade release

help: ## list the targets
	@sed -nE 's/^([a-z]+): ## (.*)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'

setup: ## the Python packages (.venv) and the Pulumi CLI (.tools/bin, where there is none on PATH)
	$(run) setup

up: ## a MiniMax account configured by a real pulumi up, on an emulator of the service; nothing to sign up for
	$(run) up

down: ## remove everything that make up made
	$(run) down

test: ## every check there is
	$(run) test

lint: ## only format, lint and types
	$(run) lint

unit: ## only the tests that need no Pulumi CLI
	$(run) unit

engine: ## only the tests on a real Pulumi engine
	$(run) engine

postgres: ## the tests of shared state on a PostgreSQL server, where make test has S3
	$(run) postgres

faults: ## every fault of network and service in every operation, and 120 random kills, as tables
	$(run) faults

bench: ## ours against a provider that does nothing: time, CPU, memory (about 20 minutes, on a quiet machine)
	$(run) bench

format: ## put the code into the project's format
	$(run) format

docs: ## the documentation as web pages, in build/docs
	$(run) docs

links: ## whether the pages elsewhere are there that the documentation links to (needs the network)
	$(run) links

reference: ## docs/cli.md and docs/reference anew, after a change of a command's help or a docstring
	$(run) reference

pictures: ## the README's pictures of the commands anew
	$(run) pictures

lock: ## make the locks anew after a change of the dependencies in pyproject.toml
	$(run) lock

upgrade: ## the same, with the newest versions that fit
	$(run) upgrade

release: ## everything of a release but the upload: make release VERSION=0.2.0
	$(run) release "$(VERSION)"
