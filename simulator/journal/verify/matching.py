"""Matchers: which exchanges are expected, and how other exchanges differ from them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from ..exchanges import CONTROL, FORM, ExchangeRecord
from ..filters import FILTERS, Test
from ..masking import JWT, holds_secret
from ..patterns import pattern
from ..secret_fields import MASK, names_secret, without_secrets
from .subsets import MISSING, BodyMatcher

#: How much being another call than the expected one adds to the distance of an exchange.
ANOTHER_CALL = 10
#: So much of a value is shown: a call with the beginnings of its path and its two bodies.
LONGEST_SHOWN = 350
#: So much of a secret is no word of its own.
_TELLING = 8
_CALL = ("operation", "method", "path")
_FILTERS = {each.name: each for each in FILTERS}
#: What a header's name and a parameter's name are made of, and what no header's value has.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_PARAMETER_NAME = re.compile(r"[^?&=#]+").fullmatch
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search


@dataclass(frozen=True, slots=True)
class Criterion:
    """A filter of the journal, and the text that it was given."""

    name: str
    text: str
    test: Test
    value: Callable[[ExchangeRecord], Any]

    def __str__(self) -> str:
        return f"later than {self.text}" if self.name == "since" else self.text


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A pattern with * and ?."""

    text: str
    fits: Callable[[str], bool]


def read_criterion(name: str, text: str) -> Criterion:
    """Returns a criterion for a filter of the journal.

    Args:
        name: the filter's name.
        text: what it is given.

    Raises:
        ValueError: the text is invalid.
    """
    found = _FILTERS[name]
    return Criterion(name, text, found.test(text), found.value)


def read_pattern(text: str) -> TextPattern:
    """Returns a text as a pattern.

    Raises:
        ValueError: it is empty or too long.
    """
    return TextPattern(text, pattern(text))


def check_header(name: str, text: str) -> None:
    """Refuses what no header can have, since none would always be found.

    Args:
        name: the header's name in lower case.
        text: the pattern of its value.

    Raises:
        ValueError: there is no such header.
    """
    if _HEADER_NAME(name) is None:
        raise ValueError("no header has such a name; expected one such as user-agent")
    if text != text.strip() or _CONTROL_CHARACTER(text):
        blanks = "values have no blanks around them, and no control characters"
        raise ValueError(f"no header has the value {text[:20]!r}; {blanks}")
    if text and holds_secret(name) and "*" not in text:
        raise ValueError("is kept masked; give a pattern such as * or 'Bearer *'")


def check_parameter(name: str, text: str) -> None:
    """Refuses what no parameter of a query can have, since none would always be found.

    Args:
        name: the parameter's name.
        text: the pattern of its value.

    Raises:
        ValueError: there is no such parameter.
    """
    if _PARAMETER_NAME(name) is None:
        raise ValueError("no parameter has such a name; expected one such as orderId")
    if text and names_secret(name) and not pattern(text)(MASK):
        raise ValueError(f"is kept masked; expect {MASK!r}")


def check_search(text: str, secrets: Iterable[str]) -> None:
    """Refuses a text that is masked wherever a secret belongs, since none would always be found.

    Args:
        text: what is searched for.
        secrets: the secrets of the clients that are known.

    Raises:
        ValueError: it is one or a part of one, a token, or a secret field with its secret.
    """
    wanted = text.casefold()
    written = text.encode("utf-8", "surrogatepass")
    # What ends in front of a secret, or with its mask, may be searched for.
    has_field = not without_secrets(written).startswith(written)
    is_secret = any(
        wanted in each.casefold() and (len(text) >= _TELLING or len(text) == len(each))
        for each in secrets
    )
    if has_field or is_secret or JWT.search(text):
        raise ValueError(f"is kept masked; search for what is kept, such as client_secret={MASK}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMatcher:
    """Which exchanges are expected; an exchange must match everything that is given.

    Args:
        criteria: filters of the journal.
        query: patterns for query parameters, by name.
        headers: patterns for request headers, by name in lower case.
        body: what the request's body must contain.
    """

    criteria: tuple[Criterion, ...] = ()
    query: tuple[tuple[str, TextPattern], ...] = ()
    headers: tuple[tuple[str, TextPattern], ...] = ()
    body: BodyMatcher | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it matches everything."""
        return not (self.criteria or self.query or self.headers or self.body)

    @property
    def asks_only_for_a_call(self) -> bool:
        """Whether it names only an operation, a method or a path."""
        has_more = self.query or self.headers or self.body
        return not has_more and all(each.name in _CALL for each in self.criteria)

    def asked(self, name: str) -> str | None:
        """Returns the text that a filter was given, or None."""
        return next((each.text for each in self.criteria if each.name == name), None)

    @property
    def wants_control(self) -> bool:
        """Whether calls of the control API are considered too, since they are named."""
        return self.asked("operation") == CONTROL

    def may_mean(self, exchange: ExchangeRecord) -> bool:
        """Whether an exchange is considered at all."""
        return exchange.is_clients or self.wants_control

    def fits(self, exchange: ExchangeRecord) -> bool:
        """Whether an exchange is one of the expected."""
        return self.may_mean(exchange) and next(self._differences(exchange), None) is None

    def differences(self, exchange: ExchangeRecord) -> list[str]:
        """Returns how an exchange differs, a line for each difference."""
        return [text for _, text in self._differences(exchange)]

    def distance(self, exchange: ExchangeRecord) -> int:
        """Returns how far an exchange is from the expected ones."""
        return sum(weight for weight, _ in self._differences(exchange))

    def _differences(self, exchange: ExchangeRecord) -> Iterator[tuple[int, str]]:
        for each in self.criteria:
            if not each.test(exchange):
                weight = ANOTHER_CALL if each.name in _CALL else 1
                got = each.value(exchange)
                shown = "none" if got is None else str(got)[:LONGEST_SHOWN]
                yield weight, f"{each.name}: expected {each}, got {shown}"
        sent = parse_qsl(exchange.query, keep_blank_values=True) if self.query else ()
        yield from _misfits("query", self.query, sent)
        yield from _misfits("headers", self.headers, exchange.headers)
        if self.body is not None:
            for text in self.body.differences(_body_of(exchange), "body"):
                yield 1, text


def _misfits(
    what: str, patterns: Iterable[tuple[str, TextPattern]], sent: Iterable[tuple[str, str]]
) -> Iterator[tuple[int, str]]:
    sent = tuple(sent)
    for name, wanted in patterns:
        values = [value for each, value in sent if each == name]
        if not any(wanted.fits(each) for each in values):
            got = f"got {', '.join(values)[:100]!r}" if values else "but it was not sent"
            yield 1, f"{what}.{name}: expected {wanted.text!r}, {got}"


def _body_of(exchange: ExchangeRecord) -> Any:
    """Returns the body as a JSON value; a form as an object of texts."""
    if not exchange.body:
        return MISSING
    media_type = (exchange.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != FORM:
        return exchange.exact_json
    fields: Mapping[str, str] = dict(parse_qsl(exchange.body.decode("utf-8", "replace"), True))
    return fields
