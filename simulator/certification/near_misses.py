"""Calls that a case could have begun with, had they not asked for a scenario of their own.

A case plays the customer itself, so a payment for which a scenario is asked counts for none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice, takewhile

from ..client import CaseState, UncountedCall
from ..journal.exchanges import ExchangeRecord, Journal
from ..scripting.scenario import case_of
from .status import CaseStatus, SessionStatus

#: So many of the newest calls are looked at.
LOOKED_AT = 1000
#: The header that asks for a scenario, and that of the client's version, in lower case.
ASKS = "x-simulator-scenario"
VERSION = "x-mobilepay-client-system-version"
#: The operations that may ask for one; the others take no notice of the header.
STARTERS = frozenset({"InitiatePayment", "PreparePayment"})


def with_near_misses(status: SessionStatus, journal: Journal) -> SessionStatus:
    """Returns the status of a session whose cases tell the newest such call.

    Args:
        status: the status, as it is without.
        journal: the calls that are kept.
    """
    session = status.session
    if not (session.is_open and session.usual_paths):
        return status
    missed = list(_asking(status, journal))
    if not missed:
        return status
    sections = tuple(
        replace(section, cases=tuple(_with_near_miss(case, missed) for case in section.cases))
        for section in status.sections
    )
    return replace(status, sections=sections)


def _asking(status: SessionStatus, journal: Journal) -> Iterator[ExchangeRecord]:
    """Yields the calls of a session's clients that counted for no case, since they asked for a
    scenario, newest first: those since a case was chosen and a call counted.

    A refused call did nothing that could have counted.
    """
    session = status.session
    counted = max((request for case in status.cases for request in case.requests), default=0)
    after = max(counted, session.calls_before)
    newest = islice(reversed(tuple(journal)), LOOKED_AT)
    for each in takewhile(lambda exchange: exchange.id > after, newest):
        is_refused = 400 <= each.status < 500
        if each.operation in STARTERS and not is_refused and each.header(ASKS):
            version = each.header(VERSION) or ""
            if session.covers(each.client_id or "", version, is_certifying=False):
                yield each


def _with_near_miss(case: CaseStatus, missed: Iterable[ExchangeRecord]) -> CaseStatus:
    if case.state is CaseState.PASSED:
        return case
    opening = case_of(case.scenario).opens_with.call
    for each in missed:
        if each.operation in opening:
            asked = each.header(ASKS) or ""
            return replace(case, near_miss=UncountedCall(each.id, each.operation, asked))
    return case
