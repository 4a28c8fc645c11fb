"""Every row of the fidelity page names its source and the tests that prove it."""

import re
import subprocess
import sys

from tests.support import ROOT

PAGE = (ROOT / "docs/fidelity.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
GROUPS = ("Documented", "Seen", "Decided")


def part(group: str) -> str:
    """The text of a group, up to the next heading of its level."""
    return PAGE.split(f"\n## {group}\n")[1].split("\n## ")[0]


def rows(group: str) -> list[list[str]]:
    """The rows of a group's tables, without their heads."""
    lines = [each for each in part(group).splitlines() if each.startswith("| ")]
    cells = [[cell.strip() for cell in each.strip("|").split(" | ")] for each in lines]
    return [each for each in cells if each[-1] != "test"]


def test_there_are_three_groups() -> None:
    found = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert found == [*GROUPS, "Not reproduced"]
    assert [len(rows(group)) > 10 for group in GROUPS] == [True] * 3


def test_every_row_has_a_reason_and_a_test() -> None:
    for group, width in zip(GROUPS, (4, 4, 3), strict=True):
        for row in rows(group):
            assert len(row) == width, row
            assert all(row), row
            assert NAMED.findall(row[-1]), row
            assert not NAMED.sub("", row[-1]).strip(), row


def test_every_row_of_what_is_documented_names_a_public_source() -> None:
    sources = re.compile(
        r"guide|OpenAPI|release notes|picture|FAQ|OpenID Connect Discovery", re.IGNORECASE
    )
    assert [row for row in rows("Documented") if not sources.search(row[2])] == []


def test_every_test_that_is_named_is_collected() -> None:
    wanted = {f"{file}::{name}" for file, name in NAMED.findall(PAGE)}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *sorted({each.partition("::")[0] for each in wanted})],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = {line.partition("[")[0] for line in done.stdout.splitlines()}
    assert wanted - found == set()
