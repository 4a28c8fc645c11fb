"""The image: its Dockerfile is carried out instruction by instruction, and what it starts answers."""

import json
import re
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from mobilepay_simulator import __version__
from mobilepay_simulator.server.runtime import TLS_PORT
from mobilepay_simulator.settings.settings import settings_table
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.dockerfile import Build, Stage, read_dockerfile, sent_to_the_build
from tests.packaging.locks import pinned
from tests.support import ROOT

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("image")]

INSTRUCTIONS = read_dockerfile(ROOT / "Dockerfile")
FINAL_STAGE = INSTRUCTIONS[
    max(place for place, each in enumerate(INSTRUCTIONS) if each.word == "FROM") :
]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The last stage, built."""
    return Build(ROOT, tmp_path_factory.mktemp("image")).image


@contextmanager
def started(image: Stage) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The image's process with the image's variables, but on a free port; and that port."""
    env = image.environment(MOBILEPAY_SIM_PORT="0")
    process = subprocess.Popen(
        [*image.entrypoint, *image.cmd],
        executable=_which(image.entrypoint[0], env),
        cwd=image.inside("."),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            line = process.stdout.readline()
            assert line, f"the image's process ended with {process.wait(10)}"
            yield str(json.loads(line)["port"]), process
        finally:
            process.kill()


@pytest.fixture(scope="session")
def port(image: Stage) -> Iterator[str]:
    """The port at which the image's process answers."""
    with started(image) as (port, _):
        yield port


def _which(program: str, env: dict[str, str]) -> str:
    found = subprocess.run(
        ["/bin/sh", "-c", f"command -v {program}"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.strip()


def _check_health(image: Stage, port: str) -> int:
    program, *arguments = image.healthcheck
    env = image.environment(MOBILEPAY_SIM_PORT=port)
    done = subprocess.run(
        [program, *arguments],
        executable=_which(program, env),
        env=env,
        capture_output=True,
        check=False,
    )
    return done.returncode


# --- the build --------------------------------------------------------------------------------


def test_all_instructions_can_be_carried_out_in_order(image: Stage) -> None:
    assert (image.root / "usr/bin/mobilepay-sim").is_file()


def test_the_image_is_a_slim_python_of_a_version_we_support(image: Stage) -> None:
    found = re.fullmatch(r"python:(3\.\d+)-slim", image.base)
    assert found
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"Programming Language :: Python :: {found[1]}" in project["classifiers"]


def test_a_change_of_the_code_leaves_the_layer_of_the_dependencies_alone() -> None:
    install = next(place for place, each in enumerate(FINAL_STAGE) if "--requirement" in each.rest)
    copied = [each.rest for each in FINAL_STAGE[:install] if each.word == "COPY"]
    assert copied == ["constraints.txt ./"]


def test_only_what_is_locked_is_installed(image: Stage) -> None:
    installs = [each.rest for each in INSTRUCTIONS if "pip install" in each.rest]
    locks = ["constraints-build.txt", "constraints.txt"]
    for install, lock in zip(installs[:-1], locks, strict=True):
        assert f"--require-hashes --no-deps --requirement {lock}" in install
    assert installs[-1].endswith("--no-deps wheels/*.whl")
    packages = image.root / f"usr/lib/python3.{sys.version_info.minor}/site-packages"
    there = {each.name: each.version for each in distributions(path=[str(packages)])}
    assert there.pop("mobilepay-pos-simulator") == __version__
    found = {canonicalize_name(name): Version(version) for name, version in there.items()}
    assert found == pinned("constraints.txt", {"extra": ""})


def test_the_wheel_is_built_with_what_is_locked() -> None:
    (build,) = (each.rest for each in INSTRUCTIONS if "pip wheel" in each.rest)
    assert "--no-build-isolation" in build


def test_neither_sources_nor_caches_stay_in_the_image(image: Stage) -> None:
    left = {str(each.relative_to(image.inside("."))) for each in image.inside(".").iterdir()}
    assert left == {"constraints.txt", "wheels", "tls"}
    assert not any(image.inside("tls").iterdir())
    assert not image.pip_cache.exists()
    installs = [each.rest for each in FINAL_STAGE if "pip install" in each.rest]
    assert installs
    assert all("--no-cache-dir" in each for each in installs)


def test_nothing_runs_or_is_copied_as_root_once_the_user_is_set(image: Stage) -> None:
    words = [each.word for each in FINAL_STAGE]
    after = words[words.index("USER") :]
    assert {"ENTRYPOINT", "CMD", "HEALTHCHECK"} < set(after)
    assert not {"RUN", "COPY", "ADD", "FROM"} & set(after)
    assert all(int(each) > 0 for each in image.user.split(":"))


@pytest.mark.parametrize(
    "path, is_sent",
    [
        ("simulator/app.py", True),
        ("simulator/api/schemas/fields.py", True),
        ("scenarios/payment/success.yaml", True),
        ("requirements.txt", True),
        ("constraints.txt", True),
        ("constraints-build.txt", True),
        ("constraints-test.txt", False),
        ("simulator/__pycache__/app.cpython-313.pyc", False),
        ("simulator/api/__pycache__/routes.cpython-313.pyc", False),
        (".git/config", False),
        (".venv/bin/python", False),
        ("tests/support.py", False),
        ("my-key.pem", False),
    ],
)
def test_only_what_the_image_needs_is_sent_to_the_build(path: str, is_sent: bool) -> None:
    assert sent_to_the_build(ROOT)(ROOT / path) is is_sent


# --- the container ----------------------------------------------------------------------------


def test_the_ports_that_are_exposed_are_those_it_listens_on(image: Stage) -> None:
    assert image.exposed == [8080, TLS_PORT]
    assert image.env["MOBILEPAY_SIM_PORT"] == "8080"


def test_it_listens_on_all_addresses_and_does_not_hold_back_output(image: Stage) -> None:
    assert image.env["MOBILEPAY_SIM_HOST"] == "0.0.0.0"
    assert image.env["PYTHONUNBUFFERED"] == "1"


def test_its_control_api_answers_the_machine_it_runs_on(image: Stage) -> None:
    assert image.env["MOBILEPAY_SIM_ALLOW_REMOTE_CONTROL"] == "true"


def test_any_user_can_have_a_ca_made_in_it(image: Stage) -> None:
    folder = image.root / Path(image.env["MOBILEPAY_SIM_TLS_DIR"]).relative_to("/")
    assert folder == image.inside("tls")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777


def test_every_variable_of_the_image_is_a_setting(image: Stage) -> None:
    ours = {name for name in image.env if name.startswith("MOBILEPAY_SIM")}
    assert ours <= {each.variable for each in settings_table()}


def test_it_starts_what_was_built(port: str) -> None:
    health = httpx.get(f"http://127.0.0.1:{port}/_simulator/health").json()
    assert (health["status"], health["version"]) == ("ok", __version__)


def test_its_health_check_passes_while_it_answers(image: Stage, port: str) -> None:
    assert _check_health(image, port) == 0


def test_its_health_check_fails_where_nobody_answers(image: Stage) -> None:
    with closing(socket.socket()) as deaf:
        deaf.bind(("127.0.0.1", 0))
        assert _check_health(image, str(deaf.getsockname()[1])) == 1


def test_its_health_check_is_patient_while_it_starts(image: Stage) -> None:
    assert "--start-period=10s" in image.healthcheck_options
    assert "--timeout=3s" in image.healthcheck_options


def test_it_stops_at_once_when_it_is_told_to(image: Stage) -> None:
    with started(image) as (_, process):
        process.terminate()
        assert process.wait(10) == 0


# --- compose ----------------------------------------------------------------------------------


def _service(text: str) -> dict[str, Any]:
    (service,) = yaml.safe_load(text)["services"].values()
    return dict(service)


COMPOSE = (ROOT / "compose.yaml").read_text()


def test_compose_builds_this_folder() -> None:
    assert (ROOT / _service(COMPOSE)["build"] / "Dockerfile").is_file()


def test_compose_publishes_the_port_for_http_on_this_machine_only(image: Stage) -> None:
    port = str(image.exposed[0])
    assert _service(COMPOSE)["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_compose_checks_health_as_the_image_does_but_more_often(image: Stage) -> None:
    check = _service(COMPOSE)["healthcheck"]
    assert check["test"] == ["CMD", *image.healthcheck]
    assert check["interval"] == "2s"


def test_compose_mounts_own_scenarios_once_the_lines_are_uncommented() -> None:
    marked = COMPOSE.partition("./my-scenarios.\n")[2]
    assert marked
    service = _service(COMPOSE.replace(marked, re.sub(r"^(\s*)# ", r"\1", marked, flags=re.M)))
    folder = service["environment"]["MOBILEPAY_SIM_SCENARIOS"]
    assert service["volumes"] == [f"./my-scenarios:{folder}:ro"]
    assert "MOBILEPAY_SIM_SCENARIOS" in {each.variable for each in settings_table()}


def test_a_scenario_that_is_mounted_is_served(image: Stage, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("summary: Mine.\nsteps:\n  - do: check-in\n")
    env = image.environment()
    listed = subprocess.run(
        [image.entrypoint[0], "scenario", "list", "--scenarios", tmp_path],
        executable=_which(image.entrypoint[0], env),
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"^mine +Mine\.$", listed.stdout, re.M)
