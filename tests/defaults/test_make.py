"""Every target of the Makefile works as it is written, in a clone, with its defaults."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.defaults.machine import ALONE, PORT, Leavings, Machine, clone, tracked
from tests.docs.pages import blocks
from tests.support import ROOT

pytestmark = ALONE

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
#: What runs each target: this module, `.ci/run` in a clone, or nobody, with the minutes it takes.
HERE = ("run", "certify-demo", "docs", "format", "clean", "crowd", "screenshots")
IN_CI = (
    *("test", "defaults", "lint", "scan", "dist", "coverage", "crash", "fuzz", "soak"),
    "client-tools",
)
#: What changes the checkout it runs in, and what its own tests run piece by piece.
ELSEWHERE = {
    "clients": "tests/clients/test_clients.py",
    "docs-site": "tests/docs/test_guide.py",
    "lock": "tests/packaging/test_lock.py",
    "hooks": "tests/repository/test_hooks.py",
}
#: What runs only tests that `make test` runs too.
WITHIN_TEST = ("quick",)
LONG = {
    "model": 15,
    "mutants": 20,
    "fuzz-more": 13,
    "atheris": 5,
    "bench": 10,
    "bench-peers": 20,
    "wheels": 5,
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A clone to write into."""
    return clone(tmp_path / "clone")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a clone that are tracked, as they are now."""
    return {name: (folder / name).read_bytes() for name in tracked()}


def test_every_target_is_run_somewhere() -> None:
    (listed,) = re.findall(r"^\.PHONY: (.*)", MAKEFILE.replace("\\\n", " "), re.MULTILINE)
    targets = set(listed.split()) - {"FORCE"}
    assert targets == {*HERE, *IN_CI, *WITHIN_TEST, *LONG, *ELSEWHERE}
    assert all((ROOT / path).is_file() for path in ELSEWHERE.values())
    assert all(minutes > 3 for minutes in LONG.values())


@pytest.mark.parametrize("target", IN_CI)
def test_ci_runs_the_rest(target: str) -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(rf"^[^#]*\bmake {target}\b", script, re.MULTILINE)


def test_make_run_serves_at_the_usual_port_until_ctrl_c(
    machine: Machine, leavings: Leavings, here: Path
) -> None:
    with machine.serving(["make", "run"], here, leavings.env) as said:
        assert said["port"] == PORT
        assert machine.ask(f"{said['url']}/_simulator/health")["status"] == "ok"
        os.kill(said["pid"], signal.SIGINT)
        leavings.wait()


def test_make_run_beside_a_running_simulator_says_that_the_port_is_in_use(
    machine: Machine, leavings: Leavings, here: Path
) -> None:
    with machine.serving(["make", "run"], here):
        done = machine.run(["make", "run"], here, leavings.env)
    assert done.returncode == 2
    (line,) = (each for each in done.stderr.splitlines() if not each.startswith("make: "))
    assert line == (
        f"mobilepay-sim: 127.0.0.1:{PORT} is in use; stop what listens there, "
        "or choose another --port; see docs/troubleshooting.md#the-port-is-in-use"
    )


def certified(machine: Machine, here: Path, leavings: Leavings, *arguments: str) -> str:
    report = here / "certification.html"
    report.unlink(missing_ok=True)
    done = machine.run(["make", "certify-demo", *arguments], here, leavings.env, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")
    return done.stdout


def test_make_certify_demo_works_on_a_free_machine_and_beside_a_running_simulator(
    machine: Machine, leavings: Leavings, here: Path
) -> None:
    one_case = "ARGS=--case certify-token-expired"
    assert "Network resilience: 1 of 1" in certified(machine, here, leavings, one_case)
    with machine.serving(["make", "run"], here):
        assert "Network resilience: 1 of 1" in certified(machine, here, leavings, one_case)


@pytest.mark.parametrize("target", ["docs", "format"])
def test_what_writes_into_the_sources_has_nothing_to_change(
    machine: Machine, here: Path, target: str
) -> None:
    if target == "format" and not (Path(sys.prefix) / "bin" / "ruff").exists():
        pytest.skip("ruff is not installed here")
    before = contents(here)
    done = machine.run(["make", target], here)
    assert done.returncode == 0, done.stdout + done.stderr
    changed = [name for name, content in contents(here).items() if content != before[name]]
    assert changed == []


def test_make_clean_leaves_the_sources_alone(machine: Machine, here: Path) -> None:
    before = contents(here)
    assert machine.run(["make", "clean"], here).returncode == 0
    assert contents(here) == before
    assert not (here / ".venv").exists()


# --- what takes longer ----------------------------------------------------------------------------


@pytest.mark.longer
def test_make_certify_demo_passes_all_cases(
    machine: Machine, leavings: Leavings, here: Path
) -> None:
    said = certified(machine, here, leavings)
    assert "is certified." in said
    assert "failed" not in said


@pytest.mark.longer
def test_make_crowd_passes(machine: Machine, here: Path) -> None:
    done = machine.run(["make", "crowd"], here, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)


@pytest.mark.longer
@pytest.mark.skipif(shutil.which("chromedriver") is None, reason="Chromium is not installed")
def test_make_screenshots_makes_each_picture(machine: Machine, here: Path) -> None:
    pictures = {each.name for each in (here / "docs" / "screens").iterdir()}
    shutil.rmtree(here / "docs" / "screens")
    (here / "docs" / "screens").mkdir()
    done = machine.run(["make", "screenshots"], here, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {each.name for each in (here / "docs" / "screens").iterdir()} == pictures


@pytest.fixture
def bare(here: Path) -> Path:
    """A clone in which nothing is set up."""
    shutil.rmtree(here / ".venv")
    return here


def set_up(commands: list[str], folder: Path, machine: Machine) -> None:
    """Runs commands that install something: where there is a network."""
    done = Machine(machine.home).run(["bash", "-euc", "\n".join(commands)], folder, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.longer
@pytest.mark.packaging
def test_make_run_sets_up_all_it_needs(machine: Machine, bare: Path) -> None:
    set_up(["make .venv/run.stamp"], bare, machine)
    with machine.serving(["make", "run"], bare) as said:
        assert machine.ask(f"{said['url']}/_simulator/health")["status"] == "ok"


@pytest.mark.longer
@pytest.mark.packaging
def test_the_readme_starts_it_without_make(machine: Machine, bare: Path) -> None:
    (block,) = (each for each in blocks("README.md", "sh") if "pip install" in each)
    *installs, serves = block.strip().splitlines()
    set_up(installs, bare, machine)
    with machine.serving(["bash", "-c", f"exec {serves}"], bare) as said:
        assert said["port"] == PORT
        assert machine.ask(f"{said['url']}/_simulator/health")["status"] == "ok"


def test_git_would_ignore_what_the_targets_write(here: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=here, check=True)
    for name in ("certification.html", ".venv"):
        ignored = subprocess.run(["git", "check-ignore", "--quiet", name], cwd=here, check=False)
        assert ignored.returncode == 0, name
