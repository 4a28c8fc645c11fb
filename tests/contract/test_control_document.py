"""The OpenAPI document of the control API: valid, and what calls answer is as it says."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from mobilepay_simulator.app import create_app
from mobilepay_simulator.control import description
from mobilepay_simulator.settings.settings import Settings
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.control.asking import ask
from tests.support import CREDIT, RunningServer, Till


@pytest.fixture(scope="module")
def document(server: RunningServer) -> Any:
    return httpx.get(f"{server.url}/_simulator/openapi.json").json()


def test_the_document_is_valid(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_document_says_where_it_was_asked_for(server: RunningServer) -> None:
    url = f"{server.url}/sandboxes/contract"
    found = httpx.get(f"{url}/_simulator/openapi.json").json()
    assert found["servers"] == [{"url": url}]


def test_the_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings())
    first = ask(app, "GET", "/_simulator/openapi.json")
    monkeypatch.setattr(description, "describe", lambda _: pytest.fail("it was made again"))
    assert ask(app, "GET", "/_simulator/openapi.json").content == first.content


#: Reserved words of TypeScript, Java, C#, Python, Go and PHP: generators of clients make identifiers
#: of the names of parameters and operations, and not all of them change such a word.
RESERVED = (
    "abstract and any as assert async await base bool boolean break byte callable case catch "
    "chan char checked class clone const continue debugger decimal declare def default defer del "
    "delegate delete die do double echo elif else empty enum eval event except exit explicit export "
    "extends extern fallthrough false final finally fixed float fn for foreach from func function "
    "global go goto if implements implicit import in include instanceof int interface internal is "
    "isset lambda let lock long map match namespace native new nil none nonlocal not null object "
    "operator or out override package params pass print private protected public raise range "
    "readonly ref require return sbyte sealed select short sizeof static string struct super switch "
    "synchronized this throw throws trait transient true try type typeof uint ulong unchecked unsafe "
    "unset use ushort using var virtual void volatile while with xor yield"
)


def test_no_parameter_and_no_operation_is_called_by_a_reserved_word(document: Any) -> None:
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = {each["name"] for operation in operations for each in operation["parameters"]}
    names |= {operation["operationId"] for operation in operations}
    assert {each for each in names if each.lower() in RESERVED.split()} == set()


def test_an_empty_format_is_refused_with_the_names_there_are(till: Till, document: Any) -> None:
    formats = {
        (method, path): each["schema"]["enum"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for each in operation["parameters"]
        if each["name"] == "format"
    }
    assert len(formats) > 5
    for (method, path), names in formats.items():
        answer = till.http.request(method, path, params={"format": ""})
        assert answer.status_code == 400, path
        assert all(name in answer.json()["error"] for name in names)


#: Calls that are answered with a model, once a till has paid; $NAME stands for what it made.
ANSWERED = [
    "/health",
    "/clock",
    "/clock/due",
    "/scenarios",
    "/scenarios/success",
    "/faults",
    "/runs",
    "/requests",
    "/requests/1",
    "/explain/1",
    "/audit",
    "/ledger",
    "/certifications",
    "/certifications/C1",
    "/certifications/C1/report?format=json",
    "/notifications",
    "/callbacks",
    "/sandboxes",
    "/points-of-sale",
    "/points-of-sale/$pos",
    "/payments",
    "/payments/$payment",
    "/timeline?posId=$pos",
    "/states",
    "/changes?after=0-0-0",
    "/merchants",
    "/users",
    "/events",
]


@pytest.fixture
def made(till: Till) -> dict[str, str]:
    """Ids of what a till has made in a sandbox where much has happened."""
    till.control("PUT", "/callbacks/alias", {"url": "http://127.0.0.1:9/"})
    pos_id = till.create_pos(callbackAlias="alias")
    assert till.user("checkin", pos_id, CREDIT).is_success
    payment_id = till.captured(restrictions={"debitCardDisallowed": True})
    till.refund(payment_id)
    till.initiate(pos_id, scenario="rejection")
    till.control("POST", "/certifications", {"sections": ["onboarding"]})
    till.create_pos()
    return {"$pos": pos_id, "$payment": payment_id}


def test_what_calls_answer_is_as_the_document_says(
    till: Till, made: dict[str, str], document: Any
) -> None:
    for path in ANSWERED:
        for name, made_id in made.items():
            path = path.replace(name, made_id)
        answer = till.control("GET", path)
        validator = Draft202012Validator(strict(document, model_of(document, path)))
        assert [each.message for each in validator.iter_errors(answer)] == [], path


def model_of(document: Any, path: str) -> dict[str, Any]:
    """The schema of the answer to a GET of a path."""
    parts = path.partition("?")[0].split("/")
    for known, methods in document["paths"].items():
        names = known.removeprefix("/_simulator").split("/")
        pairs = zip(names, parts, strict=False)
        if len(names) == len(parts) and all(a == b or a.startswith("{") for a, b in pairs):
            content = methods["get"]["responses"]["200"]["content"]
            return dict(content["application/json"]["schema"])
    raise AssertionError(f"the document has no path {path}")


def strict(document: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with all models, in which a field that they do not have is a mistake."""
    models = {
        name: {**each, "unevaluatedProperties": False} if "properties" in each else each
        for name, each in document["components"]["schemas"].items()
    }
    return {**schema, "components": {"schemas": models}}
