"""The lock: `constraints*.txt` pin all that requirements.txt and pyproject.toml ask for."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from itertools import product

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.locks import pinned, pins
from tests.support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
#: Each file by the extras that are installed with it.
LOCKS = {
    "constraints.txt": (),
    "constraints-mcp.txt": ("mcp",),
    "constraints-test.txt": ("test",),
    "constraints-lint.txt": ("test", "lint"),
    "constraints-docs.txt": ("docs",),
    "constraints-atheris.txt": ("test", "atheris"),
}
BUILD = "constraints-build.txt"
SYSTEMS = {
    "linux": ("posix", ("x86_64", "aarch64")),
    "darwin": ("posix", ("x86_64", "arm64")),
    "win32": ("nt", ("AMD64", "ARM64")),
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = [
    {
        "sys_platform": system,
        "os_name": family,
        "platform_machine": processor,
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    for system, (family, processors) in SYSTEMS.items()
    for processor, python in product(processors, PYTHONS)
]
#: Markers are evaluated for this very machine where nothing else is said.
HERE = {"extra": ""}
#: What every environment has of its own.
OF_THE_ENVIRONMENT = {"pip"}


def needed(extras: tuple[str, ...]) -> list[Requirement]:
    """What requirements.txt and some extras of pyproject.toml ask for."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    asked = [line.split("  #")[0] for line in lines if not line.startswith("#")]
    return [Requirement(each) for each in [*asked, *(it for name in extras for it in EXTRAS[name])]]


def unmet(
    requirements: list[Requirement], there: dict[str, Version], machine: dict[str, str]
) -> list[str]:
    """The requirements that a machine has and a lock does not keep."""
    asked = [each for each in requirements if not each.marker or each.marker.evaluate(machine)]
    return [str(each) for each in asked if not keeps(each, there.get(canonicalize_name(each.name)))]


def keeps(asked: Requirement, version: Version | None) -> bool:
    return version is not None and asked.specifier.contains(version, prereleases=True)


def asked_by(name: str, extras: set[str]) -> list[Requirement]:
    """What an installed package needs here; nothing where it is not installed."""
    try:
        requires = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    found = [Requirement(each) for each in requires]
    return [
        each
        for each in found
        if not each.marker or any(each.marker.evaluate({"extra": it}) for it in {"", *extras})
    ]


def test_every_extra_is_locked() -> None:
    assert {name for extras in LOCKS.values() for name in extras} == set(EXTRAS)
    assert {each.name for each in ROOT.glob("constraints*.txt")} == {*LOCKS, BUILD}


@pytest.mark.parametrize("file", LOCKS)
def test_what_is_asked_for_is_pinned_within_its_range_on_every_system_and_python(file: str) -> None:
    for machine in MACHINES:
        assert unmet(needed(LOCKS[file]), pinned(file, machine), machine) == [], machine


def test_what_builds_the_project_is_pinned_within_its_range() -> None:
    requirements = [Requirement(each) for each in PROJECT["build-system"]["requires"]]
    for machine in MACHINES:
        assert unmet(requirements, pinned(BUILD, machine), machine) == []


@pytest.mark.parametrize(
    "file, far",
    [
        ("constraints.txt", {"werkzeug", "h11", "markupsafe", "pycparser"}),
        ("constraints-test.txt", {"h11", "pluggy", "wsproto"}),
    ],
)
def test_what_the_pinned_packages_need_in_turn_is_pinned_as_well(file: str, far: set[str]) -> None:
    there = pinned(file, HERE)
    waiting = [each for each in needed(LOCKS[file]) if not each.marker or each.marker.evaluate()]
    seen: set[str] = set()
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        if str(asked) not in seen and name not in OF_THE_ENVIRONMENT:
            assert keeps(asked, there.get(name)), asked
            seen |= {str(asked), name}
            waiting += asked_by(name, asked.extras)
    assert far <= seen


@pytest.mark.parametrize("file", [*LOCKS, BUILD])
def test_every_pin_has_the_hashes_of_its_files_and_no_address(file: str) -> None:
    assert list(pins(file))
    for pin in pins(file):
        assert pin.hashes, pin.name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in pin.hashes), pin.name
    assert "://" not in (ROOT / file).read_text()


@pytest.mark.parametrize("machine", MACHINES, ids=lambda it: "-".join(it.values()))
def test_all_locks_pin_the_same_version_of_a_package(machine: dict[str, str]) -> None:
    together: dict[str, Version] = {}
    for file in LOCKS:
        for name, version in pinned(file, machine).items():
            assert together.setdefault(name, version) == version, name


def test_of_uvicorn_one_minor_version_is_asked_for() -> None:
    (asked,) = (each for each in needed(()) if each.name == "uvicorn")
    version = pinned("constraints.txt", MACHINES[0])["uvicorn"]
    assert asked.specifier.contains(f"{version.major}.{version.minor}.999")
    assert not asked.specifier.contains(f"{version.major}.{version.minor + 1}")
    assert not asked.specifier.contains(f"{version.major}.{version.minor - 1}.999")


def test_every_requirement_says_why_it_is_there() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    asked = [line for line in lines if not line.startswith("#")]
    assert [line for line in asked if not line.partition("  # ")[2]] == []
