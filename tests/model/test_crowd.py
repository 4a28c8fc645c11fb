"""Thirty-two clients at once: there is an order of their calls that explains all they were told.

Once over real connections to a real server, and once in threads of this process, where nothing but
the world's lock keeps them apart.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.testing.settings import as_settings

from tests.model.crowd import Crowd, explains, with_ids
from tests.model.linearizability import NotLinearizable, check
from tests.model.service import Inside, OverHttp, Service
from tests.model.specification import calls
from tests.model.specification.values import Outcome
from tests.support import START, RunningServer, fresh

#: How many crowds are let in; `make model` lets in more.
CROWDS = range(int(os.environ.get("MODEL_CROWDS", "1")))

Connect = Callable[[ExitStack], Service]


@pytest.fixture
def over_http(server: RunningServer) -> Iterator[Connect]:
    """Ways to a sandbox of a real server."""
    name = fresh("crowd")
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    with httpx.Client(timeout=20, verify=False, limits=limits) as http:
        yield lambda stack: OverHttp(server.url, name, http)
        http.delete(f"{server.url}/_simulator/sandboxes/{name}")


@pytest.fixture
def in_threads() -> Iterator[Connect]:
    """Ways to an application in this process, where threads change as often as they can."""
    usual = sys.getswitchinterval()
    given = {"start_time": START, "time_scale": 0, "scenario": "manual"}
    app = create_app(as_settings(given))
    sys.setswitchinterval(1e-6)
    yield lambda stack: Inside(app, "crowd")
    sys.setswitchinterval(usual)


def judge(crowd: Crowd) -> None:
    """Lets a crowd in, and looks for an order of each merchant's calls."""
    crowd.run()
    for board in crowd.boards:
        check(with_ids(board.history), crowd.opening, explains)


@pytest.mark.parametrize("seed", CROWDS)
def test_a_crowd_over_http_is_served_as_if_one_by_one(over_http: Connect, seed: int) -> None:
    judge(Crowd(over_http, seed))


@pytest.mark.parametrize("seed", CROWDS)
def test_a_crowd_of_threads_is_served_as_if_one_by_one(in_threads: Connect, seed: int) -> None:
    judge(Crowd(in_threads, seed))


def test_an_answer_that_was_tampered_with_is_found_out(in_threads: Connect) -> None:
    crowd = Crowd(in_threads, 0)
    opening = with_ids(crowd.boards[0].history)
    check(opening, crowd.opening, explains)
    for number, each in enumerate(opening):
        tampered = list(opening)
        tampered[number] = replace(each, outcome=Outcome(409, "1301"), is_idle=True)
        with pytest.raises(NotLinearizable, match=f"the first {number + 1} answers"):
            check(tampered, crowd.opening, explains)


def test_a_call_that_nobody_made_is_found_out_by_what_came_of_it(in_threads: Connect) -> None:
    crowd = Crowd(in_threads, 0)
    opening = with_ids(crowd.boards[0].history)
    started = [each for each in opening if isinstance(each.call, calls.Initiate)]
    for each in started:
        with pytest.raises(NotLinearizable):
            check([other for other in opening if other != each], crowd.opening, explains)
