# Two commands on a fresh machine: `make run` and `make test`. Each sets up what it needs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
ARGS ?=
# A server starts in a quarter less where its modules are compiled already; some machines forbid to keep that.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run test lint format scan coverage mutants crash crowd model fuzz fuzz-more atheris soak certify-demo docs screenshots \
	bench bench-peers wheels clean

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

# A quarter of an hour; ARGS="-k crowd" for a part.
model: $(VENV)/test.stamp
	MODEL_EXAMPLES=2000 MODEL_CROWDS=50 $(BIN)/python -m pytest -q -n auto tests/model $(ARGS)

# About a minute; ARGS="--cases 10000" for more.
fuzz: $(VENV)/lint.stamp
	$(BIN)/python -m tests.contract.fuzz $(ARGS)

# What is thrown at it in `make test`, twenty times as much of it.
fuzz-more: $(VENV)/test.stamp
	FUZZ_TIMES=20 $(BIN)/python -m pytest -n auto tests/fuzzing $(ARGS)

# A minute for each target; ARGS="--seconds 600 scenario" for ten of one.
atheris: $(VENV)/atheris.stamp
	$(BIN)/python -m tests.fuzzing.guided $(ARGS)

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

# Installs other simulated services into benchmarks/.peers, and measures them beside this one.
bench-peers: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.peers $(ARGS)

wheels: $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	$(BIN)/python .ci/wheels.py

clean:
	rm -rf $(VENV) .venv-3* benchmarks/.peers build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/test.stamp: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

$(VENV)/atheris.stamp: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,atheris]'
	touch $@

$(VENV)/lint.stamp: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	touch $@
