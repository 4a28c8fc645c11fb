"""The ledger: what became of the money, by payment, point of sale and store, with verdicts.

It is made of the stored records, so it is whole even where the journal has dropped exchanges.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from simulator.engine.records import Payment, Refund
from simulator.engine.states import PaymentState, RefundState
from simulator.engine.world import World

__all__ = ["AMOUNTS", "DEMANDS", "Amounts", "Ledger", "Line", "Sum", "Verdict", "ledger_of"]

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Money by what became of it, in one currency.

    Args:
        reserved: what was ever reserved.
        captured: what of it was captured.
        released: what of it was given back: cancelled, expired, or left over by a partial capture.
        refunded: what of the captured was refunded.
        refunds_pending: refunds that are neither captured nor cancelled yet.
        refunds_cancelled: refunds that came to nothing.
    """

    reserved: Decimal = ZERO
    captured: Decimal = ZERO
    released: Decimal = ZERO
    refunded: Decimal = ZERO
    refunds_pending: Decimal = ZERO
    refunds_cancelled: Decimal = ZERO

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(**{name: getattr(self, name) + getattr(other, name) for name in AMOUNTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What must be true of a payment, or of all payments of a place."""

    captured_within_reserved: bool = True
    refunds_within_captured: bool = True
    #: Nothing is reserved any more.
    no_open_reservation: bool = True
    #: No reservation ended by itself.
    none_expired: bool = True

    def __and__(self, other: "Verdict") -> "Verdict":
        return Verdict(**{name: getattr(self, name) and getattr(other, name) for name in DEMANDS})

    @property
    def broken(self) -> list[str]:
        """The names of what is not true."""
        return [name for name in DEMANDS if not getattr(self, name)]

    @property
    def is_fine(self) -> bool:
        """Whether all of it is true."""
        return not self.broken


#: What is told of each payment and place: the amounts, and what must be true of them.
AMOUNTS = tuple(each.name for each in fields(Amounts))
DEMANDS = tuple(each.name for each in fields(Verdict))


@dataclass(frozen=True, slots=True)
class Line:
    """A payment: what became of its money."""

    payment: Payment
    amounts: Amounts
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Sum:
    """The payments of a point of sale or a store in one currency."""

    id: str
    currency: str
    payments: int
    amounts: Amounts
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Ledger:
    """All payments, oldest first, and their sums."""

    lines: tuple[Line, ...] = ()
    points_of_sale: tuple[Sum, ...] = ()
    stores: tuple[Sum, ...] = ()
    verdict: Verdict = field(default_factory=Verdict)


def ledger_of(world: World) -> Ledger:
    """Returns the ledger of a world; called inside it."""
    refunds: dict[str, list[Refund]] = {}
    for refund in world.refunds:
        refunds.setdefault(refund.payment_id, []).append(refund)
    lines = tuple(_line(each, refunds.get(each.id, [])) for each in world.payments)
    verdict = Verdict()
    for line in lines:
        verdict &= line.verdict
    return Ledger(
        lines,
        _sums(lines, lambda payment: payment.pos_id),
        _sums(lines, lambda payment: payment.store_id),
        verdict,
    )


def _line(payment: Payment, refunds: Iterable[Refund]) -> Line:
    reserved = (payment.amount or ZERO) if payment.reserved_at is not None else ZERO
    captured = payment.captured_amount or ZERO
    amounts = Amounts(
        reserved=reserved,
        captured=captured,
        released=reserved - captured if payment.state.is_final else ZERO,
    )
    for refund in refunds:
        amounts += _refunded(refund)
    verdict = Verdict(
        captured_within_reserved=captured <= reserved,
        refunds_within_captured=amounts.refunded + amounts.refunds_pending <= captured,
        no_open_reservation=payment.state is not PaymentState.RESERVED,
        none_expired=payment.state is not PaymentState.EXPIRED_AND_CANCELLED,
    )
    return Line(payment, amounts, verdict)


def _refunded(refund: Refund) -> Amounts:
    if refund.state.is_cancelled:
        return Amounts(refunds_cancelled=refund.amount)
    if refund.state in (RefundState.CAPTURED, RefundState.EXPIRED_AND_CAPTURED):
        return Amounts(refunded=refund.amount)
    return Amounts(refunds_pending=refund.amount)


def _sums(lines: Iterable[Line], place: Callable[[Payment], str]) -> tuple[Sum, ...]:
    """Returns the sums by place and currency. A payment that was only prepared has no currency."""
    found: dict[tuple[str, str], list[Any]] = {}
    for line in lines:
        payment = line.payment
        if payment.currency is None:
            continue
        total = found.setdefault((place(payment), payment.currency), [0, Amounts(), Verdict()])
        total[0] += 1
        total[1] += line.amounts
        total[2] &= line.verdict
    return tuple(Sum(name, currency, *total) for (name, currency), total in found.items())
