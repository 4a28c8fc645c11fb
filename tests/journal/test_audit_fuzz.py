"""Whatever clients send and whatever they get, the audit comes to a verdict that can be written."""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st
from mobilepay_simulator.client.model import encode
from mobilepay_simulator.control.audit import TAKES
from mobilepay_simulator.engine.events import WorldEvent
from mobilepay_simulator.journal.audit.calls import read_calls
from mobilepay_simulator.journal.audit.judging import judge
from mobilepay_simulator.journal.audit.reports import as_junit, as_model, as_sarif, as_text
from mobilepay_simulator.journal.audit.rules import Evidence, KeptEvents
from mobilepay_simulator.journal.exchanges import ExchangeRecord, Journal
from mobilepay_simulator.scripting.fate import Delivery

from tests.support import START, make_world

ID = "11111111-2222-4333-8444-555555555555"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([ID, "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
NAMES = ("amount", "orderId", "posId", "restrictions", "status", "pollDelayInMs", "code")
OBJECTS = st.dictionaries(st.sampled_from(NAMES) | st.text(), VALUES, max_size=4)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["Reserved", "Initiated", "Captured"]),
        "pollDelayInMs": st.just(1000),
        "amount": st.just(10.0),
        "partialCapturePossible": st.booleans(),
        "paymentIds": st.just([]),
        "access_token": st.just("***1"),
        "expires_in": st.just(3700),
        "code": st.sampled_from(["1301", "1306", "1308"]),
    },
)
JSON = st.one_of(OBJECTS, VALUES).map(lambda value: json.dumps(value).encode())
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["authorization", "x-ibm-client-id", "x-mobilepay-idempotency-key", "x-mobilepay-x"]),
        st.sampled_from(["", "Bearer ***1", "Basic x:***", "key"]) | st.text(),
    ),
    max_size=4,
)  # fmt: skip
EXCHANGES = st.builds(
    ExchangeRecord,
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.sampled_from([f"/pos/v10/payments/{ID}", "/pos/v10/payments", "/", "x"]) | st.text(),
    query=st.text(),
    headers=HEADERS.map(tuple),
    real_at=st.floats(0, 1e6),
    at=st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda length: START + length),
    operation=st.sampled_from([*TAKES, "Control", "UserSimulationCheckin", None]),
    body=st.just(b"") | st.binary(max_size=20) | JSON,
    status=st.sampled_from([0, 200, 400, 401, 404, 409, 429, 500, 503]),
    answer_body=st.just(b"") | st.binary(max_size=20) | ANSWERS.map(lambda v: json.dumps(v).encode()),
    client_id=st.sampled_from([None, "client"]),
    merchant=st.sampled_from([None, "DK12345678"]),
    pos_id=st.sampled_from([None, ID]),
    payment_id=st.sampled_from([None, ID]),
    delivery=st.sampled_from(Delivery),
    duration=st.floats(0, 10),
    mark=st.integers(0, 5),
)  # fmt: skip


@given(st.lists(EXCHANGES, max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_calls_can_be_judged_and_the_verdict_written(exchanges: list[ExchangeRecord]) -> None:
    journal = Journal(100)
    for each in exchanges:
        journal.add(each)
    evidence = Evidence(
        calls=tuple(read_calls(journal, TAKES)),
        payments=(),
        events=KeptEvents(tuple(WorldEvent(START) for _ in range(5)), 0),
        now=START,
        rules=make_world().rules,
        inputs=TAKES,
    )
    report = judge(evidence)
    assert judge(evidence) == report
    encode(as_model(report))
    as_text(report).encode()
    json.loads(as_sarif(report, "/_simulator"))
    ET.fromstring(as_junit(report, "x"))
