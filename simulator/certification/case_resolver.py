"""Which calls belong to which case of a certification, and in which situation a case begins."""

from decimal import Decimal

from ..engine import payments
from ..engine.errors import SimulatorError
from ..engine.payments import InitiatePayment, PaymentTerms, PreparePayment
from ..engine.records import Caller
from ..engine.values import Currency, PlannedCaptureDelay
from ..engine.world import World
from ..scripting.call import NOBODY, Call
from ..scripting.run_record import RunVerdict
from ..scripting.runs import ScenarioRun
from ..scripting.scenario import case_of
from ..scripting.scenario_engine import ScenarioEngine
from ..scripting.seen_calls import REFUND_CALLS
from .registry import CertificationRegistry
from .sessions import CertificationSession, minor_version

#: Begins the order id of a payment that a case leaves active.
ABANDONED = "left-behind"


class CaseResolver:
    """Finds the run of calls that belong to a certification. Called inside the world.

    A client starts a case with the call that the case begins with. Its following calls belong to
    that case until it starts another.

    Args:
        world: the world.
        scenario_engine: the scenario engine of the world.
        certifications: the certifications of the sandbox.
    """

    def __init__(
        self, world: World, scenario_engine: ScenarioEngine, certifications: CertificationRegistry
    ) -> None:
        self._world = world
        self._scenario_engine = scenario_engine
        self._certifications = certifications

    @property
    def is_busy(self) -> bool:
        """Whether calls on the usual paths count for a certification."""
        for session in self._certifications.sessions.values():
            if session.is_open and session.usual_paths:
                return True
        return False

    def covers(self, incoming: Call) -> bool:
        """Whether a call may belong to a case."""
        return self._session_of(incoming) is not None

    def resolve(self, incoming: Call) -> ScenarioRun | None:
        """Returns the run of a call's case, or None."""
        certifications = self._certifications
        session = self._session_of(incoming)
        if session is None or self._is_of_another_scenario(incoming):
            return None
        name = session.current
        run = certifications.run(session, name) if name is not None else None
        if incoming.is_refused:
            # What was not understood may be meant for another case than it seems.
            is_ours = run is not None and self._belongs(session, run, incoming)
            return run if is_ours else None
        self._identify_client(session, incoming)
        if name is None or run is None or not self._belongs(session, run, incoming):
            if name is not None and session.attempts[name].is_chosen and not _has_begun(run):
                return None
            started = self._started_by(session, incoming)
            if started is None:
                return None
            certifications.leave_case(session, case_of(certifications.cases[started]).title)
            run = certifications.begin_case(session, started)
        self._prepare(run, incoming)
        return run

    def _session_of(self, incoming: Call) -> CertificationSession | None:
        """Returns the session that a call counts for; tokens have one path for all."""
        is_certifying = incoming.is_certifying or incoming.name == "Token"
        return self._certifications.covering(
            incoming.client_id, incoming.version, is_certifying=is_certifying
        )

    def _is_of_another_scenario(self, incoming: Call) -> bool:
        """Whether a call that starts a payment was meant for a scenario that is no case.

        It also is where a payment of such a scenario is in its way.
        """
        if not incoming.starts_payment:
            return False
        active = self._world.payments.active_on(incoming.pos_id or "")
        if active is not None and not self._scenario_engine.may_adopt(active):
            return True
        if incoming.is_certifying or incoming.script is not None:
            return not incoming.is_certifying
        runs = self._scenario_engine.runs
        run = runs.of_key((incoming.caller, incoming.key)) or runs.next_for(incoming.pos_id)
        return run is not None and not run.is_case

    def _identify_client(self, session: CertificationSession, incoming: Call) -> None:
        """Completes a session that was opened without a version or a client id."""
        if incoming.version and not session.version:
            session.version = minor_version(incoming.version)
            self._certifications.sessions.touch(session.id)
        if incoming.version and not session.client_ids:
            session.client_ids = (incoming.client_id,)
            self._certifications.sessions.touch(session.id)

    def _started_by(self, session: CertificationSession, incoming: Call) -> str | None:
        """Returns the first untested case that begins with a call."""
        cases = self._certifications.cases_of(session)
        for scenario in (each for each in cases if each.name not in session.attempts):
            if case_of(scenario).opens_with.begins_with(incoming, self._world):
                return scenario.name
        return None

    def _belongs(self, session: CertificationSession, run: ScenarioRun, incoming: Call) -> bool:
        """Whether a call belongs to the current case, rather than being another's first."""
        case = case_of(run.scenario)
        is_opening = incoming.name in case.opens_with.call
        if incoming.starts_payment or is_opening:
            return is_opening and self._repeats_opening(run, incoming)
        if not _has_begun(run):
            # What a client does before it begins a case that was chosen is no part of it.
            return False
        if incoming.name in REFUND_CALLS:
            return "CreateRefund" in case.opens_with.call
        if incoming.payment_id is not None:
            return self._scenario_engine.runs.of_payment(incoming.payment_id) is run
        verdict = run.verdict(self._world.clock.now)
        # A case that has failed is over: it must not keep the next one from beginning.
        is_decided = verdict is RunVerdict.FAILED and self._started_by(session, incoming)
        return verdict is not RunVerdict.PASSED and not is_decided

    def _repeats_opening(self, run: ScenarioRun, incoming: Call) -> bool:
        """Whether an opening call is a further attempt at the current case."""
        opens_with = case_of(run.scenario).opens_with
        earlier = run.record.of(*opens_with.call)
        if not earlier:
            return opens_with.begins_with(incoming, self._world)
        if incoming.key and any(seen.key == incoming.key for seen in earlier):
            return True
        verdict = run.verdict(self._world.clock.now)
        if any(seen.fingerprint == incoming.digest for seen in earlier):
            return verdict is not RunVerdict.PASSED
        # Once its last request was refused, or answered, the client may start with another one.
        last = earlier[-1]
        is_settled = bool(last.refusal or (last.status and not last.has_fault))
        # A case without payments goes on until the client got what it had asked for.
        has_got_it = any(each.has_succeeded for each in earlier)
        is_open = run.wants_more if run.scenario.scripts else not has_got_it
        return is_open and is_settled and verdict is RunVerdict.UNFINISHED

    def _prepare(self, run: ScenarioRun, incoming: Call) -> None:
        """Makes sure that the client finds an active payment, if the case wants that."""
        pos_id, caller = incoming.pos_id, incoming.caller
        if case_of(run.scenario).finds is None or run.cursors or not incoming.starts_payment:
            return
        if pos_id is None or caller is NOBODY:
            return
        active = self._world.payments.active_on(pos_id)
        if active is not None:
            self._scenario_engine.adopt(run, active)
            return
        try:
            self._start_abandoned_payment(run, incoming.name, pos_id, caller)
        except SimulatorError:
            # The client's own call will be refused for the same reason.
            return

    def _start_abandoned_payment(
        self, run: ScenarioRun, call: str, pos_id: str, caller: Caller
    ) -> None:
        # It has an order id of its own, so that the audit does not take it for a duplicate.
        key = f"{ABANDONED}-{run.id}"
        if call == "PreparePayment":
            payments.prepare(self._world, caller, key, PreparePayment(pos_id, key), run.id)
            return
        currency = Currency.DKK if caller.merchant.startswith("DK") else Currency.EUR
        terms = PaymentTerms(Decimal("1.00"), currency, PlannedCaptureDelay.NONE)
        payments.initiate(self._world, caller, key, InitiatePayment(pos_id, key, terms), run.id)


def _has_begun(run: ScenarioRun | None) -> bool:
    return run is not None and bool(run.record.of(*case_of(run.scenario).opens_with.call))
