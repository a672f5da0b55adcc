# Two commands do all set-up: `make run` and `make test`. Prerequisites: git make python3 python3-venv (Python 3.11 to 3.13).
SHELL := /bin/bash
# The classifier is trained while the tests' wheels arrive.
MAKEFLAGS += -j2
.DEFAULT_GOAL := help
.PHONY: help run test unit wheels parts pbx pbx-stop check bench lock audit matters setup setup-test pythons clean image-setup

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --no-input --progress-bar off --no-compile --require-hashes --only-binary :all: --no-binary srt
FETCH := $(BIN)/python -m pip --disable-pip-version-check download --no-input --progress-bar off --only-binary :all: --dest wheels
# What `make wheels` brought from elsewhere is installed without a network.
CARRIED := $(if $(wildcard wheels/complete),--no-index --find-links wheels)

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

run: setup       ## set up, then start the whole system at http://127.0.0.1:8000 (Ctrl-C stops it)
	@HOTLINE_SAMPLES=$${HOTLINE_SAMPLES-1} exec $(BIN)/python -m flask serve

test: setup-test ## set up, then every test; what needs a missing part is skipped with the reason
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

unit: setup-test ## the fast, pure tests only
	@$(BIN)/python -m pytest tests/unit tests/architecture

parts:           ## install PostgreSQL, RabbitMQ, nginx, Chromium, Asterisk, callers for the tests (Debian, needs root)
	@bash deploy/parts.sh

pbx: setup       ## a real Asterisk beside the system (installed where there is none); returns when it answers
	@test -e .asterisk/installed -o -e /opt/hotline-asterisk/installed -o -n "$$HOTLINE_SIP__PREFIX" || bash deploy/asterisk/install.sh
	@$(BIN)/python -m flask pbx start

pbx-stop: setup  ## end that Asterisk
	@$(BIN)/python -m flask pbx stop

check: setup-test ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy . && $(BIN)/lint-imports

bench: setup     ## every benchmark, short form
	@$(BIN)/python -m flask bench

setup: $(VENV)/.product matters
setup-test: $(VENV)/.tests matters

matters: $(VENV)/.product
	@[ ! -d classifier ] || [ ! -d config ] || bash deploy/progress.sh "Training the classifier, unless its data are as they were" $(BIN)/python -m classifier.build

$(VENV)/pyvenv.cfg:
	@bash deploy/find_python.sh $(VENV)

$(VENV)/.product: $(VENV)/pyvenv.cfg requirements.lock
	@bash deploy/progress.sh "Installing the product's wheels (about a minute)" $(PIP) $(CARRIED) -r requirements.lock
	@$(BIN)/python -m console.translations.compile
	@touch $@

$(VENV)/.tests: $(VENV)/.product requirements-test.lock
	@bash deploy/progress.sh "Installing what the tests need" $(PIP) -r requirements-test.lock
	@touch $@

lock:            ## after a change of requirements*.txt: resolve again, with hashes, for Python 3.11 to 3.13
	@for name in requirements requirements-test; do \
	  uvx uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    -q $$name.txt -o $$name.lock; done

wheels: $(VENV)/pyvenv.cfg ## fetch the product's wheels into wheels/, for a machine without internet (docs/operations.md)
	@rm -rf wheels && mkdir wheels
	@bash deploy/progress.sh "Fetching the product's wheels into wheels/" $(FETCH) --no-binary srt --require-hashes -r requirements.lock
	@bash deploy/progress.sh "Fetching what builds the one package without a wheel" $(FETCH) setuptools wheel
	@touch wheels/complete

pythons:         ## are there wheels of every dependency for Python 3.11, 3.12 and 3.13?
	@bash deploy/check_pythons.sh

audit:           ## known weaknesses of the dependencies (asks the public advisory database)
	@python3 -m venv $(VENV)-audit && $(VENV)-audit/bin/pip -q install pip-audit && $(VENV)-audit/bin/pip-audit -r requirements.lock --require-hashes

clean:           ## remove the environment (data in var/ stays)
	@rm -rf $(VENV)
