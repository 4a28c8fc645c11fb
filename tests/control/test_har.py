"""The journal as an HTTP archive: valid, as browsers read it, and with nothing secret in it."""

import base64
import json
from datetime import datetime
from typing import Any

import httpx
import jsonschema
import pytest
from mobilepay_simulator.client.model import encode_in_pieces
from mobilepay_simulator.journal.exchanges import ExchangeRecord
from mobilepay_simulator.journal.har import as_har
from mobilepay_simulator.scripting.fate import Delivery

from tests.support import CLIENT_ID, SECRET, RunningServer, Till

PAIRS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}
SIZE = {"type": "integer", "minimum": -1}
TIME = {"type": "number", "minimum": -1}
TEXT = {"type": "string"}

#: What HAR 1.2 requires, by hand from its specification.
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {
                    "required": ["name", "version"],
                    "properties": {"name": TEXT, "version": TEXT},
                },
                "entries": {"type": "array", "items": {"$ref": "#/$defs/entry"}},
            },
        }
    },
    "$defs": {
        "entry": {
            "type": "object",
            "required": [
                "startedDateTime",
                "time",
                "request",
                "response",
                "cache",
                "timings",
            ],
            "properties": {
                "startedDateTime": {
                    "type": "string",
                    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)$",
                },
                "time": {"type": "number", "minimum": 0},
                "request": {"$ref": "#/$defs/request"},
                "response": {"$ref": "#/$defs/response"},
                "cache": {"type": "object"},
                "timings": {
                    "required": ["send", "wait", "receive"],
                    "properties": {"send": TIME, "wait": TIME, "receive": TIME},
                },
            },
        },
        "request": {
            "required": [
                "method",
                "url",
                "httpVersion",
                "cookies",
                "headers",
                "queryString",
                "headersSize",
                "bodySize",
            ],
            "properties": {
                "method": TEXT,
                "url": {"type": "string", "pattern": "^https?://[^/]+/[!-~]*$"},
                "httpVersion": TEXT,
                "cookies": PAIRS,
                "headers": PAIRS,
                "queryString": PAIRS,
                "postData": {
                    "required": ["mimeType", "params", "text"],
                    "properties": {"mimeType": TEXT, "params": PAIRS, "text": TEXT},
                },
                "headersSize": SIZE,
                "bodySize": SIZE,
            },
        },
        "response": {
            "required": [
                "status",
                "statusText",
                "httpVersion",
                "cookies",
                "headers",
                "content",
                "redirectURL",
                "headersSize",
                "bodySize",
            ],
            "properties": {
                "status": {"type": "integer"},
                "statusText": TEXT,
                "httpVersion": TEXT,
                "cookies": PAIRS,
                "headers": PAIRS,
                "content": {
                    "required": ["size", "mimeType"],
                    "properties": {
                        "size": {"type": "integer"},
                        "mimeType": TEXT,
                        "text": TEXT,
                        "encoding": {"const": "base64"},
                    },
                },
                "redirectURL": TEXT,
                "headersSize": SIZE,
                "bodySize": SIZE,
            },
        },
    },
}


def entries(till: Till, **query: str) -> Any:
    answer = till.http.get("/_simulator/requests", params={"format": "har", **query})
    assert answer.status_code == 200, answer.text
    archive = answer.json()
    jsonschema.validate(archive, HAR)
    return archive["log"]["entries"]


def made(**changes: Any) -> Any:
    """The only entry of an archive of one exchange."""
    values = {"method": "POST", "path": "/x", "query": "", "headers": (), "real_at": 0.0}
    exchange = ExchangeRecord(
        **values | {"base": "http://sim", "delivery": Delivery.WHOLE} | changes
    )
    written = as_har([exchange], phrases={200: "OK", 302: "Found"}, version="1")
    archive = json.loads(encode_in_pieces(written))
    jsonschema.validate(archive, HAR)
    return archive["log"]["entries"][0]


def test_an_archive_of_all_sorts_of_calls_is_valid(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, scenario="lost-response-capture")
    till.call("POST", "/payments", till.payment_body(pos_id))
    till.call("GET", f"/payments?posId={pos_id}&orderId=")
    till.http.get("/nowhere?x=%C3%A6&y")
    till.advance(seconds=3)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    statuses = [each["response"]["status"] for each in entries(till, control="true")]
    assert {200, 409, 404, 0} == set(statuses)


def test_an_entry_has_the_absolute_url_with_the_sandbox(till: Till) -> None:
    till.call("GET", "/payments", params={"orderId": "a b", "state": "Captured"})
    entry = entries(till)[-1]
    base = str(till.http.base_url).rstrip("/")
    assert entry["request"]["url"] == f"{base}/pos/v10/payments?orderId=a+b&state=Captured"
    assert entry["request"]["queryString"] == [
        {"name": "orderId", "value": "a b"},
        {"name": "state", "value": "Captured"},
    ]


def test_the_host_is_the_one_the_client_named(server: RunningServer, till: Till) -> None:
    headers = {"Host": "api.mobilepay.dk"}
    httpx.get(f"{till.http.base_url}pos/v10/stores", headers=headers)
    assert entries(till) == []  # no token: it leads to no sandbox that was there
    till.token()
    httpx.get(f"{till.http.base_url}pos/v10/stores", headers=headers)
    url = entries(till)[-1]["request"]["url"]
    assert url.startswith("http://api.mobilepay.dk/sandboxes/")


def test_an_entry_has_the_bodies_and_when_it_was_really_sent(till: Till) -> None:
    pos_id = till.create_pos()
    answer = till.call("POST", "/payments", till.payment_body(pos_id, 12.5))
    entry, shown = entries(till)[-1], till.control("GET", "/requests")["requests"][-1]
    post = entry["request"]["postData"]
    assert (post["mimeType"], post["text"]) == (
        "application/json",
        answer.request.content.decode(),
    )
    assert entry["request"]["bodySize"] == len(answer.request.content)
    content = entry["response"]["content"]
    assert (content["text"], content["size"]) == (answer.text, len(answer.content))
    assert content["mimeType"].startswith("application/json")
    assert entry["response"]["statusText"] == "OK"
    assert datetime.fromisoformat(entry["startedDateTime"]) == datetime.fromisoformat(
        shown["realAt"]
    )
    assert entry["time"] == sum(entry["timings"].values()) == shown["durationMs"]


def test_what_har_has_no_word_for_stands_in_fields_with_an_underscore(till: Till) -> None:
    run = till.control("POST", "/scenarios/next", {"scenario": "lost-response-capture"})["runs"][0]
    payment_id = till.initiate(till.create_pos())
    till.advance(seconds=3)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    entry, shown = entries(till)[-1], till.control("GET", "/requests")["requests"][-1]
    assert entry["_operation"] == "CapturePayment"
    assert (entry["_run"], entry["_paymentId"]) == (run, payment_id)
    assert entry["_at"] == shown["at"]
    assert entry["_fault"] == shown["fault"]
    assert entry["_changes"] == shown["changes"] != []


def test_an_answer_that_was_cut_off_is_one_a_browser_would_call_failed(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="lost-response-capture")
    till.advance(seconds=3)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    (entry,) = entries(till, status="0")
    assert entry["response"]["status"] == 0
    assert entry["response"]["_error"] == "the connection broke without an answer"


def test_an_archive_takes_the_same_filters(till: Till) -> None:
    payment_id = till.captured()
    found = entries(till, paymentId=payment_id, status="200", limit="1")
    assert [each["_operation"] for each in found] == ["CapturePayment"]


def test_secrets_and_tokens_are_nowhere_in_an_archive(till: Till) -> None:
    token = till.token()
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
    second = till.http.post("/integrator-authentication/connect/token", data=form).json()
    till.ok("GET", "/stores", headers={"Cookie": "session=very-private"})
    text = till.http.get("/_simulator/requests?format=har&control=true").text
    basic = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    for secret in (SECRET, token, second["access_token"], str(till._token), basic, "very-private"):
        assert secret not in text
    posted = [
        each["request"]["postData"]
        for each in entries(till, operation="Token")
        if "client_secret" in each["request"]["postData"]["text"]
    ]
    assert {"name": "client_secret", "value": "***"} in posted[0]["params"]


def test_it_is_saved_under_the_sandboxs_name(till: Till) -> None:
    answer = till.http.get("/_simulator/requests?format=har")
    name = str(till.http.base_url).rstrip("/").rpartition("/")[2]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.har"'


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("paymentId={payment}", "payment-{payment:.8}"),
        ("paymentId={payment:.8}", "payment-{payment:.8}"),
        ("posId={pos}", "point-of-sale-{pos:.8}"),
        ("posId={pos}&paymentId={payment}", "payment-{payment:.8}"),
        ("operation=InitiatePayment", "{sandbox}"),
        ("paymentId=", "{sandbox}"),
    ],
)
def test_that_of_a_payment_or_a_point_of_sale_is_saved_under_its_id(
    till: Till, query: str, name: str
) -> None:
    pos = till.create_pos()
    names = {
        "pos": pos,
        "payment": till.initiate(pos),
        "sandbox": str(till.http.base_url).rstrip("/").rpartition("/")[2],
    }
    answer = till.http.get(f"/_simulator/requests?{query.format(**names)}&format=har")
    said = f'attachment; filename="{name.format(**names)}.har"'
    assert answer.headers["Content-Disposition"] == said


@pytest.mark.parametrize(
    ("accept", "is_archive"),
    [
        ("application/har+json", True),
        ("application/json", False),
        ("*/*", False),
        ("text/html", False),
        ("application/json;q=0.5, application/har+json", True),
    ],
)
def test_an_archive_can_be_asked_for_as_a_media_type(
    till: Till, accept: str, is_archive: bool
) -> None:
    answer = till.http.get("/_simulator/requests", headers={"Accept": accept})
    assert ("log" in answer.json()) is is_archive


def test_an_unknown_format_is_refused_with_those_there_are(till: Till) -> None:
    answer = till.http.get("/_simulator/requests?format=harr")
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(
        "(format: there is no 'harr'; did you mean 'har'? There are har, json)"
    )


# --- what no call over the wire brings about ------------------------------------------------------


def test_an_answer_that_is_no_text_is_kept_in_base64() -> None:
    content = made(status=200, answer_body=b"\xff\x00", answer_size=2)["response"]["content"]
    assert (content["encoding"], base64.b64decode(content["text"])) == ("base64", b"\xff\x00")


def test_a_body_that_was_not_kept_whole_is_told_so() -> None:
    entry = made(body=b"abc", body_size=9, answer_body=b"de", answer_size=5)
    assert entry["request"]["postData"]["comment"] == "the first 3 of 9 bytes"
    assert entry["request"]["bodySize"] == 9
    assert entry["response"]["content"]["comment"] == "the first 2 of 5 bytes"


def test_a_path_that_urls_can_not_hold_is_escaped() -> None:
    url = made(path="/pos/æ ?#%", query="a=b")["request"]["url"]
    assert url == "http://sim/pos/%C3%A6%20%3F%23%25?a=b"


def test_a_redirect_and_an_unknown_status_are_told_as_they_are() -> None:
    headers = (("Location", "/elsewhere"),)
    response = made(status=302, answer_headers=headers)["response"]
    assert (response["statusText"], response["redirectURL"]) == ("Found", "/elsewhere")
    assert made(status=599)["response"]["statusText"] == ""


@pytest.mark.parametrize(
    ("delivery", "error"),
    [
        (Delivery.NOTHING, "the connection broke without an answer"),
        (Delivery.PART, "the connection broke before the whole answer was sent"),
        (Delivery.ABANDONED, "the client hung up before the answer came"),
        (Delivery.PENDING, "the answer is still held back"),
    ],
)
def test_what_did_not_arrive_has_status_0_and_says_why(delivery: Delivery, error: str) -> None:
    response = made(status=200, delivery=delivery)["response"]
    assert (response["status"], response["_error"]) == (0, error)
