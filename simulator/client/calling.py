"""The common part of all calls of the control API: path, access, sending, reading the answer."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from .bearing import BadControlToken, authorization
from .errors import ClientError, ControlError
from .model import Input, decode, encode

if TYPE_CHECKING:
    from .connection import Connection

T = TypeVar("T")

CONTROL = "/_simulator"


def quoted(text: object) -> str:
    """Returns a text as one segment of a path.

    Raises:
        ClientError: it can't be one.
    """
    if str(text) in ("", ".", ".."):
        raise ClientError(f"there is nothing with the name {str(text)!r}")
    return quote(str(text), safe="")


class ControlCalls:
    """Calls the control API of one sandbox.

    Args:
        connection: to the server.
        sandbox: the sandbox's name; None for the default one.
        token: the server's `--control-token`, where it has one.

    Raises:
        ClientError: the token can't be one.
    """

    def __init__(self, connection: "Connection", sandbox: str | None, token: str | None) -> None:
        self._connection = connection
        self._sandbox = sandbox
        self._token = token
        try:
            self._headers = authorization(token)
        except BadControlToken as error:
            raise ClientError(str(error)) from error

    @property
    def base_url(self) -> str:
        """The URL of the sandbox, in front of the paths of clients under test."""
        return self._connection.url + self._prefix

    @property
    def _prefix(self) -> str:
        return "" if self._sandbox is None else f"/sandboxes/{quoted(self._sandbox)}"

    def call(self, answer: type[T], method: str, path: str, **more: Any) -> T:
        """Makes any call of the control API, also one that has no method here.

        Args:
            answer: the type of its answer.
            method: the HTTP method.
            path: the path behind `/_simulator`.
            more: what `send` takes.

        Raises:
            ControlError: it was refused, or its answer is of another type.
            Unreachable: there was no answer.
        """
        return self.understood(partial(decode, answer), method, path, **more)

    def understood(self, read: Callable[[bytes], T], method: str, path: str, **more: Any) -> T:
        """Makes a call as `call` does; returns what a function reads out of the answer's body.

        Args:
            read: the function.
            method: the HTTP method.
            path: the path behind `/_simulator`.
            more: what `send` takes.

        Raises:
            ControlError: the call was refused, or the function can't read its answer.
            Unreachable: there was no answer.
        """
        content = self.send(method, path, **more)
        with understanding(f"{method} {self.base_url}{CONTROL}{path}"):
            return read(content)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Input | None = None,
        body: Input | None = None,
        format: str | None = None,
        at_root: bool = False,
        **more: Any,
    ) -> bytes:
        """Makes a call as `call` does; returns the answer's body as it is.

        Args:
            method: the HTTP method.
            path: the path behind `/_simulator`.
            query: its parameters.
            body: its body.
            format: the format of the answer, where there are several.
            at_root: whether the call is about the whole server, not about the sandbox.
            more: what `Connection.exchange` takes, such as `content`.
        """
        headers = self._headers | more.pop("headers", {})
        if body is not None:
            more["content"], headers["Content-Type"] = _written(body), "application/json"
        if query is not None or format is not None:
            more["query"] = texts(query) | ({"format": format} if format else {})
        prefix = ("" if at_root else self._prefix) + CONTROL
        return self._connection.send(method, prefix + path, headers=headers, **more)

    def _document(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Returns JSON as it is, without reading amounts out of it."""
        return self.understood(as_document, method, path, **more)


def as_document(content: bytes) -> dict[str, Any]:
    """Returns the object that some JSON is, without reading amounts out of it.

    Raises:
        ValueError: it is not JSON, or no object.
    """
    return decode(dict[str, Any], content, float)


def as_sent(text: str, name: str) -> bytes:
    """Returns a text as the body of a call.

    Args:
        text: the text.
        name: what the caller calls it.

    Raises:
        ClientError: it has half a character, which can't be sent.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ClientError(f"{name}: it has half a character, which is no text") from error


def _written(body: Input) -> bytes:
    try:
        return encode(body)
    except ValueError as error:
        values = [(name, getattr(body, name)) for name in body.__struct_fields__]
        odd = [name for name, each in values if isinstance(each, float) and not isfinite(each)]
        raise ClientError(f"{', '.join(odd) or 'the body'}: JSON has no such number") from error


@contextmanager
def understanding(call: str) -> Iterator[None]:
    """Reads an answer, which may be that of no simulator.

    Args:
        call: the method and the URL.

    Raises:
        ControlError: the answer has not what is read out of it.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        reason = f"{type(error).__name__} " if isinstance(error, LookupError) else ""
        message = f"the answer can't be understood: {reason}{error}".splitlines()[0]
        raise ControlError(call, 200, message) from error


def texts(query: Input | None) -> dict[str, str]:
    """Returns the parameters of a query as they are in a URL."""
    values = json.loads(encode(query)).items() if query is not None else ()
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values
        if value is not None
    }
