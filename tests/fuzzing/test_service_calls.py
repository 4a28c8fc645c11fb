"""Whatever is sent to the service's operations: it is done, or refused with a reason and nothing done."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mobilepay_simulator.api.answers import Response as Answer
from mobilepay_simulator.api.operations import Operation
from mobilepay_simulator.api.routes import OPERATIONS

from tests.fuzzing.house import House
from tests.fuzzing.strategies import HEADERS, QUERIES, TEXTS, bodies, thrown

TERMS = {
    "amount": 10.0,
    "currencyCode": "DKK",
    "plannedCaptureDelay": "None",
    "merchantPaymentLabel": "label",
    "restrictions": {"debitCardDisallowed": True, "creditCardDisallowed": False},
}
#: Right bodies; $name stands for an id of the house.
RIGHT: dict[str, dict[str, Any]] = {
    "InitiatePayment": {"posId": "$idle", "orderId": "order", **TERMS},
    "PreparePayment": {"posId": "$idle", "orderId": "order"},
    "PaymentReady": TERMS,
    "CapturePayment": {"amount": 10.0},
    "CreatePos": {
        "merchantPosId": "till",
        "storeId": "$store",
        "name": "Till",
        "beaconId": "123456789012345",
        "callbackAlias": "alias",
        "supportedBeaconTypes": ["QR", "NFC"],
        "requirePaymentBeforeCheckin": False,
    },
    "CreateRefund": {
        "paymentId": "$captured",
        "refundOrderId": "refund",
        "amount": 1.0,
        "currencyCode": "DKK",
    },
    "UserSimulationCheckin": {"beaconId": "$beacon", "phoneNumber": "$phone"},
    "UserSimulationAcceptPayment": {"beaconId": "$beacon", "phoneNumber": "$phone"},
    "UserSimulationCancelPayment": {"beaconId": "$beacon"},
}
#: Right ids in paths.
WHERE = {
    "paymentid": ["issued", "reserved", "captured", "prepared"],
    "posid": ["idle", "checkedIn"],
    "storeid": ["store"],
    "refundid": ["refund"],
}
PARAMETERS = ("posId", "orderId", "state", "paymentId", "storeId", "beaconId", "merchantPosId", "merchantBrandId", "merchantLocationId")  # fmt: skip

#: 405 where the id is empty: that path is another.
DONE, REFUSED = {200}, {400, 401, 403, 404, 405, 409, 415, 429}
#: Refusals for which the service documents no body; a header says why.
WITHOUT_BODY = {401, 403, 404, 429}


def right(house: House, operation: Operation) -> Any:
    """A right body of an operation."""
    return {
        name: house.ids[value[1:]] if isinstance(value, str) and value[0] == "$" else value
        for name, value in RIGHT.get(operation.name, {}).items()
    }


def reason(answer: Answer) -> str:
    """What a refusal says about why."""
    if not answer.content:
        return dict(answer.headers)["X-Simulator-Reason"]
    return str(json.loads(answer.content)["message"])


def right_headers(house: House) -> dict[str, str]:
    return {
        "authorization": f"Bearer {house.token}",
        "x-mobilepay-client-system-version": "1.2.3",
        "x-mobilepay-idempotency-key": "key",
        "content-type": "application/json",
        "host": "localhost",
    }


@st.composite
def paths(draw: st.DrawFn, house: House, operation: Operation) -> str:
    """Paths of an operation, nearly always with an id of something that is there."""
    before, _, name = operation.path.partition("{")
    name, _, after = name.partition("}")
    if not name:
        return before
    ids = [house.ids[each] for each in WHERE[name]]
    return before + draw(st.sampled_from(ids * 5) | TEXTS) + after


@st.composite
def queries(draw: st.DrawFn, house: House) -> str:
    """Queries, nearly right and not at all."""
    ids = st.sampled_from(sorted(house.ids.values()))
    pairs = draw(st.lists(st.tuples(st.sampled_from(PARAMETERS), ids | QUERIES), max_size=3))
    return draw(QUERIES) if draw(st.integers(0, 9)) == 0 else "&".join(f"{a}={b}" for a, b in pairs)


def check(house: House, before: dict[str, Any], answer: Answer) -> None:
    """Either it was done, or the answer says why not and nothing was done."""
    assert answer.status in DONE | REFUSED, answer.content
    if answer.status in REFUSED:
        assert answer.content or answer.status in WITHOUT_BODY
        assert reason(answer)
        assert house.state() == before


#: The journal holds what came; so whoever reads it gets to see it.
LOOKS = (
    "/requests",
    "/requests?format=har",
    "/events",
    "/audit",
    "/audit?format=sarif",
    "/ledger",
    "/snapshot",
    "/bundle",
    "/timeline?paymentId=$reserved",
    "/certifications",
    "/runs?format=junit",
    "/changes",
)


def look_around(house: House) -> None:
    """Whatever came, all that shows it can be read."""
    newest = house.sandbox.journal.count
    pages = ["/page/requests", f"/page/requests/{newest}", "/page/payments"]
    looks = [f"/_simulator{each}" for each in (*LOOKS, f"/explain/{newest}")]
    for each in looks + pages:
        path, _, query = each.partition("?")
        query = query.replace("$reserved", house.ids["reserved"])
        answer = house.ask("GET", path, query=query)
        assert answer.status in (200, 404), (path, answer.content)
        answer.content.decode("utf-8")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
@thrown(12)
@given(data=st.data())
def test_any_body_path_and_query_is_taken_or_refused_with_a_reason(
    house: House, operation: Operation, data: st.DataObject
) -> None:
    house.renew()
    before = house.state()
    path = data.draw(paths(house, operation))
    query = data.draw(queries(house)) if operation.query else ""
    body = data.draw(bodies(right(house, operation))) if operation.body else b""
    headers = list(right_headers(house).items())
    check(house, before, house.ask(operation.method, path, headers, body, query))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
@thrown(12)
@given(data=st.data())
def test_any_headers_are_taken_or_refused_with_a_reason(
    house: House, operation: Operation, data: st.DataObject
) -> None:
    house.renew()
    before = house.state()
    given_headers = data.draw(HEADERS)
    kept = right_headers(house)
    for name in data.draw(st.sets(st.sampled_from([name for name, _ in given_headers] or ["x"]))):
        kept.pop(name, None)
    headers = data.draw(st.permutations([*kept.items(), *given_headers]))
    path = data.draw(paths(house, operation))
    body = json.dumps(right(house, operation)).encode() if operation.body else b""
    check(house, before, house.ask(operation.method, path, headers, body))


@thrown(60)
@given(data=st.data())
def test_whatever_came_can_be_looked_at(house: House, data: st.DataObject) -> None:
    house.renew()
    operation = data.draw(st.sampled_from(OPERATIONS))
    path = data.draw(paths(house, operation))
    headers = [*right_headers(house).items(), *data.draw(HEADERS)]
    body = data.draw(bodies(right(house, operation)))
    house.ask(operation.method, path, headers, body, data.draw(queries(house)))
    look_around(house)
