"""The page about compare: its commands run as they stand, and say what the page says."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from mobilepay_simulator.testing.compare.comparison import FREE_FIELDS
from mobilepay_simulator.testing.replay.comparing import DifferenceKind

from tests.docs.pages import blocks_of, printed_by
from tests.support import ROOT, running_server

PAGE = "docs/compare.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


def test_the_commands_print_what_is_shown(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    blocks = [each for each in blocks_of(PAGE) if each.language in ("sh", "text")]
    with running_server() as server:
        here = [
            replace(each, body=each.body.replace("http://127.0.0.1:8080", server.url))
            for each in blocks
        ]
        printed = list(printed_by(here, tmp_path).values())
    shown = [each.body.splitlines() for each in blocks if each.language == "text"]
    assert len(printed) == len(shown) == 2
    for output, lines in zip(printed, shown, strict=True):
        assert [each for each in lines if each not in output] == []
    assert json.loads((tmp_path / "compare.json").read_text())["equal"] is True
    assert (tmp_path / "compare.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("field", sorted(FREE_FIELDS))
def test_every_field_whose_value_is_not_compared_is_told(field: str) -> None:
    is_of_a_store = field.startswith(("store", "brand"))
    assert ("names and addresses of stores" if is_of_a_store else f"`{field}`") in TEXT


@pytest.mark.parametrize("kind", DifferenceKind)
def test_every_kind_of_difference_is_told(kind: DifferenceKind) -> None:
    assert f"| {kind}" in TEXT or f", {kind} |" in TEXT
