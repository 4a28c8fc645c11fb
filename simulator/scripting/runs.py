"""Runs: a scenario at work on a client, what was seen of the client, and the verdict.

A run begins when its scenario is queued, or with the call that makes the payment it was chosen for.
Calls belong to it by their payment; the retry of a call that made none belongs to it by its key.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.engine.callers import Caller
from simulator.engine.ids import Random, seeded
from simulator.engine.records import Payment
from simulator.engine.states import PaymentState
from simulator.scripting.faults import Fault, WirePlan, plan_of
from simulator.scripting.incoming import Incoming
from simulator.scripting.playing import Cursor
from simulator.scripting.records import Finding, Record, Seen, Verdict
from simulator.scripting.scenario import Scenario
from simulator.scripting.striking import first_to_strike

__all__ = ["Cue", "Incoming", "Run"]


@dataclass(frozen=True, slots=True)
class Cue:
    """What the director has decided about a call."""

    run: "Run | None" = None
    fault: Fault | None = None
    plan: WirePlan | None = None
    seen: Seen | None = None


@dataclass(slots=True)
class Run:
    """A scenario at work.

    Args:
        id: its name in the sandbox.
        scenario: what is played.
        begun_at: the world's time it began.
        seed: what its chances and delays follow from.
        pos_id: the point of sale it was queued for, or has a payment on.
        keys: the idempotency keys of calls that belong to it, before it has a payment.
        cursors: its payments in the order they were made, each with its script.
        record: what was seen of it.
        retired: which of the runs that are over it is, from 1; 0 while it is not over.
        strikes: of each fault, by its place: how many calls it was about, and when the first came.
        is_case: whether a certification holds it, which then also says how long it is kept.
    """

    id: str
    scenario: Scenario
    begun_at: datetime
    seed: tuple[int | str, ...]
    pos_id: str | None = None
    keys: list[tuple[Caller, str]] = field(default_factory=list)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    retired: int = 0
    strikes: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    is_case: bool = False
    drawn_from: Random | None = None

    @property
    def random(self) -> Random:
        """What its chances and delays are drawn from; most runs draw nothing."""
        if self.drawn_from is None:
            self.drawn_from = seeded("run", *self.seed)
        return self.drawn_from

    def fault_for(self, incoming: Incoming, now: datetime) -> tuple[Fault, WirePlan] | None:
        """Returns what goes wrong with a call, if anything; each call is counted once."""
        if not self.scenario.faults:
            return None
        faults = dict(enumerate(self.scenario.faults))
        struck = first_to_strike(faults, self.strikes, incoming.name, now, self.random)
        return None if struck is None else (struck, plan_of(struck, incoming.method, self.random))

    def see(
        self, incoming: Incoming, struck: tuple[Fault, WirePlan] | None, now: datetime
    ) -> Seen | None:
        """Keeps what the client did, where somebody is going to judge it."""
        if not self.scenario.expect:
            return None
        seen = Seen(
            number=len(self.record.calls) + 1,
            at=now,
            call=incoming.name,
            payment_id=incoming.payment_id,
            key=incoming.key,
            amount=incoming.amount,
            fingerprint=incoming.in_short,
            is_struck=struck is not None,
            real_at=incoming.real_at,
            waits=struck[1].delay if struck is not None else 0.0,
        )
        self.record.calls.append(seen)
        return seen

    def note_state(self, payment: Payment, state: PaymentState, at: datetime) -> None:
        """Keeps that one of its payments has reached a state, and what it asks for."""
        self.record.states.append((at, payment.id, state))
        if payment.amount is not None:
            self.record.amounts[payment.id] = payment.amount
        if payment.restrictions and payment.id not in self.record.restricted:
            self.record.restricted.append(payment.id)

    def begin(self, payment_id: str) -> Cursor:
        """Takes in its next payment."""
        cursor = Cursor(self.scenario.name, self.scenario.scripts[len(self.cursors)])
        self.cursors[payment_id] = cursor
        return cursor

    @property
    def wants_more(self) -> bool:
        """Whether it has a script for another payment."""
        return len(self.cursors) < len(self.scenario.scripts)

    @property
    def is_over(self) -> bool:
        """Whether its payments are all made and final, and their scripts have ended."""
        last = self.record.last_states()
        return not self.wants_more and all(
            cursor.has_stopped and last[payment_id].is_final
            for payment_id, cursor in self.cursors.items()
        )

    @property
    def reason(self) -> str | None:
        """Why a script of it stopped before its end, or None."""
        return next((each.reason for each in self.cursors.values() if each.reason), None)

    def findings(self, now: datetime) -> list[Finding]:
        """Returns what became of each expectation so far."""
        findings = [each.judge(self.record, now) for each in self.scenario.expect]
        is_decided = self.is_over and not any(
            finding.verdict is Verdict.UNFINISHED and finding.must_happen for finding in findings
        )
        return [finding.settled() if is_decided else finding for finding in findings]

    def verdict(self, now: datetime) -> Verdict:
        """Returns passed, failed or unfinished."""
        return self.verdict_on(self.findings(now))

    def verdict_on(self, findings: Iterable[Finding]) -> Verdict:
        """Returns the verdict that the run's findings at some time come to."""
        verdicts = {finding.verdict for finding in findings}
        if Verdict.FAILED in verdicts:
            return Verdict.FAILED
        if Verdict.UNFINISHED in verdicts or not self.is_over:
            return Verdict.UNFINISHED
        return Verdict.PASSED
