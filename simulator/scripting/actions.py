"""THE ACTIONS: what a step of a scenario can do.

An action is one class: its word, its arguments, and `run`, which calls one command of the engine.
The loader, the JSON Schema and the documentation read the classes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from ..engine import check_ins, payment_course, points_of_sale, refunds, stores
from ..engine.customers import TEST_USERS, Card, CustomerRecord
from ..engine.errors import SimulatorError
from ..engine.records import NotificationPolicy, PaymentRecord
from ..engine.refusals import Refusal
from ..engine.rules import Rules
from ..engine.states import PAYMENTS, REFUNDS, PaymentState, Trigger
from ..engine.values import Restrictions, as_balance, as_duration, as_phone
from ..engine.world import World
from ..settings.nearest import nearest, with_more
from ..settings.shapes import choice_of, decimal_kind, field_of, text_kind, yes_or_no

ALLOWED = "allowed-card"
#: Customers who are chosen by the restrictions of the payment.
CARD_WORDS = (ALLOWED, "disallowed-card")

_LENGTHS = [each.name for each in fields(Rules) if isinstance(each.default, timedelta)]


@dataclass(frozen=True, slots=True)
class ActionContext:
    """The payment that an action changes, and its world."""

    world: World
    payment: PaymentRecord

    def customer(self, user: str) -> CustomerRecord:
        """Returns the customer that a scenario calls `user`, from the country of the merchant."""
        if user in CARD_WORDS:
            user = self._with_card(is_allowed=user == ALLOWED)
        return self.world.customers.named(user, self.payment.merchant[:2])

    def _with_card(self, *, is_allowed: bool) -> str:
        """Returns a test user with a card that the payment allows or disallows."""
        restrictions = self.payment.restrictions or Restrictions()
        cards = {
            "credit-card": not restrictions.credit_card_disallowed,
            "debit-card": not restrictions.debit_card_disallowed,
        }
        return next((user for user, is_ in cards.items() if is_ is is_allowed), "credit-card")


class Action:
    """An action of a step. It raises `SimulatorError` where the engine refuses it."""

    word: ClassVar[str]
    what: ClassVar[str]
    #: The payment states in which it is possible; None for all.
    possible_in: ClassVar[frozenset[PaymentState] | None] = None

    def run(self, stage: ActionContext) -> None:
        raise NotImplementedError


ACTIONS: dict[str, type[Action]] = {}
A = TypeVar("A", bound=Action)


def action(word: str, what: str) -> Callable[[type[A]], type[A]]:
    """Registers a class as an action.

    Args:
        word: what scenarios call it.
        what: what happens, as people say it.
    """

    def register(cls: type[A]) -> type[A]:
        cls.word, cls.what = word, what
        ACTIONS[word] = dataclass(frozen=True)(cls)
        return cls

    return register


def _user(text: str) -> str:
    words = [*(user.word for user in TEST_USERS), *CARD_WORDS]
    if text in words:
        return text
    if text.startswith("+"):
        return as_phone(text)
    hint = with_more(nearest(text, words), "a phone number is right, too")
    raise ValueError(f"{text!r} is not a test user; {hint}")


USER = text_kind(_user, examples=[*(user.word for user in TEST_USERS), *CARD_WORDS])


@action("check-in", "the customer checks in")
class CheckInAction(Action):
    """A customer checks in at the point of sale of the payment."""

    user: str = field_of(USER, "a test user's word, or a phone number", default="credit-card")

    def run(self, stage: ActionContext) -> None:
        pos = stage.world.points_of_sale.get(stage.payment.pos_id)
        if pos is None:
            raise SimulatorError(Refusal.POS_NOT_FOUND, stage.payment.pos_id)
        customer = stage.customer(self.user)
        points_of_sale.check_in(stage.world, pos, customer, is_scripted=True)


@action("accept", "the customer accepts")
class AcceptAction(Action):
    """The customer accepts the payment; the app refuses a card that the payment disallows."""

    possible_in = PAYMENTS.states_for(Trigger.RESERVE)

    def run(self, stage: ActionContext) -> None:
        try:
            payment_course.accept(stage.world, stage.payment)
        except SimulatorError as refused:
            # The customer sees why, and may go on with a step that follows.
            if refused.refusal is not Refusal.CARD_NOT_ALLOWED:
                raise


@action("choose-card", "the customer takes another card")
class ChooseCardAction(Action):
    """The customer takes another card for the payment; without `card`, one that it allows."""

    possible_in = PAYMENTS.states_for(Trigger.RESERVE)

    card: Card | None = field_of(choice_of(Card, "a kind of card"), "credit or debit", default=None)

    def run(self, stage: ActionContext) -> None:
        card = self.card or stage.customer(ALLOWED).card
        payment_course.choose_card(stage.world, stage.payment, card)


@action("cancel-by-user", "the customer cancels")
class CancelByUserAction(Action):
    """The customer cancels the payment."""

    possible_in = PAYMENTS.states_for(Trigger.CUSTOMER_CANCELS)

    def run(self, stage: ActionContext) -> None:
        payment_course.cancel_by_user(stage.world, stage.payment)


@action("cancel-by-mobilepay", "MobilePay cancels the payment")
class CancelByMobilePayAction(Action):
    """MobilePay cancels the payment."""

    possible_in = PAYMENTS.states_for(Trigger.MOBILEPAY_CANCELS)

    def run(self, stage: ActionContext) -> None:
        payment_course.cancel_by_mobilepay(stage.world, stage.payment)


@action("fail-reserving", "the customer accepts, but the amount can't be reserved")
class FailReservingAction(Action):
    """The customer accepts, but the amount can't be reserved."""

    possible_in = PAYMENTS.states_for(Trigger.RESERVING_FAILS)

    def run(self, stage: ActionContext) -> None:
        payment_course.fail_reserving(stage.world, stage.payment)


@action("expire", "the reservation ends before its time")
class ExpireAction(Action):
    """The reservation expires now."""

    possible_in = PAYMENTS.states_for(Trigger.EXPIRE)

    def run(self, stage: ActionContext) -> None:
        payment_course.expire(stage.world, stage.payment)


@action("keep-active", "the payment is kept from being cancelled for inactivity")
class KeepActiveAction(Action):
    """MobilePay does not cancel the payment for inactivity until its state changes."""

    def run(self, stage: ActionContext) -> None:
        payment_course.keep_active(stage.world, stage.payment)


@action("leave", "the customer leaves")
class LeaveAction(Action):
    """The customer checks out; the payment remains the customer's."""

    def run(self, stage: ActionContext) -> None:
        check_ins.check_out(stage.world, stage.payment.pos_id)


@action("cancel-refunds", "MobilePay cancels the refunds that are not reserved")
class CancelRefundsAction(Action):
    """MobilePay cancels the refunds of the payment that are not reserved yet."""

    def run(self, stage: ActionContext) -> None:
        for refund in stage.world.refunds.of_payment(stage.payment.id):
            if REFUNDS.allows(refund.state, Trigger.MOBILEPAY_CANCELS):
                refunds.cancel_by_mobilepay(stage.world, refund)


@action("set-store", "the store is changed")
class SetStoreAction(Action):
    """Activates or deactivates the store of the payment, or sets its balance."""

    active: bool | None = field_of(yes_or_no, "whether it accepts payments", default=None)
    balance: Decimal | None = field_of(
        decimal_kind(as_balance), "the balance, which refunds are paid from", default=None
    )

    def run(self, stage: ActionContext) -> None:
        stores.change_store(
            stage.world, stage.payment.store_id, is_active=self.active, balance=self.balance
        )


@action("change", "a length of time is changed")
class ChangeAction(Action):
    """Changes a duration of the sandbox, such as poll_delay."""

    rule: str = field_of(choice_of(_LENGTHS, "a duration"), "the setting, with underscores")
    to: timedelta = field_of(text_kind(as_duration), "its new duration")

    def run(self, stage: ActionContext) -> None:
        changed: dict[str, Any] = {self.rule: self.to}
        stage.world.rules = replace(stage.world.rules, **changed)


@action("jump", "time jumps forward")
class JumpAction(Action):
    """Moves the clock forward; everything that is due on the way happens."""

    by: timedelta = field_of(text_kind(as_duration), "how far")

    def run(self, stage: ActionContext) -> None:
        try:
            stage.world.clock.advance(self.by)
        except ValueError as error:
            raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error


def _copies(text: str) -> int:
    if text not in ("0", "1", "2", "3"):
        raise ValueError(f"expected 0 (dropped), 1, 2 or 3, got {text[:20]!r}")
    return int(text)


@action("set-notifications", "the notification settings are changed")
class SetNotificationsAction(Action):
    """Changes how often and how late check-in notifications are sent from now on."""

    copies: int = field_of(
        text_kind(_copies, type="integer", minimum=0, maximum=3),
        "how many of each; 0 drops it",
        default=1,
    )
    after: timedelta = field_of(text_kind(as_duration), "the delay", default=timedelta(0))

    def run(self, stage: ActionContext) -> None:
        stage.world.notification_policy = NotificationPolicy(self.copies, self.after)
