"""A request as it came in, whoever carries it: a server, or a caller in process."""

import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import msgspec
from marshmallow import Schema, ValidationError
from marshmallow.exceptions import SCHEMA
from werkzeug.datastructures import EnvironHeaders
from werkzeug.wrappers import Request as WerkzeugRequest

from ..engine.errors import SimulatorError
from ..engine.refusals import Refusal
from ..engine.values import as_fraction
from ..settings.hosts import is_host_and_port
from .schemas.fields import CodedField

DEFAULT_PORT = "80"
#: Said otherwise, or not meant for Flask: werkzeug has no route for offers of WebSocket.
_NO_VARIABLE = ("content-length", "transfer-encoding", "upgrade")


class Headers:
    """Request headers as they came over the wire, true duplicates kept apart.

    Args:
        pairs: names in lower case, and values, in their order.
    """

    __slots__ = ("get", "pairs", "repeated")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        first = dict(reversed(self.pairs))
        #: Returns the first value of a header, or None; the name in lower case.
        self.get = first.get
        #: The names that came more than once.
        self.repeated = frozenset[str]() if len(first) == len(self.pairs) else self._repeated()

    def all(self, name: str) -> list[str]:
        """Returns every value of a header; `name` in lower case."""
        return [value for each, value in self.pairs if each == name]

    def _repeated(self) -> frozenset[str]:
        counts = Counter(name for name, _ in self.pairs)
        return frozenset(name for name, count in counts.items() if count > 1)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose body has arrived.

    Args:
        method: the HTTP method.
        path: the path, percent-decoded, without the prefix of a sandbox.
        query: the query string as it came, without the question mark.
        headers: the headers.
        body: all of it; empty where it was larger than the server reads.
        scheme: http or https.
        server: address and port the request came to.
        peer: the caller's address; None for a caller in process.
        protocol: the HTTP version.
        prefix: what was taken off the front of the path.
        sandbox: the sandbox that the path names; None where it names none.
        is_certifying: whether it came to the self-certification's paths.
        is_too_large: whether the body was larger than the server reads.
        has_wire: whether whoever carries it can carry out a wire plan.
        may_come_later: whether a thread of whoever carries it may make the answer.
        content: gives what a thread has read out of the body, or raises why it can't be read.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers
    body: bytes = b""
    scheme: str = "http"
    server: tuple[str, str] = ("localhost", DEFAULT_PORT)
    peer: str | None = None
    protocol: str = "HTTP/1.1"
    prefix: str = ""
    sandbox: str | None = None
    is_certifying: bool = False
    is_too_large: bool = False
    has_wire: bool = True
    may_come_later: bool = False
    content: Callable[[], Any] | None = None

    @property
    def root(self) -> str:
        """The URL it came to as far as the path: scheme, host and prefix.

        Other WSGI servers may pass an invalid Host, which is not used.
        """
        host = self.headers.get("host")
        if not host or not is_host_and_port(host):
            name, port = self.server
            host = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        return f"{self.scheme}://{host}{self.prefix}"


def request_of(environ: dict[str, Any]) -> Request:
    """Returns the request that a WSGI server tells of; nobody carries out wire plans there."""
    body = WerkzeugRequest(environ).get_data(cache=False)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=(environ.get("PATH_INFO") or "/").encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        headers=Headers((name.lower(), value) for name, value in EnvironHeaders(environ).items()),
        body=body,
        scheme=environ["wsgi.url_scheme"],
        server=(environ["SERVER_NAME"], environ["SERVER_PORT"]),
        peer=environ.get("REMOTE_ADDR"),
        protocol=environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        prefix=environ.get("SCRIPT_NAME", ""),
        has_wire=False,
    )


def environ_of(request: Request) -> dict[str, Any]:
    """Returns the WSGI environ of a request, for Flask."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _as_wsgi(request.prefix),
        "PATH_INFO": _as_wsgi(request.path),
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": request.protocol,
        "SERVER_NAME": request.server[0],
        "SERVER_PORT": request.server[1],
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if request.peer is not None:
        environ["REMOTE_ADDR"] = request.peer
    for name, value in request.headers.pairs:
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in _NO_VARIABLE:
            environ[_variable(name)] = value
    return environ


def _as_wsgi(text: str) -> str:
    """WSGI has the bytes of a path as Latin-1 characters."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


@lru_cache(maxsize=4096)
def _variable(name: str) -> str:
    """Returns what a header is called in an environ; clients send the same few again and again."""
    return "HTTP_" + name.upper().replace("-", "_")


#: What Content-Encoding may say of a body that is sent as it is.
_PLAIN = ("identity", "")


def json_object(request: Request) -> dict[str, Any]:
    """Returns the object that the body of a call of the service holds.

    Raises:
        SimulatorError: the body is encoded or too large, its media type is none the service takes,
            or it is no JSON object.
    """
    body = whole_body(request)
    content_type = request.headers.get("content-type") or ""
    if not is_json(content_type):
        raise SimulatorError(
            Refusal.BAD_REQUEST,
            f"Content-Type: expected application/json, got {content_type[:60]!r}",
        )
    return parse_json(body)


def is_json(content_type: str) -> bool:
    """Whether a media type is one of those the service takes."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type in ("application/json", "text/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def whole_body(request: Request) -> bytes:
    """Returns a request's body.

    Raises:
        SimulatorError: it is encoded, or was larger than the setting allows.
    """
    if request.headers.get("content-encoding") is not None:
        _check_plain(", ".join(request.headers.all("content-encoding")))
    if request.is_too_large:
        raise SimulatorError(Refusal.BODY_TOO_LARGE, "the body is too large")
    return request.body


def _check_plain(codings: str) -> None:
    if not all(each.strip().lower() in _PLAIN for each in codings.split(",")):
        detail = f"Content-Encoding: expected identity or no such header, got {codings[:60]!r}"
        raise SimulatorError(Refusal.BODY_ENCODED, detail)


def _whole(text: str) -> int | Decimal:
    # Python refuses to make an int of thousands of digits; the field's own rule refuses these.
    return int(text) if len(text) < 100 else Decimal(text)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


#: Makes what reads JSON, its fractions as `Decimal`.
json_decoder = partial(
    json.JSONDecoder, parse_float=as_fraction, parse_int=_whole, parse_constant=_no_constant
)
_decode = json_decoder().decode


def parse_json(content: bytes, decode: Callable[[str], Any] = _decode) -> dict[str, Any]:
    """Returns the object that some JSON holds, its fractions as `Decimal`.

    Args:
        content: the JSON.
        decode: reads it; of a field that is there twice, the last counts by default.

    Raises:
        SimulatorError: it is no JSON object.
    """
    try:
        data = decode(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, "the body is nested too deep") from error
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise SimulatorError(Refusal.BAD_REQUEST, "the body is not a JSON object")
    return data


def load(schema: Schema, data: Mapping[str, Any]) -> Any:
    """Returns what the schema makes of a request.

    Raises:
        SimulatorError: the refusal of the first wrong field, naming all of them.
    """
    try:
        return schema.load(data)
    except ValidationError as error:
        raise _refusal(schema, error) from error


def load_right(schema: Schema, data: Mapping[str, Any]) -> tuple[Any, bool]:
    """Returns what the schema makes of a request, and whether all of it is right.

    Of a wrong request, that is a dictionary of the fields that are right.
    """
    try:
        return schema.load(data), True
    except ValidationError as error:
        return error.valid_data, False


def _refusal(schema: Schema, error: ValidationError) -> SimulatorError:
    messages: Mapping[str, Any] = error.messages_dict
    refusal = next(
        (
            field.refusal
            for field in schema.fields.values()
            if isinstance(field, CodedField) and field.data_key in messages
        ),
        Refusal.BAD_REQUEST,
    )
    return SimulatorError(refusal, "; ".join(_flat(messages)))


def _flat(messages: Any, path: str = "") -> list[str]:
    if isinstance(messages, Mapping):
        return [text for name, each in messages.items() for text in _flat(each, _place(path, name))]
    return [f"{path}: {str(each).rstrip('.')}".removeprefix(": ") for each in messages]


def _place(path: str, name: object) -> str:
    if name == SCHEMA:  # what is wrong about the whole, not about one field
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)
