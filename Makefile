# Two commands on a fresh machine: `make run` and `make test`. Each sets up what it needs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
ARGS ?=

.PHONY: run test lint format scan coverage mutants crash crowd fuzz soak certify-demo docs screenshots bench clean

run: $(VENV)/run.stamp
	$(BIN)/python -m simulator serve $(ARGS)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

lint: $(VENV)/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/lint.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

scan: $(VENV)/lint.stamp
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml simulator
	$(BIN)/python .ci/advisories.py

coverage: $(VENV)/lint.stamp
	$(BIN)/python -m pytest -q tests/engine tests/scripting --cov $(ARGS)

# All of them; ARGS="engine/clock" for some, ARGS=--again for those that lived the last time.
mutants: $(VENV)/lint.stamp
	$(BIN)/python -m tests.mutation $(ARGS)

crash: $(VENV)/test.stamp
	CRASH_ROUNDS=100 $(BIN)/python -m pytest -q tests/persistence/test_crash.py

crowd: $(VENV)/test.stamp
	IDLE_CONNECTIONS=10000 $(BIN)/python -m pytest -q tests/security/test_crowds.py

fuzz: $(VENV)/lint.stamp
	$(BIN)/python -m tests.contract.fuzz

# An hour; ARGS="--seconds 60" for less.
soak: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.soak $(ARGS)

certify-demo: $(VENV)/run.stamp
	$(BIN)/python -m simulator certify --demo --html certification.html $(ARGS)

docs: $(VENV)/run.stamp
	$(BIN)/python docs/make.py

screenshots: $(VENV)/test.stamp
	$(BIN)/python -m tests.browser.screenshots

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/test.stamp: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

$(VENV)/lint.stamp: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	touch $@
