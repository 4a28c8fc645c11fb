"""The simulator in process: the same sandboxes without a socket."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.client import ControlError
from werkzeug.test import Client

from tests.support import Till

if TYPE_CHECKING:
    from mobilepay_simulator.testing.in_process import InProcess


@pytest.fixture(scope="module")
def simulator() -> "Iterator[InProcess]":
    with Simulator.in_process() as simulator:
        yield simulator


def test_a_client_pays_over_wsgi(simulator: "InProcess") -> None:
    with (
        simulator.sandbox() as sandbox,
        httpx.Client(base_url=sandbox.base_url, transport=simulator.transport()) as http,
    ):
        till = Till(http)
        payment_id = till.initiate(sandbox.pos.id)
        sandbox.clock.advance(seconds=2)
        till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10})
        assert sandbox.payment(payment_id).state == "Captured"
        assert [each.operation for each in sandbox.requests(method="POST")] == [
            "Token",
            "InitiatePayment",
            "CapturePayment",
        ]


def test_any_wsgi_client_will_do(simulator: "InProcess") -> None:
    with simulator.sandbox() as sandbox:
        path = f"/sandboxes/{sandbox.name}/pos/v10/stores"
        answer = Client(simulator.wsgi).get(path, headers=sandbox.headers())
        assert answer.get_json()["storeIds"][0] == sandbox.store_id


def test_the_customer_is_played_as_over_http(simulator: "InProcess") -> None:
    with (
        simulator.sandbox() as sandbox,
        httpx.Client(base_url=sandbox.base_url, transport=simulator.transport()) as http,
    ):
        payment_id = Till(http).initiate(sandbox.pos.id)
        sandbox.customer.check_in("debit-card")
        sandbox.customer.cancel()
        assert sandbox.payment(payment_id).state == "CancelledByUser"


def test_what_needs_the_wire_says_so(simulator: "InProcess") -> None:
    with (
        simulator.sandbox() as sandbox,
        httpx.Client(base_url=sandbox.base_url, transport=simulator.transport()) as http,
    ):
        run = sandbox.scenario("lost-response-initiate")
        till = Till(http)
        body = till.payment_body(sandbox.pos.id)
        assert till.call("POST", "/payments", body).status_code == 501
        with pytest.raises(ControlError, match="only the simulator's own server can wait"):
            run.wait(1)


def test_its_time_stands_still(simulator: "InProcess") -> None:
    assert simulator.control.clock().scale == 0
    assert simulator.control.health().scenario == "success"


def test_it_takes_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOBILEPAY_SIM_SEED", "9")
    with Simulator.in_process() as simulator:
        assert simulator.control.health().seed == 1
