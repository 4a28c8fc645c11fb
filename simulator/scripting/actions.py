"""THE ACTIONS: what a scenario's step can do.

Adding one is one class here: its word, its arguments, and `run`, which calls one engine command.
Loader, JSON Schema and documentation read the classes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from simulator.documents import (
    choice_of,
    decimal_kind,
    field_of,
    nearest,
    text_kind,
    yes_or_no,
)
from simulator.engine import merchants, payment_course, points_of_sale, refunds
from simulator.engine.customers import TEST_USERS, Customer
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.notifications import Habit
from simulator.engine.records import Payment
from simulator.engine.rules import Rules
from simulator.engine.states import PAYMENTS, REFUNDS, PaymentState, Trigger
from simulator.engine.values import Restrictions, as_balance, as_duration, as_phone
from simulator.engine.world import World

__all__ = ["ACTIONS", "Action", "Stage"]


ALLOWED = "allowed-card"
#: Customers who are chosen by what the payment's restrictions say.
CARD_WORDS = (ALLOWED, "disallowed-card")

_LENGTHS = [each.name for each in fields(Rules) if isinstance(each.default, timedelta)]


@dataclass(frozen=True, slots=True)
class Stage:
    """What an action acts on: a payment as it is now, and its world."""

    world: World
    payment: Payment

    def customer(self, user: str) -> Customer:
        """Returns the customer a scenario calls `user`, from the country of the shop."""
        if user in CARD_WORDS:
            user = self._with_card(is_allowed=user == ALLOWED)
        return self.world.customers.named(user, self.payment.merchant[:2])

    def _with_card(self, *, is_allowed: bool) -> str:
        """Returns who has a card that the payment allows, or disallows; a credit card if any."""
        restrictions = self.payment.restrictions or Restrictions()
        cards = {
            "credit-card": not restrictions.credit_card_disallowed,
            "debit-card": not restrictions.debit_card_disallowed,
        }
        return next((user for user, is_ in cards.items() if is_ is is_allowed), "credit-card")


class Action:
    """Something a step does. Refusals of the engine pass through as `SimulatorError`."""

    word: ClassVar[str]
    #: The payment states it can happen in; None where the payment's state does not matter.
    possible_in: ClassVar[frozenset[PaymentState] | None] = None

    def run(self, stage: Stage) -> None:
        """Does it."""
        raise NotImplementedError


ACTIONS: dict[str, type[Action]] = {}
A = TypeVar("A", bound=Action)


def action(word: str) -> Callable[[type[A]], type[A]]:
    """Makes a class the action that scenarios call `word`."""

    def register(cls: type[A]) -> type[A]:
        cls.word = word
        ACTIONS[word] = dataclass(frozen=True)(cls)
        return cls

    return register


def _user(text: str) -> str:
    words = [*(user.word for user in TEST_USERS), *CARD_WORDS]
    if text in words:
        return text
    if text.startswith("+"):
        return as_phone(text)
    raise ValueError(f"{text!r} is no test user; {nearest(text, words)}, or a phone number")


USER = text_kind(_user, examples=[*(user.word for user in TEST_USERS), *CARD_WORDS])


@action("check-in")
class CheckIn(Action):
    """A customer checks in at the payment's point of sale."""

    user: str = field_of(USER, "a test user's word, or a phone number", default="credit-card")

    def run(self, stage: Stage) -> None:
        """Does it."""
        pos = stage.world.points_of_sale.get(stage.payment.pos_id)
        if pos is None:
            raise SimulatorError(Refusal.POS_NOT_FOUND, stage.payment.pos_id)
        customer = stage.customer(self.user)
        points_of_sale.check_in(stage.world, pos, customer, is_scripted=True)


@action("accept")
class Accept(Action):
    """The customer accepts the payment."""

    possible_in = PAYMENTS.states_for(Trigger.RESERVE)

    def run(self, stage: Stage) -> None:
        """Does it."""
        payment_course.accept(stage.world, stage.payment)


@action("cancel-by-user")
class CancelByUser(Action):
    """The customer cancels the payment."""

    possible_in = PAYMENTS.states_for(Trigger.CUSTOMER_CANCELS)

    def run(self, stage: Stage) -> None:
        """Does it."""
        payment_course.cancel_by_user(stage.world, stage.payment)


@action("cancel-by-mobilepay")
class CancelByMobilePay(Action):
    """MobilePay cancels the payment."""

    possible_in = PAYMENTS.states_for(Trigger.MOBILEPAY_CANCELS)

    def run(self, stage: Stage) -> None:
        """Does it."""
        payment_course.cancel_by_mobilepay(stage.world, stage.payment)


@action("fail-reserving")
class FailReserving(Action):
    """The customer accepts, but the amount can't be reserved."""

    possible_in = PAYMENTS.states_for(Trigger.RESERVING_FAILS)

    def run(self, stage: Stage) -> None:
        """Does it."""
        payment_course.fail_reserving(stage.world, stage.payment)


@action("expire")
class Expire(Action):
    """The reservation ends before its time."""

    possible_in = PAYMENTS.states_for(Trigger.EXPIRE)

    def run(self, stage: Stage) -> None:
        """Does it."""
        payment_course.expire(stage.world, stage.payment)


@action("keep-active")
class KeepActive(Action):
    """MobilePay does not cancel the payment for being inactive, as long as its state stays."""

    def run(self, stage: Stage) -> None:
        """Does it."""
        payment_course.keep_active(stage.world, stage.payment)


@action("leave")
class Leave(Action):
    """Whoever is checked in leaves; the payment stays theirs."""

    def run(self, stage: Stage) -> None:
        """Does it."""
        points_of_sale.check_out(stage.world, stage.payment.pos_id)


@action("cancel-refunds")
class CancelRefunds(Action):
    """MobilePay cancels the payment's refunds that are not reserved yet."""

    def run(self, stage: Stage) -> None:
        """Does it."""
        for refund in stage.world.refunds.of_payment(stage.payment.id):
            if REFUNDS.allows(refund.state, Trigger.MOBILEPAY_CANCELS):
                refunds.cancel_by_mobilepay(stage.world, refund)


@action("set-store")
class SetStore(Action):
    """The payment's store is activated or deactivated, or its balance set."""

    active: bool | None = field_of(yes_or_no, "whether it takes payments", default=None)
    balance: Decimal | None = field_of(
        decimal_kind(as_balance), "what it can refund from", default=None
    )

    def run(self, stage: Stage) -> None:
        """Does it."""
        merchants.change_store(
            stage.world, stage.payment.store_id, is_active=self.active, balance=self.balance
        )


@action("change")
class Change(Action):
    """A length of the world is another from now on, such as poll_delay."""

    rule: str = field_of(choice_of(_LENGTHS, "a length"), "the setting, with underscores")
    to: timedelta = field_of(text_kind(as_duration), "its new length")

    def run(self, stage: Stage) -> None:
        """Does it."""
        changed: dict[str, Any] = {self.rule: self.to}
        stage.world.rules = replace(stage.world.rules, **changed)


@action("jump")
class Jump(Action):
    """Time jumps forward; all that falls due on the way happens."""

    by: timedelta = field_of(text_kind(as_duration), "how far")

    def run(self, stage: Stage) -> None:
        """Does it."""
        try:
            stage.world.clock.advance(self.by)
        except ValueError as error:
            raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error


def _copies(text: str) -> int:
    if text not in ("0", "1", "2", "3"):
        raise ValueError(f"expected 0 (dropped), 1, 2 or 3, got {text[:20]!r}")
    return int(text)


@action("set-notifications")
class SetNotifications(Action):
    """Tills are told of check-ins so often, and so late, from now on."""

    copies: int = field_of(
        text_kind(_copies, type="integer", minimum=0, maximum=3), "0 drops them", default=1
    )
    after: timedelta = field_of(
        text_kind(as_duration), "how late they are sent", default=timedelta(0)
    )

    def run(self, stage: Stage) -> None:
        """Does it."""
        stage.world.notification_habit = Habit(self.copies, self.after)
