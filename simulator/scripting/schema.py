"""The JSON Schema of scenario files, made from the declarations that read them."""

import dataclasses
from typing import Any

from ..settings.shapes import name_of
from .actions import ACTIONS
from .cases import CaseDefinition, OpeningCall
from .expectation_base import EXPECTATIONS
from .faults import Fault, FaultAnswer, Hold
from .matchers import AppliesTo
from .scenario import SHAPE, Step
from .till import TILL_WORDS
from .value_kinds import REAL_TIME, Delay


def scenario_schema() -> dict[str, Any]:
    """Returns the schema, as draft 2020-12."""
    schema = _shape(SHAPE)
    properties = schema["properties"]
    steps = {"type": "array", "items": {"$ref": "#/$defs/step"}}
    properties["steps"] = {**properties["steps"], **steps}
    payment = {"type": "object", "properties": {"steps": steps}, "additionalProperties": False}
    properties["payments"] = {**properties["payments"], "type": "array", "items": payment}
    properties["applies_to"] = {**properties["applies_to"], **_shape(AppliesTo)}
    case = _shape(CaseDefinition)
    case["properties"]["opens_with"] |= _shape(OpeningCall)
    properties["case"] = {**properties["case"], **case}
    properties["faults"] = {
        **properties["faults"],
        "type": "array",
        "items": {"$ref": "#/$defs/fault"},
    }
    expectations = [{**_shape(each), **each.rules} for each in EXPECTATIONS.values()]
    properties["expect"] = {
        **properties["expect"],
        "type": "array",
        "items": {"anyOf": expectations},
    }
    properties["till"] = {**properties["till"], "type": "array", "items": _till()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of the MobilePay PoS simulator",
        **schema,
        "$defs": {"step": _step(), "fault": _fault()},
    }


def _shape(cls: Any) -> dict[str, Any]:
    fields = [each for each in dataclasses.fields(cls) if "kind" in each.metadata]
    return {
        "type": "object",
        "properties": {
            name_of(each): {"description": each.metadata["help"], **each.metadata["kind"].schema}
            for each in fields
        },
        "required": [name_of(each) for each in fields if each.default is dataclasses.MISSING],
        "additionalProperties": False,
    }


def _step() -> dict[str, Any]:
    schema = _shape(Step)
    with_arguments = [
        {
            "type": "object",
            "properties": {word: {"description": cls.__doc__, **_shape(cls)}},
            "required": [word],
            "additionalProperties": False,
        }
        for word, cls in ACTIONS.items()
    ]
    words = [word for word, cls in ACTIONS.items() if not _shape(cls)["required"]]
    schema["properties"]["do"] = {"anyOf": [{"enum": words}, *with_arguments]}
    return schema


def _fault() -> dict[str, Any]:
    schema = _shape(Fault)
    properties = schema["properties"]
    properties["answer"] = {**properties["answer"], **_shape(FaultAnswer)}
    properties["hold"] = {**properties["hold"], **_shape(Hold)}
    properties["delay"] = {"anyOf": [REAL_TIME.schema, _shape(Delay)]}
    return schema


def _till() -> dict[str, Any]:
    kinds = {"amount": "number", "amount?": "number", "time": "string"}
    with_arguments = [
        {
            "type": "object",
            "properties": {
                word: {"type": kinds[takes]} if takes else {"type": "null"},
                "refused": {"type": ["string", "integer"]},
            },
            "required": [word],
            "additionalProperties": False,
        }
        for word, (takes, _) in TILL_WORDS.items()
    ]
    words = [word for word, (takes, _) in TILL_WORDS.items() if takes in ("", "amount?")]
    return {"anyOf": [{"enum": words}, *with_arguments]}
