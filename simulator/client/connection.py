"""HTTP to one simulator, in a way that every failure is one clear line."""

import json as jsonlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

import httpx

from simulator.client.decoding import Undecodable, parse
from simulator.client.errors import ControlError, Unreachable

__all__ = ["Connection"]

#: What is shown of an answer that is no simulator's.
SHOWN = 200


class Sent(TypedDict, total=False):
    """What a call sends, and how long it waits; see `Connection.exchange`."""

    json: Any
    content: bytes | None
    form: Mapping[str, str] | None
    query: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    patience: float


class Connection:
    """Connections to one server, which all clients of its sandboxes share.

    Proxies of the environment are not used.

    Args:
        url: where it is, such as `http://127.0.0.1:8080`.
        timeout: real seconds an answer may take.
        transport: what carries the calls in place of the network.

    Raises:
        ValueError: the URL is not one.
    """

    def __init__(
        self, url: str, *, timeout: float = 10.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = _checked(url)
        self._timeout = timeout
        # A TLS context takes long to make.
        is_https = self.url.startswith("https:")
        self._http = httpx.Client(
            timeout=timeout, transport=transport or httpx.HTTPTransport(verify=is_https)
        )

    def send(self, method: str, path: str, **call: Unpack[Sent]) -> bytes:
        """Makes a call as `exchange` does; returns the body of its answer."""
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
    ) -> httpx.Response:
        """Makes a call; returns its answer, which is a success.

        Args:
            method: the HTTP method.
            path: what follows the URL.
            json: a body to send as JSON.
            content: a body to send as it is.
            form: a body to send as a form.
            query: the query's parameters.
            headers: headers to send.
            patience: seconds the answer may take beyond the time-out.

        Raises:
            ControlError: it was refused.
            Unreachable: there was no answer.
        """
        all_headers = dict(headers or {})
        if json is not None:
            content = jsonlib.dumps(json, allow_nan=False).encode()
            all_headers["Content-Type"] = "application/json"
        try:
            answer = self._http.request(
                method,
                self.url + path,
                content=content,
                data=form,
                params=query,
                headers=all_headers,
                timeout=self._timeout + patience,
            )
        except httpx.TimeoutException as error:
            seconds = f"{self._timeout + patience:g}"
            raise Unreachable(self.url, f"no answer within {seconds} s") from error
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as error:
            raise Unreachable(self.url, _reason(error)) from error
        if not answer.is_success:
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
        """Makes a call whose answer goes on; gives its lines as they come.

        Args:
            method: the HTTP method.
            path: what follows the URL.
            headers: headers to send.
            query: the query's parameters.
            patience: seconds that may pass without a word.

        Raises:
            ControlError: it was refused.
            Unreachable: there was no answer, or it ended in the middle.
        """
        wait = httpx.Timeout(self._timeout, read=patience)
        url = self.url + path
        try:
            with self._http.stream(
                method, url, headers=dict(headers), params=dict(query), timeout=wait
            ) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _refusal(f"{method} {url}", answer)
                yield answer.iter_lines()
        except httpx.TransportError as error:
            raise Unreachable(self.url, _reason(error)) from error

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


def _checked(url: str) -> str:
    wanted = f"expected a URL such as http://127.0.0.1:8080, got {url[:100]!r}"
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{wanted} ({error})") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
        raise ValueError(wanted)
    return url.rstrip("/")


def _reason(error: Exception) -> str:
    reason = str(error).strip() or type(error).__name__
    return reason.splitlines()[0]


def _refusal(call: str, answer: httpx.Response) -> ControlError:
    """Returns the error that an answer stands for: the control API's, or the PoS API's."""
    status = answer.status_code
    try:
        details = parse(answer.content)
    except Undecodable:
        details = None
    said = details if isinstance(details, dict) else {}
    code, message = said.get("code"), said.get("error_description")
    message = message or said.get("message") or said.get("error")
    if not message:
        first = answer.text.strip().partition("\n")[0][:SHOWN]
        message = answer.headers.get("X-Simulator-Reason") or first or answer.reason_phrase
    return ControlError(call, status, f"{code}: {message}" if code else str(message), details)
