"""The people with the phones: the documented test users, and those of the user's own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.ids import seeded
from simulator.engine.values import Restrictions

__all__ = ["TEST_USERS", "Card", "Customer", "Customers", "TestUser"]


class Card(StrEnum):
    """The kind of card behind a customer's MobilePay."""

    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True, slots=True)
class TestUser:
    """A documented test user: one person per country with this phone number's ending."""

    word: str
    ending: str
    card: Card = Card.CREDIT
    loyalty: bool = False
    partial_capture: bool = False
    receipts: bool = False


#: Section 11. Which of them have a receipt token is undocumented and decided here.
TEST_USERS = (
    TestUser("credit-card", "01", receipts=True),
    TestUser("debit-card", "02", card=Card.DEBIT),
    TestUser("another-credit-card", "03"),
    TestUser("loyalty", "04", loyalty=True, receipts=True),
    TestUser("partial-capture", "05", partial_capture=True),
)

_PHONE_STEMS = {"DK": "+45200318", "FI": "+3582003180"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A person with a phone.

    `loyalty_ids` and `receipt_token` are empty where the customer has none, and None where they
    are not looked up yet.
    """

    phone: str
    token: str
    card: Card = Card.CREDIT
    partial_capture: bool = False
    loyalty_ids: tuple[str, ...] | None = ()
    receipt_token: str | None = ""

    def before_lookup(self) -> "Customer":
        """Returns what is known of the customer at once."""
        return replace(self, loyalty_ids=None, receipt_token=None)

    def may_pay(self, restrictions: Restrictions | None) -> bool:
        """Whether this customer's card is allowed by `restrictions`."""
        if restrictions is None:
            return True
        if self.card is Card.DEBIT:
            return not restrictions.debit_card_disallowed
        return not restrictions.credit_card_disallowed


def documented_customer(seed: int, country: str, user: TestUser) -> Customer:
    """Returns the test user of a country, with tokens that follow from the seed."""
    phone = _PHONE_STEMS[country] + user.ending
    random = seeded("customer", seed, phone)
    return Customer(
        phone=phone,
        token=f"{random.getrandbits(160):040x}",
        card=user.card,
        partial_capture=user.partial_capture,
        loyalty_ids=(f"{random.randrange(10**6):06d}",) if user.loyalty else (),
        receipt_token=f"{random.getrandbits(128):032x}" if user.receipts else "",
    )


class Customers:
    """Everyone who can check in.

    Args:
        seed: what the tokens of the test users follow from.
        more: customers of the user's own; one with a test user's number replaces it.
    """

    def __init__(self, seed: int, more: Iterable[Customer] = ()) -> None:
        self._words: dict[tuple[str, str], str] = {}
        self._by_phone: dict[str, Customer] = {}
        for country in _PHONE_STEMS:
            for user in TEST_USERS:
                customer = documented_customer(seed, country, user)
                self._by_phone[customer.phone] = customer
                self._words[country, user.word] = customer.phone
        self._by_phone.update((each.phone, each) for each in more)

    def with_phone(self, phone: str) -> Customer:
        """Returns the customer with this number.

        Raises:
            SimulatorError: nobody has it.
        """
        customer = self._by_phone.get(phone)
        if customer is None:
            known = ", ".join(sorted(self._by_phone))
            raise SimulatorError(Refusal.USER_UNKNOWN, f"{phone}; there are {known}")
        return customer

    def named(self, word: str, country: str) -> Customer:
        """Returns the test user a scenario calls `word`, of the shop's own country.

        Args:
            word: such as `debit-card`, or a phone number.
            country: `DK` or `FI`.

        Raises:
            SimulatorError: there is no such user.
        """
        return self.with_phone(self._words.get((country, word), word))

    def __iter__(self) -> Iterator[Customer]:
        return iter(self._by_phone.values())
