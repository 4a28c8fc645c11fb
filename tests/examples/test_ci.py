"""The examples for CI: what they start is there, and the tests are told where it is."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from mobilepay_simulator.settings.settings import settings_table

from tests.docs.pages import as_program
from tests.examples.support import DOCKERFILE, EXAMPLES, HEALTH, NEEDS_NODE, PORT
from tests.support import ROOT

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
    return step_of(WITHOUT_DOCKER, name)


def test_the_options_of_the_workflow_without_docker_are_there() -> None:
    (serve,) = (line for line in step("Start the simulator").splitlines() if " serve " in line)
    assert set(re.findall(r"(--[\w-]+)", serve)) <= FLAGS


def checkout_of(job: dict[str, Any]) -> str:
    """The folder that the simulator is checked out into."""
    (checkout,) = (each["with"] for each in job["steps"] if "repository" in each.get("with", {}))
    return str(checkout["path"])


def step_of(job: dict[str, Any], name: str) -> str:
    """The commands of a step."""
    (found,) = (each for each in job["steps"] if each.get("name") == name)
    return str(found["run"])


#: Stands in for what would fetch from outside: installing is tested elsewhere.
STANDS_IN = """\
#!/bin/sh
case "$*" in
  "-m pip install "*) for word; do case "$word" in */*) test -f "$word/pyproject.toml" || exit 9;; esac; done;;
  *) PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTEST_PLUGINS=mobilepay,xdist exec {python} "$@";;
esac
"""
GIT = """\
#!/bin/sh
for folder; do :; done
cp -r {checkout} "$folder"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a test of its own, and a fresh checkout of the simulator in `checkout`."""
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    (project / "tests" / "test_till.py").write_text(
        "def test_it(mobilepay):\n    assert mobilepay.pos\n"
    )
    checkout = tmp_path / "checkout"
    for file in ("pyproject.toml", "requirements.txt", "tests/engine/test_ids.py"):
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, checkout / file)
    (checkout / "till.test.mjs").write_text("throw new Error('not yours')\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    values = {"python": shlex.quote(sys.executable), "checkout": shlex.quote(str(checkout))}
    for name, text in {"python": STANDS_IN, "git": GIT}.items():
        (programs / name).write_text(text.format(**values))
        (programs / name).chmod(0o755)
    return project


def carry_out(commands: str, project: Path, **variables: str) -> str:
    """Runs the commands of a job in a project; returns what they print."""
    programs = project.parent / "bin"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", commands],
        cwd=project,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


PYTEST_ON_GITHUB = jobs_of("github-actions/pytest.yaml")["jobs"]["test"]
PYTEST_ON_GITLAB = jobs_of("gitlab-ci/pytest.gitlab-ci.yml")["test"]


def test_the_pytest_job_of_github_runs_the_tests_of_the_project_alone(project: Path) -> None:
    shutil.copytree(project.parent / "checkout", project / checkout_of(PYTEST_ON_GITHUB))
    carry_out(step_of(PYTEST_ON_GITHUB, "Install"), project)
    said = carry_out(step_of(PYTEST_ON_GITHUB, "Test"), project)
    assert "1 passed" in said
    assert (project / "report.xml").is_file()


def test_the_pytest_job_of_gitlab_runs_the_tests_of_the_project_alone(project: Path) -> None:
    folder = PYTEST_ON_GITLAB["variables"]["SIMULATOR"]
    variables = {"SIMULATOR": folder.replace("$CI_PROJECT_DIR", str(project))}
    commands = "\n".join([*PYTEST_ON_GITLAB["before_script"], *PYTEST_ON_GITLAB["script"]])
    said = carry_out(commands, project, SIMULATOR_GIT_URL="https://example.test/x.git", **variables)
    assert "1 passed" in said
    assert not Path(variables["SIMULATOR"]).is_relative_to(project)
    assert (project / PYTEST_ON_GITLAB["artifacts"]["reports"]["junit"]).is_file()


@NEEDS_NODE
def test_the_workflow_without_docker_runs_the_tests_of_the_project_alone(project: Path) -> None:
    shutil.copytree(project.parent / "checkout", project / checkout_of(WITHOUT_DOCKER))
    (project / "mine.test.mjs").write_text(
        "import test from 'node:test';\ntest('mine', () => {});\n"
    )
    carry_out(step("Install the simulator"), project)
    assert "# pass 1\n# fail 0" in carry_out(step("Test"), project)


@pytest.mark.parametrize("job", [PYTEST_ON_GITHUB, WITHOUT_DOCKER])
def test_what_is_cached_goes_by_the_list_of_the_checkout(job: dict[str, Any]) -> None:
    (python,) = (each["with"] for each in job["steps"] if "setup-python" in each.get("uses", ""))
    assert python["cache-dependency-path"] == f"{checkout_of(job)}/requirements.txt"


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
