"""WSGI environs: what a request looks like to the application, whoever carries it."""

import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.api.environ import BODY, HAS_WIRE, RAW_HEADERS

__all__ = ["Answer", "call", "environ_of", "make_environ"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


def make_environ(
    method: str,
    path: str,
    query: str,
    headers: list[tuple[str, str]],
    body: bytes,
    **server: Any,
) -> dict[str, Any]:
    """Returns the environ of a request.

    Args:
        method: the HTTP method.
        path: the path, percent-decoded, its bytes as Latin-1 characters.
        query: the query string as it came.
        headers: in their order, names in lower case, true duplicates kept apart.
        body: all of it.
        server: what the server knows, such as `SERVER_NAME`, in the place of the defaults.
    """
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        RAW_HEADERS: headers,
        BODY: body,
        HAS_WIRE: True,
        **server,
    }
    for name, value in headers:
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            environ[_variable(name)] = value
    return environ


@lru_cache(maxsize=4096)
def _variable(name: str) -> str:
    """Returns what a header is called in an environ; clients send the same few again and again."""
    return "HTTP_" + name.upper().replace("-", "_")


def environ_of(scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Returns the environ of a request that ASGI tells of.

    Args:
        scope: of the request.
        body: all of it.
    """
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    server = {
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client[0],
        "wsgi.url_scheme": scope["scheme"],
    }
    return make_environ(
        scope["method"],
        scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        [(name.decode("latin-1"), _text(value)) for name, value in scope["headers"]],
        body,
        **server,
    )


def _text(value: bytes) -> str:
    """Header values are Latin-1 by the standard, UTF-8 from many clients.

    The parser leaves the space behind them, which is no part of a value (RFC 9110, section 5.5).
    """
    value = value.strip(b" \t")
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def call(app: Any, environ: dict[str, Any], body: bytes) -> Answer:
    """Lets a WSGI application work on a request, once more where it was called with it before."""
    environ["wsgi.input"] = io.BytesIO(body)
    status = 500
    headers: list[tuple[str, str]] = []

    def start_response(line: str, pairs: list[tuple[str, str]], *_: Any) -> None:
        nonlocal status, headers
        status, headers = int(line[:3]), pairs

    result: Iterable[bytes] = app(environ, start_response)
    try:
        content = b"".join(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return Answer(status, headers, content)
