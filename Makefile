# make demo   set up and run the first example
# make test   set up for development and run every check
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& { command -v $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
RESULTS := results/01_lgm50_fade

export PYBAMM_DISABLE_TELEMETRY := true

.PHONY: help demo test lint types unit wheel slow benchmarks format clean

help:
	@sed -n 's/^# //p' Makefile
	@echo "make lint | types | unit | wheel   the parts of make test"
	@echo "make slow        checks that take minutes"
	@echo "make benchmarks  the tables in benchmarks/results"
	@echo "make format      put the code in its standard form"

demo: .venv/ready
	$(BIN)/twin run examples/01_lgm50_fade/study.yaml --out $(RESULTS) --overwrite

test: lint types unit wheel

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-dev
	$(BIN)/mypy

unit: .venv/ready-dev
	$(BIN)/pytest -n 2 -m "not slow" --doctest-modules tests twin

wheel: .venv/ready-dev
	$(BIN)/python tests/wheel.py

slow: .venv/ready-dev
	$(BIN)/pytest -m slow tests

benchmarks: .venv/ready-dev
	$(BIN)/python benchmarks/against_pybamm.py --json benchmarks/results/against_pybamm.json
	$(BIN)/python benchmarks/accuracy.py --json benchmarks/results/accuracy.json
	$(BIN)/python benchmarks/particles.py --json benchmarks/results/particles.json
	$(BIN)/python benchmarks/combinations.py --json benchmarks/results/combinations.json
	$(BIN)/python benchmarks/meshes.py --json benchmarks/results/meshes.json
	$(BIN)/python benchmarks/noise.py --json benchmarks/results/noise.json
	$(BIN)/python benchmarks/start_up.py --json benchmarks/results/start_up.json
	$(BIN)/python benchmarks/ageing_speed.py --json benchmarks/results/ageing_speed.json
	$(BIN)/python benchmarks/synthetic_truth.py --json benchmarks/results/synthetic_truth.json
	$(BIN)/python benchmarks/backtest.py --json benchmarks/results/backtest.json
	$(BIN)/python benchmarks/parameter_round_trip.py \
		--json benchmarks/results/parameter_round_trip.json

format: .venv/ready-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "celltwin needs Python 3.11, 3.12 or 3.13 on the path;" \
		"or say which: make demo PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment;" \
		"on Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/ready: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

.venv/ready-dev: .venv/ready
	$(PIP) -e ".[dev]"
	@touch $@

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
