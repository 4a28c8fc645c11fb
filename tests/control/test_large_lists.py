"""Lists and judgements of much are made by a thread: the same, and nobody waits meanwhile."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.control import (
    certifications,
    clock,
    payments,
    runs,
    searching,
    shops,
    verification,
)
from mobilepay_simulator.engine import stores
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.settings.settings import Settings

from tests.control.asking import ask, at_last

LISTS = {
    "merchants": (shops, "MOST_LISTED_AT_ONCE"),
    "stores": (shops, "MOST_LISTED_AT_ONCE"),
    "notifications": (shops, "MOST_LISTED_AT_ONCE"),
    "payments": (payments, "MOST_AT_ONCE"),
    "points-of-sale": (payments, "MOST_AT_ONCE"),
    "clock/due": (clock, "MOST_AT_ONCE"),
    "runs": (runs, "MOST_AT_ONCE"),
}
#: Two calls, and the arrangement of a payment.
KEPT = 3
ORDER = [{"path": "/nowhere"}, {"path": "/nowhere"}]
#: What is verified, and how many comparisons that is for each call that is kept.
VERIFIED = {
    "met": ({"path": "/nowhere"}, 1),
    "too few": ({"path": "/nowhere", "count": 3}, 1),
    "an order": ({"inOrder": ORDER}, 2),
    "an order that is not met": ({"inOrder": [*ORDER, {"path": "/elsewhere"}]}, 3),
}


@pytest.fixture
def app() -> SimulatorApp:
    """One with some merchants, and two calls in its journal."""
    made = create_app(Settings(time_scale=0, scenario="manual"))
    with made.context.sandboxes.get(DEFAULT).world as world:
        for number in range(20):
            stores.admit_merchant(world, f"DK{number:08d}")
    for _ in range(2):
        assert ask(made, "GET", "/nowhere").status == 404
    body = json.dumps({"what": "payment", "state": "Reserved", "orderId": "Order-7"})
    assert ask(made, "POST", "/_simulator/arrange", body).status == 200
    return made


@pytest.mark.parametrize("name", LISTS)
def test_a_thread_makes_a_long_list_and_none_a_short_one(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = f"/_simulator/{name}"
    short, none = at_last(ask(app, "GET", path))
    monkeypatch.setattr(*LISTS[name], -1)
    long, one = at_last(ask(app, "GET", path))
    assert (none, one) == (0, 1)
    assert long.content == short.content


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("payments", "search=order"),
        ("payments", "orderId=nobody"),
        ("payments", "state=open"),
        ("points-of-sale", "search=l"),
    ],
)
def test_a_thread_looks_through_many_things_and_none_through_few(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch, name: str, query: str
) -> None:
    path = f"/_simulator/{name}"
    few, none = at_last(ask(app, "GET", path, query=query))
    monkeypatch.setattr(searching, "MOST_SEARCHED_AT_ONCE", 0)
    many, one = at_last(ask(app, "GET", path, query=query))
    assert (none, one) == (0, 1)
    assert (many.status, many.content) == (200, few.content)
    assert at_last(ask(app, "GET", path))[1] == 0


def test_what_a_thread_has_found_is_shown_as_it_is_by_then(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_SEARCHED_AT_ONCE", 0)
    asked = ask(app, "GET", "/_simulator/payments", query="state=Reserved")
    (before,) = json.loads(at_last(asked)[0].content)["payments"]
    asked = ask(app, "GET", "/_simulator/payments", query="state=Reserved")
    action = json.dumps({"action": "expire"})
    path = f"/_simulator/payments/{before['paymentId']}/actions"
    assert ask(app, "POST", path, action).status == 200
    assert json.loads(at_last(asked)[0].content)["payments"] == []


def test_find_looks_through_many_payments_once(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_SEARCHED_AT_ONCE", 0)
    looked: list[object] = []
    real = searching.work_aside

    def counted(work: Callable[[], Any], *, is_long: bool) -> Any:
        return real(lambda: looked.append(work) or work(), is_long=is_long)

    monkeypatch.setattr(searching, "work_aside", counted)
    page, _ = at_last(ask(app, "GET", "/page/find", query="find=order"))
    assert page.status == 200
    assert b"/page/timeline?paymentId=" in page.content
    # The payments, and the points of sale.
    assert len(looked) == 2


def test_a_long_list_tells_of_the_moment_it_was_asked_for(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shops, "MOST_LISTED_AT_ONCE", 1)
    asked = ask(app, "GET", "/_simulator/stores")
    before = json.loads(at_last(asked)[0].content)["stores"]
    asked = ask(app, "GET", "/_simulator/stores")
    path = f"/_simulator/stores/{before[0]['storeId']}"
    assert ask(app, "PATCH", path, '{"active": false, "balance": 3}').status == 200
    assert json.loads(at_last(asked)[0].content)["stores"] == before


@pytest.mark.parametrize("case", VERIFIED)
def test_a_thread_verifies_what_takes_long(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    wanted, each = VERIFIED[case]
    monkeypatch.setattr(verification, "MOST_AT_ONCE", KEPT * each)
    little, none = at_last(ask(app, "POST", "/_simulator/verify", json.dumps(wanted)))
    monkeypatch.setattr(verification, "MOST_AT_ONCE", KEPT * each - 1)
    much, one = at_last(ask(app, "POST", "/_simulator/verify", json.dumps(wanted)))
    assert (none, one) == (0, 1)
    assert (much.status, much.content) == (little.status, little.content)


#: Patterns of more than a kilobyte, and one of them that is too long.
PATTERNS = {f"p{number}": f"*a{number}*?b*" * 10 for number in range(40)}
TOO_LONG = {**PATTERNS, "last": "x" * 201}


def test_a_thread_reads_the_patterns_of_a_long_body(app: SimulatorApp) -> None:
    body = json.dumps({"path": "/nowhere", "query": PATTERNS})
    reply, threads = at_last(ask(app, "POST", "/_simulator/verify", body))
    assert (reply.status, threads) == (422, 1)


def test_a_pattern_that_is_too_long_is_refused_by_its_name(app: SimulatorApp) -> None:
    body = json.dumps({"path": "/nowhere", "query": TOO_LONG})
    reply, threads = at_last(ask(app, "POST", "/_simulator/verify", body))
    assert (reply.status, threads) == (400, 1)
    assert b"query.last: expected a pattern of 1 to 200 characters" in reply.content


@pytest.mark.parametrize("form", ["json", "html", "junit"])
def test_a_thread_makes_the_report_of_a_certification(app: SimulatorApp, form: str) -> None:
    assert ask(app, "POST", "/_simulator/certifications", "{}").status == 200
    query = f"format={form}"
    report, threads = at_last(ask(app, "GET", "/_simulator/certifications/C1/report", query=query))
    assert (report.status, threads) == (200, 1)
    assert b"certify-payment" in report.content


CERTIFICATIONS = "/_simulator/certifications"


def begin_a_certification(app: SimulatorApp) -> None:
    """Two open certifications, and one case of the first is begun."""
    for _ in range(2):
        assert ask(app, "POST", CERTIFICATIONS, "{}").status == 200
    path = f"{CERTIFICATIONS}/C1/cases/certify-payment/restart"
    assert ask(app, "POST", path).status == 200


def test_a_thread_judges_many_certifications(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_a_certification(app)
    monkeypatch.setattr(certifications, "MOST_AT_ONCE", 0)
    many, one = at_last(ask(app, "GET", CERTIFICATIONS))
    monkeypatch.setattr(certifications, "MOST_AT_ONCE", 1000)
    few, none = at_last(ask(app, "GET", CERTIFICATIONS))
    assert (none, one) == (0, 1)
    assert many.content == few.content


def test_many_certifications_are_told_as_they_were_when_asked_for(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifications, "MOST_AT_ONCE", 0)
    begin_a_certification(app)
    before = at_last(ask(app, "GET", CERTIFICATIONS))[0].content
    asked = ask(app, "GET", CERTIFICATIONS)
    assert ask(app, "POST", f"{CERTIFICATIONS}/C1/abandon").status == 200
    path = f"{CERTIFICATIONS}/C2/cases/certify-payment/restart"
    assert ask(app, "POST", path).status == 200
    assert at_last(asked)[0].content == before


#: What compares many calls, and how the control API is asked for it.
COMPARING = {
    "a list": ("GET", "/_simulator/requests", ""),
    "a verification": ("POST", "/_simulator/verify", '{"path": "/nowhere"}'),
    "an order": ("POST", "/_simulator/verify", json.dumps({"inOrder": ORDER})),
    "an order that is not met": (
        "POST",
        "/_simulator/verify",
        json.dumps(VERIFIED["an order that is not met"][0]),
    ),
}


@pytest.mark.parametrize("name", COMPARING)
@pytest.mark.parametrize(
    ("step", "is_stopping", "status"),
    [(0, False, (200, 422)), (6, False, (400,)), (0, True, (503,))],
)
def test_comparing_calls_ends_after_ten_real_seconds_and_with_the_simulator(
    app: SimulatorApp, name: str, step: int, is_stopping: bool, status: tuple[int, ...]
) -> None:
    moments = count(0, step)
    app.context.wall_time = lambda: float(next(moments))
    if is_stopping:
        app.context.stopping.set()
    answer, _ = at_last(ask(app, *COMPARING[name]))
    assert answer.status in status
    assert (b"longer than 10 real seconds" in answer.content) is (status == (400,))
