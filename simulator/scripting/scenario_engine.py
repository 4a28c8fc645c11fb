"""The scenario engine of a world: runs scenarios on its payments, and injects their faults.

It follows the payments by the world's events. Before the work of a call is done, the engine decides
which run the call belongs to and which fault is injected.
"""

from dataclasses import replace

from ..engine.events import NotificationTried, PaymentChanged, RefundChanged, WorldEvent
from ..engine.records import PaymentRecord
from ..engine.world import World
from .actions import Action
from .call import Call
from .fate import WirePlan
from .fault_matching import SandboxFaults
from .faults import Fault
from .library import ScenarioCatalog
from .run_assignment import RunAssignment
from .run_store import RunStore
from .runs import FaultDecision, HasReached, ScenarioRun
from .scenario import Scenario
from .script_runner import ScriptRunner, ScriptStopped


class NoSuchRun(LookupError):
    """There is no run of this id, or it is no longer kept."""


class ScenarioEngine:
    """Runs the scenarios of one world. Its methods are called inside the world.

    Args:
        world: the world.
        catalog: the scenarios of the sandbox.
        default: the name of the scenario of payments that no other scenario applies to.
    """

    def __init__(self, world: World, catalog: ScenarioCatalog, default: str) -> None:
        self._world = world
        self.catalog = catalog
        self.runs = RunStore()
        self.assignment = RunAssignment(world, catalog, self.runs, default)
        self.sandbox_faults = SandboxFaults()
        self._script_runner = ScriptRunner(world, self._touch_run_of)
        world.subscribers.append(self._on_event)

    @property
    def default(self) -> str:
        """The name of the scenario of payments that no other scenario applies to."""
        return self.assignment.default

    def set_default(self, scenario: Scenario) -> None:
        """Sets the default scenario, and uploads it if it is unknown."""
        if scenario.name not in self.catalog:
            self.catalog.put(scenario)
        self.assignment.default = scenario.name

    def queue(self, name: str, pos_id: str | None = None, times: int = 1) -> list[ScenarioRun]:
        """Queues a scenario for the next payments, on one point of sale or on any.

        Raises:
            UnknownScenario: there is none of this name.
        """
        scenario = self.catalog.get(name)
        runs = [self.assignment.new_run(scenario, pos_id) for _ in range(times)]
        for run in runs:
            self.runs.add(run)
            self.runs.enqueue(run)
        return runs

    def unqueue(self, run_id: str) -> None:
        """Takes a run back that waits for a payment.

        Raises:
            NoSuchRun: none of this id waits.
        """
        if run_id not in self.runs.waiting:
            raise NoSuchRun(f"no run {run_id[:60]!r} waits for a payment")
        self.runs.take_back(run_id)

    def run(self, run_id: str) -> ScenarioRun:
        """Returns a run.

        Raises:
            NoSuchRun: there is none of this id.
        """
        if (run := self.runs.table.get(run_id)) is None:
            raise NoSuchRun(f"no run {run_id[:60]!r}; {self.runs.known()}")
        return run

    def active_scenario(self, payment_id: str) -> str | None:
        """Returns the name of the scenario whose script runs on a payment, or None."""
        run = self.runs.of_payment(payment_id)
        if run is None or run.cursors[payment_id].has_stopped:
            return None
        return run.scenario.name

    def action_to_come(self, payment_id: str) -> Action | None:
        """Returns the next action of a payment's script, or None."""
        run = self.runs.of_payment(payment_id)
        step = run.cursors[payment_id].next_step if run is not None else None
        return step.do if step is not None else None

    def stop_script(self, pos_id: str) -> None:
        """Stops the script of the active payment, because a person acts as the customer."""
        payment = self._world.payments.active_on(pos_id)
        if payment is not None:
            self._script_runner.stop(payment.id, "a simulated user took over")

    # --- calls --------------------------------------------------------------------------------

    def looks_at(self, payment_id: str | None, *, is_certifying: bool = False) -> bool:
        """Whether `decide` must be called: a fault may be injected, or a run observes the call.

        Args:
            payment_id: the payment of the call; None for all other calls.
            is_certifying: whether the call comes on the self-certification's paths.
        """
        resolver = self.assignment.run_resolver
        if is_certifying or self.sandbox_faults.table:
            return True
        if resolver is not None and resolver.is_busy:
            return True
        if payment_id is not None:
            run = self.runs.of_payment(payment_id)
            return run is not None and not run.scenario.is_plain
        if self.runs.watched:
            return True
        return not (self.catalog.get(self.default).is_plain and self.catalog.is_plain)

    def decide(self, incoming: Call) -> FaultDecision:
        """Decides about a call before its work is done, or instead of it where it is refused."""
        now, seen = self._world.clock.now, None
        is_counted, found = bool(self.sandbox_faults.table) and not incoming.is_refused, None
        if is_counted:
            seed = self._world.ids.parts
            found = self.sandbox_faults.fault_for(incoming.name, incoming.method, now, seed)
        is_of_sandbox = found is not None
        run = self.assignment.of_call(incoming)
        if run is not None and not run.scenario.is_plain:
            # The run counts the call even if a fault of the sandbox is injected.
            of_run = run.fault_for(incoming, now)
            found = self._in_full(found or of_run)
            seen = run.observe(incoming, found, now)
            self.runs.touch(run)
        elif found is not None:
            found = self._in_full(found)
        if incoming.is_poll and (found is None or found[0].is_answered_right):
            self._script_runner.note_query(incoming.payment_id or "")
        if found is None:
            return FaultDecision(run, seen=seen, is_counted=is_counted)
        fault, plan = found
        if plan.hold is not None:
            plan = replace(plan, until=HasReached(self._world, run, incoming.payment_id, plan.hold))
        return FaultDecision(run, fault, plan, seen, is_counted, is_of_sandbox)

    def _in_full(self, found: tuple[Fault, WirePlan] | None) -> tuple[Fault, WirePlan] | None:
        """Lets a response that outlasts the client wait as long as the rules say."""
        if found is None or not found[1].outlasts_client:
            return found
        limit = self._world.rules.timeout_limit.total_seconds()
        return found[0], replace(found[1], delay=max(found[1].delay, limit))

    def note_answer(
        self,
        decision: FaultDecision,
        status: int,
        *,
        code: str = "",
        refusal: str = "",
        token: str = "",
        number: int = 0,
        has_arrived: bool | None = None,
    ) -> None:
        """Records what a call was answered with.

        Args:
            decision: about the call.
            status: the status of the response; 0 where the response is cut off.
            code: the error code of the response.
            refusal: the name of the catalogue's row that refused it; empty where none did.
            token: a fingerprint of the token that it carried, or fetched.
            number: the call's number in the journal.
            has_arrived: whether all of the response was delivered; None while that is not known.
        """
        seen = decision.seen
        if seen is not None and decision.run is not None:
            seen.status, seen.code, seen.refusal = status, code, refusal
            seen.token, seen.exchange, seen.has_arrived = token, number, has_arrived
            if seen.call == "QueryPayment" and status == 200:
                seen.poll_delay = self._world.rules.poll_delay
            self.runs.touch(decision.run)

    def note_arrival(self, decision: FaultDecision, *, has_arrived: bool, waited: float) -> None:
        """Records whether a response was delivered completely.

        Args:
            decision: about its call.
            has_arrived: whether it was.
            waited: how long the exchange took, in real seconds.
        """
        if decision.seen is not None and decision.run is not None:
            decision.seen.has_arrived, decision.seen.waited = has_arrived, waited
            self.runs.touch(decision.run)

    # --- certification ------------------------------------------------------------------------

    def open_case(self, scenario: Scenario) -> ScenarioRun:
        """Begins the run of a certification's case, which is kept until `runs.forget`."""
        run = self.assignment.new_run(scenario)
        run.is_case = True
        self.runs.add(run)
        return run

    def may_adopt(self, payment: PaymentRecord) -> bool:
        """Whether nobody has chosen a scenario for a payment."""
        run = self.runs.of_payment(payment.id)
        return run is None or run.is_case or run.scenario.name == self.default

    def adopt(self, run: ScenarioRun, payment: PaymentRecord) -> None:
        """Assigns an existing payment to a run, without a script."""
        self._script_runner.stop(payment.id, "a certification took the payment over")
        cursor = run.start_payment(payment.id)
        cursor.has_stopped = True
        run.note_state(payment, payment.state, self._world.clock.now)
        self.runs.assign(run, payment.id, payment.pos_id)

    # --- events -------------------------------------------------------------------------------

    def _on_event(self, event: WorldEvent) -> None:
        if isinstance(event, RefundChanged):
            self._note_refund(event)
            self._script_runner.react(event.payment_id)
        elif isinstance(event, NotificationTried):
            self._note_notification(event)
        elif isinstance(event, ScriptStopped):
            self._retire_if_over(self.runs.of_payment(event.payment_id))
        elif isinstance(event, PaymentChanged):
            if event.before is None:
                self._assign_run(event)
            else:
                self._follow(event)

    def _note_state(self, run: ScenarioRun, event: PaymentChanged) -> None:
        payment = self._world.payments.get(event.payment_id)
        if payment is not None:
            run.note_state(payment, event.after, event.at)
            self.runs.touch(run)

    def _note_refund(self, event: RefundChanged) -> None:
        run = self.runs.of_payment(event.payment_id)
        refund = self._world.refunds.get(event.refund_id)
        if run is not None and refund is not None and run.scenario.expect:
            run.note_refund(refund)
            self.runs.touch(run)

    def _note_notification(self, event: NotificationTried) -> None:
        run = self.runs.on_pos(event.pos_id)
        if run is not None:
            run.note_notification(event.at, event.status)
            self.runs.touch(run)

    def _touch_run_of(self, payment_id: str) -> None:
        if (run := self.runs.of_payment(payment_id)) is not None:
            self.runs.touch(run)

    def _follow(self, event: PaymentChanged) -> None:
        run = self.runs.of_payment(event.payment_id)
        if run is not None:
            self._note_state(run, event)
        self._script_runner.react(event.payment_id)
        self._retire_if_over(run)

    def _assign_run(self, event: PaymentChanged) -> None:
        payment = self._world.payments.get(event.payment_id)
        if payment is None:
            return
        run = self.assignment.of_new_payment(payment, event.script)
        if run is None:
            return
        cursor = run.start_payment(payment.id)
        self._note_state(run, event)
        self.runs.assign(run, payment.id, payment.pos_id)
        self._script_runner.start(payment, cursor)

    def _retire_if_over(self, run: ScenarioRun | None) -> None:
        if run is not None and not run.retired and run.is_over:
            self.runs.retire(run)

    def restore(self, count: int) -> None:
        """Goes on with the runs in the tables.

        Args:
            count: how many runs there have been.
        """
        self.runs.restore(count)
        for run in self.runs.table.values():
            for payment_id, cursor in run.cursors.items():
                if not cursor.has_stopped:
                    self._script_runner.resume(payment_id, cursor)
