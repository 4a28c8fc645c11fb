"""Reads the lock: the files `constraints*.txt`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import ROOT


@dataclass(frozen=True)
class Pin:
    """One package of a lock."""

    name: str
    version: Version
    marker: Marker | None
    hashes: tuple[str, ...]

    def holds(self, machine: dict[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(machine)


def pins(file: str) -> Iterator[Pin]:
    """The packages of a lock, those of the locks it includes with them."""
    text = (ROOT / file).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith("-r "):
            yield from pins(line.removeprefix("-r "))
        elif not line.startswith("#"):
            asked, *hashes = re.split(r"\s+--hash=", line.strip())
            requirement = Requirement(asked)
            (clause,) = requirement.specifier
            assert clause.operator == "==", line
            name = canonicalize_name(requirement.name)
            yield Pin(name, Version(clause.version), requirement.marker, tuple(hashes))


def pinned(file: str, machine: dict[str, str]) -> dict[str, Version]:
    """The version of each package that a lock has for a machine."""
    there: dict[str, Version] = {}
    for each in pins(file):
        if each.holds(machine):
            assert there.setdefault(each.name, each.version) == each.version, each.name
    return there
