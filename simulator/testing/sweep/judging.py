"""THE VERDICTS: what became of the money, held against the run in which nothing went wrong.

The ledger and the audit decide; the command's own word counts for no more than its exit code.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from ...client import Finding, LedgerEntry, Severity
from ...engine.values import count_of
from ...journal.sweeps import SweepVerdict
from .outcomes import Money, Outcome, held

ADVICE = {
    SweepVerdict.DOUBLE_CHARGED: (
        "Repeat a call that was not answered with the same idempotency key and the same body, and "
        "ask what became of the payment (GET /payments?orderId=...) before another is started."
    ),
    SweepVerdict.CRASHED: (
        "Look at the last lines the command wrote. A lost answer, an error and a time-out are "
        "everyday events: catch them, and bound every wait."
    ),
    SweepVerdict.STUCK: (
        "Capture or cancel every payment that was started, also when a call about it fails; one "
        "whose id was never received is found by its order: GET /payments?orderId=..."
    ),
    SweepVerdict.FALSE_SUCCESS: (
        "Say that it went well only once the service has said so: when capturing was answered "
        "with 200, or the payment's status is Captured."
    ),
    SweepVerdict.FALSE_FAILURE: (
        "Before a sale is called failed, ask for the payment's status (GET /payments/{id}), and "
        "repeat the call that was not answered: what it asks for is done once only."
    ),
    SweepVerdict.GAVE_UP: (
        "Repeat a call that is not answered, or answered with 5xx: up to five times, with growing "
        "pauses, the same key and the same body."
    ),
    SweepVerdict.NOT_STRUCK: (
        "It proves nothing. How often a payment is polled is up to the time; run this one again, "
        "or strike an earlier call."
    ),
    SweepVerdict.NOT_TIMED_OUT: (
        "It proves nothing. Let the answer be later than the client's own time-out with --stall, "
        "such as --stall 12s; and consider a shorter time-out: clients should wait 2 s for an "
        "answer, and 0.5 s to a GET."
    ),
    SweepVerdict.SURVIVED: "",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a run.

    Args:
        verdict: in a word.
        message: what happened, in a sentence.
        exchanges: the calls that show it.
        new_errors: what the audit finds wrong that it does not find in the clean run.
    """

    verdict: SweepVerdict
    message: str
    exchanges: tuple[int, ...] = ()
    new_errors: tuple[Finding, ...] = ()

    @property
    def is_noisy(self) -> bool:
        """Whether it came through, but broke a rule on the way."""
        return self.verdict is SweepVerdict.SURVIVED and bool(self.new_errors)

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE[self.verdict]


@dataclass(frozen=True, slots=True)
class _Reason:
    message: str
    payments: tuple[LedgerEntry, ...] = ()


def judge(clean: Outcome, run: Outcome) -> Judgement:
    """Returns the verdict on a run.

    Args:
        clean: what comes of the command where nothing goes wrong.
        run: what came of it this time.
    """
    found = ((verdict, find(clean, run)) for verdict, find in _IN_THEIR_ORDER)
    verdict, reason = next((verdict, each) for verdict, each in found if each is not None)
    culprits = {each.payment_id for each in reason.payments}
    shown = {
        *run.struck,
        *(each.id for each in run.exchanges if each.payment_id in culprits and each.changes),
    }
    known = {each.rule for each in clean.findings}
    errors = (each for each in run.findings if each.severity is Severity.ERROR)
    new = tuple(each for each in errors if each.rule not in known)
    return Judgement(verdict, reason.message, tuple(sorted(shown)), new)


# --- what there is to find ------------------------------------------------------------------------


def _not_struck(_: Outcome, run: Outcome) -> _Reason | None:
    if run.struck:
        return None
    also = "" if run.ended.is_fine else f"; and yet the command {run.ended}, without any fault"
    return _Reason(f"The command did not make this call this time{also}.")


def _double_charged(clean: Outcome, run: Outcome) -> _Reason | None:
    before, after = Money.of(clean.payments), Money.of(run.payments)
    more = _first_above(after.captured, before.captured)
    if more is not None:
        message = f"{_amount(after.captured, more)} was captured, where the clean run captures "
        return _Reason(f"{message}{_amount(before.captured, more)}.", run.with_money)
    most = max(_orders(clean).values(), default=1)
    order, times = max(_orders(run).items(), key=lambda each: each[1], default=("", 0))
    if times > most:
        taken = tuple(each for each in run.with_money if each.order_id == order)
        return _Reason(f"{_taken(taken, f' for the order {order}')}.", taken)
    ever = sum(each.reserved > 0 for each in clean.payments)
    if len(run.with_money) > ever:
        message = f"{_taken(run.with_money)}, where the clean run makes {ever}."
        return _Reason(message, run.with_money)
    given_before = before.refunded + before.refunds_pending
    given = after.refunded + after.refunds_pending
    more = _first_above(given, given_before)
    if more is not None:
        message = f"{_amount(given, more)} was refunded, or is going to be, where the clean run "
        return _Reason(f"{message}refunds {_amount(given_before, more)}.", run.payments)
    return None


def _crashed(_: Outcome, run: Outcome) -> _Reason | None:
    if not run.ended.has_crashed:
        return None
    left = _left_held(run) or _left_active(run)
    also = f" {left.message}" if left else ""
    return _Reason(f"The command {run.ended}.{also}")


def _stuck(clean: Outcome, run: Outcome) -> _Reason | None:
    before, after = Money.of(clean.payments), Money.of(run.payments)
    more = _first_above(after.held, before.held)
    reason = None
    if more is not None:
        reason = _left_held(run)
    elif len(run.active) > len(clean.active):
        reason = _left_active(run)
    if reason is not None:
        also = " The command ended with 0 all the same." if run.ended.is_fine else ""
        return replace(reason, message=reason.message + also)
    more = _first_above(after.refunds_pending, before.refunds_pending)
    if more is not None:
        amount = _amount(after.refunds_pending, more)
        message = f"A refund of {amount} was left reserved, neither captured nor cancelled."
        return _Reason(message, run.payments)
    return None


def _false_success(clean: Outcome, run: Outcome) -> _Reason | None:
    if not run.ended.is_fine:
        return None
    before, after = Money.of(clean.payments), Money.of(run.payments)
    for name, less in (("captured", after.captured), ("refunded", after.refunded)):
        wanted = getattr(before, name)
        short = _first_above(wanted, less)
        if short is not None:
            message = f"The command ended with 0, but {_amount(less, short)} was {name}, where the "
            return _Reason(f"{message}clean run has {_amount(wanted, short)}.", run.payments)
    return None


def _false_failure(clean: Outcome, run: Outcome) -> _Reason | None:
    captured = Money.of(run.payments).captured
    if run.ended.is_fine or not any(captured.values()):
        return None
    if captured != Money.of(clean.payments).captured:
        return None
    return _Reason(
        f"The command {run.ended}, and yet the money was captured: the customer has paid for a "
        "sale that the till calls failed.",
        run.with_money,
    )


def _gave_up(_: Outcome, run: Outcome) -> _Reason | None:
    if run.ended.is_fine:
        return None
    return _Reason(f"The command {run.ended}; no money was taken too much, and none is stuck.")


def _not_timed_out(_: Outcome, run: Outcome) -> _Reason | None:
    late = run.waited_for
    if late is None:
        return None
    return _Reason(
        f"The client waited {late.duration_ms / 1000:.1f} s for the answer, and took it: its own "
        "time-out is longer than that, so no time-out was tested."
    )


def _survived(_: Outcome, __: Outcome) -> _Reason | None:
    return _Reason("The money is where the clean run leaves it.")


Finds = Callable[[Outcome, Outcome], _Reason | None]

#: The first that finds a reason decides; the last always does.
_IN_THEIR_ORDER: tuple[tuple[SweepVerdict, Finds], ...] = (
    (SweepVerdict.NOT_STRUCK, _not_struck),
    (SweepVerdict.DOUBLE_CHARGED, _double_charged),
    (SweepVerdict.CRASHED, _crashed),
    (SweepVerdict.STUCK, _stuck),
    (SweepVerdict.FALSE_SUCCESS, _false_success),
    (SweepVerdict.FALSE_FAILURE, _false_failure),
    (SweepVerdict.GAVE_UP, _gave_up),
    (SweepVerdict.NOT_TIMED_OUT, _not_timed_out),
    (SweepVerdict.SURVIVED, _survived),
)


def _left_held(run: Outcome) -> _Reason | None:
    left = tuple(each for each in run.with_money if held(each))
    if not left:
        return None
    amount = _amount(Money.of(left).held, left[0].currency_code or "")
    message = f"{amount} of the customer's stays reserved: {_named(left)} was never captured "
    return _Reason(f"{message}nor cancelled.", left)


def _left_active(run: Outcome) -> _Reason | None:
    if not run.active:
        return None
    named = _named(run.active).removeprefix("payment ")
    message = f"Payment {named} was left {run.active[0].state}: it blocks its point of sale "
    return _Reason(f"{message}until MobilePay cancels it.", run.active)


def _named(payments: Iterable[LedgerEntry]) -> str:
    first, *more = payments
    others = f" (and {len(more)} more)" if more else ""
    return f"payment {first.payment_id} of order {first.order_id}{others}"


def _taken(payments: tuple[LedgerEntry, ...], what_for: str = "") -> str:
    """Returns what payments did with the customer's money: took it, or only reserved it."""
    who, took = count_of(len(payments), "payment"), sum(each.captured > 0 for each in payments)
    if took == len(payments):
        return f"{who}{what_for} took the customer's money"
    each_way = f"({took} captured, {len(payments) - took} reserved)"
    return f"{who}{what_for} took or reserved the customer's money {each_way}"


def _orders(outcome: Outcome) -> Counter[str]:
    return Counter(each.order_id or "" for each in outcome.with_money)


def _first_above(these: Counter[str], those: Counter[str]) -> str | None:
    """Returns the first currency in which there is more of these than of those, or None."""
    return next((each for each in these if these[each] > those[each]), None)


def _amount(sums: Counter[str], currency: str) -> str:
    return f"{Decimal(sums[currency]) / 100:.2f} {currency}"
