"""The journal as an HTTP archive (HAR 1.2), which the developer tools of browsers open.

Fields that begin with an underscore are extensions, which the format allows.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from ..client.model import moment_as_text
from ..scripting.fate import Delivery
from .exchanges import FORM, ExchangeRecord
from .shown import shown_exchange

#: The exchange's fields that HAR has no field for; an underscore precedes their names there.
EXTRAS = (
    "id",
    "operation",
    "at",
    "delivery",
    "fault",
    "run",
    "correlationId",
    "clientId",
    "merchant",
    "posId",
    "paymentId",
    "refundId",
    "code",
    "hint",
    "changes",
)
UNKNOWN = -1
_BROKEN = {
    Delivery.NOTHING: "the connection broke without an answer",
    Delivery.PART: "the connection broke before the whole answer was sent",
    Delivery.ABANDONED: "the client hung up before the answer came",
    Delivery.PENDING: "the answer is still held back",
}


def as_har(
    exchanges: Iterable[ExchangeRecord],
    *,
    phrases: Mapping[int, str],
    version: str,
) -> dict[str, Any]:
    """Returns exchanges as an HTTP archive; its entries are made as they are written.

    Args:
        exchanges: the exchanges, in order.
        phrases: what each status means, such as Not Found.
        version: the simulator's.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "mobilepay-sim", "version": version},
            "pages": [],
            "entries": (_entry(each, phrases) for each in exchanges),
        }
    }


def _entry(exchange: ExchangeRecord, phrases: Mapping[int, str]) -> dict[str, Any]:
    shown = shown_exchange(exchange).raw
    took = round(exchange.duration * 1000, 3)
    began = datetime.fromtimestamp(exchange.real_at, UTC)
    return {
        "startedDateTime": moment_as_text(began),
        "time": took,
        "request": _request(exchange),
        "response": _response(exchange, phrases),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        **{f"_{name}": shown[name] for name in EXTRAS},
    }


def _request(exchange: ExchangeRecord) -> dict[str, Any]:
    query = f"?{exchange.query}" if exchange.query else ""
    request = {
        "method": exchange.method,
        "url": exchange.base + quote(exchange.path, safe="/:@!$&'()*+,;=~") + query,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.headers),
        "queryString": _pairs(parse_qsl(exchange.query, keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": exchange.body_size,
    }
    if exchange.body:
        request["postData"] = _post_data(exchange)
    return request


def _post_data(exchange: ExchangeRecord) -> dict[str, Any]:
    media_type = exchange.header("content-type") or "application/octet-stream"
    text = exchange.body.decode("utf-8", "replace")
    data: dict[str, Any] = {"mimeType": media_type, "text": text, "params": []}
    if media_type.partition(";")[0].strip().lower() == FORM:
        data["params"] = _pairs(parse_qsl(text, keep_blank_values=True))
    return data | _cut_short(exchange.body, exchange.body_size)


def _response(exchange: ExchangeRecord, phrases: Mapping[int, str]) -> dict[str, Any]:
    if exchange.delivery is not Delivery.WHOLE:
        return _no_response(_BROKEN[exchange.delivery])
    headers = {name.lower(): value for name, value in exchange.answer_headers}
    return {
        "status": exchange.status,
        "statusText": phrases.get(exchange.status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.answer_headers),
        "content": _content(exchange, headers.get("content-type", "")),
        "redirectURL": headers.get("location", ""),
        "headersSize": UNKNOWN,
        "bodySize": exchange.answer_size,
    }


def _no_response(error: str) -> dict[str, Any]:
    """Returns what a browser writes for a call without an answer."""
    return {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": "",
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
        "_error": error,
    }


def _content(exchange: ExchangeRecord, media_type: str) -> dict[str, Any]:
    body = exchange.answer_body
    content: dict[str, Any] = {"size": exchange.answer_size, "mimeType": media_type}
    try:
        content["text"] = body.decode()
    except UnicodeDecodeError:
        content |= {"text": b64encode(body).decode(), "encoding": "base64"}
    return content | _cut_short(body, exchange.answer_size)


def _cut_short(kept: bytes, size: int) -> dict[str, str]:
    is_whole = len(kept) >= size
    return {} if is_whole else {"comment": f"the first {len(kept)} of {size} bytes"}


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
