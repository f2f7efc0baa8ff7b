# Two commands on a fresh machine with Python 3.11 or newer, make and pip:
#   make demo    trains on real data shipped inside, ends in a score and a picture
#   make test    sets up and passes the tests
# For work on chainrule:
#   make check   exactly what CI runs: ruff, mypy, sizes, tests (acceptance programs and documents among them)
#   make compare installs PyTorch, the judge that some tests ask where it is there
#   make night   everything again with many more random cases, with the coverage of the lines; then with NumPy alone,
#                and the compiled loops as plain Python, which checks the bounds of every index
#   make articles  writes into docs/articles.md which test proves which row
#   make clean   removes all that make has made, .venv too

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
    $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.NOTPARALLEL:
.PHONY: demo test check lint types sizes compare night articles clean

demo: .venv/ready-viz
	@$(BIN)/chainrule train breast_cancer --out demo --overwrite

test: .venv/ready-test
	$(PYTEST)

check: lint types sizes test

lint: .venv/ready-dev
	$(BIN)/ruff check .

types: .venv/ready-dev
	$(BIN)/mypy

sizes: .venv/ready-dev
	@$(BIN)/python tests/house/sizes.py

compare: .venv/ready-compare

night: .venv/ready-dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) -m "" --hypothesis-profile=night
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	CHAINRULE_ENGINE=numpy $(PYTEST)
	CHAINRULE_JIT=0 $(PYTEST) tests/program/loops tests/train/test_engine.py

articles: .venv/ready-test
	$(BIN)/python tests/house/articles.py

# One stamp for each set of packages, so that a second run starts at once.
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "chainrule needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/ready-%: pyproject.toml | .venv/bin/python
	$(PIP) --editable '.[$*]'
	@touch $@

clean:
	rm -rf .venv build dist demo run-* .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
