"""Explanations: why a call was answered as it was, in plain English.

THE KINDS OF ANSWERS are a table: the first row whose test fits names the facts to tell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from textwrap import wrap
from typing import NamedTuple

from ...engine.error_rows import CREATES, ErrorKind
from ...engine.refusals import Refusal
from ...scripting.fate import Delivery
from ..exchanges import CONTROL, ExchangeRecord
from ..words import fill
from . import answers
from .facts import (
    Finder,
    asked,
    changes,
    delivery,
    details,
    next_step,
    scenario,
    state_met,
    state_now,
    unchanged,
)
from .past import ExplainedCall, made_by
from .refusals import refusal
from .sentences import TITLE, ExplanationPart, Fact, Sentence

#: What says with which key to send a call again.
_NAMES_KEY = frozenset((Sentence.SEND_AGAIN, Sentence.RETRY))
_wrap = partial(wrap, width=100, break_long_words=False, break_on_hyphens=False)


@dataclass(frozen=True, slots=True)
class CallExplanation:
    """Why a call was answered as it was.

    Args:
        id: the exchange's number.
        title: what was called and answered, in a line.
        facts: the rest, in the order of their parts.
    """

    id: int
    title: str
    facts: tuple[Fact, ...]

    @property
    def text(self) -> str:
        """All of it as text for people: each part under its heading."""
        lines = [self.title]
        for part, group in groupby(self.facts, key=lambda each: each.part):
            lines += ["", f"{part.heading}:"]
            for each in group:
                lines += _wrap(each.text, initial_indent="  - ", subsequent_indent="    ")
        return "\n".join(lines) + "\n"


class AnswerKind(NamedTuple):
    """A kind of answers: its words in the title, which answers it has, and the facts to tell."""

    words: str
    fits: Callable[[ExchangeRecord], bool]
    finders: tuple[Finder, ...]


def _is_token(exchange: ExchangeRecord) -> bool:
    return exchange.operation == "Token"


def _is_replay(exchange: ExchangeRecord) -> bool:
    return exchange.operation in CREATES and not any(map(made_by, exchange.events))


_NOW = (scenario, state_now, next_step)
_SPOILT = (state_met, scenario, changes, answers.from_scenario, state_now)

# fmt: off
#: In this order: the first that fits.
ANSWER_KINDS: tuple[AnswerKind, ...] = (
    AnswerKind("is not answered yet", lambda each: each.delivery is Delivery.PENDING, (state_met, scenario)),
    AnswerKind("was a call of the control API", lambda each: each.operation == CONTROL, (answers.control,)),
    AnswerKind("was answered by a fault", lambda each: each.is_spoilt, _SPOILT),
    AnswerKind("was not answered", lambda each: not each.status, (state_met, scenario, changes, state_now)),
    AnswerKind("failed", lambda each: each.status >= 500, (answers.message, state_met, changes, scenario)),
    AnswerKind("was refused", lambda each: each.refusal is not None, (refusal,)),
    AnswerKind("was refused", lambda each: each.status == 405, (answers.methods,)),
    AnswerKind("was refused", lambda each: each.status >= 400 and _is_token(each), (answers.token_refusal,)),
    AnswerKind("was refused", lambda each: each.status >= 400, (answers.message,)),
    AnswerKind("succeeded", _is_token, (answers.token,)),
    AnswerKind("was answered as before", _is_replay, (answers.replayed, state_met, *_NOW)),
    AnswerKind("succeeded", lambda each: bool(each.events), (state_met, changes, *_NOW)),
    AnswerKind("succeeded", lambda each: each.method == "GET", (state_met, answers.found, *_NOW)),
    AnswerKind("succeeded, changing nothing", lambda _: True, (state_met, unchanged, *_NOW)),
)
# fmt: on


def explain(call: ExplainedCall) -> CallExplanation:
    """Returns why a call was answered as it was."""
    kind = next(each for each in ANSWER_KINDS if each.fits(call.exchange))
    finders = (asked, details, *kind.finders, delivery)
    facts = _with_first_key(call, [fact for finder in finders for fact in finder(call)])
    facts.sort(key=lambda fact: list(ExplanationPart).index(fact.part))
    return CallExplanation(call.exchange.id, _title(call, kind), tuple(facts))


def _with_first_key(call: ExplainedCall, facts: list[Fact]) -> list[Fact]:
    """Returns facts that first advise the key of the first attempt, where this has another.

    A conflict mostly comes from the first attempt then, so what its rule advises would be wrong.
    """
    key, first = call.retried_with
    refused = Refusal[call.exchange.refusal].value if call.exchange.refusal else None
    is_settled = refused and refused.kind is not ErrorKind.CONFLICT
    if first is None or is_settled or (not refused and 400 <= call.exchange.status < 500):
        return facts
    if refused:
        facts = [
            each
            for each in facts
            if each.part is not ExplanationPart.ADVICE or each.sentence in _NAMES_KEY
        ]
    if any(each.sentence in _NAMES_KEY for each in facts):
        return facts
    # What has succeeded must not be sent once more under any key.
    if call.exchange.status < 400:
        return [Sentence.TWICE(key=key, first=first), *facts]
    return [Sentence.OTHER_KEY(key=key, first=first), *facts]


def _title(call: ExplainedCall, kind: AnswerKind) -> str:
    exchange = call.exchange
    is_known, is_pending = (
        exchange.operation in call.summaries,
        exchange.delivery is Delivery.PENDING,
    )
    is_cut = exchange.status and not exchange.seen_status
    is_refused = refusal in kind.finders and not is_cut
    values = {
        "id": exchange.id,
        "call": exchange.operation if is_known else f"{exchange.method} {exchange.path[:200]}",
        "outcome": kind.words,
        "status": None if is_pending else exchange.status or None,
        "code": exchange.code,
        "message": Refusal[exchange.refusal or ""].value.message if is_refused else None,
        "end": ", but the answer was cut off." if is_cut else ".",
    }
    return fill(TITLE, values)
