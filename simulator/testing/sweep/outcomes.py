"""What came of one run: how the command ended, what it called, and where the money is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ...client import Exchange, Finding, LedgerEntry
from ...engine.states import PaymentState
from ..commands import Ended

ACTIVE = {state.value for state in PaymentState if state.is_active}


@dataclass(frozen=True, slots=True)
class SweptSandbox:
    """A sandbox of a run, and what was found in it.

    Args:
        sandbox: its name.
        label: what it is called: the test it was made in, and its number there from 2 on; empty for
            the run's own.
        test: the test alone.
        is_armed: whether what goes wrong was still set in the end.
        payments: its payments, as the ledger has them.
        findings: what the audit says of it.
        exchanges: the calls that were made there, oldest first.
    """

    sandbox: str
    label: str = ""
    test: str = ""
    is_armed: bool = False
    payments: tuple[LedgerEntry, ...] = ()
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[Exchange, ...] = ()

    @property
    def counted(self) -> tuple[Exchange, ...]:
        """The calls that a fault could strike."""
        return tuple(each for each in self.exchanges if each.counted)

    @property
    def struck(self) -> tuple[int, ...]:
        """The ids of those that its fault struck."""
        return tuple(each.id for each in self.exchanges if each.struck)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run.

    Args:
        ended: how the command ended.
        payments: its payments, as the ledger has them.
        findings: what the audit says of it.
        exchanges: the calls it made, oldest first.
        struck: the ids of those that the run's fault struck.
        is_stalled: whether the run's fault lets an answer be late, so that clients time out.
    """

    ended: Ended
    payments: tuple[LedgerEntry, ...] = ()
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    struck: tuple[int, ...] = ()
    is_stalled: bool = False

    @property
    def with_money(self) -> tuple[LedgerEntry, ...]:
        """The payments that have taken the customer's money, or hold it."""
        return tuple(each for each in self.payments if each.captured or held(each))

    @property
    def active(self) -> tuple[LedgerEntry, ...]:
        """The payments that are still under way."""
        return tuple(each for each in self.payments if is_active(each))

    @property
    def waited_for(self) -> Exchange | None:
        """The struck call whose late answer the client took; None where it timed out.

        Some clients leave the connection of a call that has timed out open. Whoever repeats a call
        while its answer is under way has timed out all the same.
        """
        struck = [each for each in self.exchanges if each.id in self.struck]
        if not (self.is_stalled and struck) or any(each.delivery != "whole" for each in struck):
            return None
        first = struck[0]
        return None if any(_is_meanwhile(each, first) for each in self.exchanges) else first


def _is_meanwhile(other: Exchange, first: Exchange) -> bool:
    """Whether a call repeats another one whose answer is still under way."""
    if other.id <= first.id or other.real_at is None or first.real_at is None:
        return False
    is_same = (other.request.method, other.request.path) == (
        first.request.method,
        first.request.path,
    )
    return is_same and other.real_at - first.real_at < timedelta(milliseconds=first.duration_ms)


@dataclass(frozen=True, slots=True)
class Money:
    """Sums in each currency."""

    captured: Counter[str]
    held: Counter[str]
    refunded: Counter[str]
    refunds_pending: Counter[str]

    @classmethod
    def of(cls, payments: Iterable[LedgerEntry]) -> "Money":
        """Returns the sums of some payments, in cents."""
        sums = cls(Counter(), Counter(), Counter(), Counter())
        for each in payments:
            currency = each.currency_code or ""
            sums.captured[currency] += _cents(each.captured)
            sums.held[currency] += _cents(held(each))
            sums.refunded[currency] += _cents(each.refunded)
            sums.refunds_pending[currency] += _cents(each.refunds_pending)
        return sums


def outcome_of(
    ended: Ended, stages: Iterable[SweptSandbox], label: str, *, is_stalled: bool = False
) -> Outcome:
    """Returns what came of a run for the test one of whose sandboxes was to be struck.

    The money counts in all sandboxes of that test, the calls in the one that was to be struck.

    Args:
        ended: how the command ended.
        stages: the sandboxes of the run.
        label: what the one that was to be struck is called.
        is_stalled: whether the run's fault lets an answer be late.
    """
    stages = list(stages)
    struck = next((each for each in stages if each.label == label), None)
    if struck is None:
        return Outcome(ended)
    same = [each for each in stages if each.test == struck.test]
    return Outcome(
        ended,
        tuple(payment for each in same for payment in each.payments),
        tuple(finding for each in same for finding in each.findings),
        struck.exchanges,
        struck.struck,
        is_stalled,
    )


def whole_of(ended: Ended, stages: Iterable[SweptSandbox]) -> Outcome:
    """Returns what came of a clean run in all its sandboxes; `struck` is all that could be."""
    stages = list(stages)
    return Outcome(
        ended,
        tuple(payment for each in stages for payment in each.payments),
        tuple(finding for each in stages for finding in each.findings),
        tuple(exchange for each in stages for exchange in each.exchanges),
        tuple(exchange.id for each in stages for exchange in each.counted),
    )


def held(entry: LedgerEntry) -> Decimal:
    """Returns what of a payment is reserved still."""
    return entry.reserved - entry.captured - entry.released


def is_active(entry: LedgerEntry) -> bool:
    """Whether a payment is under way, and has no money yet."""
    return entry.state in ACTIVE


def _cents(amount: Decimal) -> int:
    return int(amount * 100)
