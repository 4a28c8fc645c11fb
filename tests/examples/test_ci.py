"""The examples for CI: what they start is there, and the tests are told where it is."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from simulator.config import settings_table
from tests.docs.pages import as_program
from tests.examples.support import DOCKERFILE, EXAMPLES, HEALTH, PORT

SETTINGS = {each.variable for each in settings_table()}
FLAGS = {each.flag for each in settings_table()}


def jobs_of(path: str) -> dict[str, Any]:
    found = yaml.safe_load((EXAMPLES / path).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


SERVICE = jobs_of("github-actions/service-container.yaml")["jobs"]["test"]
WITHOUT_DOCKER = jobs_of("github-actions/without-docker.yaml")["jobs"]["test"]
GITLAB = jobs_of("gitlab-ci/gitlab-ci.yml")["test"]


def test_the_service_container_publishes_the_port_that_the_tests_are_told() -> None:
    service = SERVICE["services"]["mobilepay"]
    assert service["ports"] == [f"{PORT}:{PORT}"]
    assert SERVICE["env"]["MOBILEPAY_URL"] == f"http://127.0.0.1:{PORT}"


def test_the_service_container_is_asked_by_the_health_check_of_the_image() -> None:
    (check,) = (each.rest for each in DOCKERFILE if each.word == "HEALTHCHECK")
    assert HEALTH in check
    options = shlex.split(SERVICE["services"]["mobilepay"]["options"])
    assert options[::2] == ["--health-interval", "--health-timeout", "--health-retries"]


@pytest.mark.parametrize(
    "service", [SERVICE["services"]["mobilepay"].get("env", {}), GITLAB["services"][0]["variables"]]
)
def test_the_variables_of_a_service_are_settings(service: dict[str, str]) -> None:
    assert service
    assert set(service) <= SETTINGS


def test_the_gitlab_service_is_at_the_url_that_the_tests_are_told() -> None:
    alias = GITLAB["services"][0]["alias"]
    assert GITLAB["variables"]["MOBILEPAY_URL"] == f"http://{alias}:{PORT}"


def step(name: str) -> str:
    """The commands of a step of the workflow without Docker."""
    (found,) = (each for each in WITHOUT_DOCKER["steps"] if each.get("name") == name)
    return str(found["run"])


def test_the_options_of_the_workflow_without_docker_are_there() -> None:
    (serve,) = (line for line in step("Start the simulator").splitlines() if " serve " in line)
    assert set(re.findall(r"(--[\w-]+)", serve)) <= FLAGS


def test_the_workflow_without_docker_installs_what_it_has_checked_out() -> None:
    (checkout,) = (
        each["with"] for each in WITHOUT_DOCKER["steps"] if "path" in each.get("with", {})
    )
    assert step("Install the simulator").endswith(f"./{checkout['path']}")


def test_the_workflow_without_docker_starts_a_server_for_the_tests(
    tmp_path: Path,
) -> None:
    as_program(tmp_path)
    told = tmp_path / "environment"
    env = {
        **os.environ,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_ENV": str(told),
    }
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    starting = subprocess.Popen(
        [*shell, step("Start the simulator")],
        cwd=tmp_path,
        env=env,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        assert starting.wait(60) == 0, (tmp_path / "mobilepay.log").read_text()
        name, _, url = told.read_text().strip().partition("=")
        assert name == "MOBILEPAY_URL"
        assert httpx.get(f"{url}{HEALTH}").json()["status"] == "ok"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(starting.pid, signal.SIGTERM)
