"""The base of all expectations, and how a scenario file names them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from ..engine.states import PaymentState
from ..settings.documents import Node
from ..settings.nearest import nearest
from ..settings.shapes import LONGEST_SHOWN, ShapeReader, field_of
from . import synonyms
from .observed_calls import Observation, ObservedCall
from .run_record import ExpectationResult, RunRecord, RunVerdict
from .seen_calls import SeenCalls
from .value_kinds import PAYMENT, WORDS


@dataclass(frozen=True, kw_only=True)
class ClientExpectation:
    """Something that a correct client does."""

    word: ClassVar[str]
    #: What to do about a client that fails it; `advice` in the file is more specific.
    remedy: ClassVar[str] = ""
    #: The error code that belongs to it: its refusal is what the client has to deal with.
    expects: ClassVar[str] = ""
    #: What its JSON Schema says beside its fields.
    rules: ClassVar[Mapping[str, Any]] = {}

    payment: int | PaymentState | None = field_of(
        PAYMENT, "only this payment of the run, or only while it is in this state", default=None
    )
    step: str = field_of(WORDS, "its title in a certification", default="")
    advice: str = field_of(WORDS, "what to do about a client that fails it", default="")

    def result(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """Returns the result by what was observed until `now` of the payment that it names."""
        if self.payment is None:
            return self.judge(record, now)
        judged = self.judge(record.about(self.payment), now)
        is_state = isinstance(self.payment, PaymentState)
        which = (
            f"of a payment in the state {self.payment}"
            if is_state
            else f"of payment {self.payment}"
        )
        return replace(judged, expected=f"{judged.expected} ({which})")

    def advise(self, result: ExpectationResult, record: RunRecord) -> str:
        """Returns what to do about a client that failed it.

        Where something did not happen because the service refused a call, that is the remedy of
        the refusal: to repeat such a call would be wrong.

        Args:
            result: how it failed.
            record: what was observed.
        """
        is_missing = result.verdict is RunVerdict.UNFINISHED or result.is_overdue
        remedy = self._remedy_of_refusal(record) if is_missing else ""
        return remedy or self.situation(record) or self.advice or self.general_advice

    def _remedy_of_refusal(self, record: RunRecord) -> str:
        """Returns the remedy of the refusal at which the client stopped.

        That of its call, or of its last one where it did not get that far.
        """
        calls = record.of(*self.operations) or record.calls
        return calls[-1].remedy if calls and calls[-1].code != self.expects else ""

    @property
    def general_advice(self) -> str:
        """What to do about any client that fails it; for a call that has no key, without one."""
        return self.remedy

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of which it wants a call."""
        return ()

    def situation(self, record: RunRecord) -> str:
        """Returns what to do where a client that fails it has not come so far; else nothing."""
        return ""

    def judge(self, record: RunRecord, now: datetime) -> ExpectationResult:
        """Returns the result by what was observed until `now`."""
        raise NotImplementedError

    def mistake(self, sees: SeenCalls) -> tuple[str, str] | None:
        """Returns a field by which no client can meet it, and what would be right; or None.

        Args:
            sees: the calls that the runs of its scenario see.
        """
        return None


#: What was observed, as an expectation gives it: a call, words, or both.
Seen = str | ObservedCall | Observation
#: The fields of every expectation.
COMMON = ("payment", "step", "advice")

EXPECTATIONS: dict[str, type[ClientExpectation]] = {}
E = TypeVar("E", bound=ClientExpectation)


def expectation(word: str) -> Callable[[type[E]], type[E]]:
    """Registers a class as the expectation that scenario files call `word`."""

    def register(cls: type[E]) -> type[E]:
        cls.word = word
        EXPECTATIONS[word] = dataclass(frozen=True)(cls)
        return EXPECTATIONS[word]  # type: ignore[return-value]

    return register


def read_expectation(node: Node) -> ClientExpectation:
    """Reads an expectation: a mapping with the word of one expectation as a key."""
    items = node.items()
    words = [word for word in items if word in EXPECTATIONS]
    if len(words) != 1:
        key = next((word for word in items if word not in COMMON), "")
        hint = nearest(key, EXPECTATIONS, synonyms.EXPECTATIONS)
        example = "`- call: CapturePayment` or `- final_state: Captured`"
        instead = f" instead of {key[:LONGEST_SHOWN]!r}" if key and not words else ""
        raise node.problem(f"expected an expectation{instead}, such as {example}; {hint}")
    made: ClientExpectation = ShapeReader().shape(EXPECTATIONS[words[0]], node)
    return made


def unbroken_rule(text: str) -> ExpectationResult:
    """Returns the result of a rule that no call has broken yet."""
    return ExpectationResult(text, RunVerdict.UNFINISHED, must_happen=False)


def broken_rule(text: str, seen: Seen, exchange: int) -> ExpectationResult:
    """Returns the result of a rule that a call has broken."""
    return found(text, RunVerdict.FAILED, seen, exchange=exchange, must_happen=False)


def awaited(text: str, missing: str) -> ExpectationResult:
    """Returns the result of what has not happened yet; `missing` says what that is."""
    return found(text, RunVerdict.UNFINISHED, Observation(missing, is_awaited=True))


def found(text: str, verdict: RunVerdict, seen: Seen = "", **more: Any) -> ExpectationResult:
    """Returns a result; `more` are its other fields."""
    if isinstance(seen, ObservedCall):
        seen = Observation(call=seen)
    elif isinstance(seen, str):
        seen = Observation(seen)
    return ExpectationResult(text, verdict, seen, **more)
