"""THE WRONG CLIENTS: each does one thing wrong, and a certification has to find just that.

`WRONG` says of each in which sections it is examined, the cases it fails there, and words that the
reason has to have.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.transport import (
    CallRefused,
    GaveUp,
    NoAnswer,
    Transport,
    TransportAnswer,
)


@dataclass(slots=True)
class _Tampered:
    """A wire whose other end changes what a client sends, or how long it waits."""

    wire: Transport
    change: Callable[[str, str, dict[str, str], bytes, float], tuple[bytes, float]]

    def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> TransportAnswer:
        body, timeout = self.change(method, path, headers, body, timeout)
        return self.wire.call(method, path, headers, body, timeout)

    def sleep(self, seconds: float) -> None:
        self.wire.sleep(seconds)


KEY = "X-MobilePay-Idempotency-Key"


@dataclass(slots=True)
class Tampering(ModelClient):
    """A client that does right but for what `tamper` does to its calls."""

    count: int = 0
    last: str = ""

    def __post_init__(self) -> None:
        self.transport = _Tampered(self.transport, self.tamper)

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        return body, timeout


class NewKeyOnEachTry(Tampering):
    """Makes a new idempotency key for each try of starting a payment."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if path == "/pos/v10/payments" and method == "POST":
            self.count += 1
            headers[KEY] = f"try-{self.count}"
        return body, timeout


class NewKeyForEachRefund(Tampering):
    """The same with refunds."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if path == "/pos/v10/refunds" and method == "POST":
            self.count += 1
            headers[KEY] = f"refund-{self.count}"
        return body, timeout


class NewOrderOnEachTry(Tampering):
    """Counts its order id up with each try, under one key."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if path == "/pos/v10/payments/prepare" and method == "POST":
            self.count += 1
            body = json.dumps({**json.loads(body), "orderId": f"order-{self.count}"}).encode()
        return body, timeout


class CapturesAnotherAmount(Tampering):
    """Works the amount out anew for each try to capture, and comes to another one."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if path.endswith("/capture") and "/payments/" in path:
            self.count = self.count + 1 if path == self.last else 0
            self.last = path
            wrong = round(json.loads(body)["amount"] - 0.01 * self.count, 2)
            body = json.dumps({"amount": wrong}).encode()
        return body, timeout


class Impatient(Tampering):
    """Waits half a second for the answer to a POST."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        return body, 0.5


class TooPatient(Tampering):
    """Waits a minute for any answer."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        return body, 60.0


class Slow(Tampering):
    """Waits five seconds for any answer, as a client that was in shops did."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        return body, 5.0


@dataclass(slots=True)
class FixedPolls(Slow):
    """Polls a payment so many times and no more, as a suite that was shipped does."""

    polls: int = 4

    def _poll(self, path: str, states: set[str]) -> Any:
        if not path.startswith("/payments/"):
            return Slow._poll(self, path, states)
        answer: Any = None
        for _ in range(self.polls):
            self.transport.sleep(1.0)
            answer = self._look(path) or answer
        if answer is None or answer["status"] not in states:
            raise GaveUp(f"{path} after {self.polls} polls: {answer}")
        return answer

    def _look(self, path: str) -> Any:
        """Asks once; what fails is asked again by the next poll."""
        insist, self._insist = self._insist, lambda attempt, what: attempt()  # type: ignore[method-assign]
        try:
            return self._get(path, "status")
        except NoAnswer:
            return None
        finally:
            self._insist = insist  # type: ignore[method-assign]


class GivesUpAtOnce(ModelClient):
    """Starts a payment once, and gives up where that is not answered."""

    def _insist(self, attempt: Callable[[], Any], what: str) -> Any:
        if what != "POST /payments":
            return ModelClient._insist(self, attempt, what)
        try:
            return attempt()
        except NoAnswer as error:
            raise GaveUp(f"{what}: {error}") from error


class NeverGivesUp(ModelClient):
    """Starts a payment until that works, if it takes a hundred tries."""

    def _insist(self, attempt: Callable[[], Any], what: str) -> Any:
        for _ in range(10):
            try:
                return ModelClient._insist(self, attempt, what)
            except GaveUp:
                continue
        raise GaveUp(what)


class IgnoresActivePayment(ModelClient):
    """Takes a 1301 for bad luck, and tries again after a while."""

    def _start(self, path: str, body: dict[str, Any]) -> str:
        key = self._key()
        for _ in range(3):
            try:
                return str(self._post(path, body, key)["paymentId"])
            except CallRefused:
                self.transport.sleep(1)
        raise GaveUp("there is always a payment active")


class PollsTooFast(ModelClient):
    """Polls five times a second, whatever the service says."""

    def _poll(self, path: str, states: set[str]) -> Any:
        for _ in range(10_000):
            answer = self._get(path, "status")
            if answer["status"] in states:
                return answer
            self.transport.sleep(0.2)
        raise GaveUp(path)


class NeverCaptures(ModelClient):
    """Is happy once the customer has accepted."""

    def capture(self, amount: float) -> None:
        self.wait_until_decided()
        self.transport.sleep(120)


class CapturesPartAnyway(ModelClient):
    """Captures what was delivered, whether or not the card allows that."""

    def capture(self, amount: float) -> None:
        self.wait_until_decided()
        self.capture_exactly(amount)


class CapturesWhatIsGone(ModelClient):
    """Captures whatever became of the payment."""

    def wait_until_decided(self) -> str:
        state = ModelClient.wait_until_decided(self)
        self.capture_exactly(10.0)
        return state


class CancelsWhatItCouldNotCapture(ModelClient):
    """Takes a capture without an answer for one that failed, and cancels."""

    def capture_exactly(self, amount: float) -> None:
        try:
            self._send_once(f"/payments/{self.payment_id}/capture", {"amount": amount})
        except NoAnswer:
            self._post(f"/payments/{self.payment_id}/cancel", None)

    def _send_once(self, path: str, body: Any) -> None:
        insist, self._insist = self._insist, lambda attempt, what: attempt()  # type: ignore[method-assign]
        try:
            self._post(path, body)
        finally:
            self._insist = insist  # type: ignore[method-assign]


class CancelsWhatItCouldNotMarkAsReady(ModelClient):
    """Takes a ready without an answer for one that failed, and cancels."""

    def ready(self, amount: float, restrictions: dict[str, bool] | None = None) -> None:
        path = f"/payments/{self.payment_id}"
        insist, self._insist = self._insist, lambda attempt, what: attempt()  # type: ignore[method-assign]
        try:
            ModelClient.ready(self, amount, restrictions)
        except NoAnswer:
            self._insist = insist  # type: ignore[method-assign]
            self._post(f"{path}/cancel", None)
        finally:
            self._insist = insist  # type: ignore[method-assign]


class RoundsWhatItMarksAsReadyAgain(Tampering):
    """Works the amount out anew for each try to mark a payment as ready."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if path.endswith("/ready"):
            self.count = self.count + 1 if path == self.last else 0
            self.last = path
            amount = round(json.loads(body)["amount"] + 0.01 * self.count, 2)
            body = json.dumps({**json.loads(body), "amount": amount}).encode()
        return body, timeout


class ForgetsToLogIn(ModelClient):
    """Fetches a token when it starts, and never again."""

    def _understand(self, answer: TransportAnswer, needs: str) -> Any:
        if answer.status == 401:
            raise CallRefused(401, "")
        return ModelClient._understand(self, answer, needs)


class CapturesWithTheOldToken(ModelClient):
    """Sends a call that got 401 again with the same token."""

    def _understand(self, answer: TransportAnswer, needs: str) -> Any:
        old = self._token
        try:
            return ModelClient._understand(self, answer, needs)
        finally:
            self._token = old or self._token


class DropsTheNewToken(ModelClient):
    """Fetches another token after a 401, and sends the call again with the old one."""

    #: The merchant that the other token is for; its own by default.
    other: ClassVar[str] = ""

    def _understand(self, answer: TransportAnswer, needs: str) -> Any:
        old, merchant = self._token, self.merchant
        try:
            return ModelClient._understand(self, answer, needs)
        finally:
            if answer.status == 401:
                self.merchant = self.other or merchant
                self._fetch_token()
                self._token, self.merchant = old, merchant


class FetchesAnothersToken(DropsTheNewToken):
    """The same, where the token that it fetches is for another merchant."""

    other: ClassVar[str] = "FI12345678"


class CantReadRubbish(ModelClient):
    """Takes an answer that it can't read for a no."""

    def _understand(self, answer: TransportAnswer, needs: str) -> Any:
        try:
            return ModelClient._understand(self, answer, needs)
        except NoAnswer as error:
            if answer.status == 200:
                raise CallRefused(200, "") from error
            raise


class ForgetsRestrictions(ModelClient):
    """Marks payments as ready without the restrictions that the till was set up with."""

    def ready(self, amount: float, restrictions: dict[str, bool] | None = None) -> None:
        ModelClient.ready(self, amount)


class CapturesRefundTooSoon(ModelClient):
    """Captures a refund at once, without a look whether it is reserved."""

    def _poll(self, path: str, states: set[str]) -> Any:
        if path.startswith("/refunds/"):
            return {"status": "Reserved"}
        return ModelClient._poll(self, path, states)


class TrustsNotifications(ModelClient):
    """Does nothing before it is told of a check-in."""

    def await_check_in(self) -> None:
        for _ in range(1200):
            if self.is_notified:
                self.is_notified = False
                return
            self.transport.sleep(0.1)
        raise GaveUp("nobody has told me")


class ForgetsToDelete(ModelClient):
    """Deletes a point of sale once, and does not care whether that worked."""

    def delete_pos(self) -> None:
        try:
            self._send_delete()
        except NoAnswer:
            return

    def _send_delete(self) -> None:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "X-MobilePay-Client-System-Version": "1.0.0",
        }
        path = f"/pos/v10/pointofsales/{self.pos_id}"
        answer = self.transport.call("DELETE", path, headers, b"", 2.0)
        self._understand(answer, "")


class Wrong(NamedTuple):
    """A wrong client, the sections it goes through, what it fails there, and the reasons."""

    client: type[ModelClient]
    section: str
    fails: dict[str, str]


WRONG = (
    Wrong(NewKeyOnEachTry, "payments", {"certify-payment": "idempotency key"}),
    Wrong(NewKeyForEachRefund, "refunds", {"certify-refund": "idempotency key"}),
    Wrong(NewOrderOnEachTry, "prepared-payments", {"certify-prepared-payment": "another request"}),
    Wrong(CancelsWhatItCouldNotMarkAsReady, "prepared-payments", {
        "certify-prepared-payment": "CancelPayment", "certify-lost-ready": "CancelPayment",
    }),
    Wrong(RoundsWhatItMarksAsReadyAgain, "prepared-payments", {
        "certify-prepared-payment": "another request", "certify-lost-ready": "another request",
    }),
    Wrong(CapturesAnotherAmount, "payments", {"certify-payment": "was another request"}),
    Wrong(Impatient, "payments", {
        "certify-create-pos": "came 1.0 s after",
        "certify-delete-pos": "came 1.0 s after",
        "certify-payment": "came 1.0 s after",
        "certify-payment-cancelled": "came 1.0 s after",
    }),
    Wrong(TooPatient, "refunds", {
        "certify-create-pos": "waited 30 s",
        "certify-delete-pos": "waited 30 s",
        "certify-refund": "waited 30 s",
        "certify-refund-cancelled": "waited 30 s",
    }),
    Wrong(GivesUpAtOnce, "payments", {"certify-payment": "went on to A payment the customer cancels"}),
    Wrong(NeverGivesUp, "network-resilience", {"certify-gives-up": "retries"}),
    Wrong(IgnoresActivePayment, "payments", {"certify-active-payment": "while the old payment was still active"}),
    Wrong(PollsTooFast, "payments", {
        "certify-payment": "after the last poll",
        "certify-payment-cancelled-by-user": "after the last poll",
    }),
    Wrong(NeverCaptures, "payments", {
        "certify-payment": "no such call",
        "certify-active-payment": "no such call",
        "certify-full-capture": "no such call",
    }),
    Wrong(CapturesPartAnyway, "payments", {"certify-full-capture": "6.00 was to be captured of 10.00"}),
    Wrong(CapturesWhatIsGone, "payments", {"certify-payment-cancelled-by-user": "CapturePayment"}),
    Wrong(CancelsWhatItCouldNotCapture, "payments", {"certify-payment": "CancelPayment"}),
    Wrong(ForgetsToLogIn, "network-resilience", {"certify-token-expired": "The same is captured again with it"}),
    Wrong(CapturesWithTheOldToken, "network-resilience", {"certify-token-expired": "without a Token after attempt 1"}),
    Wrong(DropsTheNewToken, "network-resilience", {"certify-token-expired": "did not carry the token fetched after attempt 1"}),
    Wrong(FetchesAnothersToken, "network-resilience", {"certify-token-expired": "did not carry the token fetched after attempt 1"}),
    Wrong(CantReadRubbish, "network-resilience", {"certify-broken-answers": "no further attempt"}),
    Wrong(Impatient, "network-resilience", {
        "certify-create-pos": "came 1.0 s after",
        "certify-delete-pos": "came 1.0 s after",
        "certify-slow-answers": "came again 1.0 s later",
    }),
    Wrong(ForgetsRestrictions, "prepared-payments-with-restrictions", {
        "certify-restricted-prepared-payment": "disallows none",
        "certify-card-refused-prepared": "disallows none",
        "certify-restricted-prepared-payment-cancelled-by-user": "disallows none",
    }),
    Wrong(CapturesRefundTooSoon, "refunds", {"certify-refund": "looked up"}),
    Wrong(TrustsNotifications, "notifications", {"certify-notification-lost": "no such call"}),
    Wrong(ForgetsToDelete, "onboarding", {"certify-delete-pos": "no further attempt"}),
)  # fmt: skip
