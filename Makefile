# AGORA: every command of a developer and of an operator of one machine. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
PORT ?= 8000
HOST ?= 127.0.0.1
VAR ?= var
export PYTHON BASE PIP_CONF BUILD_OPTIONS TAG

PY := "$(VENV)/bin/python"
SITE := $(VENV)/.site
BASELINES := $(VENV)/.baselines
COMPILED := $(VENV)/.compiled

.PHONY: help install install-baselines run smoke baselines-demo check test test-long bench images clean

help: ## List the targets.
	@echo "AGORA: make TARGET (run takes PORT=$(PORT) HOST=$(HOST) VAR=$(VAR))"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

install: $(COMPILED) ## Make the environment of the site in .venv (about 1 GB); a second run does nothing.

install-baselines: $(BASELINES) $(COMPILED) ## Add PyTorch and the development tools (check and test need them).

# exec: a signal that make passes on must reach the supervisor, not a shell in between.
run: install ## Start the whole site on this machine and print its address; Ctrl-C stops it.
	@exec $(PY) -m agora.supervisor run --port "$(PORT)" --host "$(HOST)" --var "$(VAR)"

smoke: install ## Start a throwaway site, submit to it over HTTP, print the board, stop it.
	@exec $(PY) -m tests.live.smoke

baselines-demo: install-baselines ## Start a throwaway site, let its workers compute every recipe for a CPU, print the board.
	@exec $(PY) -m tests.live.baselines_demo

check: install-baselines ## Format, lint, types, import contracts, migrations, pure tests (four minutes on two cores).
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy
	$(PY) -c 'import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())'
	$(PY) -W "ignore:Got an error checking a consistent migration history:RuntimeWarning" manage.py makemigrations --check --dry-run
	$(PY) -m tests.parts pure

test: install-baselines ## Run every test but the long ones, part by part, on real engines.
	@.ci/packages test
	@exec $(PY) -m tests.parts

test-long: install-baselines ## Run the tests marked long (hours at most, minutes as a rule).
	@.ci/packages test
	$(PY) -m pytest -m long

bench: install ## Measure the scorer at the size of AG-ReID2023, and training if PyTorch is there.
	$(PY) -m scoring.bench
	@if test -e "$(BASELINES)"; then $(PY) -m baselines.bench; else echo "training: not measured (make install-baselines)"; fi

# TARGETS="web worker trainer", BASE=image, PIP_CONF=file, TAG=name: docker/README.md.
images: ## Build the container images with docker, podman or buildah, whichever works here.
	@exec docker/build $(TARGETS)

clean: ## Remove caches and build products; data (var) and the environment (.venv) stay.
	find scoring challenges baselines platform tests -depth -type d -name __pycache__ -exec rm -rf {} +
	rm -rf build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f "$(COMPILED)"
	@echo "Left as they are: $(VAR) (the site's data) and $(VENV) (the environment)."

# Stamps: each says that one step was done with the files it depends on.
$(SITE): requirements/site.txt pyproject.toml
	@python=$$(.ci/python) && .ci/packages install "$$python" && { test -x $(PY) || "$$python" -m venv "$(VENV)"; }
	$(PY) -m pip install -qq --disable-pip-version-check -r requirements/site.txt
	@# setuptools is in the lock, so nothing is fetched that the lock does not name.
	$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch "$(SITE)"

$(BASELINES): requirements/baselines.txt $(SITE)
	$(PY) -m pip install -qq --disable-pip-version-check -r requirements/baselines.txt
	@touch "$(BASELINES)"

$(COMPILED): $(SITE) $(wildcard scoring/*.py scoring/*/*.py)
	@# Compiled once here, read-only for the children that score.
	$(PY) -m scoring.compile
	@touch "$(COMPILED)"
