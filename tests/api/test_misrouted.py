"""Paths and methods that lead nowhere, and the spellings of paths that still do."""

import json
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.calls import (
    AUTHORIZATION,
    OPERATIONS,
    UNKNOWN,
    VERSION_HEADER,
    exchange,
    outcome,
    shortly,
)
from tests.support import RunningServer, Till


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/pos/v10/payment", "/pos/v10/payments"),
        ("/pos/v10/store", "/pos/v10/stores"),
        ("/pos/v10/pointsofsale", "/pos/v10/pointofsales"),
        ("/pos/v10/Payments", "/pos/v10/payments"),
        ("/v10/payments", "/pos/v10/payments"),
        ("/pos/v10/payments/prepare/now", "/pos/v10/payments/prepare"),
        ("/pos/app/usersimulation/check-in", "/pos/app/usersimulation/checkin"),
        ("/connect/token", "/integrator-authentication/connect/token"),
        (f"/pos/v10/payment/{UNKNOWN}", "/pos/v10/payments/{paymentid}"),
        ("/pos/v10/payment/C67FC370-D770-4725-9992-D77159FD886D", "/pos/v10/payments/{paymentid}"),
        (f"/pos/v10/paymentz/{UNKNOWN}", "/pos/v10/payments/{paymentid}"),
        (f"/pos/v10/payments/{UNKNOWN}/captur", "/pos/v10/payments/{paymentid}/capture"),
        (f"/pos/v10/pointofsale/{UNKNOWN}", "/pos/v10/pointofsales/{posid}"),
        ("/pos/v10/payment/4711", "/pos/v10/payments/{paymentid}"),
    ],
)
def test_an_unknown_path_is_told_the_nearest(till: Till, path: str, nearest: str) -> None:
    answer = till.http.get(path)

    assert outcome(answer) == (404, "1099")
    assert answer.json().keys() == {"code", "message", "correlationId"}
    assert f"'{nearest}'" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/nothing", "/" + "x" * 5000, "/pos", "/%00", "/%ff", "/a//b", "/..%2f", "/%25", "/%E2%98%95"], ids=shortly)  # fmt: skip
def test_any_unknown_path_is_not_found(till: Till, path: str) -> None:
    answer = exchange(till.http, "GET", path)

    assert answer.status == 404
    assert json.loads(answer.body)["code"] == "1099"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/\u2615", 400), ("FOO", "/pos/v10/payments", 501), ("get", "/", 501)],
)
def test_what_is_no_request_of_http_is_refused_in_the_services_shape(
    till: Till, method: str, path: str, status: int
) -> None:
    answer = exchange(till.http, method, path)

    assert answer.status == status
    assert json.loads(answer.body)["code"] == "1099"


def test_the_list_of_all_paths_is_there(till: Till) -> None:
    message = till.http.get("/zzzzzz").json()["message"]

    assert "GET /openapi.json" in message
    assert "/pos/v10/payments" in till.http.get("/openapi.json").json()["paths"]


def test_an_unknown_path_needs_no_token(till: Till) -> None:
    assert till.http.post("/pos/v10/nothing").status_code == 404


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: What each path of the API takes.
ALLOWED: dict[str, set[str]] = {}
for _method, _path in OPERATIONS.values():
    ALLOWED.setdefault(f"/pos/v10{_path}", set()).add(_method)
for _action in ("checkin", "acceptpayment", "cancelpaymentbyuser"):
    ALLOWED[f"/pos/app/usersimulation/{_action}"] = {"POST"}
ALLOWED["/integrator-authentication/.well-known/openid-configuration"] = {"GET"}
# This one is also a payment with a strange id.
ALLOWED["/pos/v10/payments/prepare"].add("GET")


@pytest.mark.parametrize("path", ALLOWED)
def test_a_method_that_is_not_allowed_is_told_which_are(till: Till, path: str) -> None:
    allowed = ALLOWED[path]
    answers = [till.http.request(each, path) for each in METHODS if each not in allowed]

    assert answers
    for answer in answers:
        assert outcome(answer) == (405, "1099")
        told = {each.strip() for each in answer.headers["Allow"].split(",")}
        assert told - {"HEAD", "OPTIONS"} == allowed
        assert answer.json()["message"]


OTHER_PATHS = {
    "/": {"GET"},
    "/openapi.json": {"GET"},
    "/_simulator/clock": {"GET", "PUT"},
    "/_simulator/clock/advance": {"POST"},
}


@pytest.mark.parametrize("path", [*ALLOWED, *OTHER_PATHS])
def test_whoever_asks_what_a_path_takes_is_told_without_a_body(till: Till, path: str) -> None:
    takes = (ALLOWED | OTHER_PATHS)[path]
    answer = till.http.options(path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["Content-Length"] == "0"
    told = answer.headers["Allow"].split(", ")
    assert told == sorted(takes | {"OPTIONS"} | ({"HEAD"} if "GET" in takes else set()))


def test_whoever_asks_what_a_path_takes_that_is_not_there_is_told_so(till: Till) -> None:
    assert outcome(till.http.options("/nothing")) == (404, "1099")


def test_whoever_asks_what_the_server_takes_is_told_all_methods_and_kept_nowhere(
    till: Till,
) -> None:
    before = till.control("GET", "/requests")
    address = urlsplit(str(till.http.base_url))
    with closing(HTTPConnection(address.hostname or "", address.port)) as http:
        http.request("OPTIONS", "*")
        answer = http.getresponse()
        content = answer.read()

    assert (answer.status, content, answer.headers["Content-Type"]) == (200, b"", None)
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert till.control("GET", "/requests") == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_slash_at_the_end_makes_no_difference(till: Till, operation: str) -> None:
    method, path = OPERATIONS[operation]
    answers = [till.call(method, path + end, {}, key="key") for end in ("", "/", "//")]

    assert len({outcome(each) for each in answers}) == 1
    assert answers[0].status_code not in (401, 405)


def test_a_slash_at_the_end_of_token_and_user_simulation_makes_no_difference(till: Till) -> None:
    form = {"grant_type": "client_credentials"}
    auth = (till.client_id, till.secret)
    token = till.http.post("/integrator-authentication/connect/token/", data=form, auth=auth)

    assert token.status_code == 200
    assert till.http.post("/pos/app/usersimulation/checkin/", json={}).status_code == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_head_answers_as_get_without_the_body(till: Till, method: str) -> None:
    answer = till.call(method, "/stores")

    assert answer.status_code == 200
    assert bool(answer.content) is (method == "GET")


GOOD_NAMES = ["a", "A.b_c-9", "x" * 100, "0"]
BAD_NAMES = ["", "-a", ".a", "_a", "a b", "a%20b", "a%2Fb", "x" * 101, "%00", "%FF", "\xe6", "a:b", "..", "%2e%2e", "a%0a"]  # fmt: skip


@pytest.mark.parametrize("name", GOOD_NAMES, ids=shortly)
def test_a_sandbox_is_made_where_its_name_is_first_used(server: RunningServer, name: str) -> None:
    with httpx.Client(base_url=f"{server.url}/sandboxes/{name}") as http:
        assert Till(http).create_pos()
        names = [each["name"] for each in http.get("/_simulator/sandboxes").json()["sandboxes"]]
    httpx.delete(f"{server.url}/_simulator/sandboxes/{name}")

    assert name in names


@pytest.mark.parametrize("name", BAD_NAMES, ids=shortly)
def test_a_name_that_is_none_is_refused_and_makes_no_sandbox(
    server: RunningServer, name: str
) -> None:
    def sandboxes() -> Any:
        return httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]

    before = sandboxes()
    with httpx.Client(base_url=server.url) as http:
        token = Till(http).token()
        headers = [(AUTHORIZATION, f"Bearer {token}"), (VERSION_HEADER, "1.2.3")]
        answer = exchange(http, "GET", f"/sandboxes/{name}/pos/v10/payments/{UNKNOWN}", headers)

    # With a slash in disguise the name ends there, and the rest is a path that is not there.
    assert answer.status == (404 if "%2F" in name else 400)
    assert json.loads(answer.body)["code"] == "1099"
    assert sandboxes() == before
