"""Repeated, conflicting and overtaken calls of the state machine."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model.beside import Beside
from tests.model.choices import CALLERS, ages, nth_newest, terms
from tests.model.specification import calls
from tests.model.specification.calls import Terms

__all__ = ["Repeating"]


class Repeating(Beside):
    """Clients that make calls again, with the same key or another, and calls that come late."""

    @precondition(lambda self: self.sent)
    @rule(age=st.integers(0, 6))
    def send_again(self, age: int) -> None:
        """A client that has seen no answer, or does not trust it, makes the same call again."""
        self.do(nth_newest(self.sent, age))

    @precondition(lambda self: self.made)
    @rule(age=ages)
    def send_the_key_again(self, age: int) -> None:
        """The same key and the same request again, much later."""
        self.do(nth_newest(self.made, age))

    @precondition(lambda self: self.made)
    @rule(age=ages, other=st.sampled_from(["order", "operation", "caller"]))
    def use_the_key_for_something_else(self, age: int, other: str) -> None:
        call: Any = nth_newest(self.made, age)
        if other == "caller":
            call = replace(call, who=CALLERS[CALLERS.index(call.who) ^ 1])
        elif other == "operation" and isinstance(call, calls.Initiate):
            call = calls.Prepare(call.who, call.key, call.till, call.order)
        elif isinstance(call, calls.CreatePos):
            call = replace(call, name="Another till")
        else:
            call = replace(call, order="another-order")
        self.do(call)

    @precondition(lambda self: self.payments)
    @rule(age=ages, terms=terms)
    def clean_up_and_try_again(self, age: int, terms: Terms) -> None:
        """A client in whose way a payment is cancels it, and sends the same key again."""
        active = self.in_states("Prepared", "Initiated", "Paired", "IssuedToUser")
        payment = nth_newest(active or self.payments, age)
        who, till = self.state.payments[payment].owner, self.state.payments[payment].till
        call = calls.Initiate(who, self.key(), till, "order-1", terms)
        for each in (call, calls.CancelPayment(who, payment), call):
            self.do(each)

    @precondition(lambda self: self.in_states("Captured"))
    @rule(age=ages)
    def change_their_mind(self, age: int) -> None:
        """A client refunds all there is, cancels that, and refunds it again."""
        payment = nth_newest(self.in_states("Captured"), age)
        paid = self.state.payments[payment]
        amount, currency = paid.captured or 1, paid.currency or "DKK"
        for _ in range(2):
            key = self.key()
            self.do(calls.CreateRefund(paid.owner, key, payment, "all", amount, currency))
            for refund in self.refunds[-1:]:
                self.do(calls.CancelRefund(self.owner(self.state.refunds, refund, 0), refund))

    @precondition(lambda self: self.underway)
    @rule(first=st.booleans())
    def what_was_on_its_way_arrives(self, first: bool) -> None:
        self.arrive(self.underway.pop(0 if first else -1))
