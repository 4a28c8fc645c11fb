"""How the query of a call is read: by the service, by explanations and by the audit alike."""

from collections.abc import Collection
from urllib.parse import parse_qsl

from ..engine.values import folded


def parse_query(query: str) -> list[tuple[str, str]]:
    """Returns the parameters of a query string, in their order, also those without a value."""
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def parameters_of(query: str) -> dict[str, str]:
    """Returns the parameters by folded name, the first of each; empty ones are left out."""
    found: dict[str, str] = {}
    for name, value in parse_query(query):
        found.setdefault(folded(name), value)
    return {name: value for name, value in found.items() if value}


def unknown_names(query: str, known: Collection[str]) -> list[str]:
    """Returns the names of parameters that an operation does not have, once each.

    Args:
        query: a query string.
        known: the names of the parameters that the operation has.
    """
    names = {folded(each) for each in known}
    return list(dict.fromkeys(name for name, _ in parse_query(query) if folded(name) not in names))
