"""The published schema, piece by piece and by hand."""

from typing import Any

import jsonschema
from mobilepay_simulator.scripting.call import Call
from mobilepay_simulator.scripting.schema import scenario_schema

NUMBER, TEXT = {"type": "number"}, {"type": "string"}
PATTERN = {"type": "string", "minLength": 1, "maxLength": 200}


def bare(schema: Any) -> Any:
    """A schema without its descriptions."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: bare(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str))
    }


SCHEMA = bare(scenario_schema())


def test_which_payments_a_scenario_takes() -> None:
    properties = SCHEMA["properties"]["applies_to"]["properties"]
    spread = {
        "type": "object",
        "properties": {
            "at_least": NUMBER,
            "at_most": NUMBER,
            "ends_with": {"type": ["string", "number"]},
        },
        "additionalProperties": False,
    }
    assert properties["amount"] == {"anyOf": [NUMBER, spread]}
    assert properties["header"] == {"type": "object", "additionalProperties": TEXT}
    for name in ("order_id", "label", "pos_name", "merchant_pos_id"):
        assert properties[name] == PATTERN
    assert properties["operation"] == {"enum": ["InitiatePayment", "PreparePayment"]}


def test_what_goes_wrong() -> None:
    fault = SCHEMA["$defs"]["fault"]
    properties = fault["properties"]
    count = {"type": "integer", "minimum": 1}
    real_time = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?(ms|s|m)$"}
    assert fault["required"] == ["call"]
    assert (properties["first"], properties["nth"]) == (count, count)
    assert (properties["dribble"], properties["delay"]["anyOf"][0]) == (real_time, real_time)
    answer = properties["answer"]["properties"]
    assert answer["status"] == {"type": "integer", "minimum": 200, "maximum": 599}
    assert answer["code"] == {"type": ["string", "integer"]}
    assert properties["hold"]["required"] == ["until"]


def test_what_happens() -> None:
    step = SCHEMA["$defs"]["step"]
    length = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?(ms|s|m|h|d)$"}
    assert step["properties"]["after"] == length
    (told,) = (
        each["properties"]["set-notifications"]
        for each in step["properties"]["do"]["anyOf"]
        if "set-notifications" in each.get("properties", {})
    )
    assert told["properties"]["copies"] == {"type": "integer", "minimum": 0, "maximum": 3}
    assert SCHEMA["properties"]["summary"] == {"type": "string", "minLength": 1}


def test_an_editor_is_told_the_words_of_those_who_can_check_in() -> None:
    (arguments,) = (
        each["properties"]["check-in"]
        for each in SCHEMA["$defs"]["step"]["properties"]["do"]["anyOf"]
        if "check-in" in each.get("properties", {})
    )
    users = [
        *("credit-card", "debit-card", "another-credit-card", "loyalty", "partial-capture"),
        *("allowed-card", "disallowed-card"),
    ]
    assert arguments["properties"]["user"] == {**TEXT, "examples": users}


def test_every_expectation_may_have_a_step_and_an_advice() -> None:
    for each in SCHEMA["properties"]["expect"]["items"]["anyOf"]:
        for name in ("step", "advice"):
            assert each["properties"][name] == {"type": "string", "minLength": 1}
            assert name not in each["required"]


def test_a_call_of_which_no_more_is_said_is_a_get_of_nobody() -> None:
    call = Call(name="GetPos")
    assert (call.method, call.key, call.client_id, call.version) == ("GET", "", "", "")
    assert (call.starts_payment, call.real_at) == (False, 0.0)


def test_a_call_between_two_attempts_needs_the_number_of_the_second() -> None:
    (tries,) = (
        each
        for each in SCHEMA["properties"]["expect"]["items"]["anyOf"]
        if "dependentSchemas" in each
    )
    validator = jsonschema.Draft202012Validator(tries)
    assert validator.is_valid({"tries": "GetPos"})
    assert validator.is_valid({"tries": "GetPos", "nth": 2, "between": "Token"})
    assert not validator.is_valid({"tries": "GetPos", "nth": 1, "between": "Token"})
    assert not validator.is_valid({"tries": "GetPos", "between": "Token"})
