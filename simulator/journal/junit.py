"""JUnit XML: suites of test cases, as build servers read them.

The format has no standard; this module writes what all its readers accept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

_KEPT = "\n\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A test case. It has passed if it neither failed nor was skipped.

    Args:
        classname: the group it belongs to.
        name: its name.
        failure: why it failed, in a line; None if it did not.
        kind: the kind of failure.
        text: the failure in full.
        skipped: why it was skipped, in a line; None if it was not.
        output: other text.
        seconds: how long it took; None if that is unknown.
    """

    classname: str
    name: str
    failure: str | None = None
    kind: str = ""
    text: str = ""
    skipped: str | None = None
    output: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Test cases that belong together.

    Args:
        name: its name.
        cases: its cases, in order.
        properties: values for the whole suite, by name.
        output: other text.
        seconds: how long all cases took; None if that is unknown.
    """

    name: str
    cases: tuple[Case, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""
    seconds: float | None = None

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of cases, and of those that did not pass, by the names of XML attributes."""
        return {
            "tests": len(self.cases),
            "failures": sum(each.failure is not None for each in self.cases),
            "errors": 0,
            "skipped": sum(each.skipped is not None for each in self.cases),
        }


def suite_as_xml(suite: Suite) -> str:
    """Returns a document with one suite."""
    return _written(_suite(suite))


def suites_as_xml(name: str, suites: Iterable[Suite]) -> str:
    """Returns a document with several suites under one name."""
    made = list(suites)
    counts = [each.counts for each in made]
    sums = {key: sum(count[key] for count in counts) for key in ("tests", "failures", "errors")}
    root = _element("testsuites", name=name, **sums)
    root.extend(_suite(each) for each in made)
    return _written(root)


def printable(text: str) -> str:
    """Returns a text without characters that XML and HTML can't hold; clients send any."""
    return "".join(each if each.isprintable() or each in _KEPT else "\ufffd" for each in text)


def _suite(suite: Suite) -> ET.Element:
    made = _element("testsuite", name=suite.name, **suite.counts, **_time(suite.seconds))
    if suite.properties:
        properties = ET.SubElement(made, "properties")
        for name, value in suite.properties.items():
            properties.append(_element("property", name=name, value=value))
    made.extend(_case(each) for each in suite.cases)
    if suite.output:
        made.append(_element("system-out", suite.output))
    return made


def _case(case: Case) -> ET.Element:
    made = _element("testcase", classname=case.classname, name=case.name, **_time(case.seconds))
    if case.failure is not None:
        kind = {"type": case.kind} if case.kind else {}
        made.append(_element("failure", case.text, message=case.failure, **kind))
    elif case.skipped is not None:
        made.append(_element("skipped", message=case.skipped))
    if case.output:
        made.append(_element("system-out", case.output))
    return made


def _time(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"time": f"{seconds:.3f}"}


def _element(tag: str, text: str | None = None, /, **attributes: Any) -> ET.Element:
    made = ET.Element(tag, {key: printable(str(each)) for key, each in attributes.items()})
    made.text = printable(text) if text else None
    return made


def _written(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode", xml_declaration=True)
