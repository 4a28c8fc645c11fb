"""Carries out a Dockerfile without Docker: each stage is a folder with a Python environment of its own.

What it can't show: the base image itself, and that the kernel runs the process as `USER`. Everything
else is done for real, instruction by instruction; one it does not know is an error.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from tests.packaging.support import clean_environment


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile, its lines joined."""

    word: str
    rest: str

    def __str__(self) -> str:
        return f"{self.word} {self.rest}"


def read_dockerfile(path: Path) -> list[Instruction]:
    """Returns the instructions of a Dockerfile in order."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    pairs = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [Instruction(word.upper(), " ".join(rest.split())) for word, rest in pairs]


def sent_to_the_build(context: Path) -> Callable[[Path], bool]:
    """Whether `.dockerignore` lets a file of the build context through: the last match decides."""
    lines = (context / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

    def matches(pattern: str, path: Path) -> bool:
        name = pattern.removeprefix("**/")
        forms = [name] if name == pattern else [name, f"*/{name}"]
        return any(fnmatch(str(each), form) for each in (path, *path.parents) for form in forms)

    def decide(path: Path) -> bool:
        sent = True
        for pattern in patterns:
            if matches(pattern.removeprefix("!"), path.relative_to(context)):
                sent = pattern.startswith("!")
        return sent

    return decide


@dataclass
class Stage:
    """What a build stage has become so far."""

    base: str
    root: Path
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "root"
    exposed: list[int] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    healthcheck_options: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)

    def inside(self, path: str) -> Path:
        """Where a path of the image, absolute or seen from WORKDIR, is on this machine."""
        return self.root / Path(self.workdir, path).relative_to("/")

    def environment(self, **more: str) -> dict[str, str]:
        """What a process in the image sees."""
        path = f"{self.root / 'usr/bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
        cache = {"PIP_CACHE_DIR": str(self.pip_cache)}
        return {**clean_environment(), "PATH": path, **cache, **self.env, **more}

    @property
    def pip_cache(self) -> Path:
        """Where pip keeps what it fetched, unless it is told not to."""
        return self.root / "root/.cache/pip"


class Build:
    """A build that is carried out up to its last instruction.

    Args:
        context: the folder of the Dockerfile.
        folder: an empty folder for the stages.
    """

    def __init__(self, context: Path, folder: Path) -> None:
        self._context = context
        self._folder = folder
        self._is_sent = sent_to_the_build(context)
        self._stages: dict[str, Stage] = {}
        self.image = Stage("", folder)
        for instruction in read_dockerfile(context / "Dockerfile"):
            getattr(self, f"_{instruction.word.lower()}")(instruction.rest)

    def _from(self, rest: str) -> None:
        base, _, name = rest.partition(" AS ")
        root = self._folder / (name or "final")
        self.image = self._stages[name] = Stage(base, root)
        python = root / "usr"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", python], check=True)
        pip = python / "bin/pip"
        words = shlex.join([sys.executable, "-m", "pip", "--python", str(python)])
        pip.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        pip.chmod(0o755)

    def _env(self, rest: str) -> None:
        pairs = (each.partition("=") for each in shlex.split(rest))
        self.image.env.update({name: value for name, _, value in pairs})

    def _workdir(self, rest: str) -> None:
        self.image.workdir = str(Path(self.image.workdir, rest))
        self.image.inside(".").mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        words = rest.split()
        options = [word for word in words if word.startswith("--")]
        *sources, target = [word for word in words if not word.startswith("--")]
        into = self.image.inside(target)
        for source in sources:
            if options:
                (stage,) = (each.removeprefix("--from=") for each in options)
                start, is_sent = self._stages[stage].inside(source), lambda _: True
            else:
                start, is_sent = self._context / source, self._is_sent
            self._copy_one(start, into, target.endswith("/"), is_sent)

    def _copy_one(
        self, start: Path, into: Path, is_folder: bool, is_sent: Callable[[Path], bool]
    ) -> None:
        files = [each for each in sorted(start.rglob("*")) if each.is_file()] or [start]
        files = [each for each in files if is_sent(each)]
        assert files, f"{start}: nothing is left to copy; see .dockerignore"
        for file in files:
            to = into / (file.name if file == start else file.relative_to(start))
            to = to if is_folder or file != start else into
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)

    def _run(self, rest: str) -> None:
        command, folder = ["/bin/sh", "-c", rest], self.image.inside(".")
        env = self.image.environment()
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"RUN {rest}\n{done.stdout}{done.stderr}"

    def _user(self, rest: str) -> None:
        self.image.user = rest

    def _expose(self, rest: str) -> None:
        self.image.exposed += [int(port) for port in rest.split()]

    def _healthcheck(self, rest: str) -> None:
        options, _, command = rest.partition("CMD ")
        self.image.healthcheck_options = options.split()
        self.image.healthcheck = json.loads(command)

    def _entrypoint(self, rest: str) -> None:
        self.image.entrypoint = json.loads(rest)

    def _cmd(self, rest: str) -> None:
        self.image.cmd = json.loads(rest)
