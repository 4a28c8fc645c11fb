"""The documented test users (section 11), and customers of one's own."""

import pytest
from mobilepay_simulator.engine.customers import TEST_USERS, Card, CustomerDirectory, CustomerRecord
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.values import Restrictions

from tests.engine.full_shop import refused

#: Number, card, loyalty, partial capture: by hand from section 11.
USERS = [
    ("+4520031801", "credit", False, False),
    ("+4520031802", "debit", False, False),
    ("+4520031803", "credit", False, False),
    ("+4520031804", "credit", True, False),
    ("+4520031805", "credit", False, True),
    ("+358200318001", "credit", False, False),
    ("+358200318002", "debit", False, False),
    ("+358200318003", "credit", False, False),
    ("+358200318004", "credit", True, False),
    ("+358200318005", "credit", False, True),
]


@pytest.mark.parametrize(("phone", "card", "has_loyalty", "has_partial_capture"), USERS)
def test_a_documented_test_user_is_there(
    phone: str, card: str, has_loyalty: bool, has_partial_capture: bool
) -> None:
    customer = CustomerDirectory(seed=1).with_phone(phone)

    assert (customer.phone, customer.card) == (phone, card)
    assert bool(customer.loyalty_ids) is has_loyalty
    assert customer.partial_capture is has_partial_capture
    assert customer.token


def test_nobody_else_is_there() -> None:
    assert sorted(each.phone for each in CustomerDirectory(seed=1)) == sorted(
        row[0] for row in USERS
    )


def test_a_number_nobody_has_is_refused_with_those_there_are() -> None:
    with refused(Refusal.USER_UNKNOWN):
        CustomerDirectory(seed=1).with_phone("+4599999999")
    with pytest.raises(Exception, match=r"\+4520031801"):
        CustomerDirectory(seed=1).with_phone("+4599999999")


@pytest.mark.parametrize("country", ["+45200318", "+3582003180"])
def test_the_third_test_user_alone_has_a_receipt_token(country: str) -> None:
    customers = CustomerDirectory(seed=1)
    tokens = [customers.with_phone(f"{country}{number:02}").receipt_token for number in range(1, 6)]
    assert [bool(each) for each in tokens] == [False, False, True, False, False]
    assert [each for each in tokens if not each] == ["", "", "", ""]


def test_a_loyalty_id_has_six_digits_and_a_token_forty() -> None:
    customer = CustomerDirectory(seed=1).named("loyalty", "DK")
    (loyalty_id,) = customer.loyalty_ids or ()
    assert len(loyalty_id) == 6 and loyalty_id.isdecimal()
    receipts = CustomerDirectory(seed=1).named("another-credit-card", "DK").receipt_token
    assert (len(customer.token), len(receipts or "")) == (40, 32)


def test_every_customer_has_a_token_of_their_own() -> None:
    tokens = {each.token for each in CustomerDirectory(seed=1)}

    assert len(tokens) == len(USERS)


def test_tokens_follow_from_the_seed() -> None:
    tokens = [{each.token for each in CustomerDirectory(seed)} for seed in (1, 1, 2)]

    assert tokens[0] == tokens[1]
    assert tokens[0].isdisjoint(tokens[2])


@pytest.mark.parametrize(
    ("word", "danish", "finnish"),
    [
        ("credit-card", "+4520031801", "+358200318001"),
        ("debit-card", "+4520031802", "+358200318002"),
        ("another-credit-card", "+4520031803", "+358200318003"),
        ("loyalty", "+4520031804", "+358200318004"),
        ("partial-capture", "+4520031805", "+358200318005"),
        ("+4520031802", "+4520031802", "+4520031802"),
    ],
)
def test_a_scenarios_word_names_the_test_user_of_the_shops_country(
    word: str, danish: str, finnish: str
) -> None:
    customers = CustomerDirectory(seed=1)

    assert customers.named(word, "DK").phone == danish
    assert customers.named(word, "FI").phone == finnish


def test_an_unknown_word_names_nobody() -> None:
    with refused(Refusal.USER_UNKNOWN):
        CustomerDirectory(seed=1).named("gold-card", "DK")


def test_a_customer_of_ones_own_replaces_a_test_user_with_the_same_number() -> None:
    mine = CustomerRecord("+4520031801", "my-token", Card.DEBIT)
    customers = CustomerDirectory(1, [mine, CustomerRecord("+4511111111", "other")])

    assert customers.named("credit-card", "DK") is mine
    assert customers.with_phone("+4511111111").token == "other"
    assert len(list(customers)) == len(USERS) + 1


@pytest.mark.parametrize(
    ("no_debit", "no_credit", "debit_may", "credit_may"),
    [
        (None, None, True, True),
        (False, False, True, True),
        (True, None, False, True),
        (True, False, False, True),
        (None, True, True, False),
        (True, True, False, False),
    ],
)
def test_restrictions_disallow_cards(
    no_debit: bool | None, no_credit: bool | None, debit_may: bool, credit_may: bool
) -> None:
    restrictions = Restrictions(no_debit, no_credit)

    assert CustomerRecord("+4511111111", "token", Card.DEBIT).may_pay(restrictions) is debit_may
    assert CustomerRecord("+4511111111", "token", Card.CREDIT).may_pay(restrictions) is credit_may


@pytest.mark.parametrize("card", Card)
def test_every_card_may_pay_where_there_are_no_restrictions(card: Card) -> None:
    assert CustomerRecord("+4511111111", "token", card).may_pay(None)


def test_a_customer_of_whom_no_more_is_said_has_a_credit_card_and_nothing_else() -> None:
    customer = CustomerRecord("+4511111111", "token")
    assert (customer.card, customer.partial_capture) == (Card.CREDIT, False)
    assert (customer.loyalty_ids, customer.receipt_token) == ((), "")
    assert [*Card] == ["credit", "debit"]
    known = customer.before_lookup()
    assert (known.loyalty_ids, known.receipt_token, known.token) == (None, None, "token")


def test_a_test_user_of_whom_no_more_is_said_has_a_credit_card_and_nothing_else() -> None:
    user = type(TEST_USERS[0])("word", "09")
    assert (user.card, user.loyalty, user.partial_capture, user.receipts) == (
        *(Card.CREDIT, False, False, False),
    )
