"""The player: sends a bundle's calls in their order, each at its time, and compares the answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...journal.exchanges import CONTROL, LONGEST_BODY, ExchangeRecord
from ...sandboxes.bundles import Bundle
from ...scripting.fate import Delivery
from .calling import RecordedCalls
from .stages import HeldCall, ReplayResult, ReplayTarget

#: Their answers name the server, not what happened on it.
_OF_THE_SERVER = ("Discovery", "KeySet")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first call that was answered otherwise, and how."""

    exchange: ExchangeRecord
    lines: tuple[str, ...]


@dataclass(slots=True)
class Replayed:
    """What came of a replay: how many calls were made, which were left out, what differed."""

    count: int = 0
    left_out: list[str] = field(default_factory=list)
    difference: Difference | None = None


def replay(bundle: Bundle, stage: ReplayTarget) -> Replayed:
    """Plays a bundle until an answer differs, or to its end.

    Raises:
        BadBundle: an exchange is not right.
    """
    return _BundlePlayer(stage).play(bundle.calls())


class _BundlePlayer:
    def __init__(self, stage: ReplayTarget) -> None:
        self._stage = stage
        self._calls = RecordedCalls(stage)
        self._waiting: list[tuple[ExchangeRecord, HeldCall]] = []
        self._replayed = Replayed()

    def play(self, exchanges: list[ExchangeRecord]) -> Replayed:
        for exchange in exchanges:
            if self._finish_until(exchange.id) or self._begin(exchange):
                return self._replayed
        self._finish_until(None)
        return self._replayed

    def _begin(self, exchange: ExchangeRecord) -> bool:
        reason = _reason_to_leave_out(exchange)
        if reason is not None:
            self._replayed.left_out.append(f"request {exchange.id}: {reason}")
            return False
        self._stage.go_to(exchange.at)
        self._replayed.count += 1
        result = self._calls.make(exchange, may_wait=exchange.worked_after > 0)
        if isinstance(result, HeldCall):
            self._waiting.append((exchange, result))
            return False
        return self._differs(exchange, result)

    def _finish_until(self, number: int | None) -> bool:
        """Resumes the delayed calls that precede a call; returns whether an answer differs."""
        due = [each for each in self._waiting if number is None or each[0].worked_after < number]
        for exchange, waiting in sorted(due, key=lambda each: each[0].worked_after):
            self._waiting.remove((exchange, waiting))
            if exchange.worked_at is None:
                # It was never answered: nobody knows how.
                continue
            self._stage.go_to(exchange.worked_at)
            if self._differs(exchange, self._stage.finish(waiting)):
                return True
        return False

    def _differs(self, exchange: ExchangeRecord, result: ReplayResult) -> bool:
        self._calls.learn(exchange, result)
        lines = tuple(self._differences(exchange, result))
        if lines:
            self._replayed.difference = Difference(exchange, lines)
        return bool(lines)

    def _differences(self, exchange: ExchangeRecord, result: ReplayResult) -> Iterator[str]:
        # How long a client waits is its own affair.
        if exchange.delivery not in (result.delivery, Delivery.ABANDONED):
            yield f"delivery: was {exchange.delivery}, is {result.delivery}"
        if exchange.status != result.status and result.status:
            yield f"status: was {exchange.status}, is {result.status}"
        has_whole = Delivery.WHOLE is result.delivery and exchange.answer_size <= LONGEST_BODY
        is_told = exchange.operation not in (CONTROL, "Token", *_OF_THE_SERVER)
        if has_whole and is_told:
            found = self._calls.names.differences(exchange.answer_body, result.body)
            yield from map(str, found)


def _reason_to_leave_out(exchange: ExchangeRecord) -> str | None:
    if exchange.operation == CONTROL and exchange.method == "PUT" and "clock" in exchange.path:
        return "how fast time passed; each call is made at its time anyway"
    if exchange.body_size > LONGEST_BODY:
        return f"its body was larger than what is kept ({LONGEST_BODY} bytes)"
    return None
