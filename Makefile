# Every target sets up what it needs by itself. `make help` lists them.
STACK  ?= eks-h100
PYTHON ?= python3
ARGS   ?=
# JSON=1 is the same as ARGS=--json
ARGS   += $(if $(JSON),--json)

RUN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help plan rehearse policy unstick test lint types schema table runbook bench clean
.PHONY: runtime checks engine

help: ## show this list
	@echo "STACK is eks-h100 unless you say otherwise: make plan STACK=eks-mocker. JSON=1 prints JSON."
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

plan: runtime ## resolve a stack and print what it would make, with every finding and its price (no engine, no network)
	@$(RUN) -m plan $(STACK) $(ARGS)

rehearse: runtime ## run a stack's whole life on the real Pulumi engine with simulated clouds (no account, no cost)
	@$(RUN) -m rehearsal run $(STACK) $(ARGS)

policy: runtime ## preview a stack on simulated clouds with the policy pack judging it
	@$(RUN) -m rehearsal policy $(STACK) $(ARGS)

unstick: runtime ## find culprit and command for what a destroy said: make unstick LOG=destroy.log
	@$(RUN) -m plan.strandings $(LOG)

# pytest comes last, so that its own closing line is the last thing printed.
test: lint types engine ## run everything CI runs: lint, types, then all tests in parallel
	@$(RUN) -m pytest -n auto $(ARGS)

lint: checks ## check style and formatting (ruff)
	@$(RUN) -m ruff check --quiet .
	@$(RUN) -m ruff format --quiet --check . || { echo "run: $(RUN) -m ruff format ."; exit 1; }

# The project is named, or a pyrightconfig.json in any folder above this one would win.
types: checks ## check types (basedpyright, strict on our code)
	@$(RUN) -m basedpyright --project pyproject.toml

schema: runtime ## write stacks/schema.json, which gives editors completion in stack files
	@$(RUN) -m plan.settings.schema > stacks/schema.json.new && mv stacks/schema.json.new stacks/schema.json

table: runtime ## write the README's table of all stacks anew, from their plans
	@$(RUN) -m rehearsal table $(ARGS)

runbook: runtime ## write docs/runbooks/destroy.md and docs/policies.md anew, from their data
	@$(RUN) -m plan.strandings --markdown > docs/runbooks/destroy.md
	@$(RUN) policies/list.py

bench: runtime ## measure preview against as many empty resources, and resolve by itself
	@$(RUN) -m rehearsal.bench --stack $(STACK) $(ARGS)

clean: ## remove the virtual environment and all caches inside this folder (the engine's cache stays)
	@rm -rf .venv .venv.lock .pytest_cache .ruff_cache .hypothesis
	@find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# Not listed by help: the set-up steps. Each is quick when there is nothing to do.
runtime:
	@$(PYTHON) -m rehearsal.bootstrap requirements.txt

checks:
	@$(PYTHON) -m rehearsal.bootstrap requirements-dev.txt

# Once before the tests, so that they find it instead of all waiting for one of them to make it.
engine: checks
	@$(RUN) -m rehearsal engine
