"""THE MATCHERS of `applies_to`: which payments a scenario takes by itself. All given must match."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import translate
from typing import Any, Protocol

from simulator.documents import Kind, Node, Reader, choice_of, decimal_kind, field_of, text_kind
from simulator.engine.records import PointOfSale
from simulator.engine.values import as_money, as_phone

__all__ = ["AmountRange", "Applicant", "AppliesTo", "Pattern", "SentHeaders"]

STARTS = ("InitiatePayment", "PreparePayment")
LONGEST_PATTERN = 200


class Applicant(Protocol):
    """What a scenario is chosen by: a payment, or the call that is going to make it."""

    @property
    def order_id(self) -> str | None:
        """The order id."""

    @property
    def amount(self) -> Decimal | None:
        """The amount, where it is known already."""

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
    expression: re.Pattern[str]

    def fits(self, text: str | None) -> bool:
        """Whether the whole text fits."""
        return text is not None and self.expression.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AmountRange:
    """Amounts from `at_least` to `at_most`, or with these last digits."""

    at_least: Decimal | None = field_of(decimal_kind(as_money), "the smallest", default=None)
    at_most: Decimal | None = field_of(decimal_kind(as_money), "the largest", default=None)
    ends_with: str | None = field_of(
        text_kind(lambda text: _digits(text)), "its last digits, such as 37 or 3.37", default=None
    )

    def fits(self, amount: Decimal | None) -> bool:
        """Whether an amount is one of them."""
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
            return Pattern(text, re.compile(text[1:-1]))
        except re.error as error:
            raise ValueError(f"{text} is no regular expression: {error}") from error
    return Pattern(text, re.compile(translate(text)))


def _read_amount(node: Node) -> AmountRange:
    if not node.is_mapping:
        amount = decimal_kind(as_money).read(node)
        return AmountRange(amount, amount)
    found: AmountRange = Reader().shape(AmountRange, node)
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
AMOUNT = Kind(_read_amount, {"anyOf": [{"type": "number"}, _RANGE]})
HEADER = Kind(_read_header, {"type": "object", "additionalProperties": {"type": "string"}})


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Which payments a scenario takes by itself; all that is given must match."""

    order_id: Pattern | None = field_of(PATTERN, "a pattern such as REJECT-*", default=None)
    amount: AmountRange | None = field_of(AMOUNT, "an amount, a range or last digits", default=None)
    label: Pattern | None = field_of(PATTERN, "a pattern for merchantPaymentLabel", default=None)
    pos_name: Pattern | None = field_of(PATTERN, "a pattern for the PoS's name", default=None)
    merchant_pos_id: Pattern | None = field_of(
        PATTERN, "a pattern for its merchantPosId", default=None
    )
    phone: str | None = field_of(
        text_kind(as_phone),
        "whom a scenario has checked in before; who checks in by hand is played by hand",
        default=None,
    )
    operation: str | None = field_of(
        choice_of(STARTS, "an operation that starts payments"), "how it is started", default=None
    )
    header: tuple[tuple[str, Pattern], ...] | None = field_of(
        HEADER, "headers of the call that starts it, with a pattern each", default=None
    )

    @property
    def looks_at_call(self) -> bool:
        """Whether the payment alone is not enough to tell."""
        return self.operation is not None or self.header is not None

    def matches(
        self,
        applicant: Applicant,
        pos: PointOfSale | None,
        phone: str | None,
        operation: str | None = None,
        headers: SentHeaders | None = None,
    ) -> bool:
        """Whether all that is given fits.

        Args:
            applicant: the payment, or the call that is going to make it.
            pos: its point of sale.
            phone: who is checked in there.
            operation: how it is started; None where that is not known.
            headers: the call's headers; None where they are not known.
        """
        return (
            (self.order_id is None or self.order_id.fits(applicant.order_id))
            and (self.amount is None or self.amount.fits(applicant.amount))
            and (self.label is None or self.label.fits(applicant.label))
            and (self.pos_name is None or self.pos_name.fits(pos.name if pos else None))
            and (
                self.merchant_pos_id is None
                or self.merchant_pos_id.fits(pos.merchant_pos_id if pos else None)
            )
            and self.phone in (None, phone)
            and self.operation in (None, operation)
            and all(
                pattern.fits(headers.get(name) if headers else None)
                for name, pattern in self.header or ()
            )
        )
