"""What all calls of the control API have in common: path, access, reading the answer."""

from typing import Any, TypeVar
from urllib.parse import quote

from simulator.client.connection import Connection
from simulator.client.decoding import Undecodable, decode, parse
from simulator.client.errors import ControlError

__all__ = ["ControlCalls", "quoted"]

T = TypeVar("T")

CONTROL = "/_simulator"


def quoted(text: object) -> str:
    """Returns a text as one segment of a path."""
    return quote(str(text), safe="")


class ControlCalls:
    """Calls the control API of one sandbox.

    Args:
        connection: to the server.
        sandbox: the sandbox's name; None for the default one.
        token: what the server was given as `--control-token`, if anything.
    """

    def __init__(self, connection: Connection, sandbox: str | None, token: str | None) -> None:
        self._connection = connection
        self._sandbox = sandbox
        self._token = token

    @property
    def base_url(self) -> str:
        """The URL of the sandbox, which clients under test put in front of their paths."""
        return self._connection.url + self._prefix

    @property
    def _prefix(self) -> str:
        return "" if self._sandbox is None else f"/sandboxes/{quoted(self._sandbox)}"

    @property
    def _path(self) -> str:
        return self._prefix + CONTROL

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def _send(self, method: str, path: str, *, at_root: bool = False, **more: Any) -> bytes:
        prefix = "" if at_root else self._prefix
        headers = self._headers | more.pop("headers", {})
        return self._connection.send(method, prefix + CONTROL + path, headers=headers, **more)

    def _read(self, kind: type[T], method: str, path: str, **more: Any) -> T:
        content = self._send(method, path, **more)
        try:
            return decode(kind, parse(content))
        except Undecodable as error:
            raise self._misunderstood(method, path, str(error)) from error

    def _list(self, kind: type[T], path: str, key: str, **more: Any) -> tuple[T, ...]:
        """Returns the list under a key of the answer."""
        found = self._read(dict[str, Any], "GET", path, **more)
        try:
            return decode(tuple[kind, ...], found.get(key), key)  # type: ignore[valid-type]
        except Undecodable as error:
            raise self._misunderstood("GET", path, str(error)) from error

    def _misunderstood(self, method: str, path: str, reason: str) -> ControlError:
        call = f"{method} {self.base_url}{CONTROL}{path}"
        return ControlError(call, 200, f"the answer can't be understood: {reason}")


def given(**values: Any) -> dict[str, Any]:
    """Returns what is not None."""
    return {name: value for name, value in values.items() if value is not None}
