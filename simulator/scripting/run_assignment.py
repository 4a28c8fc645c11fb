"""Which run a call or a new payment belongs to."""

from typing import Protocol

from ..engine.records import Caller, PaymentRecord
from ..engine.world import World
from .call import NOBODY, Call
from .library import ScenarioCatalog
from .matchers import MatchedPayment
from .run_store import RunStore
from .runs import ScenarioRun
from .scenario import Scenario

#: Begins the ids of runs. It is upper case, so that no scenario has such a name.
RUN_PREFIX = "R"


class RunResolver(Protocol):
    """Finds the run of calls that belong to a certification."""

    @property
    def is_busy(self) -> bool:
        """Whether calls on the usual paths may belong to a certification."""

    def covers(self, incoming: Call) -> bool:
        """Whether a call may belong to a certification."""

    def resolve(self, incoming: Call) -> ScenarioRun | None:
        """Returns the run of a call, or None where it does not belong to a certification."""


class RunAssignment:
    """Assigns calls and payments to runs. Its methods are called inside the world.

    Args:
        world: the world.
        catalog: the scenarios of the sandbox.
        runs: its runs.
        default: the name of the scenario of payments that no other scenario applies to.
    """

    def __init__(
        self, world: World, catalog: ScenarioCatalog, runs: RunStore, default: str
    ) -> None:
        self._world = world
        self._catalog = catalog
        self._runs = runs
        self.default = catalog.get(default).name
        self.run_resolver: RunResolver | None = None

    def new_run(self, scenario: Scenario, pos_id: str | None = None) -> ScenarioRun:
        """Returns a new run, which is not stored yet."""
        number = self._runs.next_number()
        return ScenarioRun(
            id=f"{RUN_PREFIX}{number}",
            scenario=scenario,
            begun_at=self._world.clock.now,
            # A sandbox loaded from a snapshot keeps what its ids depend on.
            seed=(*self._world.ids.parts, number),
            pos_id=pos_id,
        )

    def of_call(self, incoming: Call) -> ScenarioRun | None:
        """Returns the run of a call, or None."""
        resolver = self.run_resolver
        found = resolver.resolve(incoming) if resolver is not None else None
        if found is not None:
            return found
        run = self._of_other_call(incoming)
        if run is not None and run.is_case and not (resolver and resolver.covers(incoming)):
            # A certification is not noticed by calls on paths that it does not look at.
            return None
        return run

    def _of_other_call(self, incoming: Call) -> ScenarioRun | None:
        """Returns the run of a call that begins or repeats no case, or None."""
        runs = self._runs
        if incoming.payment_id is not None:
            return runs.of_payment(incoming.payment_id)
        if incoming.starts_payment and incoming.caller != NOBODY:
            return self._of_starting_call(incoming, (incoming.caller, incoming.key))
        return runs.on_pos(incoming.pos_id) or runs.first_queued(incoming.pos_id)

    def _of_starting_call(self, incoming: Call, key: tuple[Caller, str]) -> ScenarioRun | None:
        """Returns the run of a call that starts a payment; a retry belongs to the first call's."""
        runs = self._runs
        run = runs.of_key(key) or self._repeated(incoming)
        if run is not None:
            return run
        run = runs.next_for(incoming.pos_id)
        if run is not None:
            is_kept = not (run.scenario.is_plain or incoming.is_refused)
            return runs.remember(run, key) if is_kept else run
        active = self._world.payments.active_on(incoming.pos_id or "")
        blocking = runs.of_payment(active.id) if active is not None else None
        if blocking is not None:
            # The call will be refused, because a payment of this run is active.
            return blocking
        if incoming.is_refused:
            # Its amount or its order id may not be known, by which a scenario is chosen.
            return None
        scenario = self._choose(incoming, incoming.pos_id or "", incoming.script, incoming)
        # A plain scenario gets its run with the payment: a refused call does not begin one.
        if scenario is None or scenario.is_plain:
            return None
        run = self.new_run(scenario)
        runs.add_unpaid(run)
        return runs.remember(run, key)

    def _repeated(self, incoming: Call) -> ScenarioRun | None:
        """Returns the run whose failed call is sent again with another key: a wrong retry of it."""
        run = self._runs.on_pos(incoming.pos_id)
        if run is None or run.is_case or incoming.is_refused:
            return None
        failed = (each for each in run.record.of(incoming.name) if each.has_fault)
        is_same = any(each.fingerprint == incoming.digest for each in failed)
        return run if is_same else None

    def of_new_payment(self, payment: PaymentRecord, requested: str | None) -> ScenarioRun | None:
        """Returns the run of a new payment, or None.

        Args:
            payment: the payment.
            requested: the run or the scenario that its call asked for.
        """
        run = self._runs.table.get(requested or "")
        if run is not None and run.wants_more and not run.left_at:
            return run
        if requested is not None and requested.startswith(RUN_PREFIX):
            # The run has no script for a further payment, or its client has left it meanwhile.
            requested = None
        run = self._runs.next_for(payment.pos_id)
        if run is not None:
            return run
        scenario = self._choose(payment, payment.pos_id, requested)
        if scenario is None:
            return None
        run = self.new_run(scenario)
        self._runs.add(run)
        return run

    def _choose(
        self,
        payment: MatchedPayment,
        pos_id: str,
        requested: str | None,
        call: Call | None = None,
    ) -> Scenario | None:
        if requested is not None:
            return self._catalog.get(requested)
        check_in = self._world.check_ins.get(pos_id)
        if check_in is not None and not check_in.is_scripted:
            return None
        pos = self._world.points_of_sale.get(pos_id)
        phone = check_in.customer.phone if check_in else None
        name, headers = (call.name, call.headers) if call else (None, None)
        chosen = self._catalog.first_that(
            lambda applies: applies.matches(payment, pos, phone, name, headers)
        )
        return chosen or self._catalog.get(self.default)
