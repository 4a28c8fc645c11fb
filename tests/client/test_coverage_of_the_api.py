"""The client's methods are calls of the control API, and `call` makes those without a method."""

import re
from collections.abc import Callable

import httpx
import pytest
from mobilepay_simulator.client import ClientError, ControlClient
from mobilepay_simulator.control.routes import BASE, ROUTES, Route

from tests.client.fakes import control_of

CALLS: tuple[Callable[[ControlClient], object], ...] = (
    lambda c: c.openapi(),
    lambda c: c.health(),
    lambda c: c.reset(),
    lambda c: c.clock(),
    lambda c: c.advance(seconds=1),
    lambda c: c.rescale(1),
    lambda c: c.scenarios(),
    lambda c: c.queue("X"),
    lambda c: c.unqueue(),
    lambda c: c.unqueue("X"),
    lambda c: c.upload("summary: x", "X"),
    lambda c: c.remove_scenario("X"),
    lambda c: c.preview("X"),
    lambda c: c.preview_text("summary: x"),
    lambda c: c.scenario_schema(),
    lambda c: c.faults(),
    lambda c: c.put_faults("faults: []"),
    lambda c: c.drop_faults(),
    lambda c: c.remove_fault(1),
    lambda c: c.polling(),
    lambda c: c.change_polling(delay=1),
    lambda c: c.restore_polling(),
    lambda c: c.stores(),
    lambda c: c.runs(),
    lambda c: c.run("X"),
    lambda c: c.wait("X"),
    lambda c: c.arrange("payment", "Captured", age="91d"),
    lambda c: c.add_fault("CapturePayment", "lost"),
    lambda c: c.requests(),
    lambda c: c.arrange("payment", "Captured", age="91d"),
    lambda c: c.request(1),
    lambda c: c.explain(1),
    lambda c: c.verify("X"),
    lambda c: c.audit(),
    lambda c: c.ledger(),
    lambda c: c.compare_ledger("orderId,captured\n"),
    lambda c: c.snapshot(),
    lambda c: c.restore({}),
    lambda c: c.bundle(),
    lambda c: c.report(),
    lambda c: c.certifications(),
    lambda c: c.certify(),
    lambda c: c.certification("X"),
    lambda c: c.restart_case("X", "X"),
    lambda c: c.invoke_callback("X"),
    lambda c: c.approve("X"),
    lambda c: c.abandon("X"),
    lambda c: c.certification_report("X"),
    lambda c: c.sandboxes(),
    lambda c: c.drop("X"),
    lambda c: c.merchants(),
    lambda c: c.change_store("X"),
    lambda c: c.users(),
    lambda c: c.events(),
    lambda c: c.notifications(),
    lambda c: c.callbacks(),
    lambda c: c.set_callback("X", "http://x/"),
    lambda c: c.drop_callback("X"),
    lambda c: c.points_of_sale(),
    lambda c: c.point_of_sale("X"),
    lambda c: c.payments(),
    lambda c: c.payment("X"),
    lambda c: c.act_as_mobilepay("X", "expire"),
    lambda c: c.due(),
    lambda c: c.timeline(pos_id="X"),
    lambda c: c.timeline_as("svg", pos_id="X"),
    lambda c: c.states(),
    lambda c: c.scenario("X"),
    lambda c: c.check("summary: x"),
    lambda c: c.changes(),
    lambda c: next(c.stream()),
)


def made_by(call: Callable[[ControlClient], object]) -> str:
    """The method and the path that a call of the client becomes."""
    made: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        made.append(f"{request.method} {request.url.path.removeprefix(BASE)}")
        return httpx.Response(400, json={"error": "no"})

    try:
        call(control_of(answer))
    except ClientError:
        (path,) = made
        return path
    raise AssertionError("a refusal was not noticed")


PATTERNS = [re.sub(r"<\w+>", "[^/]+", f"{each.method} {each.path}") for each in ROUTES]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_every_method_of_the_client_calls_a_route(number: int) -> None:
    called = made_by(CALLS[number])
    assert any(re.fullmatch(each, called) for each in PATTERNS), called


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: each.endpoint)
def test_every_route_of_the_control_api_can_be_called(route: Route) -> None:
    path = re.sub(r"<\w+>", "X", route.path)
    assert made_by(lambda c: c.call(object, route.method, path)) == f"{route.method} {path}"
