"""The comparison: each recorded call is made again, at its time, and its answer is compared."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from ...engine.values import show_duration
from ...journal.exchanges import ExchangeRecord
from ..replay.calling import RecordedCalls
from ..replay.comparing import BodyDifference, ComparisonRules, DifferenceKind
from ..replay.stages import HeldCall, ReplayResult, ReplayTarget
from .backstage import Backstage
from .beforehand import first_holder
from .customers import Inference, InferredCustomers
from .earlier import EarlierThings, states_shown
from .har import HttpRecording, RecordedCall
from .lengths import lengths_shown
from .outlook import Outlook
from .shops import InferredStores
from .unseen import UnseenEndings

#: Fields whose values each service chooses by itself. Their types and forms are compared.
FREE_FIELDS = frozenset(
    {"message", "correlationId", "access_token", "customerToken", "customerReceiptToken"}
    | {"loyaltyIds", "pollDelayInMs", "paymentExpiresAt"}
    | {"storeName", "storeStreet", "storeZipCode", "storeCity", "brandName"}
)
#: Fields that come some time after a check-in; that they are there sooner is no difference.
_LOOKED_UP = frozenset({"loyaltyIds", "customerReceiptToken"})
#: Discovery names the server: of its values only types and forms are compared.
_OF_THE_SERVER = ("Discovery", "KeySet")


@dataclass(frozen=True, slots=True)
class ComparedCall:
    """What came of one call.

    Args:
        call: the recorded one.
        status: what it was answered here; None where it was not made.
        differences: in what the answers differ.
        left_out: why the answers were not compared; None if they were.
        note: what of the answer could not be compared; None if all was.
    """

    call: RecordedCall
    status: int | None = None
    differences: tuple[BodyDifference, ...] = ()
    left_out: str | None = None
    note: str | None = None


@dataclass(slots=True)
class ComparedRecording:
    """What came of a recording.

    Args:
        name: the file's.
        target: where the calls were made.
        others: how many entries of the file are no calls of the service, by what they are.
        calls: what came of each call.
        inferences: what was done between the calls, since the recording shows it.
    """

    name: str
    target: str
    others: dict[str, int]
    calls: list[ComparedCall] = field(default_factory=list)
    inferences: list[Inference] = field(default_factory=list)

    @property
    def compared(self) -> list[ComparedCall]:
        """The calls whose answers were compared."""
        return [each for each in self.calls if each.left_out is None]

    @property
    def different(self) -> list[ComparedCall]:
        """The calls whose answers differ."""
        return [each for each in self.calls if each.differences]


def compare(
    recording: HttpRecording, target: ReplayTarget, name: str, where: str
) -> ComparedRecording:
    """Makes all calls of a recording again, and compares the answers.

    Args:
        recording: with credentials.
        target: a fresh sandbox, whose time is that of the first call.
        name: what the recording is called in reports.
        where: what the target is called in reports.

    Raises:
        TargetProblem: the target doesn't answer.
    """
    compared = ComparedRecording(name, where, recording.others)
    for rule, length in lengths_shown(recording).items():
        what = f"{rule} is {show_duration(length)}"
        compared.inferences.append(Inference(0, what, "recorded queries show that it was"))
    _Comparer(recording, target, compared).run()
    return _without_secrets(compared, recording.secrets.scrub)


def _without_secrets(compared: ComparedRecording, scrub: Callable[[str], str]) -> ComparedRecording:
    """Returns the same with nothing secret in what is shown of it."""
    return replace(
        compared,
        calls=[_shown_call(each, scrub) for each in compared.calls],
        inferences=[
            replace(each, what=scrub(each.what), why=scrub(each.why))
            for each in compared.inferences
        ],
    )


def _shown_call(compared: ComparedCall, scrub: Callable[[str], str]) -> ComparedCall:
    exchange = compared.call.exchange
    shown = replace(exchange, path=scrub(exchange.path), method=scrub(exchange.method))
    differences = tuple(
        replace(
            each,
            place=scrub(each.place),
            recorded=scrub(each.recorded),
            answered=scrub(each.answered),
        )
        for each in compared.differences
    )
    left_out = None if compared.left_out is None else scrub(compared.left_out)
    call = replace(compared.call, exchange=shown)
    return replace(compared, call=call, differences=differences, left_out=left_out)


class _Comparer:
    def __init__(
        self, recording: HttpRecording, target: ReplayTarget, compared: ComparedRecording
    ) -> None:
        self._recording = recording
        self._target = target
        self._compared = compared
        self._calls = RecordedCalls(target)
        self._rules = ComparisonRules(
            later=_LOOKED_UP,
            free=FREE_FIELDS,
            are_forms_compared=True,
            hide=recording.secrets.scrub,
        )
        self._backstage = Backstage(target, first_holder(recording))
        names, outlook, noted = self._calls.names, Outlook(recording.calls), compared.inferences
        self._customers = InferredCustomers(self._backstage, names, outlook, noted)
        self._unseen = UnseenEndings(self._backstage, self._customers, names, outlook)
        self._stores = InferredStores(self._backstage, names, noted)
        self._earlier = EarlierThings(self._backstage, names, outlook, self._make_again, noted)

    def run(self) -> None:
        for call in self._recording.calls:
            self._compared.calls.append(self._compare(call))

    def _compare(self, call: RecordedCall) -> ComparedCall:
        exchange = call.exchange
        if call.left_out is not None:
            return ComparedCall(call, left_out=call.left_out)
        if call.failure is not None:
            self._earlier.lost(call)
            return ComparedCall(call, left_out=call.failure)
        self._earlier.made_again(exchange)
        if (reason := self._earlier.provide(exchange)) is not None:
            return ComparedCall(call, left_out=reason)
        self._customers.act_before(exchange)
        self._unseen.act_before(exchange)
        self._stores.act_before(exchange)
        self._target.go_to(exchange.at)
        shown = states_shown(exchange, self._customers, self._backstage, self._calls.names)
        self._earlier.do_lost_work(exchange, chain(shown, self._unseen.ended_by_client(exchange)))
        self._customers.act_at(exchange)
        self._unseen.act_at(exchange)
        result = self._make(exchange)
        differences = tuple(self._differences(call, result))
        note = None if call.has_answer_body else "the recording does not hold the answer's body"
        return ComparedCall(call, result.status, differences, note=note)

    def _make(self, exchange: ExchangeRecord) -> ReplayResult:
        result = self._calls.make(exchange, may_wait=False)
        if isinstance(result, HeldCall):
            result = self._target.finish(result)
        self._calls.learn(exchange, result)
        if result.status == 200:
            self._unseen.note_made(exchange)
        return result

    def _make_again(self, exchange: ExchangeRecord) -> dict[str, Any]:
        """Makes a call whose answer was lost, and returns the fields of the one it gets here."""
        body = self._make(exchange).body
        answer = json.loads(body) if body.startswith(b"{") else None
        return answer if isinstance(answer, dict) else {}

    def _differences(self, call: RecordedCall, result: ReplayResult) -> Iterator[BodyDifference]:
        exchange = call.exchange
        if exchange.status != result.status:
            statuses = str(exchange.status), str(result.status)
            yield BodyDifference(DifferenceKind.STATUS, "status", *statuses)
        if not call.has_answer_body:
            return
        is_both = bool(exchange.answer_body and result.body)
        kinds = [_media_type(each) for each in (call.media_type, result.media_type)]
        if is_both and call.media_type and kinds[0] != kinds[1]:
            yield BodyDifference(DifferenceKind.FORMAT, "content-type", *kinds)
        names, rules = self._calls.names, self._rules
        found = names.differences(exchange.answer_body, result.body, rules)
        for each in found:
            if exchange.operation in _OF_THE_SERVER and each.kind is DifferenceKind.VALUE:
                continue
            is_code = each.place == "body.code" and each.kind is DifferenceKind.VALUE
            yield replace(each, kind=DifferenceKind.CODE) if is_code else each


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
