"""A sandbox as a test uses it: shop, customer, clock, scenarios, and what the client did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any, TypedDict, Unpack

from simulator.client.closing import Closing
from simulator.client.control import ControlClient
from simulator.client.customer import Customer, Pos
from simulator.client.errors import ControlError
from simulator.client.journal_calls import Bounds, Filters
from simulator.client.journal_shapes import (
    Audit,
    Comparison,
    Exchanges,
    Explanation,
    Ledger,
    Matcher,
    Verified,
)
from simulator.client.live_run import LiveRun
from simulator.client.pos_api import PosApi
from simulator.client.shapes import Clock, Event
from simulator.naming import camel_case

__all__ = ["Payment", "Sandbox", "SandboxClock", "Who"]

CLIENT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - everybody may know it
MERCHANT = "DK12345678"

#: The name of scenarios that a test gives as text, with their number.
INLINE = "of-this-test"


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment seen from the outside: its state, and how it came there."""

    id: str
    pos_id: str
    state: str
    changes: tuple[Event, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """The states it was in, in order."""
        return tuple(each.after for each in self.changes if each.after)


class Who(TypedDict, total=False):
    """Whose client is tested, where it is not the seeded integrator of the seeded merchant."""

    client_id: str
    client_secret: str
    merchant: str


class SandboxClock:
    """The sandbox's time."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self._control.clock().now

    @property
    def next_due(self) -> datetime | None:
        """When something happens next, if nobody calls."""
        return self._control.clock().next_due

    def advance(self, length: timedelta | None = None, **units: float) -> Clock:
        """Moves time forward, as in `advance(seconds=2)`; all that falls due happens."""
        return self._control.advance(length, **units)

    def rescale(self, scale: float) -> Clock:
        """Changes how many seconds pass in a real one; 0 stops time."""
        return self._control.rescale(scale)


class Sandbox(Closing):
    """A world of its own on a simulator: payments, clock, scenarios, journal.

    Use it as a context manager: it is dropped in the end, unless it is lent.

    Args:
        control: a client of its control API.
        name: its name.
        client_id: the integrator whose client is tested.
        client_secret: the integrator's secret.
        merchant: the VAT number of the merchant it acts for.
        is_lent: whether others use it too: then it stays when it is closed, and what is made in it
            gets names that nobody else has taken.
    """

    def __init__(
        self,
        control: ControlClient,
        name: str,
        *,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        merchant: str = MERCHANT,
        is_lent: bool = False,
    ) -> None:
        self.control = control.within(name)
        self.name = name
        self.client_id = client_id
        self.client_secret = client_secret
        self.merchant = merchant
        self.clock = SandboxClock(self.control)
        self._api = PosApi(self.control, client_id, client_secret, merchant)
        self._pos: Pos | None = None
        self._count = 0
        self._is_open = not is_lent
        self._stem = f"test-{token_hex(4)}" if is_lent else "test"
        self.customer = Customer(self.control, self._api, merchant, lambda: self.pos)

    @property
    def base_url(self) -> str:
        """What the client under test puts in front of its paths."""
        return self.control.base_url

    # --- the shop -----------------------------------------------------------------------------

    def token(self) -> str:
        """Returns an access token; the same one as long as it is good."""
        return self._api.token()

    def headers(self) -> dict[str, str]:
        """Returns the headers every call of a client needs, the token among them."""
        return self._api.headers()

    @cached_property
    def store_id(self) -> str:
        """The merchant's first store."""
        return str(self._api.get("/stores")["storeIds"][0])

    @property
    def pos(self) -> Pos:
        """A point of sale in that store, made when it is first asked for."""
        if self._pos is None:
            self._pos = self.create_pos()
        return self._pos

    def create_pos(self, **changes: Any) -> Pos:
        """Makes another point of sale.

        Args:
            changes: fields of its request that are to be otherwise, as `store_id` or `storeId`.
        """
        self._count += 1
        body = {
            "merchantPosId": f"{self._stem}-{self._count}",
            "storeId": self.store_id,
            "name": "Till of the test",
            "supportedBeaconTypes": ["QR"],
            **{camel_case(name): value for name, value in changes.items()},
        }
        pos_id = self._api.create("/pointofsales", body)["posId"]
        return self.customer.pos_of(pos_id)

    # --- what is played -----------------------------------------------------------------------

    def scenario(self, source: str | Path, pos_id: str | None = None, *, times: int = 1) -> LiveRun:
        """Lets the next payments play a scenario.

        Args:
            source: its name, or a file or YAML text that is taken into the sandbox first.
            pos_id: the point of sale the payments are made on; any where it is None.
            times: how many payments.
        """
        name = source if isinstance(source, str) else source.stem
        if isinstance(source, Path):
            self.control.upload(source)
        elif "\n" in source or ":" in source:
            self._count += 1
            name = self.control.upload(source, f"{INLINE}-{self._count}").name
        return LiveRun(self.control, self.control.queue(name, pos_id=pos_id, times=times))

    # --- what happened ------------------------------------------------------------------------

    @property
    def payments(self) -> tuple[Payment, ...]:
        """All payments, in the order they were made."""
        changes: dict[str, list[Event]] = {}
        for event in self.control.events():
            if event.event == "PaymentChanged" and event.payment_id:
                changes.setdefault(event.payment_id, []).append(event)
        return tuple(_payment(id, found) for id, found in changes.items())

    def payment(self, id: str) -> Payment:
        """Returns a payment, without calling the API the client is measured by.

        Raises:
            LookupError: there is none of this id.
        """
        changes = [e for e in self.control.events(id) if e.event == "PaymentChanged"]
        if not changes:
            known = ", ".join(each.id for each in self.payments) or "none"
            raise LookupError(f"no payment {id!r} in the sandbox {self.name}; there are: {known}")
        return _payment(changes[0].payment_id or id, changes)

    def requests(self, **filters: Unpack[Filters]) -> Exchanges:
        """Returns the calls the client made and that fit all filters, oldest first."""
        return self.control.requests(**filters)

    def explain(self, id: int) -> Explanation:
        """Returns in plain English why a call was answered as it was."""
        return self.control.explain(id)

    def verify(self, matcher: str | Matcher, **bounds: Unpack[Bounds]) -> Verified:
        """Returns the client's calls of a kind: `count`, `at_least` or `at_most` so many.

        Raises:
            VerificationFailed: there are not so many; it shows which came near.
        """
        return self.control.verify(matcher, **bounds)

    def verify_in_order(self, *matchers: str | Matcher) -> Verified:
        """Returns calls of the client that fit the matchers one after the other.

        Raises:
            VerificationFailed: there are none such; it shows which came near.
        """
        return self.control.verify_in_order(*matchers)

    def audit(self, *, off: Iterable[str] = ()) -> Audit:
        """Returns what the client did wrong, by the rules that are not switched off."""
        return self.control.audit(off=off)

    def ledger(self) -> Ledger:
        """Returns what became of the money."""
        return self.control.ledger()

    def compare_ledger(self, books: str | Path) -> Comparison:
        """Returns where the till's own books (CSV: orderId, captured, refunded) differ from it."""
        return self.control.compare_ledger(books)

    # --- the sandbox itself -------------------------------------------------------------------

    def reset(self) -> None:
        """Makes everything as it was at the start."""
        self.control.reset()
        self._forget()

    def snapshot(self) -> dict[str, Any]:
        """Returns the whole sandbox, to be kept or loaded elsewhere."""
        return self.control.snapshot()

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Puts what a snapshot holds into the sandbox's place."""
        self.control.restore(snapshot)
        self._forget()

    def close(self) -> None:
        """Drops the sandbox, if it is still there."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self.control.drop()
        except ControlError as error:
            if error.status != 404:
                raise

    def _forget(self) -> None:
        self._pos = None
        self._api.forget()
        self.customer.forget()


def _payment(id: str, changes: list[Event]) -> Payment:
    newest = changes[-1]
    return Payment(id, newest.pos_id or "", newest.after or "", tuple(changes))
