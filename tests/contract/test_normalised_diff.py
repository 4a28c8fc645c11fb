"""The served description and the service's own file differ in nothing but what is listed here."""

import re
from typing import Any

import pytest

from tests.contract.documents import Document
from tests.contract.normalised import facts_of

pytestmark = pytest.mark.contract

#: What only the file says, and why we do not.
LEFT_OUT = {
    r".*: header authorization is (required|string)": (
        "OpenAPI 3 has readers ignore a header parameter of this name; ours is a security scheme"
    ),
}

#: What only we say, and why.
ADDED = {
    r".* /integrator-authentication/.*": "the file leaves out the authentication service",
    r".*: header x-mobilepay-client-system-name is (optional|string)": (
        "dropped in March 2020, and still checked where a client sends it"
    ),
    r"POST /pos/app/usersimulation/\w+: (answers )?(400|404|409|500)\b.*": (
        "decided answers of the user simulation, which is documented with 200, 401 and 500 alone"
    ),
    r"GET .*: (answers )?429\b.*": "answered with --enforce-poll-delay alone",
    r"POST /pos/v10/refunds/\{refundid\}/capture: (answers )?404\b.*": (
        "the error page has code 1004 here, so there is a body"
    ),
    r"GET /pos/v10/payments(/\{paymentid\})?: .* has null among its words": (
        "OpenAPI 3.0.3 lets an enum without null forbid what `nullable` allows"
    ),
    r".*: (answers )?403\b.*": (
        "--blocked-versions, --require-certified and a token of another merchant refuse any call"
    ),
}


def unexplained(facts: set[str], reasons: dict[str, str]) -> list[str]:
    return sorted(
        each for each in facts if not any(re.fullmatch(pattern, each) for pattern in reasons)
    )


def test_nothing_of_the_file_is_left_out_but_for_a_reason(
    ours: Document, reference: Document
) -> None:
    missing = facts_of(reference.data) - facts_of(ours.data)
    assert unexplained(missing, LEFT_OUT) == []


def test_nothing_is_added_to_the_file_but_for_a_reason(ours: Document, reference: Document) -> None:
    added = facts_of(ours.data) - facts_of(reference.data)
    assert unexplained(added, ADDED) == []


def test_every_exception_is_one(ours: Document, reference: Document) -> None:
    ours_, theirs = facts_of(ours.data), facts_of(reference.data)
    for found, reasons in ((theirs - ours_, LEFT_OUT), (ours_ - theirs, ADDED)):
        for pattern in reasons:
            assert any(re.fullmatch(pattern, each) for each in found), pattern


SMALL: dict[str, Any] = {
    "paths": {
        "/x": {
            "get": {
                "operationId": "X",
                "parameters": [
                    {"in": "query", "name": "q", "schema": {"type": "string", "nullable": True}}
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/X"}}
                        }
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "X": {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "number", "format": "double"}},
                "additionalProperties": False,
            }
        }
    },
}


def test_the_facts_of_a_document_follow_references_and_name_what_a_client_is_made_of() -> None:
    assert facts_of(SMALL) == {
        "GET /x: is X of",
        "GET /x: query q is optional",
        "GET /x: query q is string",
        "GET /x: query q has nullable True",
        "GET /x: answers 200",
        "GET /x: answers 200 as application/json",
        "GET /x: 200 is object",
        "GET /x: 200 has additionalProperties False",
        "GET /x: 200.a is required",
        "GET /x: 200.a is number double",
    }
