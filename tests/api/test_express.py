"""Operations pass Flask by; nobody can tell from the answer, nor from the journal."""

from collections.abc import Iterable
from typing import Any

import pytest

from simulator.api.answers import Reply
from simulator.api.environ import UNDER_WAY
from simulator.api.express import Express
from simulator.api.recording import Recorder
from simulator.api.routes import OPERATIONS
from simulator.app import SimulatorApp, create_app
from simulator.config import Settings
from simulator.engine.merchants import SEEDED_VATS
from simulator.environs import Answer, call, make_environ
from simulator.sandboxes import DEFAULT

#: Werkzeug knows more about hosts than the short way, which leaves such a name to it.
SHORT, LONG = "localhost", "the_till"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    return create_app(Settings(time_scale=0))


def ask(app: Any, method: str, path: str, host: str, authorization: str = "") -> Answer:
    headers = [
        ("host", host),
        ("authorization", authorization),
        ("x-mobilepay-client-system-version", "1.0.0"),
        ("x-mobilepay-idempotency-key", "k"),
        ("correlationid", "the same"),
    ]
    environ = make_environ(method, path, "", headers, b"")
    UNDER_WAY.set(environ)
    return call(app, environ, b"")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
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
    token = app.context.tokens.issue(client_id, SEEDED_VATS[0], DEFAULT, now, lifetime)
    authorization = f"Bearer {token}" if has_token else ""

    short, long = (
        ask(app.wsgi_app, operation.method, path, host, authorization) for host in (SHORT, LONG)
    )

    assert short == long
    kept = [*app.context.sandboxes.get(DEFAULT).journal][-2:]
    assert {each.operation for each in kept} == {operation.name}
    assert kept[0].answer_headers == kept[1].answer_headers
    assert (kept[0].path, kept[0].payment_id, kept[0].pos_id) == (
        kept[1].path,
        kept[1].payment_id,
        kept[1].pos_id,
    )


def unforeseen(error: Exception) -> Reply:
    return Reply(500, str(error).encode())


def flask_answers(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("299 Flask", [])
    return []


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
        ("GET", "/pos/v10/payments/\xe2\x98\x95", SHORT, False),
        ("GET", f"/pos/v10/payments/{UNKNOWN}/capture/now", SHORT, False),
        ("GET", "/pos/v10/payments", "", False),
        ("GET", "/pos/v10/payments", LONG, False),
        ("GET", "/_simulator/health", SHORT, False),
    ],
)
def test_what_is_not_quite_an_operation_is_left_to_flask(
    app: SimulatorApp, method: str, path: str, host: str, is_short: bool
) -> None:
    def view(**_: str) -> Reply:
        return Reply()

    views = [(operation, view) for operation in OPERATIONS]
    express = Express(flask_answers, Recorder(app.context), views, unforeseen)

    assert ask(express, method, path, host).status == (200 if is_short else 299)


def test_what_nobody_foresaw_is_answered_as_well(app: SimulatorApp) -> None:
    def view(**_: str) -> Reply:
        raise ZeroDivisionError("nobody foresaw")

    views = [(operation, view) for operation in OPERATIONS]
    express = Express(flask_answers, Recorder(app.context), views, unforeseen)

    answer = ask(express, "GET", "/pos/v10/payments", SHORT)

    assert (answer.status, answer.content) == (500, b"nobody foresaw")
