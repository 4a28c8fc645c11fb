"""What came of one run: how the command ended, what it called, and where the money is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from simulator.client import Exchange, Finding, LedgerEntry
from simulator.commands import Ended

__all__ = ["Money", "Outcome", "held", "is_active"]

#: States in which the customer or MobilePay is still to act, and the point of sale is taken.
ACTIVE = ("Prepared", "Initiated", "Paired", "IssuedToUser")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run.

    Args:
        ended: how the command ended.
        payments: its payments, as the ledger has them.
        findings: what the audit says of it.
        exchanges: the calls it made, oldest first.
        struck: the ids of those that the run's fault struck.
    """

    ended: Ended
    payments: tuple[LedgerEntry, ...] = ()
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    struck: tuple[int, ...] = ()

    @property
    def with_money(self) -> tuple[LedgerEntry, ...]:
        """The payments that have taken the customer's money, or hold it."""
        return tuple(each for each in self.payments if each.captured or held(each))

    @property
    def active(self) -> tuple[LedgerEntry, ...]:
        """The payments that are still under way."""
        return tuple(each for each in self.payments if is_active(each))


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


def held(entry: LedgerEntry) -> Decimal:
    """Returns what of a payment is reserved still."""
    return entry.reserved - entry.captured - entry.released


def is_active(entry: LedgerEntry) -> bool:
    """Whether a payment is under way, and has no money yet."""
    return entry.state in ACTIVE


def _cents(amount: Decimal) -> int:
    return int(amount * 100)
