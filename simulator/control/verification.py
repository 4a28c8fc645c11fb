"""Verification over the control API: what the client is to have called, as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, missing, post_load, validate

from simulator.api.answers import Reply, json_answer
from simulator.api.context import Context
from simulator.api.pipeline import parse_json, sandbox_of, whole_body
from simulator.api.schemas.fields import WholeNumber, load
from simulator.control.schemas import ControlSchema
from simulator.engine.errors import Refusal, SimulatorError
from simulator.journal.matching import (
    Criterion,
    Matcher,
    TextPattern,
    read_criterion,
    read_pattern,
)
from simulator.journal.shown import plain
from simulator.journal.subsets import Wanted, read_wanted
from simulator.journal.verifying import Count, Verdict, verify, verify_order

__all__ = ["verify_calls"]

LARGEST = 64 * 1024
MOST_MATCHERS = 100
MOST_CALLS = 1_000_000
NOT_MET = 422

_NOTHING = "say which calls are meant: give operation, path, status, body or another matcher"


def verify_calls(context: Context) -> dict[str, Any] | Reply:
    """Whether the calls that are described were made; if not, what came near."""
    body = whole_body()
    if len(body) > LARGEST:
        raise SimulatorError(Refusal.BAD_REQUEST, f"the body is larger than {LARGEST} bytes")
    wanted: _Wanted = load(_Verification(), parse_json(body))
    journal = sandbox_of(context).journal
    if wanted.order:
        verdict = verify_order(journal, wanted.order, wanted.matcher, journal.dropped)
    else:
        verdict = verify(journal, wanted.matcher, wanted.count, journal.dropped)
    return _as_answer(verdict)


def _as_answer(verdict: Verdict) -> dict[str, Any] | Reply:
    found = {"matched": verdict.matched, "requests": list(verdict.requests)}
    if verdict.error is None:
        return found
    return json_answer(
        {"error": verdict.error, **found, "nearest": plain(verdict.nearest)}, NOT_MET
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One matcher with its count, or the matchers of an order and what they have in common."""

    matcher: Matcher
    count: Count
    order: tuple[Matcher, ...] = ()


class _Criterion(fields.Field[Criterion]):
    """What a filter of the journal is asked for; a number is as good as its digits."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Criterion:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValidationError("must be a text")
        try:
            return read_criterion(str(self.data_key), str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from error


class _Patterns(fields.Field[tuple[tuple[str, TextPattern], ...]]):
    """Patterns by the names of what they are for."""

    def __init__(self, *, ignores_case: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._ignores_case = ignores_case

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[str, TextPattern], ...]:
        if not isinstance(value, Mapping) or not value:
            raise ValidationError("must be an object of names and patterns")
        return tuple(self._read(name, each) for name, each in value.items())

    def _read(self, name: str, text: Any) -> tuple[str, TextPattern]:
        if not isinstance(text, str):
            raise ValidationError({name: ["must be a text, in which * and ? are wildcards"]})
        try:
            return name.lower() if self._ignores_case else name, read_pattern(text)
        except ValueError as error:
            raise ValidationError({name: [str(error)]}) from error


class _Body(fields.Field[Wanted]):
    """What a body holds at least; null is a value like any other."""

    def deserialize(self, value: Any, *arguments: Any, **options: Any) -> Any:
        """Returns what is expected of a body."""
        if value is missing:
            return super().deserialize(value, *arguments, **options)
        try:
            return read_wanted(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class _Count(fields.Field[Count]):
    """A number, or the least and the most."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Count:
        if isinstance(value, Mapping):
            count: Count = _Bounds().load(value)
            return count
        exactly = WholeNumber(least=0, most=MOST_CALLS).deserialize(value)
        return Count(exactly, exactly)


class _Bounds(ControlSchema):
    exactly = WholeNumber(least=0, most=MOST_CALLS)
    at_least = WholeNumber(least=0, most=MOST_CALLS)
    at_most = WholeNumber(least=0, most=MOST_CALLS)

    @post_load
    def _make(self, data: dict[str, int], **_: Any) -> Count:
        if "exactly" in data and len(data) == 1:
            return Count(data["exactly"], data["exactly"])
        if "exactly" in data or not data:
            raise ValidationError("give exactly, or atLeast and atMost, or one of these two")
        count = Count(data.get("at_least", 0), data.get("at_most"))
        if count.most is not None and count.most < count.least:
            raise ValidationError("atMost must not be less than atLeast")
        return count


class _MatcherSchema(ControlSchema):
    operation = _Criterion()
    method = _Criterion()
    path = _Criterion()
    status = _Criterion()
    code = _Criterion()
    payment_id = _Criterion()
    pos_id = _Criterion()
    since = _Criterion()
    query = _Patterns()
    headers = _Patterns(ignores_case=True)
    body = _Body()


class _OneOfSeveral(_MatcherSchema):
    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Matcher:
        matcher = _matcher(data)
        if matcher.is_empty:
            raise ValidationError(_NOTHING)
        return matcher


class _Verification(_MatcherSchema):
    count = _Count()
    in_order = fields.List(
        fields.Nested(_OneOfSeveral), validate=validate.Length(min=1, max=MOST_MATCHERS)
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> _Wanted:
        order, count = tuple(data.pop("in_order", ())), data.pop("count", None)
        if order and count is not None:
            raise ValidationError("goes with one kind of call, not with inOrder", "count")
        matcher = _matcher(data)
        if matcher.is_empty and not order:
            raise ValidationError(f"{_NOTHING}; or inOrder with a list of such")
        return _Wanted(matcher, count or Count(), order)


def _matcher(data: Mapping[str, Any]) -> Matcher:
    criteria = tuple(each for each in data.values() if isinstance(each, Criterion))
    rest = {name: each for name, each in data.items() if not isinstance(each, Criterion)}
    return Matcher(criteria=criteria, **rest)
