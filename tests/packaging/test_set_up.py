"""What `make` sets up: from whatever was there before, and by whatever Python is at hand."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.support import clean_environment
from tests.support import ROOT

pytestmark = [
    pytest.mark.packaging,
    pytest.mark.xdist_group("set-up"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs make"),
    pytest.mark.skipif(not shutil.which("make"), reason="make is not installed"),
]

BASE_PYTHON = vars(sys)["_base_executable"]
#: What a make in a make would take over from the outer one.
OF_MAKE = ("MAKE", "MFLAGS", "VENV", "ARGS")
#: A Python about which something is different: it runs what it is asked to after one line more.
ODD_PYTHON = """\
#!{python}
import runpy, sys
{oddity}
given = [each for each in sys.argv[1:] if each != "-I"]
if given[0] == "--version":
    print("Python " + ".".join(map(str, sys.version_info[:3])))
elif given[0] == "-c":
    sys.argv = ["-c", *given[2:]]
    exec(given[1])
else:
    sys.argv = given
    runpy.run_path(given[0], run_name="__main__")
"""
TOO_OLD = "sys.version_info = (3, 9, 18, 'final', 0)"
WITHOUT_VENV = "sys.modules['ensurepip'] = None"


@dataclass(frozen=True)
class Checkout:
    """A copy of what `make` needs, whose lock has one package only, so that a set-up is short."""

    folder: Path
    programs: Path

    def has_python3(self, oddity: str = "") -> None:
        """From now on, `python3` is like this."""
        program = self.programs / "python3"
        program.write_text(ODD_PYTHON.format(python=BASE_PYTHON, oddity=oddity))
        program.chmod(0o755)

    def environment(self) -> dict[str, str]:
        names = clean_environment()
        kept = {name: value for name, value in names.items() if not name.startswith(OF_MAKE)}
        return kept | {"PATH": f"{self.programs}{os.pathsep}{names['PATH']}"}

    def make(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Runs make to its end; without arguments it sets up what `make run` needs."""
        return subprocess.run(
            ["make", *(arguments or [".venv/run.stamp"])],
            cwd=self.folder,
            env=self.environment() | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def begin_to_set_up(self) -> "subprocess.Popen[str]":
        """Runs make, in a group of its own, until it is in the middle of it."""
        process = subprocess.Popen(
            ["make", ".venv/run.stamp"],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while not (self.folder / ".venv/bin/python").exists():
            assert process.poll() is None
        return process

    def runs(self) -> bool:
        """Whether the command that was installed runs this copy."""
        told = "import mobilepay_simulator, click; print(mobilepay_simulator.__file__)"
        command = [self.folder / ".venv/bin/python", "-c", told]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        shown = subprocess.run(
            [self.folder / ".venv/bin/pip", "--version"], capture_output=True, text=True, check=True
        )
        package = str(self.folder / "simulator/__init__.py")
        return done.stdout.strip() == package and str(self.folder) in shown.stdout


def new_checkout(parent: Path) -> Checkout:
    """Returns a checkout in which nothing was set up yet."""
    folder, programs = parent / "a checkout æ", parent / "bin"
    folder.mkdir()
    programs.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in (".ci", "simulator", "scenarios"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("constraints*.txt"):
        shutil.copy(file, folder)
    (folder / "constraints.txt").write_text(locked("click"))
    checkout = Checkout(folder, programs)
    checkout.has_python3()
    return checkout


def locked(package: str) -> str:
    """Returns what the lock says of a package."""
    whole = (ROOT / "constraints.txt").read_text()
    found = re.search(rf"^{package}==.*(\n .*)+\n", whole, re.MULTILINE)
    assert found
    return found[0]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout of one test alone."""
    return new_checkout(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout set up with a Python that was chosen, as `python3` is too old."""
    checkout = new_checkout(tmp_path_factory.mktemp("made"))
    leftover = checkout.folder / "mobilepay_pos_simulator.egg-info"
    leftover.mkdir()
    (leftover / "entry_points.txt").write_text("[pytest11]\nmobilepay = simulator.pytest_plugin\n")
    checkout.has_python3(TOO_OLD)
    done = checkout.make(".venv/run.stamp", f"PYTHON={BASE_PYTHON}")
    assert done.returncode == 0, done.stderr
    return checkout


def test_what_an_older_build_has_left_in_the_checkout_is_taken_away(made: Checkout) -> None:
    left = {path.read_text() for path in made.folder.glob("*.egg-info/entry_points.txt")}
    assert not any("simulator.pytest_plugin\n" in each for each in left)


def only_line_of(done: "subprocess.CompletedProcess[str]") -> str:
    """What a make that failed said, but for its own last line."""
    assert done.returncode == 2
    line, of_make = done.stderr.splitlines()
    assert of_make.startswith("make: ***")
    return line


def test_too_old_a_python_is_told_in_one_line_and_leaves_nothing(checkout: Checkout) -> None:
    checkout.has_python3(TOO_OLD)
    line = only_line_of(checkout.make("run"))
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert "3.9.18" in line
    assert needed.removeprefix(">=") in line
    assert "make run PYTHON=" in line
    assert not (checkout.folder / ".venv").exists()


def test_of_the_pythons_that_are_there_the_newest_that_is_fit_is_named(checkout: Checkout) -> None:
    for name, oddity in {"python3.18": "", "python3.19": TOO_OLD, "python3": TOO_OLD}.items():
        checkout.has_python3(oddity)
        (checkout.programs / "python3").rename(checkout.programs / name)
    assert "make test PYTHON=python3.18" in only_line_of(checkout.make("test"))


def test_a_python_that_is_not_there_is_told_in_one_line(checkout: Checkout) -> None:
    line = only_line_of(checkout.make("run", "PYTHON=python3.99"))
    assert line.startswith("python3.99")
    assert "make run PYTHON=" in line


def test_whatever_went_wrong_before_the_next_make_sets_up(checkout: Checkout) -> None:
    checkout.has_python3(WITHOUT_VENV)
    line = only_line_of(checkout.make("run"))
    assert "python3-venv" in line
    assert "make run PYTHON=" in line
    checkout.has_python3()
    for number in (signal.SIGINT, signal.SIGKILL):
        with checkout.begin_to_set_up() as process:
            os.killpg(process.pid, number)
            _, said = process.communicate(timeout=20)
        assert process.returncode != 0
        assert "Traceback" not in said
        assert not (checkout.folder / ".venv/run.stamp").exists()
    done = checkout.make()
    assert done.returncode == 0, done.stderr
    assert checkout.runs()


def test_an_environment_of_too_old_a_python_is_made_anew(checkout: Checkout) -> None:
    """What a Makefile that looked at nothing has left."""
    command = [BASE_PYTHON, "-m", "venv", "--without-pip", checkout.folder / ".venv"]
    subprocess.run(command, check=True)
    python = checkout.folder / ".venv/bin/python"
    python.unlink()
    checkout.has_python3(TOO_OLD)
    (checkout.programs / "python3").rename(python)
    checkout.has_python3()
    done = checkout.make()
    assert done.returncode == 0, done.stderr
    assert checkout.runs()


def test_nothing_is_done_and_no_python_chosen_again_where_all_is_there(made: Checkout) -> None:
    before = {each: each.lstat().st_mtime_ns for each in (made.folder / ".venv").rglob("*")}
    done = made.make()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    after = {each: each.lstat().st_mtime_ns for each in (made.folder / ".venv").rglob("*")}
    assert after == before


def test_a_checkout_that_was_copied_gets_an_environment_of_its_own(made: Checkout) -> None:
    folder = made.folder.with_name("copied")
    shutil.copytree(made.folder, folder, symlinks=True)
    copied = Checkout(folder, made.programs)
    done = copied.make()
    assert done.returncode == 0, done.stderr
    assert copied.runs()
    assert made.runs()


def test_an_environment_whose_python_does_not_run_is_made_anew(checkout: Checkout) -> None:
    assert checkout.make().returncode == 0
    python = checkout.folder / ".venv/bin/python"
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = checkout.make()
    assert done.returncode == 0, done.stderr
    assert checkout.runs()


def test_another_lock_is_installed_into_the_environment_that_is_there(made: Checkout) -> None:
    mark = made.folder / ".venv/mark"
    mark.touch()
    with (made.folder / "constraints.txt").open("a") as lock:
        lock.write(locked("segno"))
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    nowhere |= {"PIP_FIND_LINKS": "", "PIP_RETRIES": "1", "PIP_NO_CACHE_DIR": "1"}
    done = made.make(**nowhere)
    assert done.returncode == 2
    _, line, _ = done.stderr.splitlines()
    assert "pip reaches no package registry" in line
    assert made.make().returncode == 0
    assert mark.exists()
    command = [made.folder / ".venv/bin/python", "-c", "import segno"]
    assert subprocess.run(command, check=False).returncode == 0


def test_a_folder_that_is_no_environment_is_left_alone(checkout: Checkout) -> None:
    file = checkout.folder / "precious/file"
    file.parent.mkdir()
    file.touch()
    line = only_line_of(checkout.make("precious/run.stamp", "VENV=precious"))
    assert "precious" in line
    assert "VENV=" in line
    assert file.exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_line(checkout: Checkout) -> None:
    done = checkout.make("/proc/nothing/run.stamp", "VENV=/proc/nothing")
    assert "/proc/nothing" in only_line_of(done)
