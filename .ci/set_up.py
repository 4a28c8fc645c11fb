"""Sets up a virtual environment: `set_up.py FOLDER SET GOALS`.

It is run by the Python that the environment is of, or is to be of. Where all is as the files
`constraints*.txt` say, nothing is done. An environment that was moved or copied, was left half
made, or is of another Python, is made anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
#: What pip builds the project itself with.
BUILD = HOME / "constraints-build.txt"
#: What else decides whether the project has to be installed again.
ALSO = (HOME / "pyproject.toml", HOME / "requirements.txt")
INTERRUPTED = 130


class NotPossible(Exception):
    """It can't be set up; the message says why, and what to do."""


def main() -> int:
    """Sets up, and returns the exit code."""
    folder, name, goals = sys.argv[1:]
    environment = Environment(Path(folder), goals)
    try:
        if environment.is_sound() and environment.has(name):
            return 0
        with one_at_a_time():
            if not environment.is_sound():
                environment.make()
            if not environment.has(name):
                environment.install(name)
        return 0
    except KeyboardInterrupt:
        print(f"{folder} is not complete; the next make completes it", file=sys.stderr)
        return INTERRUPTED
    except NotPossible as error:
        print(error, file=sys.stderr)
    except OSError as error:
        hint = f"choose another folder: make {goals} VENV=FOLDER"
        print(f"{error.filename or folder}: {error.strerror or error}; {hint}", file=sys.stderr)
    return 1


class Environment:
    """A virtual environment, which need not exist yet.

    Args:
        folder: where it is.
        goals: what make was asked for, to be shown in advice.
    """

    def __init__(self, folder: Path, goals: str) -> None:
        self._folder = folder
        self._goals = goals
        self._python = folder / "bin/python"
        #: Says where it was made and of which Python.
        self._record = folder / "made-as"
        #: Is there while something is made or installed, and after that was interrupted.
        self._unfinished = folder / "unfinished"

    def is_sound(self) -> bool:
        """Whether it is complete, made where it is, and of the Python that runs this."""
        if self._unfinished.exists() or not self._python.exists():
            return False
        if self._record.exists() and self._record.read_bytes() != self._identity():
            return False
        # Where its own Python runs this, it has shown that it works.
        is_shown = self._record.exists() and Path(sys.prefix) == self._folder.resolve()
        return is_shown or self._works()

    def has(self, name: str) -> bool:
        """Whether a set of packages is installed as it is locked."""
        stamp = self._stamp(name)
        return stamp.exists() and stamp.read_text(encoding="utf-8") == digest(name)

    def make(self) -> None:
        """Makes it, anew where it is there.

        Raises:
            NotPossible: the folder is something else, or Python can't make virtual environments.
            OSError: the folder can't be written.
        """
        if find_spec("ensurepip") is None or find_spec("venv") is None:
            raise NotPossible(
                f"{base_python()} lacks ensurepip, which makes virtual environments: on Debian"
                " and Ubuntu `apt install python3-venv`, or choose another Python:"
                f" make {self._goals} PYTHON=python3.12"
            )
        self._remove()
        self._folder.mkdir(parents=True)
        self._unfinished.touch()
        command = [base_python(), "-m", "venv", str(self._folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip() or f"it ended with {done.returncode}"
            raise NotPossible(f"{base_python()} -m venv {self._folder}: {said.splitlines()[-1]}")
        self._record.write_bytes(self._identity())
        self._unfinished.unlink()

    def install(self, name: str) -> None:
        """Installs a set of packages and the project itself.

        Raises:
            NotPossible: pip could not; it has said why.
        """
        locked = lock_of(name)
        print(f"Setting up {self._folder}: the packages of {locked.name}", file=sys.stderr)
        self._unfinished.touch()
        # What is installed of another set stays as it is only where both are of the same lock.
        for stamp in self._folder.glob("*.stamp"):
            if stamp.stem == name or not (lock_of(stamp.stem).exists() and self.has(stamp.stem)):
                stamp.unlink()
        # What an older build has left here would be found first: Python looks into the checkout.
        for leftover in HOME.glob("*.egg-info"):
            shutil.rmtree(leftover)
        self._pip("--require-hashes", "--no-deps", "-r", locked, "-r", BUILD)
        self._pip("--no-deps", "--no-build-isolation", "-e", HOME)
        for each in with_included(name):
            self._stamp(each).write_text(digest(each), encoding="utf-8")
        self._unfinished.unlink()

    def _pip(self, *arguments: str | Path) -> None:
        quiet = ("--quiet", "--disable-pip-version-check")
        command = [str(self._python), "-m", "pip", "install", *quiet, *map(str, arguments)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode == 0:
            return
        if done.returncode > 0:
            # It ended by itself, so what is installed is whole.
            self._unfinished.unlink()
        if "Retrying (" in done.stderr:
            raise NotPossible(
                f"{self._folder} needs packages, and pip reaches no package registry;"
                f" once it does: make {self._goals}"
            )
        print(done.stderr, end="", file=sys.stderr)
        raise NotPossible(f"pip could not install what {self._folder} needs; it says why above")

    def _remove(self) -> None:
        if not self._folder.exists():
            return
        ours = (self._unfinished, self._record, self._folder / "pyvenv.cfg")
        if any(self._folder.iterdir()) and not any(each.exists() for each in ours):
            raise NotPossible(
                f"{self._folder} is no virtual environment, and is left alone;"
                f" choose another folder: make {self._goals} VENV=.venv"
            )
        shutil.rmtree(self._folder)

    def _identity(self) -> bytes:
        version = ".".join(map(str, sys.version_info[:2]))
        return os.fsencode(f"{self._folder.resolve()}\n{sys.base_prefix}\n{version}\n")

    def _works(self) -> bool:
        """Whether it has pip and is of the Python that runs this; one made by hand is kept then."""
        told = "import pip, sys; print(sys.base_prefix, *sys.version_info[:2], sep='\\n')"
        command = [str(self._python), "-c", told]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            return False
        is_fit = done.stdout.split("\n")[:3] == [sys.base_prefix, *map(str, sys.version_info[:2])]
        if is_fit and not self._record.exists():
            self._record.write_bytes(self._identity())
        return is_fit

    def _stamp(self, name: str) -> Path:
        return self._folder / f"{name}.stamp"


def lock_of(name: str) -> Path:
    """Returns the file that locks a set of packages."""
    return HOME / ("constraints.txt" if name == "run" else f"constraints-{name}.txt")


def with_included(name: str) -> Iterator[str]:
    """Yields a set of packages and those it includes."""
    yield name
    for line in lock_of(name).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r constraints"):
            included = line.removeprefix("-r constraints").removesuffix(".txt")
            yield from with_included(included.removeprefix("-") or "run")


def digest(name: str) -> str:
    """Returns what changes with all that decides what is installed."""
    read = hashlib.sha256()
    for file in (*map(lock_of, with_included(name)), BUILD, *ALSO):
        read.update(file.read_bytes())
    return read.hexdigest()


def base_python() -> str:
    """Returns the Python outside of virtual environments that is the one that runs this."""
    # What the module venv itself takes.
    return str(vars(sys)["_base_executable"])


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Waits until no other process sets up an environment of this checkout."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:
        yield
        return
    folder = os.open(HOME, os.O_RDONLY)
    try:
        try:
            flock(folder, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            print("Another make is setting up; waiting for it", file=sys.stderr)
            flock(folder, LOCK_EX)
        yield
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.exit(main())
