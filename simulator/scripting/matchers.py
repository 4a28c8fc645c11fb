"""THE MATCHERS of `applies_to`: which payments a scenario applies to. All given must match."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import translate
from typing import Any, Protocol

from ..engine.records import PointOfSaleRecord
from ..engine.values import as_money, as_phone
from ..settings.documents import Node
from ..settings.shapes import ShapeReader, ValueKind, choice_of, decimal_kind, field_of, text_kind
from .expressions import Expression

STARTS = ("InitiatePayment", "PreparePayment")
LONGEST_PATTERN = 200


class MatchedPayment(Protocol):
    """What a scenario is chosen by: a payment, or the call that starts it."""

    @property
    def order_id(self) -> str | None:
        """The order id."""

    @property
    def amount(self) -> Decimal | None:
        """The amount, if it is known."""

    @property
    def label(self) -> str | None:
        """The merchant's label."""


class SentHeaders(Protocol):
    """A call's headers."""

    def get(self, name: str, /) -> str | None:
        """Returns the first value of a header, or None; `name` in lower case."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern with * and ?, or a regular expression between slashes."""

    text: str
    fits: Callable[[str], object] = field(repr=False, compare=False)

    def matches(self, text: str | None) -> bool:
        """Whether the pattern matches the whole text."""
        return text is not None and bool(self.fits(text))


@dataclass(frozen=True, slots=True)
class AmountRange:
    """Amounts from `at_least` to `at_most`, or with these last digits."""

    at_least: Decimal | None = field_of(decimal_kind(as_money), "the smallest", default=None)
    at_most: Decimal | None = field_of(decimal_kind(as_money), "the largest", default=None)
    ends_with: str | None = field_of(
        text_kind(lambda text: _digits(text)), "its last digits, such as 37 or 3.37", default=None
    )

    def matches(self, amount: Decimal | None) -> bool:
        """Whether an amount is in the range."""
        return (
            amount is not None
            and (self.at_least is None or amount >= self.at_least)
            and (self.at_most is None or amount <= self.at_most)
            and (self.ends_with is None or f"{amount:.2f}".endswith(self.ends_with))
        )


def _digits(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,2}|[0-9]{0,6}\.[0-9]{2}", text) is None:
        raise ValueError(f"expected digits such as 37 or 3.37, got {text[:20]!r}")
    return text


def _pattern(text: str) -> Pattern:
    if not text or len(text) > LONGEST_PATTERN:
        raise ValueError(f"expected a pattern of 1 to {LONGEST_PATTERN} characters")
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        try:
            return Pattern(text, Expression(text[1:-1]).fits)
        except ValueError as error:
            problem = f"{text} is not a regular expression that can be used: {error}"
            raise ValueError(problem) from error
    return Pattern(text, re.compile(translate(text)).fullmatch)


def _read_amount(node: Node) -> AmountRange:
    if not node.is_mapping:
        amount = decimal_kind(as_money).read(node)
        return AmountRange(amount, amount)
    found: AmountRange = ShapeReader().shape(AmountRange, node)
    if found == AmountRange():
        raise node.problem("give at_least, at_most or ends_with")
    return found


def _read_header(node: Node) -> tuple[tuple[str, Pattern], ...]:
    return tuple((name.lower(), PATTERN.read(value)) for name, (_, value) in node.items().items())


PATTERN = text_kind(_pattern, minLength=1, maxLength=LONGEST_PATTERN)
_RANGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "at_least": {"type": "number"},
        "at_most": {"type": "number"},
        "ends_with": {"type": ["string", "number"]},
    },
    "additionalProperties": False,
}
AMOUNT = ValueKind(_read_amount, {"anyOf": [{"type": "number"}, _RANGE]})
HEADER = ValueKind(_read_header, {"type": "object", "additionalProperties": {"type": "string"}})


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """The payments that a scenario applies to; all given matchers must match."""

    order_id: Pattern | None = field_of(PATTERN, "a pattern such as REJECT-*", default=None)
    amount: AmountRange | None = field_of(AMOUNT, "an amount, a range or last digits", default=None)
    label: Pattern | None = field_of(PATTERN, "a pattern for merchantPaymentLabel", default=None)
    pos_name: Pattern | None = field_of(PATTERN, "a pattern for the PoS's name", default=None)
    merchant_pos_id: Pattern | None = field_of(
        PATTERN, "a pattern for its merchantPosId", default=None
    )
    phone: str | None = field_of(
        text_kind(as_phone),
        "the phone number of a customer whom a scenario has checked in",
        default=None,
    )
    operation: str | None = field_of(
        choice_of(STARTS, "an operation that starts payments"),
        "the call that starts it",
        default=None,
    )
    header: tuple[tuple[str, Pattern], ...] | None = field_of(
        HEADER, "headers of the call that starts it, each with a pattern", default=None
    )

    @property
    def looks_at_call(self) -> bool:
        """Whether it depends on the call that starts the payment."""
        return self.operation is not None or self.header is not None

    def matches(
        self,
        payment: MatchedPayment,
        pos: PointOfSaleRecord | None,
        phone: str | None,
        operation: str | None = None,
        headers: SentHeaders | None = None,
    ) -> bool:
        """Whether all given matchers match.

        Args:
            payment: the payment, or the call that starts it.
            pos: its point of sale.
            phone: the phone number of the customer who is checked in there.
            operation: the call that starts it; None if it is unknown.
            headers: the headers of that call; None if they are unknown.
        """
        return (
            (self.order_id is None or self.order_id.matches(payment.order_id))
            and (self.amount is None or self.amount.matches(payment.amount))
            and (self.label is None or self.label.matches(payment.label))
            and (self.pos_name is None or self.pos_name.matches(pos.name if pos else None))
            and (
                self.merchant_pos_id is None
                or self.merchant_pos_id.matches(pos.merchant_pos_id if pos else None)
            )
            and self.phone in (None, phone)
            and self.operation in (None, operation)
            and all(
                pattern.matches(headers.get(name) if headers else None)
                for name, pattern in self.header or ()
            )
        )
