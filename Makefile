# make demo   label the sample drive and draw it
# make test   every check that main has to pass
# Both set up what they need in .venv, from nothing but Python 3.11 and make.

VENV := .venv
PYTHON := $(VENV)/bin/python
SOURCES := pyproject.toml $(shell find src calibration pipelines viewer -type f -not -path '*/__pycache__/*')

.PHONY: demo test lint types imports unit format clean
.DELETE_ON_ERROR:

demo: $(VENV)/.run
	$(PYTHON) -m avlabel demo --drive sample_data/drive --out out/demo

test: lint types imports unit

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.dev
	$(VENV)/bin/mypy

imports: $(VENV)/.dev
	$(VENV)/bin/lint-imports

# The tests see the built wheel, not the checkout: what the wheel lacks, they miss.
unit: $(VENV)/.dev build/site/.built
	PYTHONPATH=$(CURDIR)/build/site $(PYTHON) -m pytest

format: $(VENV)/.dev
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

build/site/.built: $(SOURCES) $(VENV)/.dev
	rm -rf build/site build/wheel
	$(PYTHON) -m pip wheel -q --no-deps -w build/wheel .
	$(PYTHON) -m pip install -q --no-deps --target build/site build/wheel/avlabel-*.whl
	touch $@

$(VENV)/.run: pyproject.toml
	sh .ci/venv $(VENV)
	$(PYTHON) -m pip install -q --disable-pip-version-check -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PYTHON) -m pip install -q --disable-pip-version-check --group dev
	$(PYTHON) -m pip install -q --disable-pip-version-check --no-deps --group oracle
	sh .ci/display
	sh .ci/browser
	touch $@

clean:
	rm -rf $(VENV) build out
