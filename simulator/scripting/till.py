"""The till scripts of scenarios, which the model client runs."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ..engine.values import as_duration, as_money, show_duration
from ..settings.documents import Node
from ..settings.nearest import nearest
from ..settings.shapes import LONGEST_SHOWN, ValueKind, decimal_kind, list_of, text_kind
from . import synonyms

#: The value of `refused` for a step whose retries all stay without a response.
NO_ANSWER = "no-answer"

#: The words, the argument of each, and what it does.
TILL_WORDS: dict[str, tuple[str, str]] = {
    "create-pos": ("", "creates a point of sale"),
    "create-strict-pos": ("", "creates one that allows check-ins only with an active payment"),
    "create-notified-pos": ("", "creates one that gets check-in notifications"),
    "delete-pos": ("", "deletes it"),
    "initiate": ("amount", "starts a payment"),
    "initiate-no-debit": ("amount", "starts a payment that disallows debit cards"),
    "initiate-no-credit": ("amount", "starts a payment that disallows credit cards"),
    "reuse-key": ("amount", "starts a payment of another amount with the key of the last one"),
    "prepare": ("", "prepares a payment"),
    "ready": ("amount", "marks it as ready"),
    "ready-no-debit": ("amount", "marks it as ready, and disallows debit cards"),
    "await-check-in": ("", "waits for a check-in notification, and polls if there is none"),
    "wait-until-decided": ("", "polls until the payment is reserved or has ended"),
    "capture": ("amount?", "polls until it is reserved, and captures all of it or this amount"),
    "settle": ("", "captures what it could not capture before, as a periodic job does"),
    "cancel": ("", "cancels it"),
    "check": ("", "queries the payment"),
    "refund": ("amount", "starts a refund and polls until it is reserved"),
    "capture-refund": ("", "captures the refund"),
    "cancel-refund": ("", "cancels the refund"),
    "check-refund": ("", "queries the refund"),
    "wait": ("time", "waits"),
}


@dataclass(frozen=True, slots=True)
class TillStep:
    """A step of a till script.

    `is_refused_with` is the error code that the step expects, or `NO_ANSWER`.
    """

    word: str
    amount: Decimal | None = None
    length: timedelta | None = None
    is_refused_with: str | None = None

    def __str__(self) -> str:
        argument = self.amount or (show_duration(self.length) if self.length else "")
        refused = f", refused with {self.is_refused_with}" if self.is_refused_with else ""
        return f"{self.word} {argument}".strip() + refused


_AMOUNT = decimal_kind(as_money)
_LENGTH = text_kind(as_duration)


def _read_step(node: Node) -> TillStep:
    """Reads a step: a word, or a mapping of the word to its argument, with `refused`."""
    if not node.is_mapping:
        return _made(node, node.text(), node, None, None)
    items = node.items()
    refused = items.pop("refused", None)
    if len(items) != 1:
        raise node.problem("expected one word, such as {initiate: 10.00}")
    ((word, (key, argument)),) = items.items()
    code = refused[1].text() if refused else None
    is_empty = argument.is_text and not argument.text()
    return _made(node, word, key, None if is_empty else argument, code)


def _made(node: Node, word: str, key: Node, argument: Node | None, code: str | None) -> TillStep:
    if word not in TILL_WORDS:
        hint = nearest(word, TILL_WORDS, synonyms.TILL)
        raise key.problem(f"unknown till step {word[:LONGEST_SHOWN]!r}; {hint}")
    takes, _ = TILL_WORDS[word]
    if argument is None:
        if takes in ("amount", "time"):
            example = "10.00" if takes == "amount" else "8d"
            raise node.problem(f"{word!r} needs a {takes}, such as {{{word}: {example}}}")
        return TillStep(word, is_refused_with=code)
    if not takes:
        raise argument.problem(f"{word!r} has no argument")
    if takes == "time":
        return TillStep(word, length=_LENGTH.read(argument), is_refused_with=code)
    return TillStep(word, amount=_AMOUNT.read(argument), is_refused_with=code)


#: After these, a capture without an amount captures all.
_WITH_AMOUNT = tuple(word for word in TILL_WORDS if word.startswith(("initiate", "ready")))
_STEPS = list_of(ValueKind(_read_step, {}))


def _read_till(node: Node) -> tuple[TillStep, ...]:
    steps: tuple[TillStep, ...] = _STEPS.read(node)
    has_amount = False
    for step, place in zip(steps, node.elements(), strict=True):
        has_amount = has_amount or step.word in _WITH_AMOUNT
        if step.word == "capture" and step.amount is None and not has_amount:
            raise place.problem("'capture' needs an amount: no step before has one")
    return steps


#: The till script of a scenario.
TILL = ValueKind(_read_till, _STEPS.schema)
