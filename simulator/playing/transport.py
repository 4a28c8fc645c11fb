"""What carries the calls of the model client, and how a call ends."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from ..engine.client_rules import must_send_again


class NoAnswer(Exception):
    """The transport got no answer: it timed out, or the connection broke."""


class CallRefused(Exception):
    """The service refused a call for good."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"{status} {code}".strip())


class GaveUp(Exception):
    """The client can't go on: all retries of a call failed, or the clock goes no further."""


@dataclass(frozen=True, slots=True)
class TransportAnswer:
    """An answer: its status and its body as it came."""

    status: int
    body: bytes = b""

    def understood(self, needs: str) -> Any:
        """Returns the body of a right answer; whatever can't be understood is no answer.

        Args:
            needs: a field that its body must have; empty where it may have no body.

        Raises:
            NoAnswer: the call may be made again.
            CallRefused: it was refused for good.
        """
        if self.status == 401:
            raise NoAnswer("status 401, the token or the credentials are not accepted")
        if must_send_again(self.status):
            raise NoAnswer(f"status {self.status}")
        try:
            body = json.loads(self.body) if self.body else None
        except (ValueError, RecursionError) as error:
            raise NoAnswer("the body can't be read") from error
        if self.status != 200:
            code = body.get("code", "") if isinstance(body, dict) else ""
            raise CallRefused(self.status, str(code))
        if needs and not (isinstance(body, dict) and needs in body):
            raise NoAnswer(f"{needs} is missing in the body")
        return body


class Transport(Protocol):
    """What carries the client's calls."""

    def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> TransportAnswer:
        """Makes a call.

        Raises:
            NoAnswer: there was none within `timeout` seconds.
        """

    def sleep(self, seconds: float) -> None:
        """Waits."""
