"""What the simulator says of itself is what the service's own OpenAPI file said.

Where they differ on purpose, the difference is written down here, with its reason.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.documents import Document, problems, shape
from tests.support import RunningServer

pytestmark = pytest.mark.contract

OPERATIONS = (
    "InitiatePayment",
    "PreparePayment",
    "QueryPaymentIds",
    "QueryPayment",
    "PaymentReady",
    "CapturePayment",
    "CancelPayment",
    "CreatePos",
    "GetPosWithFilter",
    "GetPos",
    "DeletePos",
    "GetCheckIn",
    "GetStores",
    "GetDetailedStores",
    "GetStore",
    "CreateRefund",
    "QueryRefundIds",
    "GetRefund",
    "CaptureRefund",
    "CancelRefund",
    "UserSimulationCheckin",
    "UserSimulationAcceptPayment",
    "UserSimulationCancelPayment",
)
#: Whose 200 answer has a body and an example of it in the file.
ANSWERING = (
    "InitiatePayment",
    "PreparePayment",
    "QueryPaymentIds",
    "QueryPayment",
    "CreatePos",
    "GetPosWithFilter",
    "GetPos",
    "GetCheckIn",
    "GetStores",
    "GetStore",
    "CreateRefund",
    "QueryRefundIds",
    "GetRefund",
)
TAKING_A_BODY = (
    "InitiatePayment",
    "PreparePayment",
    "PaymentReady",
    "CapturePayment",
    "CreatePos",
    "CreateRefund",
    "UserSimulationCheckin",
    "UserSimulationAcceptPayment",
    "UserSimulationCancelPayment",
)

#: A header parameter in the file. OpenAPI 3 has readers ignore one of that name: ours is a security scheme.
TOKEN = ("header", "authorization")

#: Not in the file: it was dropped in March 2020, but is still checked where a client sends it.
SYSTEM_NAME = ("header", "x-mobilepay-client-system-name")

#: Bodies the file does not have: the answer that carries code 1004, and where the file has no errors
#: but 401 and 500 and no body for either.
BODIES_OF_OURS = {
    ("CaptureRefund", 404),
    ("UserSimulationCheckin", 500),
    ("UserSimulationAcceptPayment", 500),
    ("UserSimulationCancelPayment", 500),
}


def parameters(document: Document, operation: str) -> dict[tuple[str, str], tuple[bool, Any]]:
    """By place and name: whether it is required, and its shape. Headers have no case."""
    return {
        (each["in"], each["name"].lower() if each["in"] == "header" else each["name"]): (
            each.get("required", False),
            shape(document.resolve(each["schema"])),
        )
        for each in document.operation(operation).get("parameters", ())
    }


def test_the_operations_are_the_same(ours: Document, reference: Document) -> None:
    ours_, theirs = (
        {(method, path, each["operationId"]) for method, path, each in document.operations()}
        for document in (ours, reference)
    )
    # The file leaves out the authentication service.
    added = {each for each in ours_ if each[1].startswith("/integrator-authentication/")}
    assert {name for _, _, name in added} == {"Token", "Discovery", "KeySet"}
    assert ours_ - added == theirs
    assert {name for _, _, name in theirs} == set(OPERATIONS)


def test_it_is_the_same_version_of_the_api(ours: Document, reference: Document) -> None:
    assert ours.data["info"]["version"] == reference.data["info"]["version"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_group_is_the_same(ours: Document, reference: Document, operation: str) -> None:
    assert ours.operation(operation)["tags"] == reference.operation(operation)["tags"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_parameters_are_the_same(ours: Document, reference: Document, operation: str) -> None:
    theirs = parameters(reference, operation)
    found = parameters(ours, operation)
    needs_a_token = theirs.pop(TOKEN, None) is not None
    system_name = found.pop(SYSTEM_NAME, None)

    assert found == theirs
    assert (ours.operation(operation)["security"] != []) is needs_a_token
    assert system_name == ((False, {"type": "string"}) if needs_a_token else None)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_what_takes_a_body_describes_one(
    ours: Document, reference: Document, operation: str
) -> None:
    has_body = operation in TAKING_A_BODY
    assert ("requestBody" in reference.operation(operation)) is has_body
    assert ("requestBody" in ours.operation(operation)) is has_body


@pytest.mark.parametrize("operation", TAKING_A_BODY)
def test_the_request_body_is_the_same_in_all_media_types(
    ours: Document, reference: Document, operation: str
) -> None:
    found, theirs = (document.operation(operation)["requestBody"] for document in (ours, reference))
    assert found["required"] is theirs["required"] is True
    assert found["content"].keys() == theirs["content"].keys()
    for media_type, body in theirs["content"].items():
        ours_ = ours.resolve(found["content"][media_type]["schema"])
        assert shape(ours_) == shape(reference.resolve(body["schema"]))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_documented_status_is_documented_here(
    ours: Document, reference: Document, operation: str
) -> None:
    assert reference.statuses(operation) <= ours.statuses(operation)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_answers_bodies_are_the_same(
    ours: Document, reference: Document, operation: str
) -> None:
    for status in reference.statuses(operation):
        theirs = reference.answer_schema(operation, status)
        found = ours.answer_schema(operation, status)
        if (operation, status) in BODIES_OF_OURS:
            assert theirs is None
            assert found is not None
        else:
            assert (found and shape(found)) == (theirs and shape(theirs)), status


@pytest.mark.parametrize("operation", ANSWERING)
def test_the_files_example_of_an_answer_fits_our_description(
    ours: Document, reference: Document, operation: str
) -> None:
    content = reference.operation(operation)["responses"]["200"]["content"]
    schema = ours.answer_schema(operation, 200)
    assert schema is not None
    assert problems(schema, content["application/json"]["example"]) == []


@pytest.mark.parametrize("operation", TAKING_A_BODY)
def test_the_files_example_of_a_request_fits_our_description(
    ours: Document, reference: Document, operation: str
) -> None:
    theirs, found = (
        document.operation(operation)["requestBody"]["content"]["application/json"]
        for document in (reference, ours)
    )
    assert problems(ours.resolve(found["schema"]), theirs["example"]) == []


def test_the_document_says_where_it_was_asked_for(server: RunningServer) -> None:
    url = f"{server.url}/sandboxes/contract"
    document = httpx.get(f"{url}/openapi.json").json()
    assert document["servers"] == [{"url": url}]


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document, however deep."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from objects_in(each)


def test_nullable_stands_beside_a_type(ours: Document) -> None:
    nullable = [each for each in objects_in(ours.data) if each.get("nullable") is True]
    assert nullable
    assert [each for each in nullable if "type" not in each] == []


def test_an_enum_has_null_where_null_is_allowed_and_nowhere_else(ours: Document) -> None:
    enums = [each for each in objects_in(ours.data) if isinstance(each.get("enum"), list)]
    found = {(each.get("nullable", False), None in each["enum"]) for each in enums}
    assert found == {(True, True), (False, False)}


def test_a_default_fits_its_schema(ours: Document) -> None:
    defaults = [each for each in objects_in(ours.data) if "type" in each and "default" in each]
    assert [each for each in defaults if problems(each, each["default"])] == []
    # What a client leaves out is left out: it needs no default that says so.
    assert [each for each in defaults if each["default"] is None] == []


@pytest.mark.parametrize("path", ["/openapi.json", "/_simulator/openapi.json"])
def test_every_group_of_operations_is_declared(server: RunningServer, path: str) -> None:
    document = httpx.get(f"{server.url}{path}").json()
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    declared = [each["name"] for each in document["tags"]]
    assert len(declared) == len(set(declared))
    assert set(declared) == {tag for each in operations for tag in each["tags"]}
    assert document["info"]["license"]["name"] == "MIT"


def test_the_groups_of_the_file_are_declared_in_its_order(
    ours: Document, reference: Document
) -> None:
    theirs = [each["name"] for each in reference.data["tags"]]
    assert [each["name"] for each in ours.data["tags"]][: len(theirs)] == theirs
