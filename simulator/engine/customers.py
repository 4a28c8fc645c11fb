"""The customers: the documented test users, and those of a data file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from .errors import SimulatorError
from .ids import seeded
from .refusals import Refusal
from .values import Restrictions


class Card(StrEnum):
    """The kind of card behind a customer's MobilePay."""

    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True, slots=True)
class TestUser:
    """A documented test user; each country has one with this ending of the phone number."""

    word: str
    ending: str
    card: Card = Card.CREDIT
    loyalty: bool = False
    partial_capture: bool = False
    receipts: bool = False


#: Section 11. User ...03 was the one of the receipt service until July 2023.
TEST_USERS = (
    TestUser("credit-card", "01"),
    TestUser("debit-card", "02", card=Card.DEBIT),
    TestUser("another-credit-card", "03", receipts=True),
    TestUser("loyalty", "04", loyalty=True),
    TestUser("partial-capture", "05", partial_capture=True),
)

_PHONE_STEMS = {"DK": "+45200318", "FI": "+3582003180"}


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer.

    `loyalty_ids` and `receipt_token` are empty where the customer has none, and None until they are
    looked up.
    """

    phone: str
    token: str
    card: Card = Card.CREDIT
    partial_capture: bool = False
    loyalty_ids: tuple[str, ...] | None = ()
    receipt_token: str | None = ""

    def before_lookup(self) -> "CustomerRecord":
        """Returns the customer as known right after the check-in."""
        return replace(self, loyalty_ids=None, receipt_token=None)

    def with_card(self, card: Card) -> "CustomerRecord":
        """Returns the customer with another card, which can't be captured in part."""
        return self if card is self.card else replace(self, card=card, partial_capture=False)

    def may_pay(self, restrictions: Restrictions | None) -> bool:
        """Whether this customer's card is allowed by `restrictions`."""
        if restrictions is None:
            return True
        if self.card is Card.DEBIT:
            return not restrictions.debit_card_disallowed
        return not restrictions.credit_card_disallowed


def documented_customer(seed: int, country: str, user: TestUser) -> CustomerRecord:
    """Returns the test user of a country, with tokens made from the seed."""
    phone = _PHONE_STEMS[country] + user.ending
    random = seeded("customer", seed, phone)
    return CustomerRecord(
        phone=phone,
        token=f"{random.getrandbits(160):040x}",
        card=user.card,
        partial_capture=user.partial_capture,
        loyalty_ids=(f"{random.randrange(10**6):06d}",) if user.loyalty else (),
        receipt_token=f"{random.getrandbits(128):032x}" if user.receipts else "",
    )


class CustomerDirectory:
    """The customers who can check in.

    Args:
        seed: what the tokens of the test users are made from.
        more: other customers; one with the number of a test user replaces that.
    """

    def __init__(self, seed: int, more: Iterable[CustomerRecord] = ()) -> None:
        self._words: dict[tuple[str, str], str] = {}
        self._by_phone: dict[str, CustomerRecord] = {}
        for country in _PHONE_STEMS:
            for user in TEST_USERS:
                customer = documented_customer(seed, country, user)
                self._by_phone[customer.phone] = customer
                self._words[country, user.word] = customer.phone
        self._by_phone.update((each.phone, each) for each in more)

    def with_phone(self, phone: str) -> CustomerRecord:
        """Returns the customer with this number.

        Raises:
            SimulatorError: no customer has it.
        """
        customer = self._by_phone.get(phone)
        if customer is None:
            known = ", ".join(sorted(self._by_phone))
            raise SimulatorError(Refusal.USER_UNKNOWN, f"{phone}; there are {known}")
        return customer

    def named(self, word: str, country: str) -> CustomerRecord:
        """Returns a test user of a country.

        Args:
            word: a scenario's name for the test user, such as `debit-card`, or a phone number.
            country: `DK` or `FI`.

        Raises:
            SimulatorError: there is no such user.
        """
        return self.with_phone(self._words.get((country, word), word))

    def __iter__(self) -> Iterator[CustomerRecord]:
        return iter(self._by_phone.values())
