# Every command of the project. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
# Where `make install` puts the program.
PREFIX ?= build/cube-server
# More arguments for the command that a target runs: make test ARGS="-k cache", make run ARGS="--port 9000".
ARGS ?=
# What `make lock` asks of uv beyond the locked versions: make lock UPGRADE=--upgrade.
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP_INSTALL := -m pip install --disable-pip-version-check
SOURCES := $(wildcard cube_server loaders api client tests benchmarks scripts)
# The header says `make lock`; hashes of every platform's files; nothing that names a registry or this machine.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(UPGRADE)

.PHONY: help setup ui run test check bench format generate lock wheel install clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with the locked requirements; at once when it is up to date

$(READY): requirements/dev.txt pyproject.toml scripts/make_venv.sh
	scripts/make_venv.sh "$(PYTHON)" $(VENV)
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --no-index --editable .
	touch $@

ui: $(READY) ## Build the pivot page into api/static, where its sources have changed
	$(BIN)/python ui/build.py

run: ui ## Load the real retail panel (first time only) and serve it
	$(BIN)/cube-server demo $(ARGS)

test: ui ## Run every test
	$(BIN)/python ui/build.py test
	$(BIN)/python -m pytest --numprocesses logical --dist worksteal --durations=25 --durations-min=2 $(ARGS)

check: $(READY) ## Lint, types, layers, generated files, the model
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m cube_server.model.schema --check
	$(BIN)/cube-server validate cubes.json

bench: $(READY) ## Measure what the docs quote
	$(BIN)/python -m benchmarks $(ARGS)

format: $(READY) ## Format the sources and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(READY) ## Write the generated files (schema/cubes.schema.json)
	$(BIN)/python -m cube_server.model.schema

lock: $(READY) ## Lock the requirements of pyproject.toml, with hashes (UPGRADE=--upgrade for newer versions)
	$(LOCK) --output-file requirements/run.txt
	$(LOCK) --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

wheel: ui ## Build the wheels of the server and of its client into dist/
	rm -rf dist
	$(BIN)/python -m hatchling build --target wheel
	cd client && "$(CURDIR)/$(BIN)/python" -m hatchling build --target wheel --directory ../dist

install: wheel ## Install the program and only what it needs to run into PREFIX, as the image does
	scripts/make_venv.sh "$(PYTHON)" "$(PREFIX)"
	"$(PREFIX)/bin/python" $(PIP_INSTALL) --require-hashes -r requirements/run.txt
	"$(PREFIX)/bin/python" $(PIP_INSTALL) --no-deps --no-index --force-reinstall dist/cube_server-*.whl
	"$(PREFIX)/bin/python" -m pip check
	"$(PREFIX)/bin/cube-server" --help > /dev/null

clean: ## Remove build outputs and caches; .venv and the warehouse stay
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -r {} +
