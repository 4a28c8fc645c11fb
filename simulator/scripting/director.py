"""A world's director: picks a scenario for each new payment, and follows the runs to their end.

It reads the world's events. Before a call's work is done it is asked for its cue: which run the
call belongs to, and what is to go wrong with it.
"""

from collections import deque
from dataclasses import dataclass, replace

from simulator.engine import points_of_sale
from simulator.engine.callers import Caller
from simulator.engine.events import Event, PaymentChanged, RefundChanged
from simulator.engine.records import Payment
from simulator.engine.states import PaymentState
from simulator.engine.world import World
from simulator.scripting.library import Shelf
from simulator.scripting.matchers import Applicant
from simulator.scripting.playing import ScriptPlayer, ScriptStopped
from simulator.scripting.runs import Cue, Incoming, Run
from simulator.scripting.scenario import Scenario

__all__ = ["Director", "NoSuchRun"]

RUNS_KEPT = 1000
#: Upper case, so that a run is never taken for a scenario.
_RUN = "R"


class NoSuchRun(LookupError):
    """There is no run of this id, or it is too long ago."""


class Director:
    """Plays scenarios in one world. Its methods are called inside the world.

    Args:
        world: where.
        shelf: the scenarios there are.
        default: the name of the one for payments that nothing else is chosen for.
        seed: what the chances of faults follow from.
    """

    def __init__(self, world: World, shelf: Shelf, default: str, seed: int = 1) -> None:
        self._world = world
        self._shelf = shelf
        self._default = shelf.get(default).name
        self._seed = seed
        self._count = 0
        self._waiting: list[Run] = []
        self._by_payment: dict[str, Run] = {}
        self._by_key: dict[tuple[Caller, str], Run] = {}
        #: The newest run on each point of sale that looks at calls.
        self._by_pos: dict[str | None, Run] = {}
        self._runs: dict[str, Run] = {}
        self._over: deque[str] = deque()
        #: Runs of calls that were refused: they have no payment, and may never get one.
        self._unpaid: dict[str, Run] = {}
        self._watched = 0
        self._player = ScriptPlayer(world)
        world.subscribers.append(self._notice)

    @property
    def shelf(self) -> Shelf:
        """The scenarios there are."""
        return self._shelf

    @property
    def default(self) -> str:
        """The scenario for payments that nothing else is chosen for."""
        return self._default

    def queued(self) -> list[tuple[str | None, str]]:
        """Returns what waits for payments to come: (PoS id or None for any, scenario)."""
        return [(run.pos_id, run.scenario.name) for run in self._waiting]

    def queue(self, name: str, pos_id: str | None = None, times: int = 1) -> list[Run]:
        """Keeps a scenario for the next payments, of one point of sale or of any.

        Raises:
            UnknownScenario: there is none of this name.
        """
        scenario = self._shelf.get(name)
        runs = [self._new_run(scenario, pos_id) for _ in range(times)]
        self._waiting.extend(runs)
        return runs

    def runs(self) -> list[Run]:
        """Returns all runs that are kept, oldest first."""
        return list(self._runs.values())

    def run(self, run_id: str) -> Run:
        """Returns a run.

        Raises:
            NoSuchRun: there is none of this id.
        """
        run = self._runs.get(run_id)
        if run is None:
            raise NoSuchRun(f"no run {run_id!r}")
        return run

    def run_of(self, payment_id: str) -> Run | None:
        """Returns the run a payment belongs to, or None; of those that are over, the newest."""
        return self._by_payment.get(payment_id)

    def playing(self, payment_id: str) -> str | None:
        """Returns the name of the scenario at work on a payment, or None."""
        run = self._by_payment.get(payment_id)
        if run is None or run.cursors[payment_id].has_stopped:
            return None
        return run.scenario.name

    def hand_over(self, pos_id: str) -> None:
        """A person plays the customer from here on: the script of the active payment stops."""
        payment = self._world.payments.active_on(pos_id)
        if payment is not None:
            self._player.stop(payment.id, "a simulated user took over")

    # --- calls --------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether no run looks at calls, so that nobody need be asked for a cue."""
        if self._watched:
            return False
        return self._shelf.get(self._default).is_plain and self._shelf.is_plain

    def cue(self, incoming: Incoming) -> Cue:
        """Decides about a call before its work is done."""
        run = self._run_of(incoming)
        if run is None:
            return _NOTHING
        if run.scenario.is_plain:
            return Cue(run)
        now = self._world.clock.now
        struck = run.fault_for(incoming, now)
        seen = run.see(incoming, struck[0] if struck else None, now)
        if struck is None:
            return Cue(run, seen=seen)
        fault, plan = struck
        if plan.hold is not None:
            plan = replace(plan, until=self._reaches(incoming, run, plan.hold))
        return Cue(run, fault, plan, seen)

    def _reaches(self, incoming: Incoming, run: Run, state: PaymentState) -> "_Reaches":
        return _Reaches(self._world, run, incoming.payment_id, state)

    def _run_of(self, incoming: Incoming) -> Run | None:
        if incoming.payment_id is not None:
            return self._by_payment.get(incoming.payment_id)
        if incoming.starts_payment and incoming.caller is not None:
            return self._run_to_be(incoming, (incoming.caller, incoming.key))
        if incoming.pos_id in self._by_pos:
            return self._by_pos[incoming.pos_id]
        return next((run for run in self._waiting if run.pos_id in (None, incoming.pos_id)), None)

    def _run_to_be(self, incoming: Incoming, key: tuple[Caller, str]) -> Run | None:
        """Returns the run of a payment that is not there yet; a retry is in the first call's."""
        run = self._by_key.get(key)
        if run is not None:
            return run
        run = self._queued_for(incoming.pos_id)
        if run is not None:
            return run if run.scenario.is_plain else self._remember(run, key)
        active = self._world.payments.active_on(incoming.pos_id or "")
        if active is not None and active.id in self._by_payment:
            # It will be refused, since one of the run's payments is in its way.
            return self._by_payment[active.id]
        scenario = self._pick(incoming, incoming.pos_id or "", incoming.script, incoming)
        # A plain one is played by name once there is a payment: a refused call begins nothing.
        if scenario is None or scenario.is_plain:
            return None
        run = self._new_run(scenario, None)
        self._unpaid[run.id] = run
        if len(self._unpaid) > RUNS_KEPT:
            oldest = next(iter(self._unpaid))
            del self._unpaid[oldest]
            self._forget(self._runs.pop(oldest, None))
        return self._remember(run, key)

    def _remember(self, run: Run, key: tuple[Caller, str]) -> Run:
        run.keys.append(key)
        self._by_key[key] = run
        return run

    def _queued_for(self, pos_id: str | None) -> Run | None:
        for wanted in (pos_id, None):
            for run in self._waiting:
                if run.pos_id == wanted:
                    return run
        return None

    def _new_run(self, scenario: Scenario, pos_id: str | None) -> Run:
        self._count += 1
        run = Run(
            id=f"{_RUN}{self._count}",
            scenario=scenario,
            begun_at=self._world.clock.now,
            seed=(self._seed, self._world.name, self._count),
            pos_id=pos_id,
        )
        self._runs[run.id] = run
        self._watched += not scenario.is_plain
        return run

    # --- payments -----------------------------------------------------------------------------

    def _notice(self, event: Event) -> None:
        if isinstance(event, RefundChanged):
            self._player.react(event.payment_id)
        elif isinstance(event, ScriptStopped):
            self._retire_if_over(self._by_payment.get(event.payment_id))
        elif isinstance(event, PaymentChanged):
            if event.before is None:
                self._begin(event)
            else:
                self._follow(event, event.before)

    def _follow(self, event: PaymentChanged, before: PaymentState) -> None:
        run = self._by_payment.get(event.payment_id)
        if run is not None:
            run.note_state(event.payment_id, event.after, event.at)
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
        self._unpaid.pop(run.id, None)
        run.note_state(payment.id, payment.state, event.at)
        if run in self._waiting:
            self._waiting.remove(run)
        if run.wants_more:
            run.pos_id = payment.pos_id
            self._waiting.append(run)
        self._by_payment[payment.id] = run
        if not run.scenario.is_plain:
            self._by_pos[payment.pos_id] = run
        self._player.begin(payment, cursor)

    def _cast(self, payment: Payment, requested: str | None) -> Run | None:
        """Returns the run a new payment belongs to."""
        run = self._runs.get(requested or "")
        if run is not None and run.wants_more:
            return run
        if requested is not None and requested.startswith(_RUN):
            # The call's run has had its payment: this is one more than it has a script for.
            requested = None
        run = self._queued_for(payment.pos_id)
        if run is not None:
            return run
        scenario = self._pick(payment, payment.pos_id, requested)
        return None if scenario is None else self._new_run(scenario, None)

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
        """Keeps the newest runs that are over, and of them only what somebody may ask for."""
        if run is None or run.is_retired or not run.is_over:
            return
        run.is_retired = True
        self._over.append(run.id)
        if len(self._over) > RUNS_KEPT:
            self._forget(self._runs.pop(self._over.popleft(), None))

    def _forget(self, run: Run | None) -> None:
        if run is None:
            return
        self._watched -= not run.scenario.is_plain
        for payment_id in run.cursors:
            self._by_payment.pop(payment_id, None)
            payment = self._world.payments.get(payment_id)
            if payment is not None and self._by_pos.get(payment.pos_id) is run:
                del self._by_pos[payment.pos_id]
        for key in run.keys:
            self._by_key.pop(key, None)

    def _send_home(self, pos_id: str) -> None:
        """A scripted customer leaves once there is nothing left to do at the till."""
        check_in = self._world.check_ins.get(pos_id)
        if check_in is not None and check_in.is_scripted:
            points_of_sale.check_out(self._world, pos_id)


@dataclass(frozen=True, slots=True)
class _Reaches:
    """Tells whether the payment a call is kept for has reached a state, or can't any more."""

    world: World
    run: Run
    payment_id: str | None
    state: PaymentState

    def __call__(self) -> bool:
        with self.world:
            ids = [self.payment_id] if self.payment_id else list(self.run.cursors)
            found = [self.world.payments.get(each) for each in ids if each]
            return any(p is not None and (p.state is self.state or p.state.is_final) for p in found)


_NOTHING = Cue()
