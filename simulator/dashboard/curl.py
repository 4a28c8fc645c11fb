"""Calls as curl commands."""

import json
from collections.abc import Iterable
from shlex import quote

from .actions import KEY, SCENARIO
from .calls import PageCall
from .tokens import VERSION

#: Headers that curl sends itself, or that only one connection means.
_LEFT_OUT = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "user-agent", "accept"}
    | {"upgrade", "http2-settings"}
)
#: Names that are spelled otherwise than with a capital at each part, by their small letters.
_SPELLED = {
    name.lower(): name
    for name in (KEY, SCENARIO, *VERSION, "X-IBM-Client-Id", "X-IBM-Client-Secret", "CorrelationId")
}
_BEARER = '"Authorization: Bearer $TOKEN"'


def as_curl(origin: str, sent: PageCall) -> str:
    """Returns a call as a command; the token is `$TOKEN`, since it is nobody's business."""
    return _command(sent.method, origin + sent.path, sent.headers.items(), sent.body.decode())


def control_as_curl(origin: str, method: str, path: str, body: object = None) -> str:
    """Returns a call of the control API as a command."""
    content = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    headers = [("Content-Type", "application/json")] if content else []
    return _command(method, f"{origin}/_simulator{path}", headers, content)


def exchange_as_curl(origin: str, exchange: dict[str, object]) -> str:
    """Returns a call of the journal as a command."""
    request: dict[str, object] = exchange["request"]  # type: ignore[assignment]
    query = f"?{request['query']}" if request["query"] else ""
    pairs: list[list[str]] = request["headers"]  # type: ignore[assignment]
    return _command(
        str(request["method"]),
        f"{origin}{request['path']}{query}",
        [(name, value) for name, value in pairs],
        str(request["body"]),
    )


def _command(method: str, url: str, headers: Iterable[tuple[str, str]], body: str) -> str:
    parts = [f"curl -X {method} {quote(url)}"]
    for name, value in headers:
        if name.lower() in _LEFT_OUT:
            continue
        is_token = name.lower() == "authorization" and value.lower().startswith("bearer")
        parts.append(f"-H {_BEARER if is_token else quote(f'{_spelled(name)}: {value}')}")
    if body:
        parts.append(f"--data {quote(body)}")
    return " \\\n  ".join(parts)


def _spelled(name: str) -> str:
    """Returns a header's name as clients write it: the journal has it in small letters."""
    usual = "-".join(part.capitalize() for part in name.split("-"))
    return _SPELLED.get(name.lower(), usual)
