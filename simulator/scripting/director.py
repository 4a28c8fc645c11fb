"""A world's director: picks a scenario for each new payment, and follows the runs to their end.

It reads the world's events. Before a call's work is done it is asked for its cue: which run the
call belongs to, and what is to go wrong with it.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from simulator.engine import points_of_sale
from simulator.engine.callers import Caller
from simulator.engine.events import Event, NotificationTried, PaymentChanged, RefundChanged
from simulator.engine.records import Payment
from simulator.engine.states import PaymentState
from simulator.engine.world import World
from simulator.scripting.book import RunBook
from simulator.scripting.library import Shelf
from simulator.scripting.matchers import Applicant
from simulator.scripting.playing import ScriptPlayer, ScriptStopped
from simulator.scripting.runs import Cue, Incoming, Run
from simulator.scripting.scenario import Scenario
from simulator.scripting.striking import StandingFaults

__all__ = ["Director", "NoSuchRun", "Usher"]

#: Upper case, so that a run is never taken for a scenario.
_RUN = "R"


class NoSuchRun(LookupError):
    """There is no run of this id, or it is too long ago."""


class Usher(Protocol):
    """Knows better than the director which run some calls belong to: a certification does."""

    @property
    def is_busy(self) -> bool:
        """Whether it looks at calls at all."""

    def claim(self, incoming: Incoming) -> Run | None:
        """Returns the run a call belongs to, or None where the director decides."""


class Director:
    """Plays scenarios in one world. Its methods are called inside the world.

    Args:
        world: where.
        shelf: the scenarios there are.
        default: the name of the one for payments that nothing else is chosen for.
    """

    def __init__(self, world: World, shelf: Shelf, default: str) -> None:
        self._world = world
        self._shelf = shelf
        self._default = shelf.get(default).name
        self.book = RunBook()
        self.usher: Usher | None = None
        self.standing = StandingFaults()
        self._player = ScriptPlayer(world, self._moved_on)
        world.subscribers.append(self._notice)

    @property
    def shelf(self) -> Shelf:
        """The scenarios there are."""
        return self._shelf

    @property
    def default(self) -> str:
        """The scenario for payments that nothing else is chosen for."""
        return self._default

    def play_by_default(self, scenario: Scenario) -> None:
        """Plays a scenario for payments that nothing else is chosen for."""
        if scenario.name not in self._shelf:
            self._shelf.put(scenario)
        self._default = scenario.name

    def queued(self) -> list[tuple[str | None, str]]:
        """Returns what waits for payments to come: (PoS id or None for any, scenario)."""
        return [(run.pos_id, run.scenario.name) for run in self.book.queue()]

    def queue(self, name: str, pos_id: str | None = None, times: int = 1) -> list[Run]:
        """Keeps a scenario for the next payments, of one point of sale or of any.

        Raises:
            UnknownScenario: there is none of this name.
        """
        scenario = self._shelf.get(name)
        runs = [self._new_run(scenario, pos_id) for _ in range(times)]
        for run in runs:
            self.book.add(run)
            self.book.enqueue(run)
        return runs

    def runs(self) -> list[Run]:
        """Returns all runs that are kept, oldest first."""
        return list(self.book.table.values())

    def run(self, run_id: str) -> Run:
        """Returns a run.

        Raises:
            NoSuchRun: there is none of this id.
        """
        run = self.book.table.get(run_id)
        if run is None:
            raise NoSuchRun(f"no run {run_id!r}")
        return run

    def run_of(self, payment_id: str) -> Run | None:
        """Returns the run a payment belongs to, or None; of those that are over, the newest."""
        return self.book.of_payment(payment_id)

    def playing(self, payment_id: str) -> str | None:
        """Returns the name of the scenario at work on a payment, or None."""
        run = self.book.of_payment(payment_id)
        if run is None or run.cursors[payment_id].has_stopped:
            return None
        return run.scenario.name

    def hand_over(self, pos_id: str) -> None:
        """A person plays the customer from here on: the script of the active payment stops."""
        payment = self._world.payments.active_on(pos_id)
        if payment is not None:
            self._player.stop(payment.id, "a simulated user took over")

    # --- calls --------------------------------------------------------------------------------

    def looks_at(self, payment_id: str | None) -> bool:
        """Whether a cue has to be asked for: something may strike a call, or watch it.

        Args:
            payment_id: the payment the call is about; None of any other, and of one that is to be.
        """
        if self.standing.table or (self.usher is not None and self.usher.is_busy):
            return True
        if payment_id is not None:
            run = self.book.of_payment(payment_id)
            return run is not None and not run.scenario.is_plain
        if self.book.has_watched:
            return True
        return not (self._shelf.get(self._default).is_plain and self._shelf.is_plain)

    def cue(self, incoming: Incoming) -> Cue:
        """Decides about a call before its work is done."""
        now, seen = self._world.clock.now, None
        struck = self.standing.fault_for(
            incoming.name, incoming.method, now, self._world.ids.place.parts
        )
        run = self._run_of(incoming)
        if run is not None and not run.scenario.is_plain:
            # The run counts the call all the same.
            its_own = run.fault_for(incoming, now)
            struck = struck or its_own
            seen = run.see(incoming, struck, now)
            self.book.touch(run)
        if struck is None:
            return Cue(run, seen=seen)
        fault, plan = struck
        if plan.hold is not None:
            until = _Reaches(self._world, run, incoming.payment_id, plan.hold)
            plan = replace(plan, until=until)
        return Cue(run, fault, plan, seen)

    def note_answer(self, cue: Cue, status: int) -> None:
        """Says how a call ended; 0 where its answer is cut off."""
        if cue.seen is not None and cue.run is not None:
            cue.seen.status = status
            self.book.touch(cue.run)

    def note_exchange(self, cue: Cue, number: int, code: str) -> None:
        """Says where a call stands in the journal, and the error code it was answered with."""
        if cue.seen is not None and cue.run is not None:
            cue.seen.exchange, cue.seen.code = number, code
            self.book.touch(cue.run)

    def note_arrival(self, cue: Cue, *, has_arrived: bool) -> None:
        """Says whether an answer reached its client whole."""
        if cue.seen is not None and cue.run is not None:
            cue.seen.has_arrived = has_arrived
            self.book.touch(cue.run)

    def open_case(self, scenario: Scenario) -> Run:
        """Begins a run of a certification's case; it is kept until `book.forget`."""
        run = self._new_run(scenario, None)
        run.is_case = True
        self.book.add(run)
        return run

    def adopt(self, run: Run, payment: Payment) -> None:
        """Lets a payment that is there already belong to a run; nobody plays its customer."""
        self._player.stop(payment.id, "a certification took the payment over")
        cursor = run.begin(payment.id)
        cursor.has_stopped = True
        run.note_state(payment, payment.state, self._world.clock.now)
        self.book.begin(run, payment.id, payment.pos_id)

    def _run_of(self, incoming: Incoming) -> Run | None:
        book = self.book
        claimed = self.usher.claim(incoming) if self.usher is not None else None
        if claimed is not None:
            return claimed
        if incoming.payment_id is not None:
            return book.of_payment(incoming.payment_id)
        if incoming.starts_payment and incoming.caller is not None:
            return self._run_to_be(incoming, (incoming.caller, incoming.key))
        return book.on_pos(incoming.pos_id) or book.first_to_strike(incoming.pos_id)

    def _run_to_be(self, incoming: Incoming, key: tuple[Caller, str]) -> Run | None:
        """Returns the run of a payment that is not there yet; a retry is in the first call's."""
        book = self.book
        run = book.of_key(key)
        if run is not None:
            return run
        run = book.next_for(incoming.pos_id)
        if run is not None:
            return run if run.scenario.is_plain else book.remember(run, key)
        active = self._world.payments.active_on(incoming.pos_id or "")
        in_the_way = book.of_payment(active.id) if active is not None else None
        if in_the_way is not None:
            # It will be refused, since one of the run's payments is in its way.
            return in_the_way
        scenario = self._pick(incoming, incoming.pos_id or "", incoming.script, incoming)
        # A plain one is played by name once there is a payment: a refused call begins nothing.
        if scenario is None or scenario.is_plain:
            return None
        run = self._new_run(scenario, None)
        book.add_unpaid(run)
        return book.remember(run, key)

    def _new_run(self, scenario: Scenario, pos_id: str | None) -> Run:
        number = self.book.next_number()
        return Run(
            id=f"{_RUN}{number}",
            scenario=scenario,
            begun_at=self._world.clock.now,
            # What the world's ids follow from, in a sandbox that was loaded elsewhere as well.
            seed=(*self._world.ids.place.parts, number),
            pos_id=pos_id,
        )

    # --- payments -----------------------------------------------------------------------------

    def _notice(self, event: Event) -> None:
        if isinstance(event, RefundChanged):
            self._player.react(event.payment_id)
        elif isinstance(event, NotificationTried):
            self._note_notification(event)
        elif isinstance(event, ScriptStopped):
            self._retire_if_over(self.book.of_payment(event.payment_id))
        elif isinstance(event, PaymentChanged):
            if event.before is None:
                self._begin(event)
            else:
                self._follow(event, event.before)

    def _note_state(self, run: Run, event: PaymentChanged) -> None:
        payment = self._world.payments.get(event.payment_id)
        if payment is not None:
            run.note_state(payment, event.after, event.at)
            self.book.touch(run)

    def _note_notification(self, event: NotificationTried) -> None:
        run = self.book.on_pos(event.pos_id)
        if run is not None:
            run.record.notified.append((event.at, event.status))
            self.book.touch(run)

    def _moved_on(self, payment_id: str) -> None:
        run = self.book.of_payment(payment_id)
        if run is not None:
            self.book.touch(run)

    def _follow(self, event: PaymentChanged, before: PaymentState) -> None:
        run = self.book.of_payment(event.payment_id)
        if run is not None:
            self._note_state(run, event)
        if before.is_active and not event.after.is_active:
            self._send_home(event.pos_id)
        self._player.react(event.payment_id)
        self._retire_if_over(run)

    def _begin(self, event: PaymentChanged) -> None:
        payment = self._world.payments.get(event.payment_id)
        run = self._cast(payment, event.script) if payment is not None else None
        if run is None or payment is None:
            return
        cursor = run.begin(payment.id)
        self._note_state(run, event)
        self.book.begin(run, payment.id, payment.pos_id)
        self._player.begin(payment, cursor)

    def _cast(self, payment: Payment, requested: str | None) -> Run | None:
        """Returns the run a new payment belongs to."""
        run = self.book.table.get(requested or "")
        if run is not None and run.wants_more:
            return run
        if requested is not None and requested.startswith(_RUN):
            # The call's run has had its payment: this is one more than it has a script for.
            requested = None
        run = self.book.next_for(payment.pos_id)
        if run is not None:
            return run
        scenario = self._pick(payment, payment.pos_id, requested)
        if scenario is None:
            return None
        run = self._new_run(scenario, None)
        self.book.add(run)
        return run

    def _pick(
        self, applicant: Applicant, pos_id: str, requested: str | None, call: Incoming | None = None
    ) -> Scenario | None:
        if requested is not None:
            return self._shelf.get(requested)
        check_in = self._world.check_ins.get(pos_id)
        if check_in is not None and not check_in.is_scripted:
            return None
        pos = self._world.points_of_sale.get(pos_id)
        phone = check_in.customer.phone if check_in else None
        name, headers = (call.name, call.headers) if call else (None, None)
        chosen = self._shelf.first_that(
            lambda applies: applies.matches(applicant, pos, phone, name, headers)
        )
        return chosen or self._shelf.get(self._default)

    def _retire_if_over(self, run: Run | None) -> None:
        if run is not None and not run.retired and run.is_over:
            self.book.retire(run)

    def restore(self, count: int) -> None:
        """Goes on with the runs that the book's tables were filled with.

        Args:
            count: how many runs there ever were.
        """
        self.book.restore(count)
        for run in self.book.table.values():
            for payment_id, cursor in run.cursors.items():
                if not cursor.has_stopped:
                    self._player.resume(payment_id, cursor)

    def _send_home(self, pos_id: str) -> None:
        """A scripted customer leaves once there is nothing left to do at the till."""
        check_in = self._world.check_ins.get(pos_id)
        if check_in is not None and check_in.is_scripted:
            points_of_sale.check_out(self._world, pos_id)


@dataclass(frozen=True, slots=True)
class _Reaches:
    """Tells whether the payment a call is kept for has reached a state, or can't any more."""

    world: World
    run: Run | None
    payment_id: str | None
    state: PaymentState

    def __call__(self) -> bool:
        with self.world:
            found = [self.world.payments.get(each) for each in self._ids()]
            return any(p is not None and (p.state is self.state or p.state.is_final) for p in found)

    def _ids(self) -> list[str]:
        if self.payment_id:
            return [self.payment_id]
        # A call of no run, which names no payment: the newest may be the one it makes.
        return [*self.run.cursors] if self.run else [*self.world.payments.table][-1:]
