# The two commands are `make app` and `make test`; each does all the set-up that it needs, once.

VENV := .venv
PYTHON := $(VENV)/bin/python
PORT ?= 8501
ADDRESS ?= 127.0.0.1
TESTS ?= tests
# The browser that tools/prepare.sh found or installed, for whatever drives one.
DRIVING = ATLAS_CHROMIUM="$$(cat $(VENV)/.chromium)" BROWSER_PATH="$$(cat $(VENV)/.chromium)"

.DEFAULT_GOAL := help
.PHONY: help app test lint format setup setup-test screenshots benchmark docs clean

help:
	@echo "make app          open the dashboard on http://$(ADDRESS):$(PORT) (PORT=..., ADDRESS=... change that)"
	@echo "make test         lint, types and all tests (TESTS=tests/data for a part)"
	@echo "make setup        the virtual environment alone"
	@echo "make lint         ruff and pyright;  make format rewrites"
	@echo "make docs         rewrite the option tables of docs/methods from the signatures"
	@echo "make screenshots  rewrite docs/images from the running dashboard"
	@echo "make benchmark    speed and accuracy claims, measured here (QUICK=1 for a short one)"

app: $(VENV)/.app
	@$(PYTHON) -c "from interaction_engine.runs.client import Atlas; Atlas().ensure_runner()"
	$(PYTHON) -m streamlit run app.py --server.headless true --server.address $(ADDRESS) --server.port $(PORT)

test: lint
	$(DRIVING) $(PYTHON) -m pytest $(TESTS)

lint: $(VENV)/.test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m pyright
	$(VENV)/bin/lint-imports

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
