"""Verification: did the client make certain calls? Models and calls."""

from typing import Annotated, Any, TypedDict, Unpack

from msgspec import UNSET, Meta, convert

from .calling import understanding
from .errors import ControlError, Nearest, VerificationFailed
from .exchanges import CallFilters, ExchangeCalls
from .model import Input, Model

Number = Annotated[int, Meta(ge=0, le=1_000_000)]
Patterns = Annotated[dict[str, str], Meta(min_length=1)]


class Matcher(CallFilters, frozen=True):
    """A description of exchanges; all that is given must fit.

    In patterns * is any text and ? any character. The fields of the journal's filters are as there:
    `status` such as 409, `4xx`, or 0 for answers that were cut off; `since` later than the exchange
    of this id, or from this time of the sandbox on; `struck` whether a fault of the whole sandbox
    was injected.

    Args:
        query: patterns for the query's parameters, by name.
        headers: patterns for the request's headers, by name.
        body: what the request's body has at least.
    """

    query: Annotated[Patterns | None, Meta(description="patterns by parameter")] = None
    headers: Annotated[
        Patterns | None, Meta(description="patterns by header, names without regard to case")
    ] = None
    body: Annotated[
        Any, Meta(description="what a body holds at least; of a form, its fields as texts")
    ] = UNSET


class AllowedCounts(Input, frozen=True):
    """How many calls there must be: `exactly`, or `at_least`, `at_most`, or both of these."""

    exactly: Number | None = None
    at_least: Number | None = None
    at_most: Number | None = None


class Verification(Matcher, frozen=True):
    """Which calls must have been made: those of one matcher, or of several in their order.

    Without `count` it is once or more. Beside `in_order`, the matcher holds for all of the order.
    """

    count: Annotated[
        Number | AllowedCounts | None, Meta(description="how often; without it, once or more")
    ] = None
    in_order: Annotated[
        Annotated[tuple[Matcher, ...], Meta(min_length=1, max_length=100)] | None,
        Meta(description="one call after the other, others between them; without `count`"),
    ] = None


class Verified(Model, frozen=True):
    """The exchanges that fit: how many, and their ids."""

    matched: int
    requests: tuple[int, ...] = ()


class NotVerified(Model, frozen=True):
    """A verification that failed: what came instead, and the nearest exchanges."""

    error: str
    matched: int = 0
    requests: tuple[int, ...] = ()
    nearest: tuple[Nearest, ...] = ()


class Count(TypedDict, total=False):
    """How many there must be: exactly `count`, `at_least` so many, `at_most` so many.

    Args:
        count: exactly how many calls must fit.
        at_least: how many must fit at least; can be combined with `at_most`.
        at_most: how many may fit at most.
    """

    count: int
    at_least: int
    at_most: int


class VerificationCalls(ExchangeCalls):
    """The calls that verify others."""

    def verify(self, matcher: str | Matcher, **bounds: Unpack[Count]) -> Verified:
        """Returns the exchanges that fit, of which there must be so many, by default one or more.

        Args:
            matcher: an operation, or a closer description.
            bounds: how many there must be.

        Raises:
            VerificationFailed: there are not; it shows the nearest.
        """
        least, most = bounds.get("at_least"), bounds.get("at_most")
        counts = AllowedCounts(bounds.get("count"), least, most) if bounds else None
        return self._verified(Verification(**_fields(matcher), count=counts))

    def verify_in_order(self, *matchers: str | Matcher) -> Verified:
        """Returns exchanges that fit the matchers one after the other, with others between them.

        Args:
            matchers: operations, or closer descriptions, in their order.

        Raises:
            VerificationFailed: there are none; it shows the nearest.
        """
        wanted = tuple(Matcher(**_fields(each)) for each in matchers)
        return self._verified(Verification(in_order=wanted))

    def _verified(self, wanted: Verification) -> Verified:
        try:
            return self.call(Verified, "POST", "/verify", body=wanted)
        except ControlError as error:
            if error.status != 422:
                raise
            # What failed is the client under test, not the call.
            raise self._failed(error) from None

    def _failed(self, error: ControlError) -> VerificationFailed:
        with understanding(error.call):
            told = convert(error.details, NotVerified)
        shown = {each.id: str(self.request(each.id)) for each in told.nearest}
        return VerificationFailed(told.error, told.matched, told.nearest, shown)


def _fields(matcher: str | Matcher) -> dict[str, Any]:
    if isinstance(matcher, str):
        return {"operation": matcher}
    return {name: getattr(matcher, name) for name in matcher.__struct_fields__}
