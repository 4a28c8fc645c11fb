"""JUnit XML, as build servers read it."""

from xml.etree import ElementTree as ET

import pytest
from mobilepay_simulator.journal.junit import Case, Suite, printable, suite_as_xml, suites_as_xml

CASES = (
    Case(classname="till", name="pays", seconds=1.25),
    Case(classname="till", name="captures", failure="too late", kind="error", text="by 3 s"),
    Case(classname="till", name="refunds", skipped="not tested", output="later"),
)
SUITE = Suite(name="shop", cases=CASES, properties={"calls": 3}, output="partial")


def test_a_suite_counts_its_cases() -> None:
    suite = ET.fromstring(suite_as_xml(SUITE))
    assert suite.attrib == {
        "name": "shop", "tests": "3", "failures": "1", "errors": "0", "skipped": "1",
    }  # fmt: skip


def test_a_case_says_what_became_of_it() -> None:
    passed, failed, skipped = ET.fromstring(suite_as_xml(SUITE)).iter("testcase")
    assert (passed.attrib, list(passed)) == (
        {"classname": "till", "name": "pays", "time": "1.250"}, [],
    )  # fmt: skip
    (failure,) = failed
    assert failure.attrib == {"message": "too late", "type": "error"}
    assert failure.text == "by 3 s"
    assert [(each.tag, each.text) for each in skipped] == [
        ("skipped", None),
        ("system-out", "later"),
    ]


def test_a_suite_has_its_properties_first_and_what_else_there_is_to_say_last() -> None:
    suite = ET.fromstring(suite_as_xml(SUITE))
    assert [each.tag for each in suite] == ["properties", *["testcase"] * 3, "system-out"]
    (of_calls,) = suite[0]
    assert of_calls.attrib == {"name": "calls", "value": "3"}


def test_several_suites_are_counted_together() -> None:
    suites = ET.fromstring(suites_as_xml("all", [SUITE, SUITE]))
    assert suites.attrib == {"name": "all", "tests": "6", "failures": "2", "errors": "0"}
    assert [each.get("name") for each in suites] == ["shop", "shop"]


@pytest.mark.parametrize("stranger", ["\0", "\x1b", "\x7f", "\ud800", "\ufffe"])
def test_what_xml_cannot_hold_is_replaced_wherever_it_stands(stranger: str) -> None:
    case = Case(classname=stranger, name=stranger, failure=stranger, kind=stranger, text=stranger)
    suite = Suite(name=stranger, cases=(case,), properties={stranger: stranger}, output=stranger)
    text = suite_as_xml(suite)
    assert stranger not in text
    assert ET.fromstring(text).get("name") == "\ufffd"


def test_lines_and_tabs_stay() -> None:
    assert printable("a\n\tb") == "a\n\tb"
