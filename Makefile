# make deploy: everything from nothing to scored customers.  make test: all tests.
.DEFAULT_GOAL := help
.PHONY: help setup deploy test check format lock serve sql bench clean

PYTHON ?= python3
BIN := .venv/bin
DATA ?= .localdb
HOST ?= 127.0.0.1
PORT ?= 1433
TARGET ?= embedded

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/.installed: requirements.lock pyproject.toml
	@echo "setup: making .venv with the pinned dependencies"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

setup: .venv/.installed ## install the ODBC libraries and .venv
	@scripts/install_odbc.sh

deploy: setup ## create the database, train, store, activate and score (TARGET=embedded or an ODBC string)
	@$(BIN)/python deploy.py --target "$(TARGET)" up

test: setup ## run all tests
	@$(BIN)/python -m pytest

check: setup ## format, lint, types, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest

format: setup ## let ruff format and mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

serve: setup ## run localdb in the foreground
	@$(BIN)/python -m localdb serve --data $(DATA) --host $(HOST) --port $(PORT)

lock: ## write requirements.lock anew from pyproject.toml
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet '.[dev]'
	@(echo "# What was tested, exactly: pip install -r requirements.lock. Made from pyproject.toml with 'make lock'."; \
	  .venv-lock/bin/pip freeze --all | grep -v -i -e '^insitu' -e '^pip==') > requirements.lock; rm -rf .venv-lock build

export Q
sql: setup ## run one batch on the running server: make sql Q="EXEC py_cluster_customers"
	@$(BIN)/python -m db.console --data $(DATA) $(if $(DATABASE),--database "$(DATABASE)") -- "$$Q"

bench: setup ## what is claimed about speed
	@$(BIN)/python -m benchmarks.scoring
	@$(BIN)/python -m benchmarks.script_latency

clean: ## remove the environment, the embedded server's data and what was made
	rm -rf .venv $(DATA) output .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
