"""Payments that ended without a query that shows it: later calls show that they did.

A payment that starts at a point of sale, or a list that lacks a payment, shows that the active one
has ended. After a point of sale is deleted nobody can pay there, so what is shown later was before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from ...engine.states import PaymentState, Trigger
from ...journal.exchanges import KEY, ExchangeRecord
from ..replay.comparing import Names
from .backstage import Backstage
from .customers import OF_CLIENTS, OF_CUSTOMERS, OF_MOBILEPAY, InferredCustomers
from .outlook import BEFORE, Outlook, ShownState, answer_of, asked_of, field

_STARTS = ("InitiatePayment", "PreparePayment")


@dataclass(frozen=True, slots=True)
class _Ending:
    """An active payment of which a call shows something.

    Args:
        there: its recorded id; empty where the recording has not named it.
        here: its id in this run.
        shown: what is recorded later of it; None if nothing is.
    """

    there: str
    here: str
    shown: ShownState | None

    @property
    def goal(self) -> PaymentState | None:
        """The state in which it must be before the call."""
        return BEFORE.get(self.shown.state, self.shown.state) if self.shown else None


class UnseenEndings:
    """Ends payments where a call shows that they had ended.

    Args:
        backstage: looks at points of sale.
        customers: acts on payments.
        names: which name in this run is which in the recording.
        outlook: what the recording tells later.
    """

    def __init__(
        self, backstage: Backstage, customers: InferredCustomers, names: Names, outlook: Outlook
    ) -> None:
        self._backstage = backstage
        self._customers = customers
        self._names = names
        self._outlook = outlook
        self._keys: set[str] = set()

    def note_made(self, exchange: ExchangeRecord) -> None:
        """Notes a call that was accepted here: the same one again starts nothing."""
        if exchange.operation in _STARTS:
            self._keys.add(exchange.header(KEY) or "")

    def act_before(self, exchange: ExchangeRecord) -> None:
        """Does what customers did since the call before; called before the clock moves on."""
        ending = self._ending(exchange)
        if ending is not None and ending.shown is not None:
            self._end(exchange, ending, ending.shown.part, OF_CUSTOMERS)

    def act_at(self, exchange: ExchangeRecord) -> None:
        """Ends what neither customers nor time have ended; called after the clock has moved on."""
        ending = self._ending(exchange)
        if ending is None or exchange.operation == "DeletePos":
            return
        everybody = (*OF_MOBILEPAY, *OF_CLIENTS, *OF_CUSTOMERS)
        if ending.goal is None or not self._end(exchange, ending, ending.goal, everybody):
            self._end(exchange, ending, PaymentState.CANCELLED_BY_USER, OF_CUSTOMERS)

    def ended_by_client(self, exchange: ExchangeRecord) -> Iterable[tuple[str, str, str]]:
        """Yields a payment that a lost cancellation may have ended.

        Its recorded id, its state here, and the state it would be in.
        """
        ending = self._ending(exchange)
        if ending is not None and ending.there and exchange.operation != "DeletePos":
            state = self._customers.state_of(ending.there) or ""
            yield ending.there, state, PaymentState.CANCELLED_BY_CLIENT

    def _end(
        self,
        exchange: ExchangeRecord,
        ending: _Ending,
        goal: PaymentState,
        triggers: Iterable[Trigger],
    ) -> bool:
        there = ending.there
        is_shown = ending.shown is not None and goal in (ending.shown.part, ending.goal)
        why = f"it is {goal} later" if is_shown else "it has ended by then, and nothing shows how"
        if exchange.operation == "DeletePos":
            why = f"it is {goal} later, and its point of sale is deleted now"
        named = f"payment {there}" if there else "the active payment"
        return self._customers.reach(
            exchange, there, ending.here, goal, triggers, f"{named}: {why}"
        )

    def _ending(self, exchange: ExchangeRecord) -> _Ending | None:
        """Returns the active payment of which a call shows that it has ended or must end now."""
        if exchange.status != 200 or not (pos_id := _pos_in(exchange)):
            return None
        pos = self._names.here(pos_id)
        active = self._backstage.pos(pos).get("activePayment") if pos else None
        if not active:
            return None
        here = str(active["paymentId"])
        there = self._names.there(here) or ""
        is_over = exchange.operation != "DeletePos"
        if is_over and not self._shows_the_end(exchange, there, active):
            return None
        return _Ending(there, here, self._outlook.later_state(there, exchange, is_over=is_over))

    def _shows_the_end(self, exchange: ExchangeRecord, there: str, active: dict[str, Any]) -> bool:
        answer = answer_of(exchange)
        if exchange.operation in _STARTS:
            is_again = exchange.header(KEY) in self._keys
            return not is_again and str(answer.get("paymentId")).lower() != there
        order_id, listed = _filters(exchange).get("orderid"), answer.get("paymentIds")
        if not isinstance(listed, list) or order_id not in (None, active.get("orderId")):
            return False
        ids = [str(each).lower() for each in listed]
        return there not in ids if there else not ids


def _pos_in(exchange: ExchangeRecord) -> str:
    """Returns the recorded id of a point of sale whose active payment a call tells of, or none."""
    found: Any = None
    if exchange.operation in _STARTS:
        found = field(asked_of(exchange), "posId")
    elif exchange.operation == "DeletePos":
        found = exchange.pos_id
    elif exchange.operation == "QueryPaymentIds":
        filters = _filters(exchange)
        found = None if "state" in filters else filters.get("posid")
    return found if isinstance(found, str) else ""


def _filters(exchange: ExchangeRecord) -> dict[str, str]:
    return {name.lower(): value for name, value in parse_qsl(exchange.query)}
