# Everything a newcomer needs; each target brings what it needs by itself.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: install demo test test-long check bench chaos format clean

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@test -x $(VENV)/bin/uv || $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --no-deps --no-build-isolation -e .
	@# compiled once here, not by every process that starts: some environments forbid Python to keep what it compiled
	@$(VENV)/bin/python -m compileall -q -j 0 $(VENV)/lib hub adapters schemas
	@touch $(STAMP)

demo: install
	@$(VENV)/bin/truc demo $(ARGS)

test: install
	@$(VENV)/bin/python -m pytest -n 3 --dist loadgroup $(ARGS)

test-long: install
	@$(VENV)/bin/python -m pytest -n 1 -m long $(ARGS)

check: install
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

chaos: install
	@$(VENV)/bin/python -m tests.chaos $(ARGS)

bench: install
	@$(VENV)/bin/python -m tests.parts.bench $(ARGS)

format: install
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

clean:
	rm -rf $(VENV) var build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
