# The two commands are `make app` and `make test`; each does all the set-up that it needs, once.

VENV := .venv
PYTHON := $(VENV)/bin/python
PORT ?= 8501
ADDRESS ?= 127.0.0.1
TESTS ?= tests
# Processes that tests run in: one more than there are cores, since tests in a browser wait more than they compute.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
FAST = $(addprefix tests/,core data masking methods models numerics plots words) $(wildcard tests/test_*.py)
# The browser that tools/prepare.sh found or installed, for whatever drives one.
DRIVING = ATLAS_CHROMIUM="$$(cat $(VENV)/.chromium)" BROWSER_PATH="$$(cat $(VENV)/.chromium)"

.DEFAULT_GOAL := help
.PHONY: help app test check fast lint style types format setup setup-test screenshots benchmark docs clean

help:
	@echo "make app          open the dashboard on http://$(ADDRESS):$(PORT) (PORT=..., ADDRESS=... change that)"
	@echo "make test         lint, types and all tests (TESTS=tests/data for a part)"
	@echo "make check        lint, types and the tests that take no longer than a minute together"
	@echo "make setup        the virtual environment alone"
	@echo "make lint         ruff and pyright;  make format rewrites"
	@echo "make docs         rewrite the option tables of docs/methods from the signatures"
	@echo "make screenshots  rewrite docs/images from the running dashboard"
	@echo "make benchmark    speed and accuracy claims, measured here (QUICK=1 for a short one)"

app: $(VENV)/.app
	@$(PYTHON) -c "from interaction_engine.runs.client import Atlas; Atlas().ensure_runner()"
	$(PYTHON) -m streamlit run app.py --server.headless true --server.address $(ADDRESS) --server.port $(PORT)

test: lint
	$(DRIVING) $(PYTHON) -m pytest -n $(JOBS) --dist worksteal $(TESTS)

check: $(VENV)/.test
	@$(MAKE) --no-print-directory -j 3 style types fast

# In one process: importing everything takes as long as these tests, and the types are checked meanwhile.
fast: $(VENV)/.test
	$(PYTHON) -m pytest -q -m "not slow" $(FAST)

lint: style types

style: $(VENV)/.test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(VENV)/bin/lint-imports

types: $(VENV)/.test
	$(PYTHON) -m pyright

format: $(VENV)/.test
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

setup: $(VENV)/.app
setup-test: $(VENV)/.test

docs: $(VENV)/.app
	$(PYTHON) -m docs.option_tables

screenshots: $(VENV)/.test
	$(DRIVING) $(PYTHON) -m docs.screenshots

benchmark: $(VENV)/.app
	$(PYTHON) -m benchmarks.detection $(if $(QUICK),--quick)
	$(PYTHON) -m benchmarks.races $(if $(QUICK),--quick)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

# Stamps: made again only when the pinned versions or the set-up itself change.
$(VENV)/.app: requirements.txt tools/prepare.sh
	sh tools/prepare.sh app $(VENV)
	@touch $@

$(VENV)/.test: $(VENV)/.app requirements-dev.txt
	sh tools/prepare.sh test $(VENV)
	@touch $@
