"""Verification in process: what a server's journal rarely holds."""

from mobilepay_simulator.journal.exchanges import CONTROL, ExchangeRecord, Journal
from mobilepay_simulator.journal.verify.matching import CallMatcher, read_criterion, read_pattern
from mobilepay_simulator.journal.verify.verification import (
    MOST_SHOWN,
    RequiredCount,
    verify,
    verify_order,
)
from mobilepay_simulator.scripting.fate import Delivery


def journal(*operations: str, size: int = 100_000) -> Journal:
    kept = Journal(size)
    for each in operations:
        kept.add(
            ExchangeRecord(
                method="POST", path="/x", query="", headers=(), real_at=0.0,
                operation=each, status=200, delivery=Delivery.WHOLE,
            )
        )  # fmt: skip
    return kept


def matcher(operation: str) -> CallMatcher:
    return CallMatcher(criteria=(read_criterion("operation", operation),))


def test_what_is_not_kept_any_more_is_told_where_something_is_missing() -> None:
    kept = journal("Token", "GetStores", "GetStores", size=2)
    verdict = verify(kept, matcher("Token"), RequiredCount(), kept.dropped)
    assert verdict.error == (
        "expected Token at least once, but it was never called "
        "(the journal has dropped 1 older request; see --journal-size)"
    )
    order = verify_order(kept, [matcher("Token")], CallMatcher(), kept.dropped)
    assert order.error is not None
    assert "see --journal-size" in order.error


def test_of_very_many_only_some_are_named_and_shown() -> None:
    verdict = verify(journal(*["Token"] * 50), matcher("Token"), RequiredCount(1, 1))
    assert verdict.error is not None
    assert verdict.error.endswith(
        "called 50 times: requests 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 40 more"
    )
    assert (verdict.matched, len(verdict.requests), len(verdict.nearest)) == (50, 50, MOST_SHOWN)


def test_in_a_journal_of_nothing_nothing_comes_near() -> None:
    verdict = verify(journal(), matcher("Token"), RequiredCount())
    assert verdict.nearest == ()
    order = verify_order(journal(), [matcher("Token")], CallMatcher())
    assert order.error == "expected Token, but no Token followed: came nothing"


def test_control_calls_come_near_only_where_they_are_asked_for() -> None:
    kept = journal(CONTROL, "GetStores")
    assert [each.id for each in verify(kept, matcher("Token"), RequiredCount()).nearest] == [2]
    both = CallMatcher(headers=(("x", read_pattern("*")),), criteria=matcher(CONTROL).criteria)
    assert [each.id for each in verify(kept, both, RequiredCount()).nearest] == [1]


def test_an_order_can_go_on_from_a_control_call() -> None:
    kept = journal("Token", CONTROL, "Token")
    wanted = [matcher("Token"), matcher(CONTROL), matcher("Token")]
    assert verify_order(kept, wanted, CallMatcher()).requests == (1, 2, 3)
