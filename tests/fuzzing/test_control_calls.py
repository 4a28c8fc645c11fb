"""Whatever is sent to the control API: it is done, or refused with a reason and nothing done."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mobilepay_simulator.control.access import BASE
from mobilepay_simulator.control.routes import ROUTES, Route

from tests.fuzzing.house import UPLOAD, House
from tests.fuzzing.strategies import QUERIES, TEXTS, bodies, texts, thrown

#: What goes on without an end, or waits: there is no server here for that.
ENDLESS = ("/stream", "/runs/<run_id>/wait")
CALLED = [each for each in ROUTES if each.path not in ENDLESS]

#: Right bodies of what takes JSON; $name stands for an id of the house.
RIGHT: dict[str, Any] = {
    "PUT /clock": {"scale": 0},
    "POST /clock/advance": {"seconds": 10.5},
    "POST /scenarios/next": {"scenario": "success", "posId": "$idle", "times": 2},
    "POST /verify": {
        "operation": "InitiatePayment",
        "status": "200",
        "count": {"atLeast": 1, "atMost": 3},
        "headers": {"x-mobilepay-*": "*"},
        "query": {"posId": "?"},
        "body": {"amount": {"$gte": 1}, "orderId": "order*"},
        "inOrder": [{"operation": "CreatePos"}, {"path": "/pos/v10/payments", "body": {}}],
    },
    "POST /faults": {"call": "CapturePayment", "fault": "lost", "times": 2},
    "POST /arrange": {"what": "payment", "state": "Captured", "age": "1d", "amount": 10.5},
    "PATCH /stores/<store_id>": {"active": False, "balance": 100.25},
    "PUT /callbacks/<alias>": {"url": "http://localhost:9/"},
    "POST /certifications": {},
    "POST /certifications/<certification_id>/callback": {},
    "POST /certifications/<certification_id>/approve": {},
}
FAULTS = "faults:\n  - call: [CapturePayment, GetPos]\n    first: 2\n    answer: {status: 503, body: html}\n  - {call: Token, chance: 0.5, delay: 1s}\n"
BOOKS = "paymentId,state,captured,refunded\n$captured,Captured,10.00,1.00\n$reserved,Reserved,0,0\n"
#: Right bodies of what takes a text.
WRITTEN = {
    "POST /scenarios/check": UPLOAD,
    "POST /scenarios/preview": UPLOAD,
    "PUT /scenarios/<name>": UPLOAD,
    "PUT /faults": FAULTS,
    "POST /ledger/compare": BOOKS,
}
#: Right names in paths.
WHERE = {
    "<name>": ["mine", "success", "certify-create-pos", "default", "other"],
    "<run_id>": ["$run"],
    "<request_id>": ["1", "9", "20"],
    "<certification_id>": ["C1"],
    "<case_name>": ["certify-create-pos", "certify-payment-success"],
    "<pos_id>": ["$idle", "$checkedIn"],
    "<payment_id>": ["$issued", "$reserved", "$captured", "$prepared"],
    "<store_id>": ["$store"],
    "<alias>": ["alias", "another"],
}
PARAMETERS = ("format", "operation", "method", "path", "status", "code", "paymentId", "posId", "merchant", "state", "since", "limit", "offset", "after", "before", "last", "lines", "wait", "severity", "rule", "rules", "ignore", "fail")  # fmt: skip
GIVEN = ("json", "har", "csv", "text", "junit", "sarif", "html", "1", "0", "-1", "9" * 30, "2024-01-31T12:00:00Z", "Reserved", "error")  # fmt: skip

REFUSED = {400, 404, 405, 409, 422}
#: Answers that are no JSON, asked for as such.
OTHERWISE = ("text/", "application/xml", "application/sarif+json")


def filled(house: House, value: Any) -> Any:
    """Returns a value with the house's ids in the place of their names."""
    text = json.dumps(value)
    for name, each in house.ids.items():
        text = text.replace(f"${name}", each)
    return json.loads(text)


@st.composite
def paths(draw: st.DrawFn, house: House, route: Route) -> str:
    """Paths of a route, nearly always with names of something that is there."""
    path = route.path
    for name, words in WHERE.items():
        if name in path:
            word = draw(st.sampled_from(filled(house, words) * 4) | TEXTS.filter(bool))
            path = path.replace(name, quote(word.encode("utf-8", "surrogatepass"), safe=""))
    return BASE + path


@st.composite
def queries(draw: st.DrawFn, house: House) -> str:
    """Queries, nearly right and not at all."""
    ids = st.sampled_from(sorted(house.ids.values()))
    pair = st.tuples(st.sampled_from(PARAMETERS), ids | st.sampled_from(GIVEN) | QUERIES)
    pairs = draw(st.lists(pair, max_size=3))
    return draw(QUERIES) if draw(st.integers(0, 9)) == 0 else "&".join(f"{a}={b}" for a, b in pairs)


@st.composite
def contents(draw: st.DrawFn, house: House, route: Route) -> bytes:
    """Bodies of a route, nearly right or not at all."""
    endpoint = route.endpoint
    if endpoint == "PUT /snapshot":
        at = draw(st.integers(0, len(house.snapshot)))
        way = draw(st.integers(0, 3))
        rest = house.snapshot[at + draw(st.integers(0, 3)) :] if way else b""
        return house.snapshot[:at] + (draw(st.binary(max_size=3)) if way > 1 else b"") + rest
    if endpoint in WRITTEN:
        return draw(texts(filled(house, WRITTEN[endpoint])))
    return draw(bodies(filled(house, RIGHT.get(endpoint, {}))))


def opened(house: House) -> None:
    """Begins a certification, so that there is one to ask about."""
    assert house.ask("POST", f"{BASE}/certifications").status == 200


@pytest.mark.parametrize("route", CALLED, ids=lambda each: each.endpoint)
@thrown(12)
@given(data=st.data())
def test_any_call_is_answered_or_refused_with_a_reason(
    house: House, route: Route, data: st.DataObject
) -> None:
    house.renew()
    if "certification_id" in route.path:
        opened(house)
    before = house.state()
    path, query = data.draw(paths(house, route)), data.draw(queries(house))
    body = b"" if route.method == "GET" else data.draw(contents(house, route))
    headers = [("content-type", "application/json"), ("host", "localhost")]
    answer = house.ask(route.method, path, headers, body, query)
    if ("Content-Type", "application/zip") not in answer.headers:
        answer.content.decode("utf-8")
    assert answer.status < 300 or answer.status in REFUSED, (path, query, answer.content)
    if answer.status in REFUSED:
        said = json.loads(answer.content)
        assert said.get("error") or said.get("message")
        assert house.state() == before
    house.state()
