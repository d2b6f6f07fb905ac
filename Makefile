# Two commands do everything, installation included: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Files of tests are spread over as many processes as the machine has cores.
PYTEST := $(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder --durations=15
# Measures the pytest processes, and the students' processes that they start. The unit tests take
# half as long again, so `make test` leaves it out; CI has a job of its own for it.
COVERAGE := -p tests.support.child_coverage --cov --cov-report=
# LAYERS.md is written by a program, assignments/ is nbgrader's and jupytext's.
MARKDOWN := $(wildcard *.md) deploy docs

# in a container one is often root, as whom Jupyter starts only when it is told to
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# nbgrader starts alembic by its name
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install hooks demo test test-all test-fast test-torch coverage \
	lint lint-code lint-types lint-layers lint-spelling lint-markdown format \
	build check bench bench-class bench-diagnosis bench-growth docs pictures lab clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(INSTALLED)  ## create the virtual environment in .venv

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (a few minutes, the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

hooks: $(INSTALLED)  ## run the linters that a commit concerns before each git commit
	@$(BIN)/prek install

demo: $(INSTALLED)  ## grade a sample class, from build to feedback; in Chinese: LANGUAGE=zh_CN
	@$(BIN)/autograder demo $(if $(LANGUAGE),--language $(LANGUAGE))

test: $(INSTALLED)  ## run what CI runs: the linters, the tests, the check of all assignments (a quarter of an hour)
	@$(MAKE) --no-print-directory lint
	@$(PYTEST) -m "not long" tests/unit
	@$(PYTEST) -m "not long" --ignore=tests/unit
	@$(BIN)/autograder check

test-all: $(INSTALLED)  ## run the same, the tests that take minutes each, and the floor of coverage
	@$(MAKE) --no-print-directory lint
	@$(PYTEST) $(COVERAGE) tests/unit
	@$(PYTEST) --ignore=tests/unit
	@$(BIN)/autograder check

test-fast: $(INSTALLED)  ## run the unit tests, without those that take more than five seconds
	@$(PYTEST) -q -x -m "not slow and not long" tests/unit

test-torch: $(INSTALLED)  ## install PyTorch and compare the solutions with it
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,torch]'
	@$(BIN)/python -m pytest tests/unit/utils/cases/test_torch.py

coverage: $(INSTALLED)  ## run the unit tests and hold them to the floor of coverage; build/coverage shows the rest
	@$(PYTEST) $(COVERAGE) --cov-report=term --cov-report=html -m "not long" tests/unit

# .pre-commit-config.yaml calls the same targets, so a commit is held to what CI asks.
lint: lint-code lint-types lint-layers lint-spelling lint-markdown  ## run all linters

lint-code: $(INSTALLED)  ## check the Python code's style and format (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

lint-types: $(INSTALLED)  ## check the types (mypy)
	@$(BIN)/mypy

lint-layers: $(INSTALLED)  ## check which package imports which (import-linter)
	@$(BIN)/lint-imports --no-logo

lint-spelling: $(INSTALLED)  ## check the spelling (typos)
	@$(BIN)/typos

lint-markdown: $(INSTALLED)  ## check the format of the Markdown pages (mdformat)
	@$(BIN)/mdformat --check $(MARKDOWN)

format: $(INSTALLED)  ## rewrite code and Markdown pages in the format that the linters ask for
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/mdformat $(MARKDOWN)

build: $(INSTALLED)  ## build the source notebooks and the releases from the text in assignments/
	@$(BIN)/autograder build

check: $(INSTALLED)  ## check the assignments for faults of their authors
	@$(BIN)/autograder check

bench: $(INSTALLED)  ## measure what grading costs, beside plain nbgrader
	@$(BIN)/python -m benchmarks.engine
	@$(BIN)/python -m benchmarks.class_speed

bench-class: $(INSTALLED)  ## measure only the classes of 200 students
	@$(BIN)/python -m benchmarks.class_speed

bench-diagnosis: $(INSTALLED)  ## measure what it costs to name the mistake in a wrong answer
	@$(BIN)/python -m benchmarks.diagnosis

bench-growth: $(INSTALLED)  ## measure how the cost grows with the class, up to 10,000 students (hours)
	@$(BIN)/python -m benchmarks.growth

docs: $(INSTALLED)  ## build the documentation into build/site
	@$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -j auto -d build/doctrees docs build/site

pictures: $(INSTALLED)  ## take the README's pictures again, in Chromium
	@PYTHONPATH=. $(BIN)/python docs/pictures.py

lab: $(INSTALLED)  ## open the course in JupyterLab, with nbgrader's extensions
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab $(AS_ROOT) --notebook-dir=. source

clean:  ## delete what the demo and the tests left, but not the environment
	rm -rf demo-course screenshots build/coverage .coverage .coverage.* \
	  .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
