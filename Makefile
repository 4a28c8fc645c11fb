# Two commands on a fresh machine: `make run` and `make test`. Each sets up what it needs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
ARGS ?=
INSTALL_UV := $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
# A server starts in a quarter less where its modules are compiled already; some machines forbid to keep that.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run test quick defaults lint format scan coverage mutants crash crowd model fuzz fuzz-more atheris soak certify-demo docs docs-site \
	screenshots clients client-tools bench bench-peers wheels lock hooks dist clean FORCE

run: $(VENV)/run.stamp
	$(BIN)/python -m simulator serve $(ARGS)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

# Half a minute: the units, and payments over HTTP. What starts a command for each test is left out.
QUICK := tests/engine tests/scripting tests/settings tests/journal tests/api/test_payments.py
quick: $(VENV)/test.stamp
	$(BIN)/python -m pytest -q -n auto --dist loadgroup --ignore tests/scripting/test_play.py --ignore tests/scripting/test_scenario_files.py $(QUICK) $(ARGS)

# What `make test` leaves out: installs from nothing, and waits in real time. Ten minutes.
defaults: $(VENV)/test.stamp
	$(BIN)/python -m pytest -q -n auto --dist loadgroup -m longer tests/defaults $(ARGS)

lint: $(VENV)/lint.stamp $(VENV)/docs.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/schemas.py
	$(BIN)/python .ci/plain_english.py
	$(BIN)/python docs/guide.py --check

format: $(VENV)/lint.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# From then on git does before each commit what `make lint` does.
hooks: $(VENV)/lint.stamp $(VENV)/docs.stamp
	$(BIN)/pre-commit install

scan: $(VENV)/lint.stamp
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml simulator
	$(BIN)/python .ci/advisories.py

# What a release publishes, the guide in it: packages into dist/, their SBOM into build/.
dist: $(VENV)/lint.stamp docs-site
	$(BIN)/python .ci/dist.py

coverage: $(VENV)/lint.stamp
	$(BIN)/python -m pytest -q tests/engine tests/scripting --cov $(ARGS)

# All of them; ARGS="engine/clock" for some, ARGS=--again for those that lived the last time.
mutants: $(VENV)/lint.stamp
	$(BIN)/python -m tests.mutation $(ARGS)

crash: $(VENV)/test.stamp
	CRASH_ROUNDS=100 $(BIN)/python -m pytest -q tests/sandboxes/test_crash.py

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

# 2 to 3 minutes; ARGS="--section onboarding" for less.
certify-demo: $(VENV)/run.stamp
	$(BIN)/python -m simulator certify --demo --html certification.html $(ARGS)

docs: $(VENV)/test.stamp
	$(BIN)/python docs/make.py

# The guide: all pages as one site with a search, which the simulator serves under /guide from then on.
docs-site: $(VENV)/docs.stamp
	$(BIN)/python docs/guide.py

screenshots: $(VENV)/test.stamp
	$(BIN)/python -m tests.browser.screenshots

# Lets other people's HTTP stacks pay, and writes docs/clients.md. Two minutes.
clients: $(VENV)/test.stamp
	$(BIN)/python -m tests.clients

# What of these npm and PyPI have; the rest is Debian's.
GENERATED := tests/generated
NODE_FOLDERS := tests/clients/node tests/examples/node $(GENERATED)/typescript
client-tools: $(NODE_FOLDERS:%=%/node_modules/.package-lock.json) tests/clients/csharp/runtime/dotnetcore2 $(GENERATED)/.venv/done

%/node_modules/.package-lock.json: %/package-lock.json
	npm ci --prefix $* --silent
	touch $@

$(GENERATED)/.venv/done: $(GENERATED)/requirements.txt | $(VENV)/run.stamp
	$(BIN)/python -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	touch $@

tests/clients/csharp/runtime/dotnetcore2: | $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--target tests/clients/csharp/runtime dotnetcore2==3.1.23

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks $(ARGS)

# Installs other simulated services into benchmarks/.peers, and measures them beside this one.
bench-peers: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.peers $(ARGS)

wheels: $(VENV)/run.stamp
	$(INSTALL_UV)
	$(BIN)/python .ci/wheels.py

# Pins all packages anew in constraints*.txt, in the newest versions that fit.
lock: $(VENV)/run.stamp
	$(INSTALL_UV)
	$(BIN)/python .ci/lock.py
	$(BIN)/python -m uv pip compile --quiet --universal --generate-hashes --no-annotate --python-version 3.11 \
		--custom-compile-command 'make lock' --output-file $(GENERATED)/requirements.txt $(GENERATED)/requirements.in

clean:
	rm -rf $(VENV) .venv-3* benchmarks/.peers $(NODE_FOLDERS:%=%/node_modules) tests/clients/csharp/runtime $(GENERATED)/.venv simulator/dashboard/guide build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Each stamp stands for a set of locked packages. Make can't tell whether the environment was moved,
# left half made, or is of another Python, so that is looked at each time.
$(VENV)/%.stamp: FORCE
	@sh .ci/set_up $(VENV) $* "$(PYTHON)" "$(origin PYTHON)" "$(or $(MAKECMDGOALS),run)"
