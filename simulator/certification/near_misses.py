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
#: The header that asks for a scenario, in lower case.
ASKS = "x-simulator-scenario"


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
    """Yields a session's calls that asked for a scenario and counted for no case, newest first."""
    session = status.session
    counted = {request for case in status.cases for request in case.requests}
    newest = islice(reversed(tuple(journal)), LOOKED_AT)
    for each in takewhile(lambda exchange: exchange.at >= session.begun_at, newest):
        is_theirs = each.client_id in session.client_ids and each.id not in counted
        if is_theirs and each.header(ASKS):
            yield each


def _with_near_miss(case: CaseStatus, missed: Iterable[ExchangeRecord]) -> CaseStatus:
    if case.state is CaseState.PASSED:
        return case
    opening = case_of(case.scenario).opens_with.call
    counted = max(case.requests, default=0)
    for each in missed:
        if each.id > counted and each.operation in opening:
            asked = each.header(ASKS) or ""
            return replace(case, near_miss=UncountedCall(each.id, each.operation, asked))
    return case
