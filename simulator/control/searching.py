"""Searches among payments and points of sale, of which a sandbox may have very many."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from .. import client
from ..api.answers import Response
from ..api.carried import work_aside
from ..api.context import Context
from ..engine.records import PaymentRecord, PointOfSaleRecord
from ..engine.time_limits import Watched, always
from ..engine.values import as_guid
from .long_work import in_time
from .serving import checked

#: A thread looks through more than so many for those that are asked for.
MOST_SEARCHED_AT_ONCE = 5_000

T = TypeVar("T", PaymentRecord, PointOfSaleRecord)


def search(
    context: Context,
    table: dict[str, T],
    query: client.PaymentsQuery | client.PointsOfSaleQuery,
    tests: Sequence[Callable[[T], bool]],
) -> list[T] | Response:
    """Returns the newest things that pass all tests, one more than are listed.

    Where there are many, a thread looks through a copy; what it finds is tested again, as it is
    by then.

    Args:
        context: the simulator's parts.
        table: all things by id, the newest last.
        query: how many are listed, and the id behind which they begin.
        tests: what a thing has to pass.

    Returns:
        503 where the simulator stops meanwhile.

    Raises:
        SimulatorError: there is no such id, or it takes too long.
    """
    before, most = checked_id("before", query.before), query.limit + 1

    def look(things: Iterable[T], may_go_on: Callable[[], None] = always) -> list[T]:
        behind = _behind(Watched(things, may_go_on), before)
        return list(islice((each for each in behind if _passes(each, tests)), most))

    if not tests or len(table) <= MOST_SEARCHED_AT_ONCE:
        return look(reversed(table.values()))
    copy = partial(look, tuple(reversed(table.values())))
    work = partial(in_time, context, copy, "the search", "search in a sandbox with less in it")
    found = work_aside(work, is_long=True)
    if isinstance(found, Response):
        return found
    present = (table[each.id] for each in found if each.id in table)
    return [each for each in present if _passes(each, tests)]


def _passes(thing: T, tests: Iterable[Callable[[T], bool]]) -> bool:
    return all(test(thing) for test in tests)


def _behind(things: Iterable[T], before: str) -> Iterator[T]:
    """Yields the things behind the one of an id; all of them where there is no id."""
    is_there = not before
    for each in things:
        if is_there:
            yield each
        elif each.id == before:
            is_there = True


def checked_id(name: str, text: str) -> str:
    """Returns the id in a parameter; empty where it has none.

    Raises:
        SimulatorError: it is no id.
    """
    return checked(name, as_guid, text) if text else ""
