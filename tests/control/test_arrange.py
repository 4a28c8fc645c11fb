"""Arranging: what is made at once is what the same steps, made at those times, would have made."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mobilepay_simulator import Simulator
from mobilepay_simulator.client import ControlError, Sandbox
from mobilepay_simulator.testing.in_process import InProcess

from tests.support import (
    CREDIT,
    DEBIT,
    LOYAL,
    OTHER_CLIENT_ID,
    OTHER_MERCHANT,
    OTHER_SECRET,
    PARTIAL,
    START,
    Till,
)

#: So much later than its beginning is it in the sandboxes where something is arranged.
LATER = timedelta(days=100)

#: The steps to each state, written by hand: a call, or a time that passes.
RESERVED = ("initiate", "check-in", "accept")
PAYMENT_STEPS: dict[str, tuple[str | timedelta, ...]] = {
    "Prepared": ("prepare",),
    "Initiated": ("initiate",),
    "Paired": ("prepare", "check-in"),
    "IssuedToUser": ("initiate", "check-in"),
    "Reserved": RESERVED,
    "Captured": (*RESERVED, "capture"),
    "CancelledByUser": ("initiate", "check-in", "cancel-by-user"),
    "CancelledByClient": ("initiate", "cancel"),
    "ExpiredAndCancelled": (*RESERVED, timedelta(days=7)),
}
REFUNDED = (*RESERVED, "capture", "refund")
HALF = timedelta(milliseconds=500)
REFUND_STEPS: dict[str, tuple[str | timedelta, ...]] = {
    "Initiated": REFUNDED,
    "Reserved": (*REFUNDED, HALF),
    "Captured": (*REFUNDED, HALF, "capture-refund"),
    "CancelledByClient": (*REFUNDED, "cancel-refund"),
    "ExpiredAndCaptured": (*REFUNDED, HALF, timedelta(hours=24)),
}
POS_STEPS: dict[str, tuple[str | timedelta, ...]] = {"Free": (), "CheckedIn": ("check-in",)}
STEPS = {"payment": PAYMENT_STEPS, "refund": REFUND_STEPS, "point-of-sale": POS_STEPS}
#: How long a state lasts if nobody acts; of the others it is for ever.
LASTS = {
    **dict.fromkeys(
        [("payment", each) for each in ("Prepared", "Initiated", "Paired", "IssuedToUser")],
        timedelta(minutes=10),
    ),
    ("payment", "Reserved"): timedelta(days=7),
    ("refund", "Initiated"): HALF,
    ("refund", "Reserved"): timedelta(hours=24),
    ("point-of-sale", "CheckedIn"): timedelta(minutes=5),
}
WANTED = [(what, state) for what, states in STEPS.items() for state in states]
#: What is compared: all that a world holds, but for the keys that only a client has used.
PARTS = ("balances", "pointsOfSale", "checkIns", "payments", "refunds", "notifications")


class ByHand:
    """A client that makes each step itself."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client, amount: Decimal) -> None:
        self.sandbox, self.http, self.amount = sandbox, http, float(amount)
        self.ids: dict[str, str] = {}
        self.keys = 0

    def call(self, path: str, body: Any = None) -> dict[str, Any]:
        self.keys += 1
        headers = {**self.sandbox.headers(), "X-MobilePay-Idempotency-Key": f"key-{self.keys}"}
        url = f"{self.sandbox.base_url}/pos/v10{path}"
        answer = self.http.post(url, json=body or {}, headers=headers)
        assert answer.status_code < 300, answer.text
        return dict(answer.json()) if answer.content else {}

    def act(self, action: str, **body: str) -> None:
        url = f"{self.sandbox.base_url}/pos/app/usersimulation/{action}"
        headers = {"x-ibm-client-id": self.sandbox.client_id}
        assert self.http.post(url, json=body, headers=headers).status_code < 300

    def begin(self) -> None:
        store = self.http.get(
            f"{self.sandbox.base_url}/pos/v10/stores", headers=self.sandbox.headers()
        ).json()["storeIds"][0]
        body = {"merchantPosId": "arranged-1", "storeId": store, "name": "Arranged till"}
        self.ids |= self.call("/pointofsales", {**body, "supportedBeaconTypes": ["QR"]})
        pos = self.sandbox.control.point_of_sale(self.ids["posId"])
        self.ids["beaconId"] = pos.beacon_id

    def take(self, step: str | timedelta) -> None:
        if isinstance(step, timedelta):
            self.sandbox.clock.advance(step)
            return
        ids = self.ids
        order = {"posId": ids["posId"], "orderId": "arranged-1"}
        money = {"amount": self.amount, "currencyCode": "DKK"}
        payment, refund = f"/payments/{ids.get('paymentId')}", f"/refunds/{ids.get('refundId')}"
        match step:
            case "prepare":
                ids |= self.call("/payments/prepare", order)
            case "initiate":
                ids |= self.call("/payments", {**order, **money, "plannedCaptureDelay": "None"})
            case "check-in":
                self.act("checkin", beaconId=ids["beaconId"], phoneNumber=CREDIT)
            case "accept":
                self.act("acceptpayment", beaconId=ids["beaconId"], phoneNumber=CREDIT)
            case "cancel-by-user":
                self.act("cancelpaymentbyuser", beaconId=ids["beaconId"])
            case "capture":
                self.call(f"{payment}/capture", {"amount": self.amount})
            case "cancel":
                self.call(f"{payment}/cancel")
            case "refund":
                body = {"paymentId": ids["paymentId"], "refundOrderId": "arranged-1", **money}
                ids |= self.call("/refunds", body)
            case "capture-refund":
                self.call(f"{refund}/capture")
            case "cancel-refund":
                self.call(f"{refund}/cancel")


def world_of(sandbox: Sandbox) -> dict[str, Any]:
    """All that a sandbox's world holds, its timers and events without those of scripts."""
    document = sandbox.snapshot()
    parts = document["parts"]
    held = {name: parts[name] for name in PARTS}
    events = [event for _, event in parts["events"]]
    held["events"] = [each for each in events if "playing." not in str(each)]
    timers = [(str(command), due[0]) for command, due in parts["timers"]]
    held["timers"] = sorted(each for each in timers if "playing." not in each[0])
    held["ids"] = document["position"]["world"]["ids"]
    return held


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[InProcess, InProcess]]:
    """Two simulators that make the same ids: something is arranged in one, made in the other."""
    with (
        Simulator.in_process(start_time=START, time_scale=0, scenario="manual") as one,
        Simulator.in_process(start_time=START, time_scale=0, scenario="manual") as other,
    ):
        yield one, other


@pytest.fixture
def sandbox(two: tuple[InProcess, InProcess]) -> Sandbox:
    return two[0].sandbox("one")


AGES = st.timedeltas(timedelta(0), timedelta(days=91)).map(
    lambda age: age - timedelta(microseconds=age.microseconds % 1000)
)


@given(wanted=st.sampled_from(WANTED), age=AGES, cents=st.integers(1, 10**8), short=st.booleans())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_arranged_is_what_the_same_steps_would_have_made(
    two: tuple[InProcess, InProcess],
    wanted: tuple[str, str],
    age: timedelta,
    cents: int,
    short: bool,
) -> None:
    what, state = wanted
    lasts = LASTS.get(wanted)
    if lasts is not None and short:
        age %= lasts
    amount = Decimal(cents) / 100
    arranged, by_hand = (each.sandbox("same") for each in two)
    arranged.clock.advance(LATER)
    more = {"amount": amount} if what != "point-of-sale" else {}
    if lasts is not None and age >= lasts:
        with pytest.raises(ControlError, match=state):
            arranged.arrange(what, state, age=age, **more)  # type: ignore[arg-type]
        assert arranged.control.events() == ()
        return
    made = arranged.arrange(what, state, age=age, **more)  # type: ignore[arg-type]
    steps = STEPS[what][state]
    takes = sum((each for each in steps if isinstance(each, timedelta)), timedelta(0))
    by_hand.clock.advance(LATER - age - takes)
    with httpx.Client(transport=two[1].transport(), base_url="http://localhost") as http:
        client = ByHand(by_hand, http, amount)
        client.begin()
        for step in steps:
            client.take(step)
    assert by_hand.clock.now == made.since
    by_hand.clock.advance(age)
    assert world_of(arranged) == world_of(by_hand)
    assert made.state == state
    assert arranged.clock.now == by_hand.clock.now


def test_mobilepay_s_own_cancellations_can_be_arranged(sandbox: Sandbox) -> None:
    payment = sandbox.arrange("payment", "CancelledByMobilePay", age="1h")
    refund = sandbox.arrange("refund", "CancelledByMobilePay", age="1h")
    assert (payment.state, refund.state) == ("CancelledByMobilePay",) * 2
    assert refund.balance == 10


def test_a_payment_of_91_days_ago_can_t_be_refunded(till: Till) -> None:
    for age, status in (("90d", 200), ("91d", 409)):
        answer = till.http.post(
            "/_simulator/arrange", json={"what": "payment", "state": "Captured", "age": age}
        )
        assert answer.status_code == 200
        made = answer.json()
        assert made["refundable"] == (10.0 if status == 200 else 0.0)
        assert (made["refundableUntil"] is not None) == (status == 200)
        assert (made["nextStep"] is not None) == (status == 200)
        body = {"paymentId": made["paymentId"], "refundOrderId": f"r-{age}"}
        body |= {"amount": 10, "currencyCode": "DKK"}
        refused = till.call("POST", "/refunds", body)
        assert refused.status_code == status
    assert refused.json()["code"] == "1366"


def test_what_can_t_be_is_refused_with_what_could_be(sandbox: Sandbox) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.arrange("payment", "Reserved", age="91d")
    assert caught.value.status == 400
    for word in ("age", "7d", "ExpiredAndCancelled", "84d"):
        assert word in caught.value.message
    nearest = sandbox.arrange("payment", "ExpiredAndCancelled", age="84d")
    reserved = [each for each in sandbox.payment(nearest.payment_id or "").changes][-2]
    assert sandbox.clock.now - reserved.at == timedelta(days=91)


def test_a_point_of_sale_that_can_t_be_taken_is_refused_with_the_field_s_name(till: Till) -> None:
    pos_id, unknown = till.create_pos(), "99999999-9999-4999-8999-999999999999"
    payment_id = till.initiate(pos_id)
    for body, message in (
        ({"posId": unknown}, f"posId: There is no such point of sale. ({unknown})"),
        ({"posId": pos_id}, f"({payment_id} is Initiated)"),
        ({"posId": pos_id, "merchant": OTHER_MERCHANT}, "posId: "),
    ):
        wanted = {"what": "payment", "state": "Reserved", **body}
        refused = till.http.post("/_simulator/arrange", json=wanted)
        assert refused.status_code in (403, 409)
        assert refused.json()["error"].startswith("posId: ")
        assert message in refused.json()["error"]


def test_nothing_else_in_the_sandbox_moves(sandbox: Sandbox) -> None:
    sandbox.scenario("success")
    before, due = sandbox.clock.now, sandbox.control.due().due
    sandbox.arrange("payment", "Captured", age="30d")
    assert sandbox.clock.now == before
    assert sandbox.control.due().due == due
    assert len(sandbox.control.scenarios().queued) == 1


def test_no_scenario_plays_what_is_arranged(sandbox: Sandbox) -> None:
    sandbox.scenario("success")
    made = sandbox.arrange("payment", "Initiated")
    sandbox.clock.advance(seconds=5)
    assert sandbox.payment(made.payment_id or "").state == "Initiated"


def test_a_till_goes_on_with_what_was_arranged(sandbox: Sandbox, two: Any) -> None:
    made = sandbox.arrange("payment", "Reserved", pos_id=sandbox.pos.id, order_id="order-7")
    assert (made.pos_id, made.order_id) == (sandbox.pos.id, "order-7")
    with httpx.Client(transport=two[0].transport(), headers=sandbox.headers()) as http:
        url = f"{sandbox.base_url}/pos/v10/payments/{made.payment_id}/capture"
        assert http.post(url, json={"amount": 10}).status_code < 300
    assert sandbox.payment(made.payment_id or "").state == "Captured"
    assert sandbox.audit().findings == ()


def test_a_customer_is_checked_in_with_loyalty(sandbox: Sandbox, two: Any) -> None:
    made = sandbox.arrange("point-of-sale", "CheckedIn", customer="loyalty", pos_id=sandbox.pos.id)
    assert made.phone == LOYAL
    with httpx.Client(transport=two[0].transport(), headers=sandbox.headers()) as http:
        url = f"{sandbox.base_url}/pos/v10/pointofsales/{sandbox.pos.id}/checkin"
        seen = http.get(url).json()
    assert seen["isUserCheckedIn"] is True
    assert seen["loyaltyIds"]
    # The next payment there is that customer's.
    payment = sandbox.arrange("payment", "Reserved", pos_id=sandbox.pos.id)
    assert payment.phone == LOYAL


def test_a_store_has_so_much_left(sandbox: Sandbox) -> None:
    made = sandbox.arrange("store", balance=5)
    assert (made.state, made.balance) == ("Active", 5)
    inactive = sandbox.arrange("store", "Inactive")
    assert (inactive.state, inactive.balance) == ("Inactive", 5)
    with pytest.raises(ControlError, match="not activated"):
        sandbox.arrange("payment", "Initiated")
    assert len(sandbox.control.points_of_sale().points_of_sale) == 0


def test_a_part_is_captured_of_a_card_that_allows_it(sandbox: Sandbox) -> None:
    made = sandbox.arrange("payment", "Captured", amount=10, captured=4)
    assert (made.captured_amount, made.phone) == (4, PARTIAL)
    with pytest.raises(ControlError) as caught:
        sandbox.arrange("payment", "Captured", amount=10, captured=4, customer="debit-card")
    assert caught.value.status == 409
    assert sandbox.arrange("payment", "Captured", customer=DEBIT).phone == DEBIT


def test_it_is_made_for_another_merchant_and_integrator(two: tuple[InProcess, InProcess]) -> None:
    who = {"client_id": OTHER_CLIENT_ID, "client_secret": OTHER_SECRET}
    sandbox = two[0].sandbox("other", merchant=OTHER_MERCHANT, **who)  # type: ignore[arg-type]
    made = sandbox.arrange("refund", "Reserved", amount=2)
    assert (made.currency_code, made.client_id) == ("EUR", OTHER_CLIENT_ID)
    assert made.refund_amount == made.captured_amount == 2


def test_no_past_is_changed_that_has_been_another(sandbox: Sandbox) -> None:
    pos_id = sandbox.pos.id
    with pytest.raises(ControlError, match="PosCreated"):
        sandbox.arrange("payment", "Captured", age="1h", pos_id=pos_id)
    sandbox.clock.advance(hours=2)
    sandbox.arrange("payment", "Captured", age="1h", pos_id=pos_id)
    with pytest.raises(ControlError, match="PaymentChanged"):
        sandbox.arrange("payment", "Captured", age="90m", pos_id=pos_id)
    sandbox.arrange("payment", "Initiated", pos_id=pos_id)
    with pytest.raises(ControlError) as caught:
        sandbox.arrange("payment", "Initiated", pos_id=pos_id)
    assert caught.value.status == 409


def test_the_audit_blames_no_client_for_an_arranged_past(sandbox: Sandbox) -> None:
    sandbox.arrange("payment", "ExpiredAndCancelled", age="1d")
    sandbox.arrange("refund", "ExpiredAndCaptured", age="1d")
    assert sandbox.audit().findings == ()


def test_it_survives_a_snapshot_and_time_goes_on_for_it(sandbox: Sandbox) -> None:
    made = sandbox.arrange("payment", "Reserved", age="6d")
    sandbox.restore(sandbox.snapshot())
    sandbox.clock.advance(days=1)
    assert sandbox.payment(made.payment_id or "").state == "ExpiredAndCancelled"


def test_events_of_an_arranged_past_are_listed_at_their_time(till: Till) -> None:
    till.initiate(till.create_pos())
    arranged = {"what": "payment", "state": "captured", "age": "3h"}
    assert till.http.post("/_simulator/arrange", json=arranged).is_success
    events = till.control("GET", "/events")["events"]
    times = [datetime.fromisoformat(each["at"]) for each in events]
    assert times == sorted(times)
    assert events[-1]["at"] > events[0]["at"]


def test_the_answer_leads_to_the_timeline_and_to_the_service(till: Till) -> None:
    made = till.http.post(
        "/_simulator/arrange", json={"what": "refund", "state": "reserved", "age": "3h"}
    ).json()
    assert till.http.get(made["timeline"]).status_code == 200
    assert str(till.http.base_url).rstrip("/") in made["token"]
    assert f"/refunds/{made['refundId']}" in made["look"]
    line = till.http.get("/_simulator/timeline", params={"paymentId": made["paymentId"]}).json()
    times = [datetime.fromisoformat(each["at"]) for each in line["entries"]]
    assert len(times) == 8
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"what": "payment"}, ("state", "Captured")),
        ({"what": "payment", "state": "Captred"}, ("state", "'Captured'")),
        ({"what": "paymnt", "state": "Captured"}, ("what", "'payment'")),
        (
            {"what": "payment", "state": "Captured", "currencyCode": "DK"},
            ("currencyCode", "'DKK'"),
        ),
        ({"what": "payment", "state": "Captured", "age": "91"}, ("age", "7d")),
        ({"what": "payment", "state": "Captured", "age": "36500d"}, ("age", "1970")),
        ({"what": "payment", "state": "Captured", "customer": "loyality"}, ("customer", "loyalty")),
        ({"what": "payment", "state": "Captured", "customer": "+4511111111"}, ("customer", CREDIT)),
        ({"what": "payment", "state": "Captured", "merchant": "12345678"}, ("merchant", "DK")),
        ({"what": "payment", "state": "Captured", "clientId": "x"}, ("clientId",)),
        ({"what": "payment", "state": "Captured", "amount": 0.001}, ("amount", "decimals")),
        ({"what": "payment", "state": "Captured", "posId": "x"}, ("posId", "GUID")),
        ({"what": "payment", "state": "Captured", "balance": 5}, ("balance",)),
        ({"what": "payment", "state": "Reserved", "captured": 5}, ("captured",)),
        ({"what": "payment", "state": "Captured", "orderId": "x" * 37}, ("orderId", "36")),
        ({"what": "store", "age": "1d"}, ("age",)),
        ({"what": "store", "customer": "loyalty"}, ("customer",)),
        ({"what": "point-of-sale", "posId": "0" * 32}, ("posId",)),
    ],
)
def test_a_wish_that_can_t_be_meant_names_its_field(
    till: Till, body: dict[str, Any], words: tuple[str, ...]
) -> None:
    answer = till.http.post("/_simulator/arrange", json=body)
    assert answer.status_code == 400
    for word in words:
        assert word in answer.json()["error"]
