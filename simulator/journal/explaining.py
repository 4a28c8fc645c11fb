"""Explanations: why a call was answered as it was, in plain English.

THE KINDS OF ANSWERS are a table: the first row whose test fits says what is told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from textwrap import TextWrapper
from typing import NamedTuple

from simulator.engine.errors import Refusal
from simulator.journal.exchanges import CONTROL, KEY, Delivery
from simulator.journal.explaining_answers import (
    explain_change,
    explain_control,
    explain_failure,
    explain_other,
    explain_other_method,
    explain_pending,
    explain_reading,
    explain_replay,
    explain_spoilt,
    explain_token,
    explain_token_refusal,
    explain_unchanged,
)
from simulator.journal.explaining_past import made_by
from simulator.journal.explaining_refusals import explain_refusal
from simulator.journal.explaining_scenario import cut_off, is_spoilt
from simulator.journal.explaining_scene import Explainer, Paragraph, Part, Scene
from simulator.journal.explaining_words import (
    body_in_words,
    creates,
    moment,
    sentence,
    shortened,
)

__all__ = ["KINDS", "Explanation", "Kind", "explain"]

_LINES = TextWrapper(
    width=100,
    initial_indent="  - ",
    subsequent_indent="    ",
    break_long_words=False,
    break_on_hyphens=False,
)
_HEADINGS = {
    Part.REQUEST: "What was asked",
    Part.ANSWER: "What was answered",
    Part.RULE: "Why",
    Part.STATE: "What the call met",
    Part.SCENARIO: "The scenario",
    Part.ADVICE: "What to do",
}
_ORDER = list(Part)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a call was answered as it was.

    Args:
        id: the exchange's.
        title: what was called and answered, in a line.
        paragraphs: the rest, in the order in which it is best read.
    """

    id: int
    title: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        """The whole of it, for people: each part under its name."""
        lines = [self.title]
        for part, paragraphs in groupby(self.paragraphs, key=lambda each: each.part):
            lines += ["", f"{_HEADINGS[part]}:"]
            for each in paragraphs:
                lines += _LINES.wrap(each.text)
        return "\n".join(lines) + "\n"


class Kind(NamedTuple):
    """One row: its name, which answers it is about, and what is told of them."""

    name: str
    fits: Callable[[Scene], bool]
    explain: Explainer


def _is_other_method(scene: Scene) -> bool:
    return scene.exchange.status == 405


def _is_failure(scene: Scene) -> bool:
    return scene.exchange.status >= 500


def _is_error(scene: Scene) -> bool:
    return scene.exchange.status >= 400


def _is_pending(scene: Scene) -> bool:
    return scene.exchange.delivery is Delivery.PENDING


def _is_control(scene: Scene) -> bool:
    return scene.exchange.operation == CONTROL


def _is_refusal(scene: Scene) -> bool:
    return scene.exchange.refusal is not None


def _is_token(scene: Scene) -> bool:
    return scene.exchange.operation == "Token"


def _is_token_refusal(scene: Scene) -> bool:
    return _is_token(scene) and _is_error(scene)


def _is_replay(scene: Scene) -> bool:
    exchange = scene.exchange
    return creates(exchange) and not any(map(made_by, exchange.events))


def _has_changes(scene: Scene) -> bool:
    return bool(scene.exchange.events)


def _is_reading(scene: Scene) -> bool:
    return scene.exchange.method == "GET"


def _always(_: Scene) -> bool:
    return True


# fmt: off
#: In this order: the first that fits.
KINDS: tuple[Kind, ...] = (
    Kind("is not answered yet",         _is_pending,       explain_pending),
    Kind("of the control API",          _is_control,       explain_control),
    Kind("was answered by a scenario",  is_spoilt,         explain_spoilt),
    Kind("failed",                      _is_failure,       explain_failure),
    Kind("was refused",                 _is_refusal,       explain_refusal),
    Kind("was refused",                 _is_other_method,  explain_other_method),
    Kind("was refused",                 _is_token_refusal, explain_token_refusal),
    Kind("was refused",                 _is_error,         explain_other),
    Kind("succeeded",                   _is_token,         explain_token),
    Kind("was answered as before",      _is_replay,        explain_replay),
    Kind("succeeded",                   _has_changes,      explain_change),
    Kind("succeeded",                   _is_reading,       explain_reading),
    Kind("succeeded, changing nothing", _always,           explain_unchanged),
)
# fmt: on


def explain(scene: Scene) -> Explanation:
    """Returns why a call was answered as it was."""
    kind = next(each for each in KINDS if each.fits(scene))
    paragraphs = [_asked(scene), *_answered(scene), *kind.explain(scene), *cut_off(scene)]
    paragraphs.sort(key=lambda each: _ORDER.index(each.part))
    return Explanation(scene.exchange.id, _title(scene, kind), tuple(paragraphs))


def _title(scene: Scene, kind: Kind) -> str:
    exchange = scene.exchange
    if kind.explain is explain_pending:
        return f"Request {exchange.id}: {scene.call} {kind.name}."
    status = f"{exchange.status}, code {exchange.code}" if exchange.code else str(exchange.status)
    after = "."
    if exchange.seen_status == 0:
        after = ", but the answer was cut off."
    elif exchange.refusal and kind.explain is explain_refusal:
        after = f": {Refusal[exchange.refusal].value.message}"
    return f"Request {exchange.id}: {scene.call} {kind.name} ({status}){after}"


def _asked(scene: Scene) -> Paragraph:
    exchange = scene.exchange
    who = "somebody"
    if exchange.client_id:
        merchant = f" for the merchant {exchange.merchant}" if exchange.merchant else ""
        who = f"the integrator {exchange.client_id}{merchant}"
    summary = scene.summaries.get(exchange.operation or "")
    wish = f"asked to {summary[:1].lower()}{summary[1:]}" if summary else "called"
    target = f"{exchange.path}?{exchange.query}" if exchange.query else exchange.path
    key = exchange.header(KEY) if creates(exchange) else None
    with_key = f", with the idempotency key {key!r}" if key else ""
    body = f", with the body {body_in_words(exchange)}" if exchange.body else ""
    called = f"{exchange.method} {shortened(target)}{with_key}{body}"
    return Paragraph(Part.REQUEST, f"At {moment(exchange.at)}, {who} {wish}: {called}.")


def _answered(scene: Scene) -> Iterator[Paragraph]:
    exchange = scene.exchange
    if exchange.detail and exchange.refusal:
        yield Paragraph(Part.ANSWER, f"In detail: {sentence(exchange.detail, capital=False)}")
    if exchange.worked_at is not None and exchange.worked_at > exchange.at:
        text = f"A scenario kept the call: its work was done at {scene.at(exchange.worked_at)}."
        yield Paragraph(Part.ANSWER, text)
