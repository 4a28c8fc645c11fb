"""What a run has observed, and the results of its expectations."""

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from ..engine.states import PaymentState, RefundState
from .observed_calls import NOTHING, Observation, ObservedCall


class RunVerdict(StrEnum):
    """The verdict on a run, or on one of its expectations."""

    PASSED = "passed"
    FAILED = "failed"
    UNFINISHED = "unfinished"


class ObservedRefund(msgspec.Struct, frozen=True):
    """A refund of a payment of the run, as it stands."""

    payment_id: str
    state: RefundState
    amount: Decimal


#: The status of a refusal for what a call says, whatever else is there.
BAD_REQUEST = 400
#: The states in which the customer has got the money back.
PAID_BACK = (RefundState.CAPTURED, RefundState.EXPIRED_AND_CAPTURED)


@dataclass(slots=True)
class RunRecord:
    """What a run has observed: its calls, and the states and amounts of its payments."""

    calls: list[ObservedCall] = field(default_factory=list)
    states: list[tuple[datetime, str, PaymentState]] = field(default_factory=list)
    #: The amount of each payment, once it is known.
    amounts: dict[str, Decimal] = field(default_factory=dict)
    #: The payments that disallow a kind of card.
    restricted: list[str] = field(default_factory=list)
    #: When notifications were sent, and the status of the response; None without a response.
    notified: list[tuple[datetime, int | None]] = field(default_factory=list)
    #: The refunds of its payments by their ids, in the order they were started.
    refunds: dict[str, ObservedRefund] = field(default_factory=dict)
    #: The order id of each payment.
    orders: dict[str, str] = field(default_factory=dict)
    #: The currency of each payment, once it is known.
    currencies: dict[str, str] = field(default_factory=dict)

    def of(self, *calls: str) -> list[ObservedCall]:
        """Returns the calls of some operations."""
        return [each for each in self.calls if each.call in calls]

    def attempts(self, call: str) -> list[ObservedCall]:
        """Returns the attempts at an operation: what was refused for its form is none of them."""
        calls = self.of(call)
        return [each for each in calls if each.status != BAD_REQUEST or each.has_fault]

    def about(self, payment: int | PaymentState) -> "RunRecord":
        """Returns what was observed of one payment, or of those in one state.

        Args:
            payment: its place among the payments of the run, from 1; or a state: then the calls are
                those that came while their payment was in it.
        """
        if isinstance(payment, PaymentState):
            ids = [each for _, each, state in self.states if state is payment]
            calls = [each for each in self.calls if each.state is payment]
        else:
            ids = list(self.last_states())[payment - 1 : payment]
            calls = [each for each in self.calls if each.payment_id in ids]
        return RunRecord(
            calls=calls,
            states=[each for each in self.states if each[1] in ids],
            amounts={each: self.amounts[each] for each in ids if each in self.amounts},
            restricted=[each for each in self.restricted if each in ids],
            notified=self.notified,
            refunds={id: each for id, each in self.refunds.items() if each.payment_id in ids},
            orders={each: self.orders[each] for each in ids if each in self.orders},
            currencies={each: self.currencies[each] for each in ids if each in self.currencies},
        )

    def state_of(self, payment_id: str | None) -> PaymentState | None:
        """Returns the state of a payment, or None where it is not one of the run's."""
        for _, each, state in reversed(self.states):
            if each == payment_id:
                return state
        return None

    def began(self) -> datetime | None:
        """Returns the time of the first observation, or None."""
        times = [each.at for each in self.calls[:1]] + [at for at, _, _ in self.states[:1]]
        return min(times, default=None)

    def reached(self, *states: PaymentState) -> datetime | None:
        """Returns when a payment first was in one of some states, or None."""
        return next((at for at, _, state in self.states if state in states), None)

    def state_at(self, seen: ObservedCall) -> PaymentState | None:
        """Returns the state of a call's payment at the time of the call, or None."""
        until = (each for each in reversed(self.states) if each[0] <= seen.at)
        return next((state for _, each, state in until if each == seen.payment_id), None)

    def last_states(self) -> dict[str, PaymentState]:
        """Returns the state of each payment."""
        return {payment_id: state for _, payment_id, state in self.states}

    def copy(self) -> "RunRecord":
        """Returns a record that nothing changes any more."""
        return RunRecord(
            calls=[*map(copy, self.calls)],
            states=[*self.states],
            amounts={**self.amounts},
            restricted=[*self.restricted],
            notified=[*self.notified],
            refunds={**self.refunds},
            orders={**self.orders},
            currencies={**self.currencies},
        )


class StillRecord(RunRecord):
    """A record while nothing changes it: what many expectations ask for is looked for once.

    Args:
        record: what was observed.
    """

    def __init__(self, record: RunRecord) -> None:
        super().__init__(
            record.calls,
            record.states,
            record.amounts,
            record.restricted,
            record.notified,
            record.refunds,
            record.orders,
            record.currencies,
        )
        self._of: dict[tuple[str, ...], list[ObservedCall]] = {}
        self._about: dict[int | PaymentState, RunRecord] = {}
        self._states: dict[tuple[str | None, datetime], PaymentState | None] = {}

    def of(self, *calls: str) -> list[ObservedCall]:
        """Returns the calls of some operations."""
        if calls not in self._of:
            self._of[calls] = super().of(*calls)
        return self._of[calls]

    def about(self, payment: int | PaymentState) -> RunRecord:
        """Returns what was observed of one payment, or of those in one state."""
        if payment not in self._about:
            self._about[payment] = StillRecord(super().about(payment))
        return self._about[payment]

    def state_at(self, seen: ObservedCall) -> PaymentState | None:
        """Returns the state of a call's payment at the time of the call, or None."""
        asked = seen.payment_id, seen.at
        if asked not in self._states:
            self._states[asked] = super().state_at(seen)
        return self._states[asked]


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """The result of an expectation.

    Args:
        expected: the expectation in words.
        verdict: the verdict.
        seen: what was observed instead, if it failed or is unfinished; else nothing.
        exchange: the number of the call that met or broke it.
        must_happen: whether something must happen; otherwise it is a rule that holds until broken.
        is_overdue: whether it failed because something did not happen in time.
        warning: what the client should still do otherwise, although it passed.
    """

    expected: str
    verdict: RunVerdict
    seen: Observation = NOTHING
    exchange: int | None = None
    must_happen: bool = True
    is_overdue: bool = False
    warning: str = ""

    def settled(self) -> "ExpectationResult":
        """Returns the result once the run is over: a rule that nothing broke has passed."""
        if self.verdict is RunVerdict.UNFINISHED and not self.must_happen:
            return replace(self, verdict=RunVerdict.PASSED)
        return self
