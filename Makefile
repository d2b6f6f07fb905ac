# Two commands do everything, installation included: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# nbgrader starts alembic by its name
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install demo test test-all test-fast test-torch lint format build check bench bench-class bench-growth docs pictures lab clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED)  ## make the virtual environment

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (a minute or two, the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(INSTALLED)  ## grade a sample class, from the build to the feedback pages
	@$(BIN)/autograder demo

test: $(INSTALLED)  ## what CI runs: lint, all tests, the author's lint (several minutes)
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long"
	@$(BIN)/autograder check

test-all: $(INSTALLED)  ## the same with those tests that take minutes
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
	@$(BIN)/autograder check

test-fast: $(INSTALLED)  ## unit tests only
	@$(BIN)/python -m pytest tests/unit -x -q

test-torch: $(INSTALLED)  ## the solutions against PyTorch, which is installed first
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,torch]'
	@$(BIN)/python -m pytest tests/unit/utils/cases/test_torch.py

lint: $(INSTALLED)  ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(INSTALLED)  ## put the code into its form
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

build: $(INSTALLED)  ## text masters to source notebooks and releases
	@$(BIN)/autograder build

check: $(INSTALLED)  ## the author's lint
	@$(BIN)/autograder check

bench: $(INSTALLED)  ## what a submission and a class cost, side by side with plain nbgrader
	@$(BIN)/python -m benchmarks.engine
	@$(BIN)/python -m benchmarks.class_speed

bench-class: $(INSTALLED)  ## of it only the classes of 200
	@$(BIN)/python -m benchmarks.class_speed

bench-growth: $(INSTALLED)  ## how the cost grows with the class, to 10,000 (hours)
	@$(BIN)/python -m benchmarks.growth

docs: $(INSTALLED)  ## the documentation, into build/site
	@$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -j auto -d build/doctrees docs build/site

pictures: $(INSTALLED)  ## README's pictures, taken anew in Chromium
	@PYTHONPATH=. $(BIN)/python docs/pictures.py

lab: $(INSTALLED)  ## JupyterLab on the course, with nbgrader's extensions
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab --notebook-dir=. source

clean:  ## remove what demo and tests left (not the environment)
	rm -rf demo-course screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis
