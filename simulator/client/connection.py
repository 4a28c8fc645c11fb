"""HTTP to one simulator; each failure is one clear line."""

import json as jsonlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from .errors import ClientError, ControlError, Unreachable, reason_of

if TYPE_CHECKING:
    import httpx

#: How many characters are shown of an answer that is not a simulator's.
SHOWN = 200
#: How many characters are shown of what a simulator says about a refusal, and of a line of it.
LONGEST_MESSAGE = 20_000
LONGEST_LINE = 1_000


class Closing(ABC):
    """Something that is closed when its `with` block ends."""

    @abstractmethod
    def close(self) -> None:
        """Frees what it holds."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class SendOptions(TypedDict, total=False):
    """The arguments of `Connection.exchange`."""

    json: Any
    content: bytes | None
    form: Mapping[str, str] | None
    query: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    patience: float


class Connection:
    """The connections to one server. All clients of its sandboxes share them.

    Args:
        url: its URL, such as `http://127.0.0.1:8080`.
        timeout: real seconds an answer may take; a large one may take longer, as long as it comes.
        transport: carries the calls in place of the network.

    Raises:
        ValueError: the URL is not one.
        Unreachable: it is https, and what the environment says about TLS is no good.
    """

    def __init__(
        self, url: str, *, timeout: float = 10.0, transport: "httpx.BaseTransport | None" = None
    ) -> None:
        # The server needs the models alone, and must not wait for httpx.
        from .outgoing import new_client
        from .trust import BadTrust

        self.url = _checked(url)
        self._timeout = timeout
        try:
            self._http = new_client(self.url, transport=transport, timeout=timeout)
        except BadTrust as error:
            raise Unreachable(self.url, str(error)) from error

    def send(self, method: str, path: str, **call: Unpack[SendOptions]) -> bytes:
        """Makes a call as `exchange` does; returns the answer's body."""
        return self.exchange(method, path, **call).content

    def exchange(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        patience: float = 0.0,
    ) -> "httpx.Response":
        """Makes a call; returns its answer, which has a status below 300.

        Args:
            method: the HTTP method.
            path: the path behind the URL.
            json: a body to send as JSON.
            content: a body to send as it is.
            form: a body to send as a form.
            query: the query's parameters.
            headers: headers to send.
            patience: seconds to wait beyond the time-out.

        Raises:
            ControlError: it was refused.
            Unreachable: there was no answer, or none that can be read to its end.
            ClientError: it can't be sent.
        """
        import httpx

        from .receiving import AS_IT_IS, answer_of

        all_headers = AS_IT_IS | dict(headers or {})
        if json is not None:
            content = jsonlib.dumps(json, allow_nan=False).encode()
            all_headers["Content-Type"] = "application/json"
        seconds = self._timeout + patience
        try:
            answer = answer_of(
                self._http,
                self.url,
                method,
                self.url + path,
                seconds,
                content=content,
                data=form,
                params=query,
                headers=all_headers,
            )
        except httpx.TimeoutException as error:
            raise Unreachable(self.url, f"no answer within {seconds:g} s") from error
        except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError) as error:
            raise _unsendable(method, path, error) from error
        except httpx.RequestError as error:
            raise Unreachable(self.url, reason_of(error)) from error
        # Nobody asks for a part of an answer.
        if not answer.is_success or answer.status_code == httpx.codes.PARTIAL_CONTENT:
            raise _refusal(f"{method} {self.url}{path}", answer)
        return answer

    @contextmanager
    def lines(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        patience: float,
    ) -> Iterator[Iterator[str]]:
        """Makes a call whose answer goes on; yields its lines as they come.

        Args:
            method: the HTTP method.
            path: the path behind the URL.
            headers: headers to send.
            query: the query's parameters.
            patience: seconds to wait for the next line.

        Raises:
            ControlError: it was refused.
            Unreachable: there was no answer, it broke off, or a line of it has no end.
            ClientError: it can't be sent.
        """
        import httpx

        from . import receiving
        from .deadlines import Deadline

        deadline, url = Deadline(patience), self.url + path
        wait = httpx.Timeout(deadline, connect=Deadline(self._timeout))
        asked = receiving.AS_IT_IS | dict(headers)
        try:
            with self._http.stream(
                method, url, headers=asked, params=dict(query), timeout=wait
            ) as answer:
                if not answer.is_success:
                    refused = receiving.whole(self.url, answer, patience)
                    raise _refusal(f"{method} {url}", refused)
                yield receiving.lines(self.url, answer, deadline)
        except httpx.TimeoutException as error:
            raise Unreachable(self.url, f"no answer within {patience:g} s") from error
        except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError) as error:
            raise _unsendable(method, path, error) from error
        except httpx.RequestError as error:
            raise Unreachable(self.url, reason_of(error)) from error

    def hurry(self, timeout: float) -> None:
        """Lets the answers of all later calls take no longer than so many real seconds."""
        self._timeout = min(self._timeout, timeout)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


def _checked(url: str) -> str:
    import httpx

    wanted = f"expected a URL such as http://127.0.0.1:8080, got {url[:100]!r}"
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{wanted} ({error})") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
        raise ValueError(wanted)
    try:
        # As it is looked up.
        parsed.host.encode("idna")
    except UnicodeError as error:
        raise ValueError(f"{wanted} (there can be no such host)") from error
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise ValueError(f"{wanted} (a port is from 1 to 65535)")
    return url.rstrip("/")


def _unsendable(method: str, path: str, error: Exception) -> ClientError:
    """Returns the error for a call that no server can be sent."""
    return ClientError(f"{method} {_bounded(path, SHOWN)} can't be sent: {reason_of(error)}")


def _refusal(call: str, answer: "httpx.Response") -> ControlError:
    """Returns the error for an answer of the control API or the PoS API."""
    status = answer.status_code
    try:
        details = jsonlib.loads(answer.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        details = None
    said = details if isinstance(details, dict) else {}
    words = (said.get(each) for each in ("error_description", "message", "error"))
    message = next((each for each in words if each and isinstance(each, str)), "")
    code = said.get("code")
    if not message:
        first = answer.text.strip().partition("\n")[0][:SHOWN]
        message = answer.headers.get("X-Simulator-Reason") or first or answer.reason_phrase
    if code and isinstance(code, str | int):
        message = f"{code}: {message}"
    lines = message[:LONGEST_MESSAGE].split("\n")
    shown = "\n".join(_bounded(each, LONGEST_LINE) for each in lines)
    return ControlError(call, status, shown, details)


def _bounded(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."
