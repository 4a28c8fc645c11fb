"""Runs: a scenario that runs on a client's payments, the observed calls, and the verdict.

A run begins when its scenario is queued, or with the call that starts its payment. Calls belong to
the run of their payment; a call that started no payment belongs to a run by its idempotency key.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..engine.ids import Random, seeded
from ..engine.records import Caller, PaymentRecord, RefundRecord
from ..engine.states import PaymentState
from ..engine.world import World
from .call import Call
from .expectation_base import ClientExpectation
from .expectations import FinalState
from .fate import WirePlan
from .fault_matching import match_fault
from .faults import Fault
from .observed_calls import ObservedCall
from .run_record import ExpectationResult, ObservedRefund, RunRecord, RunVerdict, StillRecord
from .scenario import Scenario
from .script_runner import Cursor


@dataclass(frozen=True, slots=True)
class FaultDecision:
    """The decision of the scenario engine about a call.

    Args:
        run: the run that the call belongs to.
        fault: the fault to inject.
        plan: what the wire does about it.
        seen: what the run keeps of the call.
        is_counted: whether the faults of the sandbox counted the call.
        is_of_sandbox: whether the fault is one of the sandbox.
    """

    run: "ScenarioRun | None" = None
    fault: Fault | None = None
    plan: WirePlan | None = None
    seen: ObservedCall | None = None
    is_counted: bool = False
    is_of_sandbox: bool = False


@dataclass(slots=True)
class ScenarioRun:
    """A run of a scenario.

    Args:
        id: its id in the sandbox.
        scenario: the scenario.
        begun_at: the world's time it began.
        seed: what its chances and delays depend on.
        pos_id: the point of sale it was queued for, or has a payment on.
        keys: the idempotency keys of its calls, before it has a payment.
        cursors: its payments in the order they were started, each with its script.
        record: what was observed.
        retired: its number among the runs that are over; 0 while it is not over.
        fault_counts: for each fault, by its index: how many calls matched, and when the first came.
        is_case: whether it belongs to a certification, which decides how long it is kept.
        left_at: when the client left its case: what was not done by then has failed, and nothing
            that comes later is observed.
    """

    id: str
    scenario: Scenario
    begun_at: datetime
    seed: tuple[int | str, ...]
    pos_id: str | None = None
    keys: list[tuple[Caller, str]] = field(default_factory=list)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    record: RunRecord = field(default_factory=RunRecord)
    retired: int = 0
    fault_counts: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    is_case: bool = False
    drawn_from: Random | None = None
    left_at: datetime | None = None

    @property
    def random(self) -> Random:
        """Draws its chances and delays; made when it is first needed."""
        if self.drawn_from is None:
            self.drawn_from = seeded("run", *self.seed)
        return self.drawn_from

    def fault_for(self, incoming: Call, now: datetime) -> tuple[Fault, WirePlan] | None:
        """Returns the fault to inject into a call, or None; counts a call that is not refused."""
        if not self.scenario.faults or incoming.is_refused:
            return None
        faults = dict(enumerate(self.scenario.faults))
        counts, random = self.fault_counts, self.random
        return match_fault(faults, counts, incoming.name, incoming.method, now, random)

    def observe(
        self, incoming: Call, fault: tuple[Fault, WirePlan] | None, now: datetime
    ) -> ObservedCall | None:
        """Records a call, if the scenario has expectations and the client has not left it."""
        if self.left_at or not self.scenario.expect:
            return None
        seen = ObservedCall(
            number=len(self.record.calls) + 1,
            at=now,
            call=incoming.name,
            payment_id=incoming.payment_id,
            key=incoming.key,
            amount=incoming.amount,
            fingerprint=incoming.digest,
            has_fault=fault is not None,
            real_at=incoming.real_at,
            waits=fault[1].delay if fault is not None else 0.0,
            state=self.record.state_of(incoming.payment_id),
        )
        self.record.calls.append(seen)
        return seen

    def note_state(self, payment: PaymentRecord, state: PaymentState, at: datetime) -> None:
        """Records that a payment has reached a state, its order id and its amount."""
        if self.left_at:
            return
        self.record.states.append((at, payment.id, state))
        self.record.orders[payment.id] = payment.order_id
        if payment.amount is not None:
            self.record.amounts[payment.id] = payment.amount
        if payment.currency is not None:
            self.record.currencies[payment.id] = payment.currency.value
        if payment.restrictions and payment.id not in self.record.restricted:
            self.record.restricted.append(payment.id)

    def note_refund(self, refund: RefundRecord) -> None:
        """Records how a refund of one of its payments stands."""
        if not self.left_at:
            seen = ObservedRefund(refund.payment_id, refund.state, refund.amount)
            self.record.refunds[refund.id] = seen

    def note_notification(self, at: datetime, status: int | None) -> None:
        """Records that a notification was sent, and the status of the response."""
        if not self.left_at:
            self.record.notified.append((at, status))

    def start_payment(self, payment_id: str) -> Cursor:
        """Adds its next payment, and returns the cursor of its script."""
        cursor = Cursor(self.scenario.name, self.scenario.scripts[len(self.cursors)])
        self.cursors[payment_id] = cursor
        return cursor

    @property
    def is_watched(self) -> bool:
        """Whether its scenario looks at calls, and it is no case."""
        return not (self.scenario.is_plain or self.is_case)

    @property
    def wants_more(self) -> bool:
        """Whether it has a script for a further payment."""
        return len(self.cursors) < len(self.scenario.scripts)

    @property
    def is_over(self) -> bool:
        """Whether all its payments have started and ended, and their scripts, too."""
        last = self.record.last_states()
        return not self.wants_more and all(
            cursor.has_stopped and last[payment_id].is_final
            for payment_id, cursor in self.cursors.items()
        )

    @property
    def reason(self) -> str | None:
        """Why one of its scripts stopped early, or None."""
        return next((each.reason for each in self.cursors.values() if each.reason), None)

    def remarks(self, *, is_decided: bool) -> list[str]:
        """Returns what a verdict alone would hide: scripts that stopped early, money never
        captured, faults that were never injected.

        Args:
            is_decided: whether it has a verdict; before that, a fault may still be injected.
        """
        found = list(self._idle_faults) if is_decided and self.is_over else []
        last = self.record.last_states()
        for number, (payment_id, cursor) in enumerate(self.cursors.items(), 1):
            order = self.record.orders.get(payment_id)
            payment = f"payment {number} (order {order!r})" if order else f"payment {number}"
            if cursor.reason is not None:
                found.append(f"the script of {payment} stopped early: {cursor.reason}")
            is_lost = last.get(payment_id) is PaymentState.EXPIRED_AND_CANCELLED
            if is_lost and not self._allows(PaymentState.EXPIRED_AND_CANCELLED, number):
                found.append(
                    f"{self._money(payment_id)} of {payment} was reserved and neither captured nor "
                    "cancelled, until the reservation expired"
                )
        return found

    def _money(self, payment_id: str) -> str:
        amount = self.record.amounts.get(payment_id)
        if amount is None:
            return "an amount"
        return f"{amount} {self.record.currencies.get(payment_id, '')}".strip()

    @property
    def _idle_faults(self) -> Iterator[str]:
        """Yields what is to be said of each fault that there was no call for."""
        for index, fault in enumerate(self.scenario.faults):
            count, _ = self.fault_counts.get(index, (0, self.begun_at))
            if count < (fault.nth or 1):
                calls, wanted = " or ".join(fault.call), fault.nth or 1
                times = "only once" if count == 1 else f"only {count} times"
                called = f"called {times}" if count else "not called"
                which = f" for call {wanted}" if wanted > 1 else ""
                yield (
                    f"{calls} was {called}, so its fault{which} was never injected: let the client "
                    "call it, or remove the fault from the scenario"
                )

    def _allows(self, state: PaymentState, number: int) -> bool:
        """Whether the scenario expects its payment of this number to end in a state."""
        return any(
            isinstance(each, FinalState)
            and state in each.final_state
            and each.payment in (None, state, number)
            for each in self.scenario.expect
        )

    @property
    def size(self) -> int:
        """How much there is to judge: each of its expectations may look at each of its calls."""
        return len(self.scenario.expect) * (1 + len(self.record.calls))

    def copy(self) -> "ScenarioRun":
        """Returns a run that can be judged, and that nothing changes any more."""
        cursors = {payment_id: copy(each) for payment_id, each in self.cursors.items()}
        return replace(self, cursors=cursors, record=self.record.copy())

    def results(
        self, now: datetime, may_go_on: Callable[[], None] = lambda: None
    ) -> list[ExpectationResult]:
        """Returns the result of each expectation at a time.

        Args:
            now: the time.
            may_go_on: asked before each is judged; what it raises ends that.
        """
        record, now = StillRecord(self.record), min(now, self.left_at or now)
        judged: dict[ClientExpectation, ExpectationResult] = {}
        for each in self.scenario.expect:
            may_go_on()
            if each not in judged:
                judged[each] = each.result(record, now)
        results = [judged[each] for each in self.scenario.expect]
        is_decided = self.is_over and not any(
            result.verdict is RunVerdict.UNFINISHED and result.must_happen for result in results
        )
        return [result.settled() if is_decided else result for result in results]

    def verdict(self, now: datetime) -> RunVerdict:
        """Returns the verdict at a time."""
        return self.verdict_on(self.results(now))

    def verdict_on(self, results: Iterable[ExpectationResult]) -> RunVerdict:
        """Returns the verdict that some results add up to."""
        verdicts = {result.verdict for result in results}
        if RunVerdict.FAILED in verdicts:
            return RunVerdict.FAILED
        if RunVerdict.UNFINISHED in verdicts or not self.is_over:
            return RunVerdict.FAILED if self.left_at else RunVerdict.UNFINISHED
        return RunVerdict.PASSED


@dataclass(frozen=True, slots=True)
class HasReached:
    """Tells whether the payment of a held call has reached a state, or can't reach it any more."""

    world: World
    run: ScenarioRun | None
    payment_id: str | None
    state: PaymentState

    def __call__(self) -> bool:
        with self.world:
            found = [self.world.payments.get(each) for each in self._ids()]
            return any(p is not None and (p.state is self.state or p.state.is_final) for p in found)

    def _ids(self) -> list[str]:
        if self.payment_id:
            return [self.payment_id]
        # A call without a run or a payment may start the newest payment.
        return [*self.run.cursors] if self.run else [*self.world.payments.table][-1:]
