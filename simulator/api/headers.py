"""THE HEADER RULES: one row a header, for all operations. Table order is the order of checks.

Source: section 3 of the service's documentation. An empty header counts as a missing one (decided).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache

from ..engine.errors import SimulatorError
from ..engine.refusals import Refusal
from ..engine.values import as_client_version, as_name, as_vat
from .request import Headers


class Need(Enum):
    """When a header has to be there."""

    ALWAYS = "always"
    WITHOUT_MERCHANT_CLAIM = "when the token names no merchant"
    TO_CREATE = "on the four creating POSTs"
    OLD_CLIENTS_ONLY = "with --require-system-name"


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """One header: when it is needed, what it looks like, and its three refusals."""

    header: str
    need: Need
    parse: Callable[[str], str]
    missing: Refusal
    duplicated: Refusal
    invalid: Refusal
    description: str


HEADER_RULES = (
    HeaderRule(
        "x-mobilepay-merchant-vat-number",
        Need.WITHOUT_MERCHANT_CLAIM,
        as_vat,
        Refusal.VAT_MISSING,
        Refusal.VAT_DUPLICATED,
        Refusal.VAT_INVALID,
        "The merchant the call is for: DK or FI and 8 digits. Not needed with a merchant's token.",
    ),
    HeaderRule(
        "x-mobilepay-client-system-version",
        Need.ALWAYS,
        as_client_version,
        Refusal.SYSTEM_VERSION_MISSING,
        Refusal.SYSTEM_VERSION_DUPLICATED,
        Refusal.SYSTEM_VERSION_INVALID,
        "The client's version: Major.Minor.Build.",
    ),
    HeaderRule(
        "x-mobilepay-client-system-name",
        Need.OLD_CLIENTS_ONLY,
        as_name,
        Refusal.SYSTEM_NAME_MISSING,
        Refusal.SYSTEM_NAME_DUPLICATED,
        Refusal.SYSTEM_NAME_INVALID,
        "The client's name; not needed since March 2020.",
    ),
    HeaderRule(
        "x-mobilepay-idempotency-key",
        Need.TO_CREATE,
        as_name,
        Refusal.KEY_MISSING,
        Refusal.KEY_DUPLICATED,
        Refusal.KEY_INVALID,
        "The same key and the same request again make nothing new.",
    ),
)


def check_headers(headers: Headers, needs: frozenset[Need]) -> dict[str, str]:
    """Returns the valid headers of the table by name.

    Args:
        headers: what came.
        needs: which needs this call has.

    Raises:
        SimulatorError: the first rule that is broken, in table order.
    """
    found: dict[str, str] = {}
    for rule, is_needed in _rules_for(needs):
        if rule.header in headers.repeated:
            raise SimulatorError(rule.duplicated)
        value = headers.get(rule.header)
        if value:
            try:
                found[rule.header] = rule.parse(value)
            except ValueError as error:
                raise SimulatorError(rule.invalid, str(error)) from error
        elif is_needed:
            raise SimulatorError(rule.missing)
    return found


@cache
def _rules_for(needs: frozenset[Need]) -> tuple[tuple[HeaderRule, bool], ...]:
    """Returns the rules that are looked at, and whether each header has to be there."""
    return tuple(
        (rule, rule.need in needs)
        for rule in HEADER_RULES
        if rule.need is not Need.TO_CREATE or Need.TO_CREATE in needs
    )
