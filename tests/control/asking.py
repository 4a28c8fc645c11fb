"""Calls of an app as a server makes them that has threads, and can wait."""

import msgspec
from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.api.request import Headers, Request
from mobilepay_simulator.app import SimulatorApp

JSON = "application/json"


def request(
    method: str, path: str, body: str = "", *, query: str = "", kind: str = JSON
) -> Request:
    """A request as it comes from a server without threads."""
    return Request(
        method=method,
        path=path,
        query=query,
        headers=Headers([("host", "localhost"), ("content-type", kind)]),
        body=body.encode(),
        peer="127.0.0.1",
    )


def ask(
    app: SimulatorApp, method: str, path: str, body: str = "", *, query: str = "", kind: str = JSON
) -> Response:
    """What a view answers, which may name what is still to be made."""
    asked = request(method, path, body, query=query, kind=kind)
    return app.respond(msgspec.structs.replace(asked, may_come_later=True, has_wire=True))


def at_last(reply: Response) -> tuple[Response, int]:
    """The answer as the server makes it, and how often a thread was needed."""
    threads = 0
    while reply.later is not None:
        threads += 1
        reply = reply.later()
        if reply.resume is not None:
            reply = reply.resume()
    return reply, threads
