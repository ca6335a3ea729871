# Antiphon. A newcomer types `make up` or `make test`; everything else is for those who work on it.
# Paths stay relative, so that a checkout may stand in a folder with spaces in its name.

PORT ?=
ENGINE_PORT ?=
ARGS ?=
up_options = $(if $(PORT),--port $(PORT)) $(if $(ENGINE_PORT),--engine-port $(ENGINE_PORT)) $(ARGS)

pytest = .venv/bin/python -m pytest
# Tests without browsers and real engines need no machine for themselves. Exit code 5 of pytest: ARGS chose no test of that kind.
side_by_side = -n auto --maxprocesses 4 --dist loadfile
# Calls in real time mostly wait: two files of them fit two cores. What fails beside another is tried again alone, and must pass there.
two_at_a_time = -n 2 --dist loadfile
alone_again = $(pytest) --strict-parts -m e2e --last-failed --last-failed-no-failures none

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help up test install install-dev check lint format types unit e2e bench peers livekit lock page clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

up: install ## install what is missing, start engine, agent and page (PORT=, ENGINE_PORT=, ARGS="--agent my_agent.py")
	@.venv/bin/antiphon up $(up_options)

test: install-dev lint types ## install what is missing, then prove everything: lint, types, the whole suite
	@$(pytest) --strict-parts -m "not e2e" $(side_by_side) $(ARGS) || [ $$? -eq 5 ]
	@$(pytest) --strict-parts -m e2e $(two_at_a_time) $(ARGS) || [ $$? -eq 5 ] || $(alone_again) $(ARGS)

install: ## the environment in .venv, with .venv/bin/antiphon
	@sh scripts/install.sh run

install-dev: ## the same, with what the tests need (Debian packages and a livekit-server too)
	@sh scripts/install.sh dev
	@.venv/bin/python scripts/fetch_voices.py
	@sh scripts/debian.sh
	@sh scripts/livekit.sh

check: install-dev lint types unit ## lint, types and unit tests: before every commit

lint: ## ruff and the one-way doors between rooms
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports --no-cache

format: ## rewrite in the project's form
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

types: ## mypy, strict, over sources and tests
	@.venv/bin/mypy

unit: ## tests without browser and models
	@$(pytest) -m "not e2e" $(side_by_side) $(ARGS)

e2e: install-dev ## tests with real processes, browser and models
	@$(pytest) --strict-parts -m e2e $(ARGS)

bench: install-dev ## the published figures (some minutes, on a quiet machine)
	@for name in recognition expectation understanding heard browser rooms chat one_call bookings page; do .venv/bin/python scripts/bench_$$name.py $(ARGS) || exit 1; done
	-@.venv/bin/antiphon bench --out .bench/scenarios
	-@.venv/bin/antiphon bench load --out .bench/load

peers: ## pipecat in .tools, for scripts/bench_peers.py
	@sh scripts/peers.sh

livekit: ## a livekit-server in .tools (three minutes on two cores, once)
	@sh scripts/livekit.sh

lock: ## write the locks anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@sh scripts/lock.sh $(ARGS)

page: ## build the page (needs Node); the result is committed
	@cd web && npm ci --no-audit --no-fund && npm run build

clean: ## remove what install and tests made
	@rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist web/node_modules
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
