"""A sandbox as a test uses it: shop, customer, clock, scenarios, and what the client did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any, TypedDict, Unpack

from .arranging import Arrangeable, Arranged
from .audit import Audit
from .clock import Clock
from .connection import Closing
from .control import ControlClient
from .customer import Customer, Pos
from .errors import may_be_refused
from .events import Event
from .exchanges import Exchange, Exchanges, Explanation, Filters
from .ledger import Comparison, Ledger
from .live_run import LiveRun
from .model import camel_case
from .pos_api import PosApi
from .verification import Count, Matcher, Verified

CLIENT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - everybody may know it
MERCHANT = "DK12345678"

INLINE = "of-this-test"  # names scenarios that a test gives as text; a number follows


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment: its state, and the events that led to it."""

    id: str
    pos_id: str
    state: str
    changes: tuple[Event, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Its states, in order."""
        return tuple(each.after for each in self.changes if each.after)


class Who(TypedDict, total=False):
    """The credentials of the client under test, where they are not the seeded ones.

    Args:
        client_id: the client id of an integrator.
        client_secret: its secret.
        merchant: the VAT number of the merchant that it acts for, such as `DK12345678`.
    """

    client_id: str
    client_secret: str
    merchant: str


class SandboxClock:
    """The sandbox's time."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    @property
    def now(self) -> datetime:
        """The time in the sandbox."""
        return self._control.clock().now

    @property
    def next_due(self) -> datetime | None:
        """The time of the next event, if nobody calls."""
        return self._control.clock().next_due

    def advance(self, length: timedelta | None = None, **units: float) -> Clock:
        """Moves time forward, as in `advance(seconds=2)`; what falls due happens."""
        return self._control.advance(length, **units)

    def rescale(self, scale: float) -> Clock:
        """Changes how many seconds pass in a real second; 0 stops time."""
        return self._control.rescale(scale)


class Sandbox(Closing):
    """An isolated part of a simulator: payments, clock, scenarios, journal.

    As a context manager it is dropped in the end, unless it is lent.

    Args:
        control: a client of the simulator's control API.
        name: its name.
        client_id: the integrator whose client is tested.
        client_secret: the integrator's secret.
        merchant: the VAT number of the merchant it acts for.
        is_lent: whether others use it too. Then closing does not drop it, and what is made in it
            gets names that are not taken.
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
        """The URL in front of the paths of the client under test."""
        return self.control.base_url

    @property
    def https_url(self) -> str | None:
        """The same over HTTPS; None where the simulator serves none."""
        return self.control.https_url

    @property
    def ca_file(self) -> Path | None:
        """The CA to trust over HTTPS, as a PEM file; None where this machine has no such file."""
        return self.control.ca_file

    # --- the shop -----------------------------------------------------------------------------

    def token(self) -> str:
        """Returns an access token; the same one as long as it is valid."""
        return self._api.token()

    def headers(self) -> dict[str, str]:
        """Returns the headers that every call of a client needs, with a token."""
        return self._api.headers()

    @cached_property
    def store_id(self) -> str:
        """The merchant's first store."""
        return self._api.first_store()

    @property
    def pos(self) -> Pos:
        """A point of sale in that store, created with the first use."""
        if self._pos is None:
            self._pos = self.create_pos()
        return self._pos

    def create_pos(self, **changes: Any) -> Pos:
        """Creates another point of sale.

        Args:
            changes: other values for fields of the request, as `store_id` or `storeId`.
        """
        self._count += 1
        body = {
            "merchantPosId": f"{self._stem}-{self._count}",
            "storeId": self.store_id,
            "name": "Till of the test",
            "supportedBeaconTypes": ["QR"],
            **{camel_case(name): value for name, value in changes.items()},
        }
        pos_id = self._api.create("/pointofsales", body, lambda made: str(made["posId"]))
        return self.customer.pos_of(pos_id)

    def arrange(self, what: Arrangeable, state: str | None = None, **more: Any) -> Arranged:
        """Makes something with a state, as if all had happened; see `ControlClient.arrange`."""
        who = {"merchant": self.merchant, "client_id": self.client_id}
        return self.control.arrange(what, state, **(who | more))

    # --- scenarios ----------------------------------------------------------------------------

    def scenario(self, source: str | Path, pos_id: str | None = None, *, times: int = 1) -> LiveRun:
        """Chooses the scenario of the next payments.

        Args:
            source: its name, or a file or YAML text, which is uploaded first.
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
        """All payments, oldest first."""
        changes: dict[str, list[Event]] = {}
        for event in self.control.events():
            if event.event == "PaymentChanged" and event.payment_id:
                changes.setdefault(event.payment_id, []).append(event)
        return tuple(_payment(id, found) for id, found in changes.items())

    def payment(self, id: str) -> Payment:
        """Returns the payment of this `id`, without a call of the PoS API.

        Raises:
            LookupError: there is none with this id.
        """
        changes: list[Event] = []
        with may_be_refused(400, 404):
            changes = [e for e in self.control.events(id) if e.event == "PaymentChanged"]
        if not changes:
            known = ", ".join(each.id for each in self.payments) or "none"
            raise LookupError(f"no payment {id!r} in the sandbox {self.name}; there are: {known}")
        return _payment(changes[0].payment_id or id, changes)

    def newest(self, limit: int) -> tuple[Exchange, ...]:
        """Returns the newest `limit` calls, oldest first: of the client, and of the test itself."""
        return tuple(self.control.requests(limit=limit, control=True))

    def requests(self, **filters: Unpack[Filters]) -> Exchanges:
        """Returns the calls of the client that fit all filters, oldest first."""
        return self.control.requests(**filters)

    def explain(self, id: int) -> Explanation:
        """Returns in plain English why a call got its answer."""
        return self.control.explain(id)

    def verify(self, matcher: str | Matcher, **bounds: Unpack[Count]) -> Verified:
        """Returns the client's calls that fit: `count`, `at_least` or `at_most` so many.

        Raises:
            VerificationFailed: there are not so many; it shows the nearest.
        """
        return self.control.verify(matcher, **bounds)

    def verify_in_order(self, *matchers: str | Matcher) -> Verified:
        """Returns calls of the client that fit the matchers one after the other.

        Raises:
            VerificationFailed: there are none; it shows the nearest.
        """
        return self.control.verify_in_order(*matchers)

    def audit(self, *, off: Iterable[str] = ()) -> Audit:
        """Returns what the client did wrong, by all rules but those in `off`."""
        return self.control.audit(off=off)

    def ledger(self) -> Ledger:
        """Returns what became of the money."""
        return self.control.ledger()

    def compare_ledger(self, books: str | Path) -> Comparison:
        """Returns where the till's own books (CSV: orderId, captured, refunded) differ from it."""
        return self.control.compare_ledger(books)

    # --- the sandbox itself -------------------------------------------------------------------

    def reset(self) -> None:
        """Resets the sandbox to its start: nothing has happened, and the clock is set back."""
        self.control.reset()
        self._forget()

    def snapshot(self) -> dict[str, Any]:
        """Returns the whole sandbox, to keep it or load it elsewhere."""
        return self.control.snapshot()

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Replaces the sandbox by a snapshot."""
        self.control.restore(snapshot)
        self._forget()

    def close(self) -> None:
        """Drops the sandbox, unless that is done."""
        if not self._is_open:
            return
        self._is_open = False
        with may_be_refused(404):
            self.control.drop()

    def _forget(self) -> None:
        self._pos = None
        self._api.forget()
        self.customer.forget()


def _payment(id: str, changes: list[Event]) -> Payment:
    newest = changes[-1]
    return Payment(id, newest.pos_id or "", newest.after or "", tuple(changes))
