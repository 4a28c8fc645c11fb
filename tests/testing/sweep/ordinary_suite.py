"""Twenty tests as anybody writes them with the pytest plugin; none of them knows of a sweep.

Each makes a PoS of the same name, some count calls, some look at the clock, one has a scenario of its
own with a fault, one has two shops. `till.py` beside it is the client.
"""

SETTINGS = """
[pytest]
mobilepay_options =
    data=conf/shops.yaml
    start_time=2024-01-31T12:00:00Z
"""

SHOPS = """
merchants:
  - vat: DK87654321
    name: The shop of these tests
    stores:
      - name: The only one
        brand_id: POSDK87654
        location_id: "00001"
        street: Way 1
        zip_code: "8000"
        city: Aarhus
"""

TILL = '''
"""A till that sends again, with the same key, what is not answered or answered with 5xx."""

import httpx


class Till:
    def __init__(self, sandbox):
        self.http = httpx.Client(base_url=f"{sandbox.base_url}/pos/v10", trust_env=False)
        self.headers = sandbox.headers()
        self.keys = 0
        pos = {"merchantPosId": "till-1", "storeId": sandbox.store_id, "name": "Till 1"}
        self.pos_id = self.post("/pointofsales", {**pos, "supportedBeaconTypes": ["QR"]})["posId"]

    def post(self, path, body):
        self.keys += 1
        key = {"X-MobilePay-Idempotency-Key": f"key-{self.keys}"}
        for attempt in range(3):
            try:
                answer = self.http.post(path, json=body, headers={**self.headers, **key}, timeout=2)
            except httpx.TransportError:
                continue
            if answer.status_code < 500:
                break
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None

    def pay(self, amount, order="order-1"):
        order = {"posId": self.pos_id, "orderId": order, "amount": amount, "currencyCode": "DKK"}
        return self.post("/payments", {**order, "plannedCaptureDelay": "None"})["paymentId"]

    def capture(self, payment_id, amount):
        self.post(f"/payments/{payment_id}/capture", {"amount": amount})
'''

TESTS = """
from datetime import datetime, timezone

import pytest
from till import Till


@pytest.fixture
def till(mobilepay):
    till = Till(mobilepay)
    yield till
    till.http.close()


@pytest.mark.parametrize("amount", range(1, 13))
def test_pays(mobilepay, till, amount):
    payment_id = till.pay(amount)
    mobilepay.clock.advance(seconds=2)
    till.capture(payment_id, amount)
    assert [each.state for each in mobilepay.payments] == ["Captured"]


def test_captures_once(mobilepay, till):
    payment_id = till.pay(20)
    mobilepay.clock.advance(seconds=2)
    till.capture(payment_id, 20)
    mobilepay.verify("InitiatePayment", count=1)
    mobilepay.verify("CapturePayment", count=1)
    mobilepay.verify_in_order("CreatePos", "InitiatePayment", "CapturePayment")


def test_makes_three_calls(mobilepay, till):
    payment_id = till.pay(20)
    mobilepay.clock.advance(seconds=2)
    till.capture(payment_id, 20)
    made = [each.operation for each in mobilepay.requests()]
    assert made == ["CreatePos", "InitiatePayment", "CapturePayment"]


def test_time_stands_still(mobilepay, till):
    assert mobilepay.clock.now == datetime(2024, 1, 31, 12, tzinfo=timezone.utc)
    mobilepay.clock.advance(seconds=2)
    assert mobilepay.clock.now == datetime(2024, 1, 31, 12, 0, 2, tzinfo=timezone.utc)


@pytest.mark.mobilepay(scenario="rejection", audit="error")
def test_is_rejected(mobilepay, till):
    payment_id = till.pay(5)
    mobilepay.clock.advance(seconds=3)
    assert mobilepay.payment(payment_id).state == "CancelledByUser"


def test_a_lost_answer_is_asked_for_again(mobilepay, till):
    run = mobilepay.scenario("lost-response-initiate")
    payment_id = till.pay(20)
    mobilepay.clock.advance(seconds=2)
    till.capture(payment_id, 20)
    run.assert_passed()


def test_begins_anew(mobilepay):
    Till(mobilepay).pay(3)
    mobilepay.reset()
    till = Till(mobilepay)
    till.pay(4)
    assert len(mobilepay.payments) == 1


def test_goes_back(mobilepay, till):
    before = mobilepay.snapshot()
    till.pay(3)
    mobilepay.restore(before)
    assert mobilepay.payments == ()


def test_two_shops(mobilepay, mobilepay_server, till):
    with mobilepay_server.sandbox(merchant="DK87654321") as other:
        assert len(other.control.merchants()) > len(()) and other.store_id != mobilepay.store_id
        there = Till(other)
        there.pay(7)
        assert len(other.payments) == 1
        assert mobilepay.payments == ()
"""
