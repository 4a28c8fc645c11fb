"""Calls as curl commands."""

import json
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any, NamedTuple

from .actions import KEY, SCENARIO
from .api import CONTROL
from .calls import PageCall
from .tokens import VERSION

LENGTH = "content-length"
#: Headers that curl sends itself, or that only one connection means.
_LEFT_OUT = frozenset(
    {"host", LENGTH, "connection", "accept-encoding", "user-agent", "accept"}
    | {"upgrade", "http2-settings"}
)
#: Names that are spelled otherwise than with a capital at each part, by their small letters.
_SPELLED = {
    name.lower(): name
    for name in (KEY, SCENARIO, *VERSION, "X-IBM-Client-Id", "X-IBM-Client-Secret", "CorrelationId")
}
#: Between two parts of a command.
_NEXT = " \\\n  "
_BEARER = '"Authorization: Bearer $TOKEN"'
#: The token of the control API is in the variable that `mobilepay-sim` reads.
_CONTROL_BEARER = '"Authorization: Bearer $MOBILEPAY_SIM_CONTROL_TOKEN"'


class CurlTarget(NamedTuple):
    """Where a command's call goes: what clients put in front of paths, and who may call.

    Args:
        root: what is in front of the paths.
        has_token: whether the control API wants a token.
    """

    root: str
    has_token: bool


def as_curl(server: CurlTarget, sent: PageCall) -> str:
    """Returns a call as a command; the token is `$TOKEN`, since it is nobody's business."""
    return _command(server, sent.method, sent.path, sent.headers.items(), sent.body.decode())


def control_as_curl(server: CurlTarget, method: str, path: str, body: object = None) -> str:
    """Returns a call of the control API as a command."""
    content = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    headers = [("Content-Type", "application/json")] if content else []
    return _command(server, method, CONTROL + path, headers, content)


def exchange_as_curl(server: CurlTarget, exchange: Mapping[str, Any]) -> str:
    """Returns a call of the journal as a command."""
    request = exchange["request"]
    query = f"?{request['query']}" if request["query"] else ""
    command = _command(
        server,
        str(request["method"]),
        f"{request['path']}{query}",
        [(name, value) for name, value in request["headers"]],
        str(request["body"]),
    )
    # What was not kept comes from a file of the reader's own.
    return f"{command}{_NEXT}--data-binary @body.json" if lost_bytes(exchange) else command


def lost_bytes(exchange: Mapping[str, Any]) -> int:
    """Returns the length of a body that was too large to be kept, in bytes; 0 where none was."""
    request = exchange["request"]
    told = next((value for name, value in request["headers"] if name == LENGTH), "0")
    return int(told) if told.isdecimal() and not request["body"] else 0


def ledger_as_curl(server: CurlTarget) -> str:
    """Returns what compares a file of a till's books with the ledger."""
    token = f" -H {_CONTROL_BEARER}" if server.has_token else ""
    return f"curl --data-binary @books.csv{token} {server.root}{CONTROL}/ledger/compare"


def _command(
    server: CurlTarget, method: str, path: str, headers: Iterable[tuple[str, str]], body: str
) -> str:
    parts = [f"curl -X {method} {quote(server.root + path)}"]
    is_control = path.startswith(f"{CONTROL}/")
    if is_control and server.has_token:
        parts.append(f"-H {_CONTROL_BEARER}")
    for name, value in headers:
        is_authorization = name.lower() == "authorization"
        if name.lower() in _LEFT_OUT or (is_control and is_authorization):
            continue
        credentials = _credentials(value) if is_authorization else ""
        parts.append(credentials or f"-H {quote(f'{_spelled(name)}: {value}')}")
    if body:
        parts.append(f"--data {quote(body)}")
    return _NEXT.join(parts)


def _credentials(authorization: str) -> str:
    """Returns what gives curl a token or a secret, which are variables; empty for others."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return f"-H {_BEARER}"
    client_id, colon, _ = rest.partition(":")
    is_basic = scheme.lower() == "basic" and colon
    return f'-u {quote(client_id)}:"$CLIENT_SECRET"' if is_basic else ""


def _spelled(name: str) -> str:
    """Returns a header's name as clients write it: the journal has it in small letters."""
    usual = "-".join(part.capitalize() for part in name.split("-"))
    return _SPELLED.get(name.lower(), usual)
