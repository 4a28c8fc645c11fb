"""What is done with a sandbox that was loaded: every page, the control API, and calls of a till."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.engine.operations import TOKEN_PATH
from mobilepay_simulator.engine.records import PaymentRecord
from mobilepay_simulator.engine.states import PaymentState
from mobilepay_simulator.engine.world import World
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.sandboxes.snapshots import BadSnapshot, load_snapshot

from tests.fuzzing.house import House
from tests.support import CLIENT_ID, LOYAL, MERCHANT, SECRET

Document = dict[str, Any]

PAGES = ("/", "/page/till", "/page/timeline", "/page/scenarios", "/page/runs", "/page/clock",
         "/page/requests", "/page/audit", "/page/certification")  # fmt: skip
CONTROL = ("health", "clock", "clock/due", "scenarios", "faults", "runs", "requests", "audit", "ledger", "snapshot",
           "bundle", "certifications", "notifications", "callbacks", "sandboxes", "points-of-sale", "payments",
           "changes", "merchants", "events", "requests?format=har")  # fmt: skip
#: What is looked at again in the end.
AT_LAST = ("/_simulator/snapshot", "/_simulator/runs", "/page/timeline", "/_simulator/ledger")
HOST = ("host", "localhost")
JSON = [("content-type", "application/json"), HOST]
FORM = [("content-type", "application/x-www-form-urlencoded"), HOST]
TERMS = {"amount": 10.0, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
#: So many of a kind are used.
FEW = 6


def use_loaded(house: House, document: Document) -> str | None:
    """Loads a document and uses what was loaded; returns why it was refused, or None.

    Raises:
        AssertionError: a call failed.
    """
    sandboxes = house.simulator.wsgi.context.sandboxes
    fresh = sandboxes.fresh(DEFAULT)
    try:
        load_snapshot(json.dumps(document).encode(), fresh)
    except BadSnapshot as error:
        return str(error)
    sandboxes.put(fresh)
    Use(house).go()
    return None


@dataclass
class Use:
    """Uses the default sandbox of a house.

    Args:
        house: the house.
        answers: what each call of the service was answered, as `METHOD /path` and the status.
    """

    house: House
    answers: list[tuple[str, int]] = field(default_factory=list)

    @property
    def _world(self) -> World:
        return self.house.sandbox.world

    def go(self) -> None:
        """Uses all of it, for some days of its time.

        Raises:
            AssertionError: a call failed.
        """
        self._look()
        self._ask_for_all()
        self._end_payments()
        # From here on nothing but a mistake of the simulator's keeps a till from being served.
        self._control("DELETE", "faults")
        for each in [*self._world.points_of_sale.table][:FEW]:
            self._sell_at(each)
        for seconds in (60, 3600, 10 * 86400):
            self._advance(seconds)
            self._ask_for_all()
        for each in [*self._world.points_of_sale.table][:FEW]:
            self._call("DELETE", f"/pointofsales/{each}")
        for path in AT_LAST:
            self._get(path)

    def _look(self) -> None:
        sandbox = self.house.sandbox
        for path in PAGES:
            self._get(path)
        for name in CONTROL:
            path, _, query = name.partition("?")
            self._get(f"/_simulator/{path}", query)
        for each in [*sandbox.scenario_engine.runs.table][:FEW]:
            self._get(f"/_simulator/runs/{each}")
            self._get(f"/page/runs/{each}")
        for each in [*sandbox.journal.table][-FEW:]:
            self._get(f"/_simulator/explain/{each}")
            self._get(f"/page/requests/{each}")
        for each in [*sandbox.certifications.sessions]:
            self._get(f"/_simulator/certifications/{each}/report", "format=html")
            self._get(f"/page/certification/{each}")
        for each in [*sandbox.world.payments.table][:FEW]:
            self._get(f"/_simulator/payments/{each}")
            self._get("/_simulator/timeline", f"paymentId={each}")
            self._get("/page/timeline", f"paymentId={each}")

    def _ask_for_all(self) -> None:
        self._renew_token()
        world = self._world
        self._call("GET", "/stores")
        for each in [*world.payments.table.values()][:FEW]:
            self._call("GET", f"/payments/{each.id}")
            self._call("GET", "/payments", query=urlencode({"orderId": each.order_id}))
        for each in [*world.refunds.table][:FEW]:
            self._call("GET", f"/refunds/{each}")
        for pos in [*world.points_of_sale.table.values()][:FEW]:
            self._call("GET", f"/pointofsales/{pos.id}")
            self._call("GET", f"/pointofsales/{pos.id}/checkin")
            self._call("GET", "/pointofsales", query=urlencode({"beaconId": pos.beacon_id}))

    def _end_payments(self) -> None:
        for each in [*self._world.payments.table][:FEW]:
            payment = self._world.payments.get(each)
            assert payment is not None
            if payment.state is PaymentState.RESERVED:
                self._capture(payment)
            elif not payment.state.is_final:
                self._call("POST", f"/payments/{each}/cancel")
        for each in [*self._world.refunds.table][:FEW]:
            self._call("POST", f"/refunds/{each}/capture")
        self._advance(1)

    def _sell_at(self, pos_id: str) -> None:
        """Sells something at a point of sale, and takes some of it back."""
        beacon = self._world.points_of_sale.table[pos_id].beacon_id
        order = f"order-{self.house.keys}"
        made = self._call("POST", "/payments", {**TERMS, "posId": pos_id, "orderId": order})
        self._as_user("checkin", beacon, LOYAL)
        self._as_user("acceptpayment", beacon, LOYAL)
        self._advance(5)
        payment = self._world.payments.get(_id_in(made, "paymentId"))
        if payment is None:
            return  # what the file says of the point of sale or its customer forbids it
        self._call("GET", f"/payments/{payment.id}")
        self._capture(payment)
        terms = {
            "paymentId": payment.id,
            "refundOrderId": order,
            "amount": 1,
            "currencyCode": "DKK",
        }
        refund_id = _id_in(self._call("POST", "/refunds", terms), "refundId")
        self._advance(1)
        if refund_id:
            self._call("POST", f"/refunds/{refund_id}/capture")

    def _capture(self, payment: PaymentRecord) -> None:
        amount = float(payment.amount or Decimal(10))
        self._call("POST", f"/payments/{payment.id}/capture", {"amount": amount})

    def _as_user(self, action: str, beacon: str, phone: str) -> None:
        path = f"/pos/app/usersimulation/{action}"
        body = json.dumps({"beaconId": beacon, "phoneNumber": phone}).encode()
        self._note(f"POST {path}", self._ask("POST", path, JSON, body))

    def _advance(self, seconds: float) -> None:
        self._control("POST", "clock/advance", {"seconds": seconds})

    def _control(self, method: str, path: str, body: Document | None = None) -> None:
        content = json.dumps(body).encode() if body is not None else b""
        self._ask(method, f"/_simulator/{path}", JSON, content)

    def _get(self, path: str, query: str = "") -> None:
        self._ask("GET", path, [HOST], query=query)

    def _renew_token(self) -> None:
        form = {"grant_type": "client_credentials", "merchant_vat": MERCHANT}
        basic = b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
        headers = [*FORM, ("authorization", f"Basic {basic}")]
        answer = self._ask("POST", TOKEN_PATH, headers, urlencode(form).encode())
        self._note("POST token", answer)
        self.house.token = _id_in(answer, "access_token")

    def _call(
        self, method: str, path: str, body: Document | None = None, query: str = ""
    ) -> Response:
        self.house.keys += 1
        headers = [
            *JSON,
            ("authorization", f"Bearer {self.house.token}"),
            ("x-ibm-client-id", CLIENT_ID),
            ("x-mobilepay-client-system-version", "1.0.0"),
            ("x-mobilepay-client-system-name", "till"),
            ("x-mobilepay-idempotency-key", f"key-{self.house.keys}"),
        ]
        content = json.dumps(body).encode() if body is not None else b""
        answer = self._ask(method, f"/pos/v10{path}", headers, content, query)
        self._note(f"{method} {path}", answer)
        return answer

    def _note(self, call: str, answer: Response) -> None:
        self.answers.append((call, answer.status))

    def _ask(
        self,
        method: str,
        path: str,
        headers: list[tuple[str, str]],
        body: bytes = b"",
        query: str = "",
    ) -> Response:
        answer = self.house.ask(method, path, headers, body, query)
        while answer.resume is not None:
            answer = answer.resume()
        is_meant = answer.decision is not None and answer.decision.fault is not None
        what = f"{method} {path}?{query}: {answer.status} {answer.content[:300]!r}"
        assert answer.status < 500 or is_meant, what
        return answer


def _id_in(answer: Response, name: str) -> str:
    """Returns an id of an answer; empty where it was refused."""
    return str(json.loads(answer.content)[name]) if answer.status == 200 else ""
