"""Reads the parameters of a control call's URL: each once, whole numbers as people write them."""

import re
from collections.abc import Iterable
from functools import cache
from typing import get_args

import msgspec

from ..client.model import SEVERAL, Model
from .mistakes import mistake

_WHOLE = re.compile(r"-?[0-9]+").fullmatch


def url_texts(model: type[Model] | None, given: Iterable[tuple[str, list[str]]]) -> dict[str, str]:
    """Returns the parameters of a URL, of which an empty one counts as not there.

    Args:
        model: what is taken; None where nothing is.
        given: the texts of each parameter, by its name.

    Raises:
        SimulatorError: one is there twice that takes one value, or one is no whole number.
    """
    several, whole = _kinds_of(model) if model else (frozenset(), frozenset())
    found = {}
    for name, values in given:
        texts = [each for each in values if each]
        if len(texts) > 1 and name not in several:
            raise mistake(name[:60], "is there twice")
        # msgspec would read 1e2 and 5.0 as whole numbers.
        if texts and name in whole and not _WHOLE(texts[0]):
            raise mistake(name, f"expected a whole number, got {texts[0][:60]!r}")
        if texts:
            found[name] = ",".join(texts)
    return found


@cache
def _kinds_of(model: type[Model]) -> tuple[frozenset[str], frozenset[str]]:
    """Returns the names of a query's parameters with several values, and with whole numbers."""
    several, whole = set(), set()
    for each in msgspec.structs.fields(model):
        kind, *said = get_args(each.type) or (each.type,)
        if any(isinstance(it, msgspec.Meta) and it.extra == SEVERAL for it in said):
            several.add(each.encode_name)
        if kind is int:
            whole.add(each.encode_name)
    return frozenset(several), frozenset(whole)
