"""The bridge between the server and the simulator, without sockets."""

import asyncio
from types import SimpleNamespace
from typing import Any

from mobilepay_simulator.app import create_app
from mobilepay_simulator.sandboxes.registry import DEFAULT, HostedSandbox, NotWritten
from mobilepay_simulator.server.bridge import Bridge
from mobilepay_simulator.settings.settings import Settings


async def unwritable(_: HostedSandbox | None) -> None:
    raise NotWritten("the disk is full")


def test_the_journal_tells_what_the_client_got_where_its_call_could_not_be_kept() -> None:
    app = create_app(Settings(time_scale=0))
    sizes: dict[str, Any] = {"max_body": 1000, "max_snapshot": 1000, "max_stalled": 1}
    bridge = Bridge(app.respond, keep=unwritable, **sizes)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/integrator-authentication/.well-known/openid-configuration",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "scheme": "http",
        "http_version": "1.1",
        "state": {
            "protocol": SimpleNamespace(correlate=lambda: "an id", hold_back=lambda most: False)
        },
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(bridge(scope, receive, send))

    assert sent[0]["status"] == 500
    (kept,) = app.context.sandboxes.get(DEFAULT).journal
    assert (kept.operation, kept.status) == ("Discovery", 500)
    assert b"the disk is full" in kept.answer_body
