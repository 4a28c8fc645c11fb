"""What the till does when a scenario is played with the model client."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from simulator.documents import Kind, Node, decimal_kind, list_of, nearest, text_kind
from simulator.engine.values import as_duration, as_money, show_duration

__all__ = ["NO_ANSWER", "TILL", "TILL_WORDS", "TillStep"]

#: What a step is `refused` with where no retry of it is answered.
NO_ANSWER = "no-answer"

#: The words, what each takes, and what it does.
TILL_WORDS: dict[str, tuple[str, str]] = {
    "create-pos": ("", "creates a point of sale"),
    "create-strict-pos": ("", "creates one that takes check-ins only with a payment active"),
    "create-notified-pos": ("", "creates one that is told of check-ins"),
    "delete-pos": ("", "deletes it"),
    "initiate": ("amount", "starts a payment"),
    "initiate-no-debit": ("amount", "starts a payment that refuses debit cards"),
    "initiate-no-credit": ("amount", "starts a payment that refuses credit cards"),
    "reuse-key": ("amount", "starts a payment of another amount with the last one's key"),
    "prepare": ("", "prepares a payment"),
    "ready": ("amount", "marks it as ready"),
    "ready-no-debit": ("amount", "marks it as ready, and refuses debit cards"),
    "await-check-in": ("", "waits to be told of a check-in, and polls where it is not"),
    "wait-until-decided": ("", "polls until the payment is reserved or over"),
    "capture": ("amount?", "polls until it is reserved, and captures it, in full or this much"),
    "cancel": ("", "cancels it"),
    "check": ("", "looks the payment up"),
    "refund": ("amount", "starts a refund and polls until it is reserved"),
    "capture-refund": ("", "captures the refund"),
    "cancel-refund": ("", "cancels the refund"),
    "check-refund": ("", "looks the refund up"),
    "wait": ("time", "does nothing for a while"),
}


@dataclass(frozen=True, slots=True)
class TillStep:
    """One thing the till does; `is_refused_with` is the code it is ready to be refused with.

    It may be `NO_ANSWER`, where the client is to give up.
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
    """Reads a step: a word, or a mapping of the word to its amount or time, and `refused`."""
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
        raise key.problem(f"a till can't {word!r}; {nearest(word, TILL_WORDS)}")
    takes, _ = TILL_WORDS[word]
    if argument is None:
        if takes in ("amount", "time"):
            example = "10.00" if takes == "amount" else "8d"
            raise node.problem(f"{word!r} needs a {takes}, such as {{{word}: {example}}}")
        return TillStep(word, is_refused_with=code)
    if not takes:
        raise argument.problem(f"{word!r} takes nothing")
    if takes == "time":
        return TillStep(word, length=_LENGTH.read(argument), is_refused_with=code)
    return TillStep(word, amount=_AMOUNT.read(argument), is_refused_with=code)


#: After these a capture without an amount is one in full.
_TELLING = tuple(word for word in TILL_WORDS if word.startswith(("initiate", "ready")))
_STEPS = list_of(Kind(_read_step, {}))


def _read_till(node: Node) -> tuple[TillStep, ...]:
    steps: tuple[TillStep, ...] = _STEPS.read(node)
    has_amount = False
    for step, place in zip(steps, node.elements(), strict=True):
        has_amount = has_amount or step.word in _TELLING
        if step.word == "capture" and step.amount is None and not has_amount:
            raise place.problem("'capture' needs an amount here: no payment had one before")
    return steps


#: What a till does, in order.
TILL = Kind(_read_till, _STEPS.schema)
