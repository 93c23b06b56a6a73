# `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?=
SHOPSITE_VAR ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifneq ($(PORT),)
export PORT
endif
ifneq ($(SHOPSITE_VAR),)
export SHOPSITE_VAR
endif

# A stamp carries the hash of what was installed: the same requirements are never installed twice.
hash = $(shell cat $(1) | sha256sum | cut -c1-16)
RUN_FILES := requirements/base.txt requirements/demo.txt
TEST_FILES := $(RUN_FILES) requirements/test.txt
DEV_FILES := $(TEST_FILES) requirements/dev.txt
RUN := $(VENV)/.run-$(call hash,$(RUN_FILES))
TEST := $(VENV)/.test-$(call hash,$(TEST_FILES))
DEV := $(VENV)/.dev-$(call hash,$(DEV_FILES))
install = $(PY) -m pip install --quiet --require-hashes $(addprefix -r ,$(1))

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -f $(PY); echo "Python cannot make environments here; on Debian: apt-get install python3-venv"; exit 1; }

$(RUN): | $(PY)
	@echo "Installing the packages ..."
	@$(call install,$(RUN_FILES))
	@rm -f $(VENV)/.run-*; touch $@

$(TEST): | $(RUN)
	@echo "Installing the packages for tests ..."
	@$(call install,$(TEST_FILES))
	@rm -f $(VENV)/.test-*; touch $@

$(DEV): | $(TEST)
	@echo "Installing the packages for checks ..."
	@$(call install,$(DEV_FILES))
	@rm -f $(VENV)/.dev-*; touch $@

.PHONY: compiled
compiled: | $(RUN)
	@$(PY) -m shopsite.messages

.PHONY: setup
setup: $(DEV) compiled ## Install everything into .venv

.PHONY: demo
demo: $(RUN) ## Run the whole shop with a demo company (PORT=8000, SHOPSITE_VAR=var)
	@exec $(PY) -m shopsite.demo

.PHONY: run
run: $(RUN) compiled ## Run the web server alone, reloading on change
	@exec $(PY) manage.py runserver $${PORT:-8000}

.PHONY: worker
worker: $(RUN) ## Run one Celery worker for all queues
	@exec $(PY) -m celery -A shopsite worker -Q critical,default,bulk -c 2 -l INFO

.PHONY: beat
beat: $(RUN) ## Run the clock of the periodic jobs
	@exec $(PY) -m celery -A shopsite beat -l INFO --pidfile=

.PHONY: shell
shell: $(RUN) ## Open a Python shell with the models
	@exec $(PY) manage.py shell

.PHONY: test
test: $(TEST) compiled ## Run all tests
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

.PHONY: test-fast
test-fast: $(TEST) compiled ## Run the tests that take no more than moments
	@$(PY) -m pytest -n 2 -m "not slow and not races and not browser" $(ARGS)

.PHONY: races
races: $(TEST) compiled ## Run the race tests with 200 seeds and real timers
	@RACE_SEEDS=200 MIXED_ORDERS=500 REAL_TIMERS=1 $(PY) -m pytest -m "races or slow" $(ARGS)

.PHONY: pictures
pictures: $(TEST) ## Picture every page of a running demo (PORT=8000, ARGS=--docs also for the documents)
	@exec $(PY) -m shopsite.pictures $(ARGS)

.PHONY: bench
bench: $(RUN) ## Measure (NAME=... for one)
	@exec $(PY) manage.py bench $(NAME)

.PHONY: check
check: lint types imports migrations translations ## Everything that needs no test run

.PHONY: lint
lint: $(DEV) ## Style and common faults
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

.PHONY: types
types: $(DEV) ## Static types
	@$(PY) -m mypy

.PHONY: imports
imports: $(DEV) ## Who may import whom
	@$(VENV)/bin/lint-imports

.PHONY: migrations
migrations: $(DEV) ## Models and migrations agree, system checks are clean
	@$(PY) manage.py check
	@$(PY) manage.py makemigrations --check --dry-run

.PHONY: translations
translations: $(RUN) ## Every text has its translation
	@$(PY) -m shopsite.messages --check

.PHONY: messages
messages: $(RUN) ## Collect the texts to translate, and compile the translations
	@$(PY) -m shopsite.messages --collect

.PHONY: lock
lock: $(DEV) ## Resolve requirements/*.in anew, with hashes and without addresses
	@for name in base demo test dev; do \
	  $(PY) -m uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate \
	    requirements/$$name.in -o requirements/$$name.txt; done

.PHONY: fmt
fmt: $(DEV) ## Put the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: clean
clean: ## Remove caches and .venv; data under var/ stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
