"""How a case recognises what a client is at: which calls belong to it, and what they find."""

from decimal import Decimal

from simulator.engine import payments
from simulator.engine.callers import Caller
from simulator.engine.errors import SimulatorError
from simulator.engine.payments import InitiatePayment, PaymentTerms, PreparePayment
from simulator.engine.values import Currency, PlannedCaptureDelay
from simulator.engine.world import World
from simulator.scripting.cases import Case
from simulator.scripting.director import Director
from simulator.scripting.incoming import Incoming
from simulator.scripting.records import Verdict
from simulator.scripting.runs import Run
from simulator.scripting.scenario import case_of

__all__ = ["belongs", "is_opened", "set_scene"]

#: What the order id of a payment begins with that a client finds in its way.
LEFT_BEHIND = "left-behind"
_REFUND_CALLS = frozenset({"CreateRefund", "GetRefund", "CaptureRefund", "CancelRefund"})


def is_opened(run: Run | None) -> bool:
    """Whether a client has made the call that a run's case opens with."""
    return run is not None and bool(run.record.of(*case_of(run.scenario).opens_with.call))


def belongs(run: Run, incoming: Incoming, director: Director, world: World) -> bool:
    """Whether a call is part of what a client does in the case it is at.

    Args:
        run: the case's.
        incoming: the call.
        director: who knows which run a payment belongs to.
        world: where. Called inside it.
    """
    case = case_of(run.scenario)
    is_opening = incoming.name in case.opens_with.call
    if incoming.starts_payment or is_opening:
        return is_opening and _continues(run, case, incoming, world)
    if incoming.name in _REFUND_CALLS:
        return "CreateRefund" in case.opens_with.call
    if incoming.payment_id is not None:
        return director.run_of(incoming.payment_id) is run
    return run.verdict(world.clock.now) is not Verdict.PASSED


def _continues(run: Run, case: Case, incoming: Incoming, world: World) -> bool:
    """Whether a call that could open the case is one more try at what has opened it."""
    earlier = run.record.of(*case.opens_with.call)
    if not earlier:
        return case.opens_with.fits(incoming, world)
    if incoming.key and any(seen.key == incoming.key for seen in earlier):
        return True
    verdict = run.verdict(world.clock.now)
    if any(seen.fingerprint == incoming.in_short for seen in earlier):
        return verdict is not Verdict.PASSED
    # What was refused is not begun: it may come again in another form.
    is_refused = all(not each.is_struck and each.status for each in earlier)
    return run.wants_more and is_refused and verdict is Verdict.UNFINISHED


def set_scene(run: Run, incoming: Incoming, director: Director, world: World) -> None:
    """Puts an active payment in the way of a call that starts one, where the case says so."""
    pos_id, caller = incoming.pos_id, incoming.caller
    if case_of(run.scenario).finds is None or run.cursors or not incoming.starts_payment:
        return
    if pos_id is None or caller is None:
        return
    active = world.payments.active_on(pos_id)
    if active is not None:
        director.adopt(run, active)
        return
    try:
        _leave_payment(run, incoming.name, pos_id, caller, world)
    except SimulatorError:
        # The client's own call is going to be refused for the same reason, and is told why.
        return


def _leave_payment(run: Run, call: str, pos_id: str, caller: Caller, world: World) -> None:
    # An order id of its own, so that nobody takes two of them for the client's mistake.
    key = f"{LEFT_BEHIND}-{run.id}"
    if call == "PreparePayment":
        payments.prepare(world, caller, key, PreparePayment(pos_id, key), run.id)
        return
    currency = Currency.DKK if caller.merchant.startswith("DK") else Currency.EUR
    terms = PaymentTerms(Decimal("1.00"), currency, PlannedCaptureDelay.NONE)
    payments.initiate(world, caller, key, InitiatePayment(pos_id, key, terms), run.id)
