"""The audit's report: the verdict, and how it is written down."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from mobilepay_simulator.client import Finding
from mobilepay_simulator.journal.audit.judging import RULES, AuditReport, UnknownRule, judge
from mobilepay_simulator.journal.audit.reports import as_junit, as_model, as_sarif, as_text
from mobilepay_simulator.journal.audit.rules import Evidence, KeptEvents
from mobilepay_simulator.journal.words import length_in_words

from tests.support import START, make_world

PAYMENT = "11111111-2222-4333-8444-555555555555"


def finding(rule: str, message: str, **more: Any) -> Finding:
    of = RULES[rule]
    return Finding(
        rule=rule,
        severity=of.severity,
        title=of.title,
        message=message,
        principle=of.principle,
        basis=of.basis,
        **more,
    )


LATE = finding("captured-late", "It was late.", requests=(7,), payment_id=PAYMENT, pos_id=PAYMENT)
OPEN = finding("reservation-left-open", "It is open.", payment_id=PAYMENT)
NOTED = finding("unneeded-header", "Not \x00needed.", requests=tuple(range(30)))
REPORT = AuditReport((OPEN, LATE, NOTED), off=("no-back-off",), calls=34)
PARTIAL = replace(REPORT, dropped=12)
CLEAN = AuditReport((), calls=34)

#: What SARIF 2.1.0 asks of the parts that we write.
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {"$ref": "#/$defs/reportingDescriptor"},
                                    },
                                },
                            }
                        },
                    },
                    "invocations": {"type": "array", "items": {"$ref": "#/$defs/invocation"}},
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                    "properties": {"type": "object"},
                },
            },
        },
    },
    "$defs": {
        "message": {
            "type": "object",
            "additionalProperties": False,
            "required": ["text"],
            "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}},
        },
        "level": {"enum": ["none", "note", "warning", "error"]},
        "reportingDescriptor": {
            "type": "object",
            "additionalProperties": False,
            "required": ["id"],
            "properties": {
                "properties": {"type": "object"},
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/message"},
                "fullDescription": {"$ref": "#/$defs/message"},
                "help": {"$ref": "#/$defs/message"},
                "defaultConfiguration": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"level": {"$ref": "#/$defs/level"}},
                },
            },
        },
        "invocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["executionSuccessful"],
            "properties": {
                "executionSuccessful": {"type": "boolean"},
                "toolExecutionNotifications": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["message"],
                        "properties": {
                            "level": {"$ref": "#/$defs/level"},
                            "message": {"$ref": "#/$defs/message"},
                        },
                    },
                },
                "ruleConfigurationOverrides": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["configuration", "descriptor"],
                        "properties": {
                            "configuration": {"properties": {"enabled": {"type": "boolean"}}},
                            "descriptor": {"properties": {"index": {"type": "integer"}}},
                        },
                    },
                },
            },
        },
        "result": {
            "type": "object",
            "additionalProperties": False,
            "required": ["message"],
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/message"},
                "locations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["physicalLocation"],
                        "properties": {
                            "physicalLocation": {
                                "type": "object",
                                "required": ["artifactLocation"],
                                "properties": {
                                    "artifactLocation": {
                                        "type": "object",
                                        "required": ["uri"],
                                        "properties": {"uri": {"type": "string"}},
                                    }
                                },
                            }
                        },
                    },
                },
                "properties": {"type": "object"},
            },
        },
    },
}


def sarif(report: AuditReport) -> Any:
    document = json.loads(as_sarif(report, "/sandboxes/x/_simulator"))
    jsonschema.Draft202012Validator(SARIF).validate(document)
    return document["runs"][0]


def evidence() -> Evidence:
    return Evidence((), (), KeptEvents((), 0), START, make_world().rules, {})


def test_nothing_is_wrong_where_nothing_happened() -> None:
    assert judge(evidence()) == AuditReport(())


def test_rules_are_switched_off_by_their_ids() -> None:
    assert judge(evidence(), ["no-back-off", "captured-late"]).off == (
        "captured-late",
        "no-back-off",
    )


def test_an_unknown_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownRule, match="did you mean 'polled-too-soon'"):
        judge(evidence(), ["polled-to-soon"])


def test_ids_of_rules_are_unique_words_with_dashes() -> None:
    assert len(RULES) >= 17
    for name, rule in RULES.items():
        assert name == rule.id
        assert name.replace("-", "").isalpha()
        assert name == name.lower()


def test_every_rule_says_where_its_principle_comes_from_and_how_it_is_judged() -> None:
    for rule in RULES.values():
        assert "(section" in rule.principle
        assert len(rule.judged) > 40


def test_the_counts_are_by_severity() -> None:
    counts = as_model(REPORT).counts
    assert counts == {"error": 1, "warning": 1, "note": 1}
    assert list(counts) == ["error", "warning", "note"]


def test_json_tells_what_was_off_looked_at_and_dropped() -> None:
    told = as_model(PARTIAL)
    assert (told.off, told.calls, told.dropped) == (("no-back-off",), 34, 12)
    assert told.is_partial
    assert not as_model(REPORT).is_partial


def test_text_tells_finding_requests_and_principle_with_the_verdict_at_the_end() -> None:
    lines = as_text(REPORT).splitlines()
    assert lines[0] == "error: reservation-left-open: It is open."
    assert "warning: captured-late: It was late." in lines
    assert f"    request 7; payment {PAYMENT}; point of sale {PAYMENT}" in lines
    assert f"    Why (documented): {LATE.principle}" in lines
    assert "    requests 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 20 more" in lines
    assert lines[-1] == "1 error, 1 warning, 1 note in 34 calls; off: no-back-off"
    assert as_text(CLEAN) == "nothing wrong in 34 calls\n"


def test_junit_has_a_case_for_each_rule_and_notes_fail_none() -> None:
    suite = ET.fromstring(as_junit(REPORT, "x"))
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert list(cases) == list(RULES)
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failed == {"reservation-left-open", "captured-late"}
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == (
        str(len(RULES)),
        "2",
        "1",
    )
    failure = cases["captured-late"].find("failure")
    assert failure is not None
    assert failure.get("type") == "warning"
    assert "It was late. (request 7;" in str(failure.text)
    assert cases["no-back-off"].find("skipped") is not None
    assert cases["unneeded-header"].findtext("system-out", "").startswith("Not \ufffdneeded.")


def test_sarif_names_rule_level_and_requests() -> None:
    run = sarif(REPORT)
    rules = run["tool"]["driver"]["rules"]
    for result, finding in zip(run["results"], REPORT.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert result["level"] == finding.severity
        assert result["message"]["text"] == finding.message
    (location,) = run["results"][1]["locations"]
    where = location["physicalLocation"]["artifactLocation"]["uri"]
    assert where == "/sandboxes/x/_simulator/requests/7"
    assert run["results"][2]["properties"]["requests"] == list(range(30))
    (override,) = run["invocations"][0]["ruleConfigurationOverrides"]
    assert override["descriptor"]["id"] == "no-back-off"


def test_json_and_sarif_say_whether_a_rule_is_documented_or_decided_here() -> None:
    report = AuditReport((LATE, NOTED))
    assert [each.basis for each in as_model(report).findings] == ["documented", "our decision"]
    run = sarif(report)
    said = [each["properties"]["basis"] for each in run["results"]]
    assert said == ["documented", "our decision"]
    rules = {each["id"]: each["properties"]["basis"] for each in run["tool"]["driver"]["rules"]}
    decided = {name for name, basis in rules.items() if basis == "our decision"}
    assert decided == {"token-for-each-call", "unneeded-header", "relies-on-case"}
    assert set(rules.values()) == {"documented", "our decision"}


def test_sarif_gives_a_place_to_a_finding_whose_requests_were_dropped() -> None:
    (location,) = sarif(REPORT)["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"].endswith("/_simulator/ledger")


def test_every_format_says_that_the_verdict_is_partial() -> None:
    said = "The report is partial: the journal has dropped 12 exchanges"
    assert said in as_text(PARTIAL)
    assert said in as_junit(PARTIAL, "x")
    (note,) = sarif(PARTIAL)["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith(said)
    for text in (as_text(REPORT), as_junit(REPORT, "x"), as_sarif(REPORT, "")):
        assert "partial:" not in text


def test_findings_come_worst_first_then_in_the_order_of_the_rules() -> None:
    ids = [each.rule for each in REPORT.findings]
    assert ids == ["reservation-left-open", "captured-late", "unneeded-header"]


LENGTHS = [
    ({"milliseconds": 350.4}, "350ms"),
    ({"seconds": 2.5}, "2.5s"),
    ({"seconds": 7.999}, "8s"),
    ({"seconds": 62}, "1m 2s"),
    ({"seconds": 3720.5}, "1h 2m"),
    ({"days": 8, "seconds": 1}, "8d 1s"),
]


@pytest.mark.parametrize(("length", "text"), LENGTHS)
def test_lengths_are_shown_as_people_write_them(length: dict[str, float], text: str) -> None:
    assert length_in_words(timedelta(**length)) == text
