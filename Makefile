# make run: everything set up and started.  make test: the whole suite.  make bench: beside stock Rasa.  See README.md.
SHELL := /bin/bash
PYTHON := $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv || echo .tools/bin/uv)
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore
export PYTHONUNBUFFERED := 1

.PHONY: run setup test bench lint browser lock

run: setup
	@.venv/bin/jmk prepare
	@.venv/bin/honcho start -f Procfile $$(.venv/bin/jmk processes)

setup: .venv/.synced

.tools/bin/uv:
	@echo "setting up uv in .tools/ …"
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet uv

.venv/.synced: requirements.lock pyproject.toml | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; install it and put it on PATH as python3.11"; exit 1; }
	@echo "installing the locked packages (about 2.4 GB) …"
	@test -x .venv/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --python .venv requirements.lock
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

lock: | $(UV)
	$(UV) pip compile --generate-hashes --no-header --extra test --python-version 3.11 pyproject.toml --output-file requirements.lock --quiet

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

browser:
	@deploy/install-browser.sh

test: setup browser lint
	.venv/bin/pytest

bench: setup
	@.venv/bin/python -m bench
