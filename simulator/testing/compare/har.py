"""Reads a HAR file as browsers and proxies write it; nothing secret in it is kept."""

import errno
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urlsplit

from ...engine.operations import AUTHENTICATION, CERTIFICATION, ENDPOINTS, POS, USER_SIMULATION
from ...journal.exchanges import ExchangeRecord, is_form
from ...settings.files import read_file
from .archive import (
    BadRecording,
    HarContent,
    HarEntry,
    HarPostData,
    HarRequest,
    HarResponse,
    entries_of,
)
from .secrets import SecretBook

#: A file may be so many bytes long.
LARGEST = 256 * 1024 * 1024
#: The parts of the service that are compared, as paths begin.
_SERVICE = (AUTHENTICATION, POS, USER_SIMULATION)
#: What names the connection, or this simulator's own wishes; the answer doesn't depend on it.
_NOT_SENT = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "keep-alive"}
    | {"cookie", "proxy-authorization", "x-ibm-client-secret", "proxy-connection", "expect"}
)
_SIMULATORS = "x-simulator-"


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call of the service in a recording.

    Args:
        number: the place of its entry in the file, from 1.
        exchange: the call and its answer, secrets masked; its ids are the recorded ones.
        has_answer_body: whether the recording holds the whole body of the answer.
        media_type: the answer's; empty where the recording doesn't tell it.
        failure: why its answer says nothing of the service's rules; None if it does.
        left_out: why it can't be made again; None if it can.
    """

    number: int
    exchange: ExchangeRecord
    has_answer_body: bool
    media_type: str = ""
    failure: str | None = None
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class HttpRecording:
    """What a HAR file holds of the service, in the order of time.

    Args:
        calls: the calls of the service.
        others: how many entries are none of its calls, by what they are.
        secrets: what must never be written out.
    """

    calls: tuple[RecordedCall, ...]
    others: dict[str, int]
    secrets: SecretBook


def read_har(path: Path) -> HttpRecording:
    """Returns the calls of the service in a HAR file.

    Raises:
        BadRecording: it is no HAR file, is cut or too large, or holds no call of the service.
        OSError: it can't be read.
    """
    try:
        content = read_file(path, LARGEST, may_be_pipe=True)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        hint = "export the service's host alone"
        raise BadRecording(f"it {error.strerror}; {hint}") from error
    return _HarReader().read(entries_of(content))


class _HarReader:
    def __init__(self) -> None:
        self._secrets = SecretBook()
        self._others: Counter[str] = Counter()

    def read(self, entries: list[HarEntry]) -> HttpRecording:
        calls = [
            call for number, entry in enumerate(entries, 1) for call in self._calls(number, entry)
        ]
        if not calls:
            others = ", ".join(self._others) or "no entries at all"
            raise BadRecording(
                f"it holds no call of the service (paths {', '.join(_SERVICE)}): {others}"
            )
        calls.sort(key=lambda each: each.exchange.at)
        return HttpRecording(tuple(calls), dict(self._others), self._secrets)

    def _calls(self, number: int, entry: HarEntry) -> Iterator[RecordedCall]:
        """Yields the call of an entry, unless it is none of the service's."""
        where = f"entry {number}"
        host, path, query = _address(entry.request, where)
        if (other := _reason_not_to_count(entry.request.method, host, path)) is not None:
            self._others[other] += 1
            return
        yield self._call(number, entry, path, query)

    def _call(self, number: int, entry: HarEntry, path: str, query: str) -> RecordedCall:
        where = f"entry {number}"
        request, response = entry.request, entry.response or HarResponse()
        raw = [(each.name.lower(), each.value or "") for each in request.headers or ()]
        kind = request.post_data.mime_type if request.post_data else None
        if kind and not any(name == "content-type" for name, _ in raw):
            raw.append(("content-type", kind))
        body, has_body = _body(request.post_data, where)
        content = response.content or HarContent()
        answer, has_answer = _answer(content, where)
        operation, ids = operation_of(request.method, path)
        exchange = ExchangeRecord(
            method=request.method.upper(),
            path=self._secrets.masked_url(path),
            query=self._secrets.masked_query(query),
            headers=tuple(self._secrets.masked_headers(_sent(raw))),
            real_at=0.0,
            at=_moment(entry.simulated_at or entry.startedDateTime, where),
            operation=operation,
            status=int(response.status or 0),
            id=number,
        )
        is_token = operation == "Token"
        media_type = exchange.header("content-type") or ""
        exchange.body = self._secrets.masked_body(body, is_form=is_token or is_form(media_type))
        exchange.answer_body = self._secrets.masked_answer(answer)
        exchange.client_id, exchange.merchant = self._secrets.holder_of(raw, body)
        exchange.pos_id, exchange.payment_id, exchange.refund_id = ids
        left_out = None
        if operation is not None and not has_body:
            left_out = "the recording does not hold the whole body of the request"
        if not all(each.isascii() and each.isprintable() for pair in raw for each in pair):
            left_out = "it has a header that can't be sent"
        return RecordedCall(
            number,
            exchange,
            has_answer,
            content.mime_type or "" if has_answer and answer else "",
            _failure(entry, exchange.status),
            left_out,
        )


def operation_of(method: str, path: str) -> tuple[str | None, tuple[str | None, ...]]:
    """Returns the operation of a call, and the ids of point of sale, payment and refund in it."""
    pieces = path.rstrip("/").split("/")
    for endpoint in ENDPOINTS:
        wanted = endpoint.path.split("/")
        if endpoint.method != method.upper() or len(wanted) != len(pieces):
            continue
        pairs = list(zip(wanted, pieces, strict=True))
        if all(there == here or (there[:1] == "{" and here) for there, here in pairs):
            named = {there.strip("{}"): here.lower() for there, here in pairs if there[:1] == "{"}
            return endpoint.name, (
                named.get("posid"),
                named.get("paymentid"),
                named.get("refundid"),
            )
    return None, (None, None, None)


def _address(request: HarRequest, where: str) -> tuple[str, str, str]:
    """Returns host, path and query of a URL; the path without what stands before the service."""
    try:
        parts = urlsplit(request.url)
        host = parts.hostname or ""
    except ValueError as error:
        raise BadRecording(f"{where}: its request.url is no URL") from error
    path, query = unquote(parts.path), parts.query
    if not query and request.query_string:
        query = urlencode([(each.name, each.value or "") for each in request.query_string])
    starts = [path.find(f"{each}/") for each in (CERTIFICATION, *_SERVICE)]
    begins = min((each for each in starts if each >= 0), default=0)
    # A file may hold characters that no URL can.
    return host, path[begins:], quote(query, safe="%/:?@!$&'()*+,;=~-._[]")


def _reason_not_to_count(method: str, host: str, path: str) -> str | None:
    """Returns what an entry is if it is no call of the service, or None."""
    shown = host if host.isascii() and host.isprintable() else "another host"
    if path.startswith(CERTIFICATION):
        return "calls of the self-certification's copy, which misbehaves on purpose"
    if not path.startswith(tuple(f"{each}/" for each in _SERVICE)):
        return f"calls of {shown or 'no host'} that are not the service's"
    if {".", ".."} & set(path.split("/")):
        return "calls whose path leads elsewhere"
    if not (method.isascii() and method.isalpha() and len(method) < 20):
        return "calls with a method that no client can send"
    if method.upper() in ("OPTIONS", "HEAD", "CONNECT", "TRACE"):
        return f"{method.upper()} requests, which clients of the service do not make"
    return None


def _failure(entry: HarEntry, status: int) -> str | None:
    if entry.fault is not None:
        return "its answer was a fault that a scenario injected"
    if not 100 <= status < 600:
        return "it got no answer"
    if status == 429:
        return "it was answered 429: too many calls at that time"
    return f"it was answered {status}: the service failed" if status >= 500 else None


def _sent(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns the headers that are sent again: not the connection's, not HTTP/2's own."""
    return [
        (name, value)
        for name, value in headers
        if name not in _NOT_SENT and not name.startswith((":", _SIMULATORS, "sec-"))
    ]


def _body(data: HarPostData | None, where: str) -> tuple[bytes, bool]:
    """Returns a request's body, and whether that is all of it."""
    if data is None:
        return b"", True
    if data.text:
        return _decoded(data.text, data.encoding, where), not _is_cut(data.comment)
    pairs = [(each.name, each.value or "") for each in data.params or ()]
    return urlencode(pairs).encode(), True


def _answer(content: HarContent, where: str) -> tuple[bytes, bool]:
    """Returns an answer's body, and whether that is all of it."""
    if content.text is None:
        # Chrome leaves out what it has not kept; an empty body has the size 0.
        return b"", content.size == 0
    return _decoded(content.text, content.encoding, where), not _is_cut(content.comment)


def _is_cut(comment: str | None) -> bool:
    """Whether a comment says, as our own exports do, that a body was not kept whole."""
    return comment is not None and comment.startswith("the first ") and " bytes" in comment


def _decoded(text: str, encoding: str | None, where: str) -> bytes:
    if (encoding or "").lower() != "base64":
        return text.encode("utf-8", "surrogateescape")
    try:
        return b64decode(text)
    except ValueError as error:
        raise BadRecording(f"{where}: a body is marked as base64, and is none") from error


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{where}: startedDateTime: expected a time such as 2024-01-31T12:00:00.000Z"
        raise BadRecording(message) from error
    if not 2000 <= moment.year < 2200:
        raise BadRecording(f"{where}: startedDateTime: the year must be from 2000 to 2199")
    return moment
