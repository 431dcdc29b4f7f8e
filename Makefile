# Needs Python 3.11 or newer and make; everything else is installed into .venv and .web.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$p" && break; done)
BIN  := .venv/bin
LOCK := reflex.lock/requirements.txt
DEV  := reflex.lock/requirements-dev.txt

# A stamp carries the checksum of what was installed: only a changed lock installs anything.
checksum = $(shell cat pyproject.toml $(1) | cksum | cut -d' ' -f1)
RUNS  := .venv/ready/run-$(call checksum,$(LOCK))
TESTS := .venv/ready/test-$(call checksum,$(DEV))

.PHONY: help run test test-live check lock

help:  ## show this list
	@sed -nE 's/^([a-z-]+):.*## /  make \1 \t/p' $(MAKEFILE_LIST) | expand -t 18

run: $(RUNS)  ## start the shop on http://127.0.0.1:8000 (settings: OMS_PORT, OMS_DATA_DIR, ... see README.md)
	@exec $(BIN)/oms run

test: $(TESTS)  ## run every test, browser tests included
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-live: $(TESTS)  ## run the tests against other companies' real servers (needs npm's registry the first time)
	@$(BIN)/python -m pytest -m live -rP

check: $(TESTS)  ## style, types, import contracts, migrations, house rules, docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/architecture

COMPILE = echo 'setuptools>=80' | $(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal \
  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -

lock: | $(BIN)/pip  ## bring reflex.lock/ in line with pyproject.toml (UPGRADE=1: with the newest allowed versions)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	@$(COMPILE) --output-file $(LOCK)
	@$(COMPILE) --output-file $(DEV) --extra dev --constraint $(LOCK)
	@$(if $(UPGRADE),rm -rf .web reflex.lock/package*.json)
	@echo "Python is locked. The next build locks the packages of the front end: oms build."

define install
@echo "Installing the packages of $(1) into .venv ..."
@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --require-hashes --requirement $(1)
@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
@mkdir -p $(@D) && rm -f $(firstword $(subst -, ,$@))-* && touch $@
endef

$(RUNS): | $(BIN)/pip
	$(call install,$(LOCK))

$(TESTS): | $(BIN)/pip
	$(call install,$(DEV))

$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python."; exit 1; }
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; echo "This Python cannot make a virtual environment: on Debian and Ubuntu, apt install python3-venv."; exit 1; }
