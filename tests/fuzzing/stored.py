"""Edits of what is stored, with right checksums."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.support import snapshot_checksum

Document = dict[str, Any]
Place = tuple[Any, ...]

#: What is tried in the place of a value.
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1, 3, 10**9, 10**12, -(10**12), 2**63 - 1, 2**64, 1e308, -1e308, 0.5, "", " ", "0", "-1",
    "1e999999", "NaN", "-0.01", "1E+400", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2024-01-31T12:00:00",
    "P99999999D", "-P1D", "PT1E9S", "Reserved", "Captured", "Prepared", "EUR", "FI12345678", "XX", "DK1", "../../etc/passwd",
    "\x00\n\r", "x" * 3000, [], {}, [1, 2, 3], ["a"], {"a": 1}, "R999999", "C999999999999",
    "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "file:///etc/passwd",
)  # fmt: skip


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Where something stands in a document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def editable(document: Mapping[str, Any]) -> list[Place]:
    """Where something can be edited; of numbers without end, such as a generator's, a few."""
    found = {each: document[each] for each in ("position", "parts")}
    return [each for each in places(found) if len(each) > 1 and _is_early(each)]


def _is_early(place: Place) -> bool:
    return not any(isinstance(each, int) and each > 40 for each in place[3:])


#: No list of a document is longer.
MOST = 10_000

Choose = Callable[[int], int]


def edited(document: Document, where: list[Place], choose: Choose) -> Document:
    """Returns a document in which one to three places were edited, with a right checksum.

    Args:
        choose: returns a number below another.
    """
    changed = changed_by({each: document[each] for each in ("position", "parts")}, where, choose)
    contents = [json.dumps(changed[each]).encode() for each in ("position", "parts")]
    return {**document, **changed, "checksum": snapshot_checksum(*contents)}


def changed_by(document: Any, where: list[Place], choose: Choose) -> Any:
    """Returns a JSON value in which one to three places were edited."""
    changed = [copy.deepcopy(document)]
    for _ in range(1 + choose(3)):
        _edit(changed, [(0, *each) for each in where], choose)
    return changed[0] if changed else None


def _edit(changed: list[Any], where: list[Place], choose: Choose) -> None:
    # As many draws whatever there is: what is thrown follows from them alone.
    place, way, number = choose(len(where)), choose(6), choose(MOST)
    *path, last = where[place]
    target: Any = changed
    try:
        for key in path:
            target = target[key]
        before = target[last]
        if way == 0:
            del target[last]
        elif way == 1 and isinstance(target, list):
            target.insert(number % (len(target) + 1), copy.deepcopy(before))
        elif way == 2 and isinstance(target, list):
            target.insert(number % len(target), target.pop(last))
        elif way == 3 and isinstance(before, str) and before:
            target[last] = before[:-1] + "0123456789abcdef"[number % 16]
        else:
            target[last] = copy.deepcopy(ODD[number % len(ODD)])
    except (LookupError, TypeError):
        return  # an edit before this one took the place away
