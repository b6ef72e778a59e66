# rackplan: every check and every artefact of the project, from a fresh checkout.
#
# A fresh machine needs Python 3.11 or newer, make and git. Everything else is installed into
# .venv from the hashed pins in requirements/, through pip as the machine configures it: nothing
# here names or overrides a package index.
#
#   make demo          plan the example and write the result to build/demo
#   make test          run the tests          (PYTEST_ARGS='-k rails' narrows them)
#   make PYTHON=/usr/bin/python3.12 test      use this Python for .venv

# Candidates for the Python that makes .venv, best first; the first one that runs and is new
# enough is taken. A version manager may offer names that do not run, hence the trial.
PYTHON ?= python3.13 python3.12 python3.11 python3

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
PIP_INSTALL := $(PIP) install --quiet --no-input --progress-bar off
PYTEST_ARGS ?=
BENCH ?= benchmarks
BENCH_ARGS ?=

# The tool that writes requirements/*.txt; it is not needed to install them.
LOCK_TOOL := uv==0.13.8
LOCK_VENV := build/lock-env
LOCK_ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- what people run ------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.stamp-runtime ## Plan the example cluster and write the result to build/demo
	$(BIN)/rackplan plan examples/gb300-8-racks.yaml -o build/demo --force

.PHONY: test
test: $(VENV)/.stamp-dev ## Run the tests (PYTEST_ARGS= is passed on to pytest)
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

.PHONY: nightly
nightly: $(VENV)/.stamp-dev ## Run the tests that take too long for every change
	$(BIN)/python -m pytest -m nightly $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.stamp-dev ## Run the linter, the format check, the type check and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(VENV)/.stamp-dev ## Apply the formatter and the linter's safe fixes
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.stamp-bench ## Run the benchmark (BENCH= the script or folder, BENCH_ARGS= its arguments)
	$(BIN)/python $(BENCH) $(BENCH_ARGS)

.PHONY: schema
schema: $(VENV)/.stamp-runtime ## Write the JSON schema of the deployment file to examples/
	@mkdir -p build
	$(BIN)/rackplan schema > build/deployment.schema.json
	mv build/deployment.schema.json examples/deployment.schema.json

.PHONY: env
env: $(VENV)/.stamp-dev ## Make .venv with everything that development needs

.PHONY: clean
clean: ## Remove .venv, build results and caches
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +

# --- the environment ------------------------------------------------------------------------

# `venv` needs ensurepip, which Debian ships apart from Python: where it is missing, the Python's
# own pip installs pip into the new environment.
$(VENV)/.stamp-venv:
	@set -e; \
	python=''; \
	for candidate in $(PYTHON); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	        python=$$candidate; break; \
	    fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo 'error: rackplan needs Python 3.11 or newer; none of these runs and is: $(PYTHON)' >&2; \
	    echo 'hint: install one, or name it: make PYTHON=/path/to/python3.12 ...' >&2; \
	    exit 1; \
	fi; \
	echo "making $(VENV) with $$python ($$("$$python" -c 'import platform; print(platform.python_version())'))"; \
	rm -rf "$(VENV)"; \
	if "$$python" -c 'import ensurepip' >/dev/null 2>&1; then \
	    "$$python" -m venv "$(VENV)"; \
	elif "$$python" -m pip --version >/dev/null 2>&1; then \
	    "$$python" -m venv --without-pip "$(VENV)"; \
	    "$$python" -m pip --python "$(BIN)/python" install --quiet --no-input pip; \
	else \
	    version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	    echo "error: $$python has neither ensurepip nor pip, so it cannot make an environment" >&2; \
	    echo "hint: on Debian or Ubuntu: apt-get install python$$version-venv" >&2; \
	    exit 1; \
	fi; \
	touch $@

# The build backend is installed from its own pins and used without isolation, so that nothing is
# ever fetched that is not in requirements/.
$(VENV)/.stamp-runtime: requirements/runtime.txt requirements/build.txt pyproject.toml src/rackplan/_version.py $(VENV)/.stamp-venv
	$(PIP_INSTALL) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.stamp-dev: requirements/dev.txt $(VENV)/.stamp-runtime
	$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.stamp-bench: requirements/bench.txt $(VENV)/.stamp-runtime
	$(PIP_INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

# --- the pins -------------------------------------------------------------------------------

# One version of each package for all of Python 3.11 to 3.13 and all platforms. Pins that are
# still allowed are kept; LOCK_ARGS=--upgrade moves them all.
LOCK := $(LOCK_VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 \
    --fork-strategy fewest --generate-hashes --no-emit-index-url \
    --custom-compile-command 'make lock' $(LOCK_ARGS)

$(LOCK_VENV)/.stamp-$(LOCK_TOOL): $(VENV)/.stamp-venv
	$(BIN)/python -m venv --without-pip $(LOCK_VENV)
	$(PIP) --python $(LOCK_VENV)/bin/python install --quiet --no-input $(LOCK_TOOL)
	@touch $@

.PHONY: lock
lock: $(LOCK_VENV)/.stamp-$(LOCK_TOOL) ## Rewrite requirements/*.txt from pyproject.toml (LOCK_ARGS=--upgrade)
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	    | $(LOCK) - -c requirements/runtime.txt -o requirements/build.txt
	$(LOCK) pyproject.toml --extra dev -c requirements/runtime.txt -c requirements/build.txt -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra bench -c requirements/runtime.txt -c requirements/build.txt -o requirements/bench.txt
