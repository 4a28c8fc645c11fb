"""Odd requests at every route: none is answered with a 5xx, none hangs, none leaves a trace."""

from tests.security.odd_requests import attack


def test_odd_requests_at_every_route_are_answered_and_leave_no_trace() -> None:
    found = attack(calls=1000, seed=17)
    assert found.wrong == []
    assert sum(found.statuses.values()) == 1000
    # They get further than the door: some are done, some are refused for what is in them.
    assert found.statuses[200] > 100
    assert found.statuses[400] > 100
