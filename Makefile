# Everything for a machine that has Python (3.11 or later) and make: `make demo`, `make test`.

SHELL := /bin/sh
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
# Tools that take minutes to build or many megabytes to keep; shared by all checkouts.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/scalardl-harden
export SCALARDL_CACHE := $(CACHE)

# `make fuzz`: how long each harness runs; HARNESS="stream keys" runs these alone.
SECONDS ?= 900

.DEFAULT_GOAL := help
.PHONY: help demo test lint quick oracles prove bench fidelity fuzz docs lock audit clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/ready ## harden a release, show the coloured diff and the report
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.demo

test: lint oracles ## lint, then all tests
	$(BIN)/pytest -n auto

lint: .venv/ready ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict generator profiles postrender
	$(BIN)/lint-imports

quick: .venv/ready ## the tests that need no oracle
	$(BIN)/pytest -n auto -m "not oracle"

oracles: .venv/ready ## what tests compare with: Helm, kustomize, Kubernetes and Argo CD parts, into the cache
	@tests/oracles/build "$(CACHE)" $(BIN)/python

prove: oracles ## what hardening promises, on real control planes of two versions; writes docs/proof.md
	@tests/prove/build "$(CACHE)"
	@$(BIN)/python -m tests.prove

bench: .venv/ready ## how long hardening and the proofs take, into docs/benchmarks.md
	@$(BIN)/python -m tests.bench

DOCUMENTS := 100000
SEED :=
fidelity: oracles ## harden DOCUMENTS=100000 generated documents, of a SEED or none; stop at the first wrong one
	@$(BIN)/python -m tests.fidelity --documents $(DOCUMENTS) $(SEED:%=--seed %)

fuzz: .venv/ready ## feed what is read with hostile input, each harness for SECONDS (900)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/fuzz/requirements.txt
	@$(BIN)/python -m tests.fuzz $(SECONDS) $(HARNESS)

docs: .venv/ready ## write docs/checklist.md, docs/licences.md and the bill of materials anew
	@$(BIN)/python -m generator.index
	@$(BIN)/python container/bill_of_materials.py

lock: .venv/ready ## write requirements-dev.lock, the image's and that of `make fuzz` anew
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8'
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--upgrade --quiet --no-emit-index-url --custom-compile-command 'make lock' \
		--output-file requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --constraint requirements-dev.lock --python-version 3.13 \
		--python-platform x86_64-manylinux_2_28 --generate-hashes --no-annotate --quiet --no-emit-index-url \
		--custom-compile-command 'make lock' --output-file container/requirements.lock
	$(BIN)/uv pip compile --group fuzz --universal --python-version 3.11 --generate-hashes --upgrade \
		--quiet --no-emit-index-url --custom-compile-command 'make lock' --output-file tests/fuzz/requirements.txt

# Asks a service of known vulnerabilities, so it is no part of `make test`; in an environment of its own.
audit: ## ask whether anything in the locks is known to be vulnerable (needs the network)
	$(PYTHON) -m venv --clear .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.7,<3'
	.venv/audit/bin/pip-audit --strict --disable-pip --requirement container/requirements.lock \
		--requirement requirements-dev.lock

clean: ## remove the virtual environment and what tools left behind
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The project itself is installed editable, built by the hatchling of the lock.
.venv/ready: pyproject.toml requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or later with its venv module was found." \
		"Install one (on Debian and Ubuntu: python3 and python3-venv), or say which: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
