"""What the simulator really answers fits the service's own OpenAPI file: operation by operation, status
by status, state by state. That file allows no field it does not name.
"""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.calls import OPERATIONS, UNKNOWN, simulate
from tests.contract.calls import CALLS, CODE_1004, DECIDED, Ask
from tests.contract.documents import Document, problems
from tests.support import LOYAL, Till, running_server

pytestmark = pytest.mark.contract

USER_SIMULATION = {
    "UserSimulationCheckin": "checkin",
    "UserSimulationAcceptPayment": "acceptpayment",
    "UserSimulationCancelPayment": "cancelpaymentbyuser",
}


def check(document: Document, operation: str, answer: httpx.Response) -> None:
    """Fails where an answer is not as the document has it."""
    schema = document.answer_schema(operation, answer.status_code)
    if schema is None:
        assert answer.content == b""
    else:
        assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
        assert problems(schema, answer.json()) == []


@pytest.mark.parametrize(
    ("operation", "status", "ask"),
    [
        pytest.param(name, status, ask, id="-".join(filter(None, (name, str(status), state))))
        for name, status, state, ask in CALLS
    ],
)
def test_the_answer_fits_the_file(
    till: Till, reference: Document, operation: str, status: int, ask: Ask
) -> None:
    answer = ask(till)
    assert answer.status_code == status
    check(reference, operation, answer)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_answer_to_a_bad_request_fits_the_file(
    till: Till, reference: Document, operation: str
) -> None:
    method, path = OPERATIONS[operation]
    answer = till.call(method, path, headers={"X-MobilePay-Client-System-Version": None})
    assert answer.status_code == 400
    check(reference, operation, answer)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_answer_to_a_stranger_fits_the_file(
    till: Till, reference: Document, operation: str
) -> None:
    method, path = OPERATIONS[operation]
    answer = till.http.request(method, f"/pos/v10{path}")
    assert answer.status_code == 401
    check(reference, operation, answer)


def test_the_answer_with_code_1004_fits_the_files_error(till: Till, reference: Document) -> None:
    answer = till.call("POST", f"/refunds/{UNKNOWN}/capture")
    assert ("CaptureRefund", answer.status_code) == CODE_1004
    assert problems(reference.schema("ErrorResponseV2"), answer.json()) == []


@pytest.mark.parametrize(
    ("status", "ask"), [pytest.param(*rest, id=f"{name}-{rest[0]}") for name, *rest in DECIDED]
)
def test_the_user_simulations_refusals_fit_the_files_error(
    till: Till, reference: Document, status: int, ask: Ask
) -> None:
    answer = ask(till)
    assert answer.status_code == status
    assert problems(reference.schema("ErrorResponse"), answer.json()) == []


@pytest.fixture(scope="module")
def strict() -> Iterator[Till]:
    """A till that sends no x-ibm-client-id to a server that wants one."""
    with (
        running_server("--require-ibm-client-id") as server,
        httpx.Client(base_url=server.url) as http,
    ):
        yield Till(http)


@pytest.mark.parametrize("operation", USER_SIMULATION)
def test_the_user_simulations_answer_to_a_stranger_fits_the_file(
    strict: Till, reference: Document, operation: str
) -> None:
    answer = simulate(strict, USER_SIMULATION[operation], beaconId=UNKNOWN, phoneNumber=LOYAL)
    assert answer.status_code == 401
    check(reference, operation, answer)


def test_every_documented_answer_was_looked_at(reference: Document) -> None:
    seen = {(name, status) for name, status, *_ in CALLS}
    seen |= {(name, status) for name in OPERATIONS for status in (400, 401)}
    seen |= {(name, 401) for name in USER_SIMULATION}
    documented = {
        (operation["operationId"], status)
        for _, _, operation in reference.operations()
        for status in reference.statuses(operation["operationId"])
        if status != 500
    }
    assert documented == seen | {CODE_1004}


# --- the checks themselves --------------------------------------------------------------------

PAYMENT_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "amount": {"type": "number", "nullable": True},
        "state": {"type": "string", "enum": ["Reserved"]},
        "at": {"type": "string", "format": "date-time"},
    },
}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ({"id": UNKNOWN}, 0),
        ({"id": UNKNOWN, "amount": None, "at": "2022-10-17T06:07:45.4847176+00:00"}, 0),
        ({"id": UNKNOWN, "more": 1}, 1),
        ({"id": UNKNOWN, "amount": "1.00"}, 1),
        ({"id": UNKNOWN, "state": None}, 2),
        ({"id": UNKNOWN, "at": "2022-10-17T06:07:45"}, 1),
        ({"id": "1"}, 1),
        ({}, 1),
    ],
)
def test_an_answer_that_does_not_fit_is_found(value: object, number: int) -> None:
    assert len(problems(PAYMENT_SCHEMA, value)) == number
