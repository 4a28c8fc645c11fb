"""Pins all packages anew: writes the files `constraints*.txt`, with the hashes of all their files.

Each file is what pip installs with `--require-hashes --no-deps -r`, on each system and Python
that the project supports. A set that includes another names its file, and lists only what it adds.
"""

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

HOME = Path(__file__).parent.parent
#: Each set by the end of its file's name, with the set it includes.
SETS = {
    "": None,
    "-build": None,
    "-mcp": "",
    "-test": "-mcp",
    "-lint": "-test",
    "-docs": "",
    "-atheris": "-test",
}
#: Where nothing may need a compiler: the newest version that has a wheel there is taken, if need be
#: an older one than elsewhere. `make wheels` checks it.
PLATFORMS = [
    "sys_platform == 'linux' and platform_machine == 'x86_64'",
    "sys_platform == 'linux' and platform_machine == 'aarch64'",
    "sys_platform == 'darwin' and platform_machine == 'x86_64'",
    "sys_platform == 'darwin' and platform_machine == 'arm64'",
    "sys_platform == 'win32' and platform_machine == 'AMD64'",
    "sys_platform == 'win32' and platform_machine == 'ARM64' and python_version >= '3.12'",
]
#: What is there for some of these only.
NOT_EVERYWHERE = "-atheris"
#: Every virtual environment has its own, which installs the rest.
NOT_PINNED = ("pip",)
PROJECT = """\
[project]
name = "locked"
version = "0"
requires-python = "{python}"
[tool.uv]
required-environments = {platforms}
"""
HEADER = "# Made by `make lock` from {source}; don't edit.\n"


def main() -> int:
    """Writes all files, and returns the exit code."""
    asked = {end: list(requirements(end)) for end in SETS}
    try:
        common = [each for end in SETS if end != NOT_EVERYWHERE for each in asked[end]]
        pins = resolve(common, platforms=PLATFORMS)
        resolved = {end: resolve(needs, pins) for end, needs in asked.items()}
    except subprocess.CalledProcessError as error:
        print(f"make lock: {error.stderr.strip()}", file=sys.stderr)
        return 1
    for end, included in SETS.items():
        there = resolved[included] if included is not None else []
        added = [pin for pin in resolved[end] if pin not in there]
        text = HEADER.format(source=source(end))
        if included is not None:
            text += f"-r {file_name(included)}\n"
        (HOME / file_name(end)).write_text(text + "".join(added), encoding="utf-8")
        print(f"{file_name(end)}: {len(added)} packages")
    return 0


def file_name(end: str) -> str:
    """Returns the name of a set's file."""
    return f"constraints{end}.txt"


def source(end: str) -> str:
    """Returns where it says what a set needs."""
    if end == "":
        return "requirements.txt"
    return "pyproject.toml's " + ("build-system" if end == "-build" else f"extra `{end[1:]}`")


def requirements(end: str) -> Iterable[str]:
    """Returns what a set needs, what it includes with it."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    included = SETS[end]
    if included is not None:
        yield from requirements(included)
    if end == "":
        yield (HOME / "requirements.txt").read_text(encoding="utf-8")
    elif end == "-build":
        yield from project["build-system"]["requires"]
    else:
        yield from project["project"]["optional-dependencies"][end[1:]]


def resolve(
    needs: Iterable[str], pins: Iterable[str] = (), platforms: Iterable[str] = ()
) -> list[str]:
    """Returns the newest versions that fit together on all systems, each with its hashes.

    Args:
        needs: the lines of a requirements file.
        pins: what must be taken where it is needed.
        platforms: markers of those for which all must have wheels.

    Raises:
        subprocess.CalledProcessError: nothing fits, or the registry can't be reached.
    """
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    command = [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes"]
    command += ["--quiet", "--no-header", "--no-annotate"]
    command += ["--python-version", project["requires-python"].removeprefix(">=")]
    command += [f"--no-emit-package={name}" for name in NOT_PINNED]
    if platforms:
        command += ["--no-build"]
    with TemporaryDirectory() as folder:
        # The only place where uv looks for platforms.
        settings = PROJECT.format(platforms=list(platforms), python=project["requires-python"])
        Path(folder, "pyproject.toml").write_text(settings, encoding="utf-8")
        Path(folder, "needs.txt").write_text("\n".join(needs), encoding="utf-8")
        Path(folder, "pins.txt").write_text("".join(pins), encoding="utf-8")
        done = subprocess.run(
            [*command, "--constraints", "pins.txt", "needs.txt"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    # A line that goes on ends with a backslash, and its hashes are indented.
    found: list[str] = []
    for line in done.stdout.splitlines(keepends=True):
        if line.startswith(" "):
            found[-1] += line
        elif not line.startswith("#"):
            found.append(line)
    return found


if __name__ == "__main__":
    sys.exit(main())
