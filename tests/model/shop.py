"""A state machine that lets tills, customers and time do anything, beside the model."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.model.choices import (
    BEACONS,
    CALLERS,
    LENGTHS,
    NOBODYS,
    ages,
    amounts,
    cards,
    moments,
    mostly,
    nth_newest,
    orders,
    phones,
    strangers,
    terms,
    types,
    ways,
)
from tests.model.repeating import Repeating
from tests.model.requests import Style
from tests.model.specification import calls
from tests.model.specification.calls import Terms
from tests.model.specification.model import deadlines
from tests.model.specification.values import Caller

__all__ = ["AnyShop"]


class AnyShop(Repeating):
    """Two integrators in the shops of two merchants, their customers, and time."""

    # --- how the next call goes ---

    @rule(way=ways)
    def the_next_call_goes(self, way: str | Style | tuple[int, int | None]) -> None:
        """Struck by a fault, with defects, or written in another style."""
        if isinstance(way, Style):
            self.style = way
        elif isinstance(way, str):
            self.fault = way
        else:
            self.defects = way

    # --- points of sale ---

    @initialize(phone=phones)
    def open_the_shop(self, phone: str) -> None:
        """A till of each integrator; on one a customer has paid."""
        for number in (1, 0):
            who = CALLERS[number]
            self.do(calls.CreatePos(who, self.key(), self.stores[0], "till-1", BEACONS[number]))
        self.sell(0, "order-1", Terms(1000), phone, True)

    @rule(
        who=st.sampled_from(CALLERS),
        store=st.integers(0, 4),
        number=st.integers(1, 3),
        beacon=st.sampled_from(BEACONS),
        alias=st.sampled_from([None, "bar"]),
        payment_first=st.booleans(),
        types=types,
    )
    def create_pos(
        self,
        who: Caller,
        store: int,
        number: int,
        beacon: str,
        alias: str | None,
        payment_first: bool,
        types: tuple[str, ...],
    ) -> None:
        at = [*self.stores, NOBODYS][store]
        name = f"till-{number}"
        self.do(
            calls.CreatePos(
                who,
                self.key(),
                at,
                name,
                beacon,
                alias=alias,
                payment_first=payment_first,
                types=types,
            )
        )

    @rule(age=ages, stranger=strangers, is_there=mostly)
    def delete_pos(self, age: int, stranger: int, is_there: bool) -> None:
        till = nth_newest(self.those_there() if is_there else self.tills, age)
        self.do(calls.DeletePos(self.owner(self.state.tills, till, stranger), till))

    @rule(
        who=st.sampled_from(CALLERS),
        what=st.sampled_from(["tills", "payments", "captured", "refunds"]),
        number=st.integers(0, 3),
        age=st.none() | ages,
        beacon=st.none() | st.sampled_from(BEACONS),
        order=st.none() | orders,
    )
    def find(
        self,
        who: Caller,
        what: str,
        number: int,
        age: int | None,
        beacon: str | None,
        order: str | None,
    ) -> None:
        """Asks for the ids of what fits the filters, or with no filter at all."""
        if what == "tills":
            store = None if age is None else nth_newest(self.stores, age)
            self.do(calls.FindPos(who, store, f"till-{number}" if number else None, beacon))
        elif what == "refunds":
            payment = None if age is None else nth_newest(self.payments, age)
            self.do(calls.FindRefunds(who, payment))
        else:
            till = None if age is None else nth_newest(self.tills, age)
            self.do(calls.FindPayments(who, till, order, captured=what == "captured"))

    # --- payments ---

    @rule(age=ages, stranger=strangers, is_there=mostly, order=orders, terms=st.none() | terms)
    def start(
        self, age: int, stranger: int, is_there: bool, order: str, terms: Terms | None
    ) -> None:
        """Initiates a payment, or prepares one whose terms follow."""
        till = nth_newest(self.those_there() if is_there else self.tills, age)
        who = self.owner(self.state.tills, till, stranger)
        if terms is None:
            self.do(calls.Prepare(who, self.key(), till, order))
        else:
            self.do(calls.Initiate(who, self.key(), till, order, terms))

    @rule(age=ages, stranger=strangers, is_right=mostly, terms=terms)
    def ready(self, age: int, stranger: int, is_right: bool, terms: Terms) -> None:
        prepared = self.in_states("Prepared", "Paired")
        payment = nth_newest(prepared if is_right and prepared else self.payments, age)
        self.do(calls.Ready(self.owner(self.state.payments, payment, stranger), payment, terms))

    @rule(age=ages, stranger=strangers, is_right=mostly, whole=st.booleans(), amount=amounts)
    def capture(self, age: int, stranger: int, is_right: bool, whole: bool, amount: int) -> None:
        reserved = self.in_states("Reserved")
        payment = nth_newest(reserved if is_right and reserved else self.payments, age)
        if whole and payment in self.state.payments:
            amount = self.state.payments[payment].amount or amount
        who = self.owner(self.state.payments, payment, stranger)
        self.do(calls.CapturePayment(who, payment, amount))

    @rule(age=ages, stranger=strangers)
    def cancel(self, age: int, stranger: int) -> None:
        payment = nth_newest(self.payments, age)
        self.do(calls.CancelPayment(self.owner(self.state.payments, payment, stranger), payment))

    # --- customers ---

    @rule(beacon=st.sampled_from(BEACONS), phone=phones)
    def check_in(self, beacon: str, phone: str) -> None:
        self.do(calls.CheckInUser(beacon, phone))

    @rule(beacon=st.sampled_from(BEACONS), is_asked=mostly, phone=phones, accepts=mostly)
    def decide(self, beacon: str, is_asked: bool, phone: str, accepts: bool) -> None:
        """The customer who is asked, or another, accepts; or whoever is there cancels."""
        till = self.state.till_with_beacon(beacon)
        active = self.state.active_on(till) if till else None
        if is_asked and active and active[1].phone:
            phone = active[1].phone
        self.do(calls.Accept(beacon, phone) if accepts else calls.CancelByUser(beacon))

    @precondition(lambda self: self.in_states("IssuedToUser"))
    @rule(age=ages, card=cards)
    def take_card(self, age: int, card: str) -> None:
        """The customer who is asked takes another card."""
        self.do(calls.TakeCard(nth_newest(self.in_states("IssuedToUser"), age), card))

    @precondition(lambda self: self.tills)
    @rule(
        age=ages,
        order=orders,
        terms=terms,
        phone=phones,
        capture=st.booleans(),
        card=st.none() | cards,
    )
    def sell(
        self,
        age: int,
        order: str,
        terms: Terms,
        phone: str,
        capture: bool,
        card: str | None = None,
    ) -> None:
        """The usual way, perhaps with another card, so that there is something to capture."""
        till = nth_newest(self.tills, age)
        if till in self.state.tills:
            beacon, who = self.state.tills[till].beacon, self.state.tills[till].owner
            self.do(calls.Initiate(who, self.key(), till, order, terms))
            self.do(calls.CheckInUser(beacon, phone))
            if card and self.payments and self.payments[-1] in self.in_states("IssuedToUser"):
                self.do(calls.TakeCard(self.payments[-1], card))
            self.do(calls.Accept(beacon, phone))
            if capture and self.payments:
                payment = self.payments[-1]
                who = self.state.payments[payment].owner
                self.do(calls.CapturePayment(who, payment, terms.amount))

    # --- refunds ---

    @precondition(lambda self: self.payments)
    @rule(age=ages, stranger=strangers, amount=amounts, is_right=mostly, later=moments)
    def refund(self, age: int, stranger: int, amount: int, is_right: bool, later: int) -> None:
        """Gives something back of a captured payment, or tries to of any; the moment it takes passes."""
        captured = self.in_states("Captured")
        payment = nth_newest(captured if captured and is_right else self.payments, age)
        who = self.owner(self.state.payments, payment, stranger)
        currency = (self.state.payments[payment].currency if is_right else None) or "EUR"
        self.do(calls.CreateRefund(who, self.key(), payment, "refund-1", amount, currency))
        self.do(calls.Advance(later))

    @precondition(lambda self: self.refunds)
    @rule(age=ages, stranger=strangers, capture=st.booleans())
    def finish_refund(self, age: int, stranger: int, capture: bool) -> None:
        refund = nth_newest(self.refunds, age)
        who = self.owner(self.state.refunds, refund, stranger)
        self.do(calls.CaptureRefund(who, refund) if capture else calls.CancelRefund(who, refund))

    # --- time, and the store ---

    @rule(by=st.sampled_from(LENGTHS))
    def time_passes(self, by: int) -> None:
        self.do(calls.Advance(by))

    @rule(which=st.integers(0, 8), off=st.sampled_from([-1, 0, 1]), age=ages)
    def something_ends(self, which: int, off: int, age: int) -> None:
        """The clock is moved to just before an end, to it, or just past it, and somebody is late."""
        ends = deadlines(self.state)
        if ends:
            self.do(calls.Advance(max(0, ends[which % len(ends)] + off - self.state.now)))
            if self.made:
                self.do(nth_newest(self.made, age))
            for payment in self.in_states("Captured")[-1:]:
                who, key = self.state.payments[payment].owner, self.key()
                currency = self.state.payments[payment].currency or "DKK"
                self.do(calls.CreateRefund(who, key, payment, "late", 1, currency))

    @rule(
        store=st.sampled_from([0, 0, 0, 1, 2]),
        active=mostly,
        balance=st.sampled_from([0, 500, 10_000]),
    )
    def the_store_changes(self, store: int, active: bool, balance: int) -> None:
        at = self.stores[store]
        currency = "DKK" if self.state.stores[at].merchant.startswith("DK") else "EUR"
        self.do(calls.SetStore(at, active, balance, currency))
