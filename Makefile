# The commands of the house. Each sets up what it needs and is quick when all is there.
.DEFAULT_GOAL := help
.PHONY: help install run test lint format bench soak lock system-lint system-run system-test
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
.ONESHELL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
BIN := .venv/bin
export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# One stamp per content of a lock file and version of Python: what changed is installed once, the rest never again.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
digest = $(shell sha256sum $(1) | cut -c1-16)
VENV := .venv/.python-$(VERSION)
FOR_RUN := .venv/.run-$(VERSION)-$(call digest,requirements.txt)
FOR_TEST := .venv/.test-$(VERSION)-$(call digest,requirements-dev.txt)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard ems/translations/*/LC_MESSAGES/*.po))

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

install: system-run $(FOR_RUN) $(CATALOGUES)  ## system packages, Python packages, translations: what running needs

run: install  ## set up everything, load base data and the demo year, serve on 127.0.0.1:5000
	@$(BIN)/flask --app app db upgrade
	$(BIN)/flask --app app seed
	$(BIN)/flask --app app seed --demo
	exec $(BIN)/flask --app app serve

test: system-test $(FOR_TEST) $(CATALOGUES)  ## set up what tests need and run all; ARGS="tests/core -x" picks, ON=postgresql moves them there
	@EMS_TEST_ON=$(or $(ON),sqlite) $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: system-lint $(FOR_TEST)  ## ruff, mypy, import-linter, djlint
	@faults=0
	$(BIN)/ruff check || faults=1
	$(BIN)/ruff format --check || faults=1
	$(BIN)/mypy || faults=1
	$(BIN)/lint-imports --no-logo || faults=1
	$(BIN)/djlint --quiet --lint templates || faults=1
	exit $$faults

format: system-lint $(FOR_TEST)  ## let ruff mend and lay out the code
	@$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: system-test $(FOR_TEST) $(CATALOGUES)  ## measure the register against bare floors; ARGS go to tests.bench
	@$(BIN)/python -m tests.bench $(ARGS)

soak: system-test $(FOR_TEST) $(CATALOGUES)  ## a year of the clock in minutes: four processes, killed at random, every telling accounted for
	@$(BIN)/python -m tests.soak $(ARGS)

lock: system-lint  ## write both lock files anew; ARGS=--upgrade lets versions rise
	@.ci/lock.sh $(ARGS)

system-lint system-run system-test: system-%:
	@.ci/system.sh $*

$(VENV):
	@same='import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$(VERSION)")'
	$(BIN)/python -c "$$same" 2>/dev/null || $(PYTHON) -m venv --clear .venv
	touch $@

$(FOR_RUN): LOCK := requirements.txt
$(FOR_TEST): LOCK := requirements-dev.txt
$(FOR_RUN) $(FOR_TEST): | $(VENV)
	@echo "安装 Python 软件包 / installing Python packages: $(LOCK)"
	$(BIN)/python -m pip install -qq --require-hashes -r $(LOCK)
	touch $@

%.mo: %.po
	@$(BIN)/pybabel --quiet compile -i $< -o $@
