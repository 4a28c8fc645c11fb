"""Any day in any shop: whatever is done in whatever order, the rules of sections 6 to 9 hold."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from mobilepay_simulator.engine import payments, refunds
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.events import PaymentChanged, RefundChanged, WorldEvent
from mobilepay_simulator.engine.records import PaymentRecord, RefundRecord
from mobilepay_simulator.engine.values import Currency, Restrictions

from tests.engine.full_shop import FullShop
from tests.engine.tables import (
    ACTIVE_PAYMENT_STATES,
    FINAL_PAYMENT_STATES,
    FINAL_REFUND_STATES,
    PAYMENT_ROWS,
    REFUND_ROWS,
)
from tests.support import CREDIT, DEBIT, LOYAL, PARTIAL, fresh, make_world

OPENING_BALANCE = Decimal("7.00")
KEPT = timedelta(hours=24)

amounts = st.sampled_from(["0.01", "1.00", "4.99", "5.00", "10.00"])
phones = st.sampled_from([CREDIT, DEBIT, LOYAL, PARTIAL])
restrictions = st.sampled_from(
    [None, Restrictions(debit_card_disallowed=True), Restrictions(credit_card_disallowed=True)]
)
#: Which payment or refund something happens to: the newest is 0.
ages = st.integers(0, 4)
lengths = st.sampled_from(
    [
        *(timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=4)),
        *(timedelta(minutes=11), timedelta(hours=24), timedelta(days=5), timedelta(weeks=9)),
    ]
)


def nth_newest(ids: list[str], age: int) -> str:
    return ids[-1 - age % len(ids)]


@dataclass(frozen=True)
class Answered:
    """A creating call that worked: how to make it again, what it made, and when."""

    again: Callable[[], str]
    other: Callable[[], str]
    made: str
    at: datetime


class AnyDay(RuleBasedStateMachine):
    """A shop with a few tills, in which everybody does what comes to their mind."""

    tills = Bundle("tills")
    paid = Bundle("paid")
    sold = Bundle("sold")
    answered = Bundle("answered")

    def __init__(self) -> None:
        super().__init__()
        self.shop = FullShop(make_world(opening_balance=OPENING_BALANCE))
        self.seen: list[str] = []
        self.seen_refunds: list[str] = []
        self.over: dict[str, PaymentRecord | RefundRecord] = {}
        self.shop.world.subscribers.append(self.hear)

    def hear(self, event: WorldEvent) -> None:
        """No transition but those of the tables ever happens."""
        if isinstance(event, PaymentChanged):
            assert (event.before, event.trigger, event.after) in PAYMENT_ROWS
            if event.before is None:
                self.seen.append(event.payment_id)
        elif isinstance(event, RefundChanged):
            assert (event.before, event.trigger, event.after) in REFUND_ROWS
            if event.before is None:
                self.seen_refunds.append(event.refund_id)

    def all_payments(self) -> list[PaymentRecord]:
        return [self.shop.payment(each) for each in self.seen]

    def all_refunds(self) -> list[RefundRecord]:
        return [self.shop.refund_record(each) for each in self.seen_refunds]

    def everything(self) -> object:
        """All there is; equal before and after where nothing changed."""
        world = self.shop.world
        return (
            self.all_payments(),
            self.all_refunds(),
            dict(world.balances),
            dict(world.check_ins),
            list(world.points_of_sale),
            list(world.clock.pending()),
            len(world.events),
        )

    def attempt(self, act: Callable[[], object]) -> bool:
        """Does something that may be refused; a refusal changes nothing."""
        before = self.everything()
        try:
            act()
        except SimulatorError:
            assert self.everything() == before
            return False
        return True

    # --- the morning ---

    @initialize(target=tills)
    def open_the_shop(self) -> object:
        return multiple(self.shop.create_pos(), self.shop.create_pos())

    @initialize(target=paid)
    def take_the_first_payments(self) -> object:
        return multiple(*(self.shop.reserved("10.00", phone) for phone in (CREDIT, PARTIAL)))

    @initialize(target=sold)
    def sell_something(self) -> object:
        return multiple(*(self.shop.captured(amount) for amount in ("5.00", "10.00")))

    # --- tills ---

    @rule(target=tills)
    def create_pos(self) -> str:
        return self.shop.create_pos()

    @rule(till=consumes(tills))
    def delete_pos(self, till: str) -> None:
        self.shop.delete_pos(till)

    @rule(till=tills, phone=phones)
    def check_in(self, till: str, phone: str) -> None:
        self.shop.check_in(till, phone)

    # --- payments ---

    def call(self, make: Callable[[str, str], str]) -> Answered | None:
        """Makes a creating call with a key and an order id of its own."""
        key, order_id = fresh("key"), fresh("order")
        made: list[str] = []
        if not self.attempt(lambda: made.append(make(key, order_id))):
            return None
        again, other = (lambda: make(key, order_id)), (lambda: make(key, fresh("order")))
        return Answered(again, other, made[0], self.shop.world.clock.now)

    @rule(target=answered, till=tills, amount=amounts, restrictions=restrictions)
    def initiate(self, till: str, amount: str, restrictions: Restrictions | None) -> object:
        terms = self.shop.terms(amount, restrictions=restrictions)

        def make(key: str, order_id: str) -> str:
            request = payments.InitiatePayment(till, order_id, terms)
            with self.shop.world as world:
                return payments.initiate(world, self.shop.caller, key, request)

        return self.call(make) or multiple()

    @rule(target=answered, till=tills)
    def prepare(self, till: str) -> object:
        def make(key: str, order_id: str) -> str:
            with self.shop.world as world:
                request = payments.PreparePayment(till, order_id)
                return payments.prepare(world, self.shop.caller, key, request)

        return self.call(make) or multiple()

    @rule(target=paid, phone=phones, amount=amounts)
    def take_a_payment(self, phone: str, amount: str) -> str:
        return self.shop.reserved(amount, phone)

    @rule(age=ages, act=st.sampled_from(["ready", "accept", "cancel", "customer_cancels"]))
    def decide(self, age: int, act: str) -> None:
        if self.seen:
            payment_id = nth_newest(self.seen, age)
            self.attempt(lambda: getattr(self.shop, act)(payment_id))

    @rule(payment=paid, amount=amounts)
    def capture(self, payment: str, amount: str) -> None:
        self.attempt(lambda: self.shop.capture(payment, amount))

    # --- refunds ---

    @rule(target=answered, payment=sold | paid, amount=amounts)
    def refund(self, payment: str, amount: str) -> object:
        def make(key: str, order_id: str) -> str:
            request = refunds.CreateRefund(payment, order_id, Decimal(amount), Currency.DKK)
            with self.shop.world as world:
                return refunds.create(world, self.shop.caller, key, request)

        return self.call(make) or multiple()

    @rule(
        age=ages,
        act=st.sampled_from(["capture_refund", "cancel_refund", "mobilepay_cancels_refund"]),
    )
    def finish_a_refund(self, age: int, act: str) -> None:
        if self.seen_refunds:
            refund_id = nth_newest(self.seen_refunds, age)
            self.attempt(lambda: getattr(self.shop, act)(refund_id))

    # --- time and retries ---

    @rule(length=lengths)
    def advance(self, length: timedelta) -> None:
        self.shop.advance(length)

    @rule(call=answered)
    def send_again(self, call: Answered) -> None:
        if self.shop.world.clock.now - call.at <= KEPT:
            before = self.everything()
            assert call.again() == call.made
            assert self.everything() == before

    @rule(call=answered)
    def send_another_request_with_the_same_key(self, call: Answered) -> None:
        if self.shop.world.clock.now - call.at <= KEPT:
            assert not self.attempt(call.other)

    # --- what always holds ---

    @invariant()
    def a_point_of_sale_has_one_active_payment_at_the_most(self) -> None:
        active = Counter(
            each.pos_id for each in self.all_payments() if each.state in ACTIVE_PAYMENT_STATES
        )
        assert not active or max(active.values()) == 1

    @invariant()
    def no_more_is_captured_than_was_reserved_and_a_part_only_where_the_card_allows(self) -> None:
        for payment in self.all_payments():
            assert (payment.captured_amount is not None) == (payment.state == "Captured")
            if payment.captured_amount is not None:
                assert payment.amount is not None and payment.customer is not None
                is_whole = payment.captured_amount == payment.amount
                assert is_whole or payment.customer.phone == PARTIAL
                assert 0 < payment.captured_amount <= payment.amount

    @invariant()
    def no_more_is_refunded_than_was_captured(self) -> None:
        given_back: Counter[str] = Counter()
        for refund in self.all_refunds():
            if not refund.state.startswith("Cancelled"):
                given_back[refund.payment_id] += int(refund.amount * 100)
        for payment_id, cents in given_back.items():
            captured = self.shop.payment(payment_id).captured_amount
            assert captured is not None
            assert cents <= captured * 100

    @invariant()
    def the_stores_balance_is_what_came_in_less_what_went_out(self) -> None:
        came_in = sum(each.captured_amount or 0 for each in self.all_payments())
        went_out = sum(
            each.amount for each in self.all_refunds() if not each.state.startswith("Cancelled")
        )
        assert self.shop.balance() == OPENING_BALANCE + came_in - went_out
        assert self.shop.balance() >= 0

    @invariant()
    def what_is_over_stays_as_it_is(self) -> None:
        for payment in self.all_payments():
            if payment.state in FINAL_PAYMENT_STATES:
                assert self.over.setdefault(payment.id, payment) == payment
        for refund in self.all_refunds():
            if refund.state in FINAL_REFUND_STATES:
                assert self.over.setdefault(refund.id, refund) == refund

    @invariant()
    def nothing_is_overdue(self) -> None:
        due = self.shop.world.clock.next_due()
        assert due is None or due > self.shop.world.clock.now

    @invariant()
    def what_is_not_over_has_an_end_in_sight(self) -> None:
        waiting = Counter(
            getattr(command, "payment_id", None) or getattr(command, "refund_id", None)
            for _, command in self.shop.world.clock.pending()
        )
        for payment in self.all_payments():
            assert waiting[payment.id] == (payment.state not in FINAL_PAYMENT_STATES)
        for refund in self.all_refunds():
            assert waiting[refund.id] == (refund.state not in FINAL_REFUND_STATES)

    @invariant()
    def customers_are_at_points_of_sale_that_are_there(self) -> None:
        there = {pos.id for pos in self.shop.world.points_of_sale}
        assert self.shop.world.check_ins.keys() <= there


def test_the_rules_hold_whatever_is_done_in_whatever_order() -> None:
    run_state_machine_as_test(
        AnyDay,
        settings=settings(
            max_examples=100, stateful_step_count=40, deadline=None, derandomize=True
        ),
    )
