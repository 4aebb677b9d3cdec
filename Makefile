# Works with GNU make 3.81 (macOS) and its bash 3.2. `make` prints the targets.
.DEFAULT_GOAL := help
.PHONY: help setup run run-live run-replay show sign verify test strangers providers portable lint bench docs lock clean

# A shim for an interpreter can exist and fail, and Debian's python3 can lack venv: each candidate is run before it is taken.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo "$$p" && break; done)
PY   := .venv/bin/python
UV   := .venv/bin/uv
GONOGO := .venv/bin/gonogo
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
LAYER ?= L0
REASON ?= make run: the loop on this checkout
RUN ?= latest
PYTEST ?= $(PY) -m pytest
ALL_TESTS := $(filter-out tests/strangers tests/providers,$(patsubst %/,%,$(sort $(dir $(wildcard tests/*/test_*.py)))))
TESTS ?= $(filter tests/proof,$(ALL_TESTS)) $(filter-out tests/proof,$(ALL_TESTS))

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {sub(/:.*/, "", $$1); printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: .venv/.ready ## a virtual environment with the locked dependencies
.venv/.ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11, 3.12 or 3.13 with venv found. Install one (Debian: apt-get install python3 python3-venv), or: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(PY) || { echo "setup: creating .venv with $(PYTHON)" >&2; $(PYTHON) -m venv .venv; }
	@echo "setup: installing the locked dependencies" >&2
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## the loop A to G on this checkout, to the hold point (LAYER=L0 REASON=...)
	@$(GONOGO) run --layer "$(LAYER)" --reason "$(REASON)"; code=$$?; test $$code -eq 4 || exit $$code; \
	$(GONOGO) show latest --json | grep -q '"verdict": "PASS"' || { echo "make: the run waits, and its verdict is not PASS: make show" >&2; exit 1; }

SAMPLE := build/sample
TASK := Summarise the handbook for an operator.
SAMPLE_RUN := GONOGO_HOME=$(CURDIR)/$(SAMPLE)/state XDG_CONFIG_HOME=$(CURDIR)/$(SAMPLE)/config $(GONOGO)
SAMPLE_WORDS := --layer L0 --reason "$(TASK)" --operator sample --seed 7 --headless --repo $(SAMPLE)/repo

run-replay: setup ## a layer run on a small sample repository, from a recorded transcript: no model, no key, no network
	@$(PY) examples/layer-run/make_sample.py $(SAMPLE)/repo
	@$(SAMPLE_RUN) run $(SAMPLE_WORDS) --mode replay --transcript examples/layer-run/transcripts; code=$$?; test $$code -eq 4 || exit $$code

run-live: setup .venv/.local ## the same with a small model on this machine (first time: some 400 MB of packages), then its replay
	@$(PY) examples/layer-run/make_sample.py $(SAMPLE)/repo
	@$(SAMPLE_RUN) run $(SAMPLE_WORDS) --mode live; code=$$?; test $$code -eq 4 || exit $$code
	@$(SAMPLE_RUN) reproduce latest --repo $(SAMPLE)/repo

.venv/.local: requirements/local.txt .venv/.ready
	@echo "setup: installing the small model" >&2
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements/local.txt
	@touch $@

show: setup ## the card of the waiting run (RUN=latest)
	@$(GONOGO) show $(RUN)

sign: setup ## sign the waiting run (RUN=latest, DECISION=GO)
	@$(GONOGO) sign $(RUN) --decision $(or $(DECISION),GO) --reason "$(or $(WHY),reviewed with make sign)"

verify: setup ## check a run's evidence (RUN=latest)
	@$(GONOGO) verify $(RUN)

test: setup ## the whole suite, on the built wheel (TESTS=tests/evidence for a part)
	@$(PY) tests/support/on_wheel.py $(TESTS)

strangers: setup ## the evidence before verifiers that are not ours (needs node and npm)
	@$(PY) tests/support/on_wheel.py -n 0 tests/strangers

PROVIDERS := build/providers
providers: setup ## the provider packages and real keyrings before an endpoint that misbehaves (newest from the index)
	@test -x $(PROVIDERS)/bin/python || $(PY) -m venv $(PROVIDERS)
	@$(UV) pip install --quiet --python $(PROVIDERS)/bin/python -r requirements/dev.txt
	@$(UV) pip install --quiet --upgrade --python $(PROVIDERS)/bin/python langchain-anthropic langchain-google-genai langchain-mistralai keyring keyrings.alt
	@$(UV) pip install --quiet --python $(PROVIDERS)/bin/python --no-deps --no-build-isolation --editable .
	@$(PROVIDERS)/bin/python -m pytest -q -W default tests/providers

portable: setup ## the suite once more, with Linux-only calls made to raise
	@$(PY) tests/support/on_wheel.py --no-linux $(TESTS)

lint: setup ## ruff, mypy, basedpyright, the floors, the locks
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy & mypy=$$!; .venv/bin/basedpyright --warnings; code=$$?; wait $$mypy && exit $$code
	@.venv/bin/lint-imports
	@! grep -n '://' requirements/*.txt

bench: setup ## speed as ratios, both sides in one run
	@$(PY) -m tests.bench

docs: setup ## regenerate what docs/ takes from the code
	@$(PY) docs/generate.py

lock: setup ## resolve the dependencies anew into requirements/
	$(LOCK) --group dev --extra audit --extra mcp -o requirements/dev.txt pyproject.toml
	$(LOCK) -o requirements/run.txt pyproject.toml
	$(LOCK) --extra local -c requirements/dev.txt -o requirements/local.txt pyproject.toml
	$(LOCK) --group bootstrap -o requirements/uv.txt
	@! grep -n '://' requirements/*.txt

clean: ## remove what the targets made (your runs live elsewhere and stay)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .coverage .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
