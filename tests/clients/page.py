"""docs/clients.md: the matrix as a run has shown it, behind the page's hand-written half."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.clients.legs import LEGS, LEGS_THROUGH
from tests.clients.stacks import ABSENT, PROXIES, STACKS, THROUGH
from tests.clients.tools import Stack, Tool, version_of
from tests.support import ROOT

__all__ = ["PAGE", "Went", "cells_of", "write_page"]

PAGE = ROOT / "docs" / "clients.md"
MARK = "<!-- Made by `make clients`; edits below are lost. -->"


@dataclass(frozen=True)
class Went:
    """How a leg went: what was seen, or why the stack was refused."""

    seen: str
    is_ok: bool = True

    def __str__(self) -> str:
        said = re.sub(r"\s+", " ", self.seen).replace("|", r"\|")[:200]
        return f"ok, {said}" if self.is_ok else f"**refused**: {said}"


#: How each leg went, by the name of the proxy or "", the key of the stack, the name of the leg.
Results = Mapping[tuple[str, str, str], Went]


def write_page(results: Results) -> None:
    """Writes the page."""
    written, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    parts = (_matrix(results), _through(results), _absent())
    made = "\n".join(line for part in parts for line in ("", *part))
    PAGE.write_text(f"{written}{mark}\n{made}\n", encoding="utf-8")


def _matrix(results: Results) -> list[str]:
    heads = ("stack", "version", *LEGS, "credentials", "how it learns of the CA")
    return ["## The matrix", "", *_table(heads, [_row(results, each) for each in STACKS])]


def _row(results: Results, stack: Stack) -> list[str]:
    reasons = dict(stack.without)
    legs = [
        f"no: {reasons[leg]}" if leg in reasons else str(results["", stack.key, leg])
        for leg in LEGS
    ]
    login = "when asked, by a 401" if stack.is_asked else "at once"
    return [stack.name, str(version_of(stack)), *legs, login, _trust(stack)]


def _trust(stack: Stack) -> str:
    if "TLS" in dict(stack.without):
        return ""
    if not stack.verifies:
        return "not at all: it checks no certificate"
    words = " ".join(stack.trust_by or stack.trust)
    told = f"`{words.format(ca='ca.pem', store='ca.p12')}`"
    return (
        told
        if stack.https_host != "localhost"
        else f"{told}; it takes no certificate for an address"
    )


def _through(results: Results) -> list[str]:
    rows = [
        [proxy.name, str(version_of(proxy)), stack.name]
        + [str(results[proxy.name, stack.key, leg]) for leg in LEGS_THROUGH]
        for proxy in PROXIES
        for stack in THROUGH
    ]
    heads = ("proxy", "version", "stack", *LEGS_THROUGH)
    return ["## Through a proxy", "", *_table(heads, rows)]


def _absent() -> list[str]:
    rows = [[name, why] for name, why in ABSENT.items()]
    return ["## Not in the matrix", "", *_table(("what", "why"), rows)]


def _table(heads: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def cells_of(tool: Tool) -> list[list[str]]:
    """The rows of the page that tell of a tool, as their cells."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    return [row for row in rows if row[0] == tool.name]
