# Dëshmi: everything a person types. `make` alone lists the targets.
SHELL := /bin/bash
PYTHON_HERE := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test test-sqlite test-postgresql test-journeys lint bench screenshots messages lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## install, migrate, load the demo, start web and worker on 127.0.0.1 (PORT=8000)
	@deploy/prepare runtime
	@exec $(PYTHON_HERE) manage.py demo

test: ## install what is missing, then the whole suite on SQLite and on PostgreSQL
	@deploy/prepare dev
	@exec $(PYTHON_HERE) deploy/suite.py sqlite journeys postgresql

test-sqlite: ## the suite on SQLite, without the browser
	@deploy/prepare dev
	@exec $(PYTHON_HERE) deploy/suite.py sqlite

test-postgresql: ## the suite on PostgreSQL (a throw-away server, or TEST_POSTGRES_URL)
	@deploy/prepare dev
	@exec $(PYTHON_HERE) deploy/suite.py postgresql

test-journeys: ## the long stories in a real browser, on the real stack
	@deploy/prepare dev
	@exec $(PYTHON_HERE) deploy/suite.py journeys

lint: ## ruff, mypy on rules, doors and operations, djlint, import contracts, migrations
	@deploy/prepare dev
	@exec deploy/lint

bench: ## measure against the production server on PostgreSQL; prints JSON
	@deploy/prepare dev
	@exec $(PYTHON_HERE) deploy/postgresql.py --durable -- $(PYTHON_HERE) -m benchmarks $(ONLY)

screenshots: ## every page of every role at 390 and 1280 px into screenshots/
	@deploy/prepare dev
	@exec $(PYTHON_HERE) -m pytest -q -p no:cacheprovider tests/journeys/screenshots.py

messages: ## collect texts for translation, generate Serbian Latin, compile, tell what lacks
	@deploy/prepare dev
	@exec $(PYTHON_HERE) manage.py messages

lock: ## compile both lock files anew from pyproject.toml
	@deploy/prepare dev
	@exec deploy/lock

clean: ## remove what can be made again (not the database, not the keys)
	rm -rf staticfiles screenshots .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis var/test-templates
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	find lms/locale -name '*.mo' -delete
