# Everything lives in .venv; a machine needs git, make and Python 3.11 or later with venv.
PYTHON ?= python3
DIR ?= samples
VENV ?= .venv
MINUTES ?= 10
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# What is measured and how, e.g. BENCH="--quick files".
BENCH ?=

.PHONY: run test check format docs screenshot dist bench plots soak clean

run: $(VENV)/installed
	$(BIN)/aiomedia serve "$(DIR)"

test: $(VENV)/installed-dev
	$(BIN)/pytest --cov --cov-report=term

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/installed-dev
	$(BIN)/python -m tests.http_page
	$(BIN)/python -m tests.openapi_document
	$(BIN)/python -m tests.sync_stub

screenshot: $(VENV)/installed-dev
	$(BIN)/python -m tests.screenshot docs/images/live.png

dist: $(VENV)/installed-dev
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/pytest tests/packages.py

bench: $(VENV)/installed
	$(BIN)/python -m bench $(BENCH)

plots: $(VENV)/installed
	$(BIN)/python -m bench.plots docs/performance.json

soak: $(VENV)/installed-dev
	$(BIN)/python -W error -m tests.soak --minutes $(MINUTES)

clean:
	rm -rf $(VENV) .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache dist
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) install --editable '.[dev]'
	touch $@
