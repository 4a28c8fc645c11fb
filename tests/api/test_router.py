"""Operations pass Flask by; nobody can tell from the answer, nor from the journal."""

from typing import Any

import pytest
from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.api.door import Door, Router
from mobilepay_simulator.api.request import Headers, Request
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.engine.merchants import SEEDED_VATS
from mobilepay_simulator.engine.operations import ENDPOINTS
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.settings.settings import Settings

#: Werkzeug knows more about hosts than the short way, which leaves such a name to it.
SHORT, LONG = "localhost", "the_till"
SERVICE = [each for each in ENDPOINTS if each.name not in ("Token", "Discovery", "KeySet")]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    return create_app(Settings(time_scale=0))


def request(method: str, path: str, host: str, authorization: str = "") -> Request:
    headers = [
        ("host", host),
        ("authorization", authorization),
        ("x-mobilepay-client-system-version", "1.0.0"),
        ("x-mobilepay-idempotency-key", "k"),
        ("correlationid", "the same"),
    ]
    return Request(method=method, path=path, headers=Headers(headers))


@pytest.mark.parametrize("operation", SERVICE, ids=lambda operation: operation.name)
@pytest.mark.parametrize("has_token", [True, False])
def test_an_operation_is_answered_and_kept_as_flask_would(
    app: SimulatorApp, operation: Any, has_token: bool
) -> None:
    path = operation.path.replace("{", "").replace("}", "")
    path = path.replace("paymentid", UNKNOWN).replace("posid", UNKNOWN)
    world = app.context.sandboxes.get(DEFAULT).world
    lifetime = app.context.settings.token_lifetime
    client_id = app.context.data.integrators[0].client_id
    now = world.clock.present()
    token = app.context.tokens.issue(client_id, SEEDED_VATS[0], DEFAULT, now, lifetime, "1")
    authorization = f"Bearer {token}" if has_token else ""

    short, long = (
        app.respond(request(operation.method, path, host, authorization)) for host in (SHORT, LONG)
    )

    assert (short.status, short.headers, short.content) == (long.status, long.headers, long.content)
    kept = [*app.context.sandboxes.get(DEFAULT).journal][-2:]
    assert {each.operation for each in kept} == {operation.name}
    assert kept[0].answer_headers == kept[1].answer_headers
    assert (kept[0].path, kept[0].payment_id, kept[0].pos_id) == (
        kept[1].path,
        kept[1].payment_id,
        kept[1].pos_id,
    )


def view(*_: object) -> Response:
    return Response()


def failing_view(*_: object) -> Response:
    raise ZeroDivisionError("nobody foresaw")


@pytest.mark.parametrize(
    ("method", "path", "host", "is_short"),
    [
        ("GET", "/pos/v10/payments", SHORT, True),
        ("GET", "/pos/v10/payments/prepare", SHORT, True),
        ("GET", f"/pos/v10/payments/{UNKNOWN}", "127.0.0.1:8080", True),
        ("GET", f"/pos/v10/payments/{UNKNOWN}", "[::1]:8080", True),
        ("POST", f"/pos/v10/payments/{UNKNOWN}/capture", SHORT, True),
        ("HEAD", "/pos/v10/payments", SHORT, False),
        ("OPTIONS", "/pos/v10/payments", SHORT, False),
        ("DELETE", f"/pos/v10/payments/{UNKNOWN}", SHORT, False),
        ("POST", "/pos/v10/payments//capture", SHORT, False),
        ("GET", "/pos/v10/payments/{paymentid}/capture", SHORT, False),
        ("GET", "/pos/v10/payments/\u2615", SHORT, False),
        ("GET", f"/pos/v10/payments/{UNKNOWN}/capture/now", SHORT, False),
        ("GET", "/pos/v10/payments", "", True),
        ("GET", "/pos/v10/payments", LONG, False),
        ("GET", "/_simulator/health", SHORT, False),
    ],
)
def test_what_is_not_quite_an_operation_is_left_to_flask(
    method: str, path: str, host: str, is_short: bool
) -> None:
    router = Router((endpoint, view) for endpoint in ENDPOINTS)

    assert (router.find(request(method, path, host)) is not None) is is_short


def test_a_failure_that_nobody_foresaw_is_answered_and_recorded(app: SimulatorApp) -> None:
    router = Router((endpoint, failing_view) for endpoint in ENDPOINTS)
    door = Door(app.wsgi_app, router, app.context)

    reply = door.respond(request("GET", "/pos/v10/payments", SHORT))

    assert reply.status == 500
    assert b"The simulator failed" in reply.content
    assert [*app.context.sandboxes.get(DEFAULT).journal][-1].status == 500
