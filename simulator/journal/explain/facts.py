"""Facts about a call: one function for each kind, which looks it up in what is kept of the call."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...engine.check_ins import EndCheckIn
from ...engine.operations import TOKEN_CALL
from ...engine.records import PaymentRecord, RefundRecord
from ...engine.refunds import refunded_of
from ...engine.states import PAYMENTS, REFUNDS, Phase, StateMachine, Trigger
from ...scripting.explain import fault_in_words, step_in_words
from ...scripting.fate import Delivery
from ...scripting.runs import ScenarioRun
from ...scripting.script_runner import ScriptStarted, ScriptStopped, StepBegun
from ..exchanges import APP, CONTROL, KEY, ExchangeRecord
from ..named_client import named_client
from ..words import due_in_words, event_in_words, listed, moment, sentence, shortened
from .past import AT_POS, ExplainedCall, is_same_request
from .sentences import Fact, Sentence

#: Looks up the facts of one kind.
Finder = Callable[[ExplainedCall], Iterable[Fact]]

#: What an operation does to the state of a payment or refund, and the state table that says so.
TRIGGERS: Mapping[str, tuple[StateMachine[Any], Trigger]] = {
    "PaymentReady": (PAYMENTS, Trigger.READY),
    "CapturePayment": (PAYMENTS, Trigger.CAPTURE),
    "CancelPayment": (PAYMENTS, Trigger.CLIENT_CANCELS),
    "CaptureRefund": (REFUNDS, Trigger.CAPTURE),
    "CancelRefund": (REFUNDS, Trigger.CLIENT_CANCELS),
    "UserSimulationAcceptPayment": (PAYMENTS, Trigger.RESERVE),
    "UserSimulationCancelPayment": (PAYMENTS, Trigger.CUSTOMER_CANCELS),
}

# --- any call -----------------------------------------------------------------------------------


def asked(call: ExplainedCall) -> Iterator[Fact]:
    """Who called what, and how."""
    exchange = call.exchange
    summary = call.summaries.get(exchange.operation or "", "")
    is_customers = (exchange.operation or "").startswith("UserSimulation")
    yield Sentence.ASKED(
        at=moment(exchange.at),
        client=exchange.client_id,
        merchant=exchange.merchant,
        # What customers do needs no client.
        caller="a customer's app" if is_customers else _unknown(exchange),
        wish=summary[:1].lower() + summary[1:],
        method=exchange.method,
        target=shortened(f"{exchange.path}?{exchange.query}" if exchange.query else exchange.path),
        key=call.new_key,
        body=body_of(exchange),
    )


def _unknown(exchange: ExchangeRecord) -> str:
    """Returns what a client is called that is not known to be what it says."""
    if exchange.operation == TOKEN_CALL:
        body = exchange.body.decode("latin-1")
        name = named_client(exchange.header("authorization") or "", body)
        return f"a client that calls itself {shortened(name)}" if name else "an unknown client"
    app = exchange.header(APP)
    return f"a client with the X-IBM-Client-Id {shortened(app)}" if app else "an unknown client"


def body_of(exchange: ExchangeRecord) -> str:
    """Returns a request's body in a line, cut off where it is long."""
    return shortened(" ".join(exchange.body.decode("utf-8", "replace").split()))


def details(call: ExplainedCall) -> Iterator[Fact]:
    """What exactly was refused, and how long a scenario held the call back."""
    exchange = call.exchange
    if exchange.detail and exchange.refusal:
        yield Sentence.DETAIL(detail=sentence(exchange.detail, capital=False))
    if exchange.worked_at is not None and exchange.worked_at > exchange.at:
        yield Sentence.HELD(at=call.at(exchange.worked_at))
    if exchange.delivery is Delivery.PENDING:
        yield Sentence.WAITING()


def delivery(call: ExplainedCall) -> Iterator[Fact]:
    """What the client received of an answer that was cut off, and whether it called again."""
    exchange = call.exchange
    if exchange.delivery not in (Delivery.NOTHING, Delivery.PART):
        return
    received = "only a part" if exchange.delivery is Delivery.PART else "nothing"
    yield Sentence.CUT_OFF(received=received, effect=effect_of(exchange))
    later = (each for each in call.journal if each.id > exchange.id)
    again = next((each for each in later if _is_repeated(call, each)), None)
    if again is not None:
        yield Sentence.RETRIED(request=again.id)
    key, first = call.retried_with
    yield Sentence.SEND_AGAIN(key=key, first=first)


def _is_repeated(call: ExplainedCall, other: ExchangeRecord) -> bool:
    is_same = is_same_request(other, call.exchange)
    return is_same and call.new_key in (None, other.header(KEY))


def effect_of(exchange: ExchangeRecord) -> str:
    """Returns whether a call whose answer the client did not get changed something."""
    return f"The call {'took effect all the same' if exchange.events else 'had no effect'}."


# --- states -------------------------------------------------------------------------------------


def state_met(call: ExplainedCall) -> Iterator[Fact]:
    """The state of what the call was about, as the call met it."""
    exchange = call.exchange
    yield from _met(call, "refund", exchange.refund_id)
    yield from _met(call, "payment", exchange.payment_id)
    if exchange.pos_id and exchange.operation in AT_POS:
        active, visitor = call.past.active_on(exchange.pos_id), call.past.check_in(exchange.pos_id)
        yield Sentence.POS_MET(
            pos=exchange.pos_id,
            payment=active,
            phone=visitor.phone if visitor else None,
            since=call.at(visitor.since) if visitor and visitor.since else None,
        )
        if active != exchange.payment_id:
            yield from _met(call, "payment", active)


def _met(call: ExplainedCall, what: str, made_id: str | None) -> Iterator[Fact]:
    if made_id is None or call.past.state(made_id) is None:
        return
    record, change = call.past.record(made_id), call.past.change(made_id)
    maker, cause = call.past.maker(made_id), call.past.cause(change)
    word = "control call" if cause and cause.operation == CONTROL else "request"
    yield Sentence.MET(
        what=what,
        id=made_id,
        order=record.order_id if isinstance(record, PaymentRecord) else None,
        amount=f"{record.amount} {record.currency}" if record and record.amount else None,
        maker=maker.id if maker and maker is not cause else None,
        state=call.past.state(made_id),
        since=call.at(change.at) if change else None,
        trigger=change.trigger if change else None,
        cause=f"{word} {cause.id}" if cause else None,
    )


def changes(call: ExplainedCall) -> Iterator[Fact]:
    """What the call changed, with the sources of the rows that allow it."""
    if call.exchange.events:
        yield Sentence.CHANGED(events="; ".join(map(event_in_words, call.exchange.events)))


def unchanged(call: ExplainedCall) -> Iterator[Fact]:
    """Why a call that succeeded changed nothing."""
    exchange = call.exchange
    machine, trigger = TRIGGERS.get(exchange.operation or "", (None, None))
    states = {call.past.state(each or "") for each in (exchange.refund_id, exchange.payment_id)}
    rows = machine.transitions if machine else ()
    is_done = any(row.after in states for row in rows if row.trigger is trigger)
    # What a client asks for happens at once; what a customer does can take its time.
    is_done = is_done or not (exchange.operation or "").startswith("UserSimulation")
    yield Sentence.DONE_BEFORE() if is_done else Sentence.NOT_YET()


def state_now(call: ExplainedCall) -> Iterator[Fact]:
    """The state of payment and refund by now, and the timers that are due for them."""
    payment, refund = _records(call, call.payment_id)
    if payment or refund:
        clock = call.world.clock
        due = [
            f"at {call.at(at)} {due_in_words(command, call.scenarios)}"
            for at, command in clock.pending()
            if _concerns(call, command)
        ]
        yield Sentence.NOW(
            now=call.at(clock.now),
            refund=refund.state if refund else None,
            payment=payment.state if payment else None,
            refunded=_refunded(call, payment),
            due=listed(due),
        )


def _refunded(call: ExplainedCall, payment: PaymentRecord | None) -> str | None:
    amount = refunded_of(call.world, payment) if payment else None
    return f"{amount} {payment.currency}" if payment and amount else None


def _records(
    call: ExplainedCall, payment_id: str | None
) -> tuple[PaymentRecord | None, RefundRecord | None]:
    world = call.world
    return world.payments.get(payment_id or ""), world.refunds.get(call.exchange.refund_id or "")


def _concerns(call: ExplainedCall, command: object) -> bool:
    exchange = call.exchange
    if isinstance(command, EndCheckIn):
        return exchange.operation in AT_POS and command.pos_id == exchange.pos_id
    about = getattr(command, "refund_id", None) or getattr(command, "payment_id", None)
    return about is not None and about in (call.payment_id, exchange.refund_id)


def _is_all_refunded(call: ExplainedCall, payment: PaymentRecord) -> bool:
    is_captured = payment.state.phase is Phase.CAPTURED
    return is_captured and refunded_of(call.world, payment) == payment.captured_amount


def next_step(call: ExplainedCall) -> Iterator[Fact]:
    """What the client does next, by the state its payment or refund is in now."""
    payment, refund = _records(call, call.exchange.payment_id)
    record = refund or payment
    if payment and not refund and _is_all_refunded(call, payment):
        yield Sentence.ALL_REFUNDED()
        return
    # After a lost answer, the client first has to find out what became of the call.
    if record is not None and call.exchange.seen_status != 0:
        yield Sentence.ADVICE(advice=record.state.next_step)


# --- scenarios ----------------------------------------------------------------------------------


def scenario(call: ExplainedCall) -> Iterator[Fact]:
    """Which scenario was at work, how far it had come, and which fault applied to the call."""
    payment_id, fault = call.payment_id or "", call.exchange.fault
    own = call.scenarios.runs.table.get(call.exchange.run or "")
    run = call.scenarios.runs.of_payment(payment_id)
    started = call.past.last(ScriptStarted, payment_id=payment_id)
    if run is not None:
        yield _run(run, payment_id)
        yield from _progress(call, payment_id, [*map(step_in_words, run.cursors[payment_id].steps)])
    elif started is not None:
        yield Sentence.RAN(payment=payment_id, scenario=started.scenario)
    elif own is not None:
        yield _run(own)
    if fault:
        faults = [fault_in_words(each) for each in own.scenario.faults] if own else []
        is_own = fault in faults if own else call.exchange.run is not None
        yield Sentence.FAULT(whose="scenario" if is_own else "whole sandbox", fault=fault)


def _run(run: ScenarioRun, payment_id: str | None = None) -> Fact:
    scenario = run.scenario
    return Sentence.RUNS(
        payment=payment_id, scenario=scenario.name, run=run.id, summary=scenario.summary
    )


def _progress(call: ExplainedCall, payment_id: str, steps: list[str]) -> Iterator[Fact]:
    begun = call.past.last(StepBegun, payment_id=payment_id)
    end = call.past.last(ScriptStopped, payment_id=payment_id)
    number = begun.number if begun else 0
    if not steps:
        yield Sentence.NO_STEPS()
    elif end is not None and end.reason:
        yield Sentence.STOPPED(reason=end.reason)
    elif end is not None or number >= len(steps):
        yield Sentence.ALL_STEPS()
    else:
        yield Sentence.NEXT_STEP(number=number + 1, count=len(steps), step=steps[number])
