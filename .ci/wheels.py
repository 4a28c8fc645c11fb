"""Says on which platforms all that is needed at run time can be had without a compiler.

For each Python and platform uv looks for the locked versions, markers and all, among wheels alone.
Exits with 1 where that can't be done and was not known.
"""

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"
LOCK = REQUIREMENTS.with_name("constraints.txt")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
#: By what people call them: uv's names. The manylinux of a platform is the oldest that will do.
PLATFORMS = {
    "Linux x86-64": "x86_64-manylinux_2_17",
    "Linux arm64": "aarch64-manylinux_2_17",
    "Alpine x86-64": "x86_64-unknown-linux-musl",
    "Alpine arm64": "aarch64-unknown-linux-musl",
    "macOS x86-64": "x86_64-apple-darwin",
    "macOS arm64": "aarch64-apple-darwin",
    "Windows x86-64": "x86_64-pc-windows-msvc",
    "Windows arm64": "aarch64-pc-windows-msvc",
}
#: Where a requirement has no wheel. PyYAML then builds itself without its parser in C.
KNOWN = {("Windows arm64", "3.11")}
TIMEOUT = 300.0


def main() -> int:
    """Prints a table, and returns the exit code."""
    asked = list(product(PLATFORMS, PYTHONS))
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(asked, pool.map(resolve, asked), strict=True))
    print(f"{'packages from wheels':20}" + "".join(f"{python:>8}" for python in PYTHONS))
    for platform in PLATFORMS:
        counts = (len(answers[platform, python][0]) or "none" for python in PYTHONS)
        print(f"{platform:20}" + "".join(f"{count:>8}" for count in counts))
    newest = newest_versions(found for found, _ in answers.values())
    for (platform, python), (found, problem) in answers.items():
        if problem:
            print(f"\n{platform}, Python {python}:\n{problem}")
        older = [f"{name} {it}" for name, it in found.items() if it != newest[name]]
        if older:
            print(f"\n{platform}, Python {python}, has older ones: {', '.join(older)}")
    return 1 if any(problem for asked, (_, problem) in answers.items() if asked not in KNOWN) else 0


def resolve(asked: tuple[str, str]) -> tuple[dict[str, str], str]:
    """Returns the versions of all packages of a platform and a Python, or why there are none."""
    platform, python = asked
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-build"]
    command += ["--no-header", "--no-annotate", "--python-version", python]
    command += [
        "--python-platform",
        PLATFORMS[platform],
        "--constraints",
        str(LOCK),
        str(REQUIREMENTS),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if done.returncode:
        return {}, done.stderr.strip()
    return dict(line.split("==", 1) for line in done.stdout.splitlines() if "==" in line), ""


def newest_versions(resolved: Iterable[dict[str, str]]) -> dict[str, str]:
    """Returns the newest version of each package that any of them has."""
    newest: dict[str, str] = {}
    for found in resolved:
        for name, version in found.items():
            newest[name] = max(newest.get(name, version), version, key=numbers)
    return newest


def numbers(version: str) -> list[int]:
    """Returns what a version is sorted by."""
    return [int(part) for part in version.split(".") if part.isdecimal()]


if __name__ == "__main__":
    sys.exit(main())
