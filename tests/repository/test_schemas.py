"""Files that services read, such as workflows, are checked against the services' schemas."""

import runpy
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.fixture(scope="module")
def checked() -> set[Path]:
    """The files that make lint compares with a schema."""
    patterns = runpy.run_path(str(ROOT / ".ci" / "schemas.py"))["SCHEMAS"].values()
    return {path for each in patterns for pattern in each for path in ROOT.glob(pattern)}


def test_every_file_that_a_service_reads_is_checked_against_its_schema(checked: set[Path]) -> None:
    there = {each for each in (ROOT / ".github").rglob("*") if each.suffix in (".yml", ".yaml")}
    assert len(there) >= 6
    examples = ("compose*.yaml", "examples/*-ci/*.yml", "examples/github-actions/*.yaml")
    examples += ("examples/kubernetes/*.yaml",)
    there |= {path for pattern in examples for path in ROOT.glob(pattern)}
    assert there <= checked
