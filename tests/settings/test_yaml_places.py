"""Mistakes of YAML are told in the line that somebody has to change, and not in the one below."""

import pytest
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound, parse


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # brackets
        ("a: b\nc: [d, e\nf: g\n", 2),
        ("a: b\nc: {d: e\nf: g\n", 2),
        ("a: b\nc: [d, e,\nf:\n  - g\n", 2),
        ("a:\n- [b, c\n- d\n", 2),
        ("a: {\n  b: c\n  d: e\n}\n", 2),
        ('a: {\n  b: c\n  "d": e\n}\n', 2),
        ("a: b\nc: [d]]\ne: f\n", 2),
        ("a: b\nc: {d: [e}\nf: g\n", 2),
        ("a: b\nc: [d,\n  e\n\n", 3),
        ("a: b\nc: [\nd: []\n", 2),
        ("a: b\nc: [d,\ne: []\n", 2),
        ("a: b\nc: [d, # e\nf: []\n", 2),
        ("a: b\nc: {\nd: []\ne: f\n", 2),
        ("a:\n- {b: c,\nd: []\n", 2),
        ("a:\n  - {b: c,\n  - {d: e}\nf: []\n", 2),
        ("a: [\n  b: {\nc: d\ne: f\n", 2),
        ("a: b\nc: [\n  d,\ne: f\ng: h\n", 3),
        ('{\n"a": [\n"b"\n],\n"c" "d"\n}\n', 5),
        # quotes
        ('a: b\nc: "d\ne: f\ng: h\n', 2),
        ('a: b\nc: "d\ne: "f"\n', 2),
        ("a: b\nc: 'd\ne: f\n", 2),
        ('a: b\nc: "d" e\nf: g\n', 2),
        ('a: b\nc: "\\q"\nd: e\n', 2),
        # colons
        ("a b\nc: d\n", 1),
        ("a: b\nc d\ne: f\n", 2),
        ("a: b\nc:d\ne: f\n", 2),
        ("a: b\nc\n  - d: e\n", 2),
        ("a: b\nc\n  d: e\nf: g\n", 2),
        ("a:\n  - b\n    c: d\n  - e: f\n", 2),
        ("a: b\nc: d: e\nf: g\n", 2),
        ("a: b\nc: d\ne\n", 3),
        # block texts
        ("a: x\nb: |\n  c\n  d\n e\nf: []\n", 5),
        ("a: x\nb: >-\n  c\n  d\n e: f\ng: []\n", 5),
        ("a:\n  b: |\n    c\n   d\n  e: f\n", 4),
        ("a: |\n  b\nc d\ne: f\n", 3),
        # indentation, tabs and characters
        ("a: b\n  c: d\ne: f\n", 2),
        ("a:\n  b: c\n d: e\n", 3),
        ("a:\n  - b\n - c\n", 3),
        ("a: b\n- c\nd: e\n", 2),
        ("a: b\nc: d\n\te:\n", 3),
        ("a: b\nc:\n\t- d: e\nf: g\n", 3),
        ("a: b\nc: @d\ne: f\n", 2),
        ("a: b\nc: d\x07\ne: f\n", 2),
    ],
)
def test_what_is_not_yaml_is_told_in_its_line(text: str, line: int) -> None:
    with pytest.raises(ProblemsFound) as found:
        parse(text, "mine.yaml")
    assert [each.line for each in found.value.problems] == [line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("summary: x\nsteps:\n\nexpect: []\n", 2),
        ("summary: x\nsteps:\n  do: accept\n", 2),
        ("summary:\n  - x\nsteps: []\n", 1),
        ("summary: x\nsteps:\n  - do:\n    when: Reserved\n", 3),
        ("summary: x\nsteps:\n  -\n  - do: accept\n", 3),
        ("summary: x\nstps:\n  - do: accept\n", 2),
        ("summary: x\ncase:\n  section: payments\n", 2),
        ("summary: x\nfaults:\n  - first: 1\n    delay: 1s\n", 3),
        ("summary: x\nfaults:\n  - call: GetPos\n    delay:\n\n# end\n", 4),
    ],
)
def test_a_wrong_or_a_missing_key_is_told_in_the_line_of_what_it_is_a_mistake_of(
    text: str, line: int
) -> None:
    with pytest.raises(ProblemsFound) as found:
        read_scenario(text, "mine")
    assert {each.line for each in found.value.problems} == {line}


def test_a_key_without_a_colon_above_another_key_is_told_as_that() -> None:
    with pytest.raises(ProblemsFound) as found:
        parse("steps:\n  - check-in\n    after: 1s\n", "mine.yaml")
    assert "a key has a colon" in str(found.value)
