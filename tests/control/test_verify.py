"""Verification over the control API: which calls were made, how often, in which order."""

from typing import Any

import httpx
import pytest
from mobilepay_simulator.journal.filters import FILTERS

from tests.support import CLIENT_ID, OTHER_SECRET, SECRET, Till


def verify(till: Till, body: Any) -> httpx.Response:
    return till.http.post("/_simulator/verify", json=body)


def met(till: Till, **body: Any) -> list[int]:
    """The ids of the calls that were verified."""
    answer = verify(till, body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["matched"] == len(answer.json()["requests"])
    return list(answer.json()["requests"])


def not_met(till: Till, **body: Any) -> Any:
    answer = verify(till, body)
    assert answer.status_code == 422, answer.text
    assert set(answer.json()) == {"error", "matched", "requests", "nearest"}
    return answer.json()


def refused(till: Till, body: Any) -> str:
    answer = verify(till, body)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def last_id(till: Till) -> int:
    return int(till.control("GET", "/requests?control=true")["requests"][-1]["id"])


# --- what fits ------------------------------------------------------------------------------------


def test_a_call_that_was_made_is_verified_with_its_id(till: Till) -> None:
    till.captured()
    assert met(till, operation="CapturePayment") == [last_id(till)]


def test_every_filter_of_the_journal_is_a_matcher(till: Till) -> None:
    pos_id = till.create_pos()
    before = last_id(till)
    payment_id = till.initiate(pos_id)
    till.call("POST", "/payments", till.payment_body(pos_id))
    matchers: dict[str, Any] = {
        "operation": "InitiatePayment",
        "method": "post",
        "path": "/pos/v10/payment?",
        "status": 409,
        "code": 1301,
        "posId": pos_id.upper(),
        "search": pos_id.upper(),
        "since": before,
        "struck": False,
    }
    assert {each.name for each in FILTERS} == {*matchers, "paymentId"}
    assert met(till, **matchers) == [before + 2]
    assert met(till, paymentId=payment_id) == [before + 1]
    for name, text in matchers.items():
        assert before + 2 in met(till, **{name: text})


def test_of_several_methods_and_codes_one_must_fit(till: Till) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id)
    till.call("POST", "/payments", till.payment_body(pos_id))
    assert met(till, method="get,POST", code="401,1301") == [last_id(till)]
    assert met(till, method="GET, post", code="401, 1301", status="4xx , 5xx") == [last_id(till)]
    not_met(till, method="GET,PUT", code="401,1301")


def test_a_call_that_a_fault_of_the_sandbox_struck_can_be_left_out(till: Till) -> None:
    fault = "faults: [{call: CapturePayment, nth: 1, answer: {status: 500}}]"
    till.control("DELETE", "/faults")
    till.http.put("/_simulator/faults", content=fault)
    payment_id = till.reserved()
    for _ in range(2):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0}, key="same")
    struck, retry = met(till, operation="CapturePayment")
    assert met(till, operation="CapturePayment", struck=True) == [struck]
    assert met(till, operation="CapturePayment", struck="false", count=1) == [retry]
    answer = till.http.post("/_simulator/verify", json={"struck": False, "operation": "DeletePos"})
    assert "DeletePos that no fault of the sandbox struck" in answer.json()["error"]


def test_a_body_fits_by_what_is_given_of_it(till: Till) -> None:
    till.initiate(till.create_pos(), 10.5, orderId="ORDER-7")
    body = {"amount": 10.50, "orderId": {"matches": "ORDER-*"}, "merchantPaymentLabel": {"absent": True}}  # fmt: skip
    assert len(met(till, operation="InitiatePayment", body=body)) == 1


def test_a_form_is_a_body_of_texts(till: Till) -> None:
    till.token(merchant_vat="FI12345678")
    form = {"grant_type": "client_credentials", "merchant_vat": "FI12345678"}
    assert len(met(till, operation="Token", body=form)) == 1


def test_headers_and_query_fit_by_patterns(till: Till) -> None:
    till.call("GET", "/payments?orderId=ORDER-7&state=Captured", headers={"User-Agent": "till/3.1"})
    headers = {"USER-AGENT": "till/*", "x-mobilepay-client-system-version": "1.2.3"}
    query = {"orderId": "ORDER-?", "state": "Captured"}
    assert len(met(till, headers=headers, query=query)) == 1


def test_control_calls_are_only_meant_where_they_are_asked_for(till: Till) -> None:
    till.advance(seconds=1)
    assert not_met(till, search="/clock/advance")["matched"] == 0
    assert len(met(till, operation="Control", path="/_simulator/clock/advance")) == 1


def test_verifying_is_not_a_call_of_the_clients(till: Till) -> None:
    till.token()
    met(till, operation="Token")
    assert last_id(till) == 1


# --- how often ------------------------------------------------------------------------------------

COUNTS = [
    (3, True),
    (2, False),
    ({"exactly": 3}, True),
    ({"exactly": 0}, False),
    ({"atLeast": 3}, True),
    ({"atLeast": 4}, False),
    ({"atMost": 3}, True),
    ({"atMost": 2}, False),
    ({"atLeast": 1, "atMost": 3}, True),
    ({"atLeast": 4, "atMost": 5}, False),
]


@pytest.mark.parametrize(("count", "is_met"), COUNTS, ids=str)
def test_there_must_be_so_many(till: Till, count: Any, is_met: bool) -> None:
    for _ in range(3):
        till.token()
    answer = verify(till, {"operation": "Token", "count": count})
    assert answer.status_code == (200 if is_met else 422)
    assert answer.json()["matched"] == 3


def test_a_call_that_must_not_be_made_is_verified_by_a_count_of_none(till: Till) -> None:
    till.token()
    assert met(till, operation="CancelPayment", count=0) == []


def test_without_a_count_there_must_be_one_at_least(till: Till) -> None:
    assert not_met(till, operation="Token")["error"] == (
        "expected Token at least once, but it was never called"
    )


def test_too_many_are_all_shown(till: Till) -> None:
    for _ in range(3):
        till.token()
    said = not_met(till, operation="Token", count=1)
    assert said["error"] == (
        "expected Token exactly once, but it was called 3 times: requests 1, 2, 3"
    )
    assert said["nearest"] == [{"id": each, "differences": []} for each in (1, 2, 3)]


SENTENCES = [
    ({"count": 0}, "expected Token never, but it was called 3 times: requests 1, 2, 3"),
    ({"count": {"atMost": 1}}, "expected Token at most once, but it was called 3 times: requests 1, 2, 3"),
    ({"count": {"atLeast": 5, "atMost": 6}}, "expected Token 5 to 6 times, but it was called 3 times: requests 1, 2, 3"),
    ({"status": 401}, "expected Token answered 401 at least once, but no such call was made"),
    ({"status": 0}, "expected Token cut off at least once, but no such call was made"),
    ({"since": 2, "count": 2}, "expected Token after request 2 exactly 2 times, but such a call was made once: request 3"),
    ({"body": {"scope": "x"}, "headers": {"x": "y"}}, "expected Token with such headers and such a body at least once, but no such call was made"),
    ({"method": "GET"}, "expected Token (GET) at least once, but it was never called"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), SENTENCES)
def test_what_was_expected_and_what_came_is_one_sentence(
    till: Till, changes: dict[str, Any], sentence: str
) -> None:
    for _ in range(3):
        till.token()
    assert not_met(till, operation="Token", **changes)["error"] == sentence


# --- what came near -------------------------------------------------------------------------------


def test_the_nearest_are_shown_with_where_they_differ(till: Till) -> None:
    payment_id = till.reserved()
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    capture = last_id(till)
    till.status(payment_id)
    said = not_met(till, operation="CapturePayment", status=409, body={"amount": 12.5})
    assert said["nearest"][0] == {
        "id": capture,
        "differences": ["status: expected 409, got 200", "body.amount: expected 12.5, got 10.0"],
    }


def test_at_most_three_are_shown_the_most_alike_first_and_of_these_the_newest(till: Till) -> None:
    pos_id = till.create_pos()
    begun = last_id(till)
    for amount in (1, 2, 3, 5):
        till.call("POST", "/payments", till.payment_body(pos_id, amount))
    body = {"posId": pos_id, "amount": 5}
    said = not_met(till, operation="InitiatePayment", status=200, body=body)
    assert [each["id"] for each in said["nearest"]] == [begun + 4, begun + 1, begun + 3]


def test_a_header_or_parameter_that_was_not_sent_is_told_so(till: Till) -> None:
    till.call("GET", "/payments?orderId=1", headers={"User-Agent": "browser"})
    said = not_met(
        till,
        operation="QueryPaymentIds",
        headers={"user-agent": "till/*", "x-ibm-client-id": "*"},
        query={"orderId": "2", "state": "Captured"},
    )
    assert said["nearest"][0]["differences"] == [
        "query.orderId: expected '2', got '1'",
        "query.state: expected 'Captured', but it was not sent",
        "headers.user-agent: expected 'till/*', got 'browser'",
        "headers.x-ibm-client-id: expected '*', but it was not sent",
    ]


def test_a_secret_is_not_found_out_by_guessing(till: Till) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
    till.http.post("/integrator-authentication/connect/token", data=form)
    said = refused(till, {"operation": "Token", "body": {"client_secret": SECRET}})
    assert said == refused(till, {"operation": "Token", "body": {"client_secret": "another"}})
    assert "client_secret: is kept masked" in said
    assert len(met(till, operation="Token", body={"client_secret": "***"})) == 1


# --- in order -------------------------------------------------------------------------------------


def order(*operations: str) -> list[dict[str, str]]:
    return [{"operation": each} for each in operations]


def test_calls_in_order_are_verified_whatever_comes_between(till: Till) -> None:
    payment_id = till.captured()
    till.status(payment_id)
    wanted = order("InitiatePayment", "CapturePayment", "QueryPayment")
    first = last_id(till) - 2
    assert met(till, inOrder=wanted) == [first, first + 1, first + 2]
    assert met(till, inOrder=[wanted[0], wanted[2]]) == [first, first + 2]


def test_a_call_counts_once_in_an_order(till: Till) -> None:
    till.token()
    assert not_met(till, inOrder=order("Token", "Token"))["matched"] == 1
    till.token()
    assert met(till, inOrder=order("Token", "Token")) == [1, 2]


def test_how_far_an_order_got_is_told_with_what_came_instead(till: Till) -> None:
    payment_id = till.reserved()
    initiated = last_id(till)
    till.status(payment_id)
    till.status(payment_id)
    said = not_met(till, inOrder=order("InitiatePayment", "CapturePayment"))
    assert said["error"] == (
        "expected InitiatePayment, then CapturePayment, but after request "
        f"{initiated} no CapturePayment followed: came request {initiated + 1} (QueryPayment) "
        "and 1 more"
    )
    assert (said["matched"], said["requests"]) == (1, [initiated])


def test_a_call_that_came_too_early_is_told_so(till: Till) -> None:
    payment_id = till.captured()
    captured = last_id(till)
    till.status(payment_id)
    said = not_met(till, inOrder=order("QueryPayment", "CapturePayment"))
    assert said["error"] == (
        f"expected QueryPayment, then CapturePayment, but after request {captured + 1} "
        f"no CapturePayment followed: came nothing; request {captured} matches, but came too early"
    )
    assert said["nearest"][0] == {
        "id": captured,
        "differences": [f"order: expected after request {captured + 1}, but it came before"],
    }


def test_an_order_can_be_looked_for_among_the_calls_of_one_payment(till: Till) -> None:
    one, other = till.captured(), till.reserved()
    wanted = order("InitiatePayment", "CapturePayment")
    assert len(met(till, paymentId=one, inOrder=wanted)) == 2
    said = not_met(till, paymentId=other, inOrder=wanted)
    assert f"CapturePayment (each a call of payment {other}), but" in said["error"]


# --- bad input ------------------------------------------------------------------------------------

BAD = [
    ({}, "say which calls are meant"),
    ({"count": 1}, "say which calls are meant"),
    ({"operation": "Capture"}, "operation: 'Capture' is not an operation; did you mean"),
    ({"operation": ["Token"]}, "operation: expected a text"),
    ({"operation": None}, "operation: is null; give a value, or leave it out)"),
    *(({"operation": "Token", each.name: None}, f"{each.name}: is null") for each in FILTERS if each.name != "operation"),
    *(({"operation": "Token", name: None}, f"{name}: is null") for name in ("query", "headers", "body", "count", "inOrder")),
    *(({"operation": "Token", "count": {name: None}}, f"count.{name}: is null") for name in ("exactly", "atLeast", "atMost")),
    ({"operation": "Token", "count": {"atLeast": 1, "atMost": None}}, "count.atMost: is null"),
    ({"inOrder": [{"operation": "Token"}, {"operation": "CapturePayment", "paymentId": None}]}, "inOrder[1].paymentId: is null"),
    ({"statsu": 409}, "statsu: unknown field; did you mean 'status'?"),
    ({"status": "oops"}, "status: expected a status such as 409"),
    ({"status": True}, "status: expected a whole number or a text"),
    ({"paymentId": "x"}, "paymentId: expected a GUID"),
    ({"search": "", "count": 0}, "search: expected a text of 1 to 200 characters"),
    *(({"search": text, "count": 0}, "search: is kept masked; search for what is kept") for text in (SECRET, SECRET.upper(), SECRET[-8:], OTHER_SECRET, "client_secret=x", '"refresh_token": "x"', "eyJhbGciOiJSUzI1NiJ9.eyJh")),
    ({"inOrder": [{"search": SECRET}]}, "search: is kept masked"),
    ({"method": "", "count": 0}, "method: expected an HTTP method such as GET"),
    ({"method": "GTE", "count": 0}, "method: expected an HTTP method such as GET, got 'GTE'; did you mean 'GET'?"),
    ({"method": "GET ", "count": 0}, "method: expected an HTTP method such as GET, got 'GET '"),
    ({"method": "GET,", "count": 0}, "method: expected an HTTP method such as GET, got ''"),
    ({"code": "1301,", "count": 0}, "code: expected an error code such as 1301, got ''"),
    ({"code": "13 01", "count": 0}, "code: expected an error code such as 1301, got '13 01'"),
    ({"path": " ", "count": 0}, "path: expected a path, which begins with / or *, got ' '"),
    ({"path": "pos/v10/payments", "count": 0}, "path: expected a path, which begins with /"),
    ({"body": "", "count": 0}, "body: expected what a body holds"),
    ({"headers": {"A": " "}, "count": 0}, "headers.a: no header has the value ' '"),
    ({"headers": {"": "x"}, "count": 0}, "headers.: no header has such a name"),
    ({"headers": {"User Agent": "x"}, "count": 0}, "headers.user agent: no header has such a name"),
    ({"headers": {"A": "x "}, "count": 0}, "headers.a: no header has the value 'x '"),
    ({"headers": {"A": "x\ny"}, "count": 0}, "headers.a: no header has the value 'x\\ny'"),
    ({"headers": {"Authorization": "Bearer abc"}, "count": 0}, "headers.authorization: is kept masked"),
    ({"query": {"": "x"}, "count": 0}, "query.: no parameter has such a name"),
    ({"query": {"?a": "x"}, "count": 0}, "query.?a: no parameter has such a name"),
    ({"query": {"a=b": "x"}, "count": 0}, "query.a=b: no parameter has such a name"),
    ({"query": {"client_secret": "x"}, "count": 0}, "query.client_secret: is kept masked"),
    ({"body": {"client_secret": "x"}, "count": 0}, "body: client_secret: is kept masked; expect '***'"),
    ({"body": {"a": {"client_secret": {"matches": "x*"}}}, "count": 0}, "body: a.client_secret: is kept masked"),
    ({"path": "/sandboxes/mine/pos/v10/payments", "count": 0}, "path: a path is kept without /sandboxes/NAME; write '/pos/v10/payments'"),
    ({"path": f"/sandboxes/mine/pos/v10/payments/{'0' * 36}/capture", "count": 0}, f"path: a path is kept without /sandboxes/NAME; write '/pos/v10/payments/{'0' * 36}/capture', and"),
    ({"path": "*/sandboxes/mine", "count": 0}, "path: a path is kept without /sandboxes/NAME; write '/*'"),
    ({"path": "/pos/v10/payments?orderId=1", "count": 0}, "path: a path has no query"),
    ({"path": "*?orderId=*", "count": 0}, "path: a path has no query"),
    ({"path": "/pos/v10/payments#1", "count": 0}, "path: a path has no fragment"),
    ({"path": "/pos/v10/caf%C3%A9", "count": 0}, "path: a path is kept decoded"),
    ({"code": "abc", "count": 0}, "code: expected an error code such as 1301, got 'abc'; a code is a number"),
    ({"code": "1301,abc", "count": 0}, "code: expected an error code such as 1301, got 'abc'"),
    ({"status": "1xx", "count": 0}, "status: expected a status such as 409"),
    ({"status": 101, "count": 0}, "status: expected a status such as 409"),
    ({"since": 1_000_000, "count": 0}, "since: there is no request 1000000; the newest is"),
    ({"inOrder": [{"operation": "Token", "since": 1_000_000}]}, "since: there is no request 1000000"),
    ({"path": "/_simulator/clock", "count": 0}, 'path: calls of the control API are left out; add "operation": "Control"'),
    ({"since": "2999-01-01T00:00:00Z", "count": 0}, "since: 2999-01-01T00:00:00Z is still to come; in this sandbox it is 20"),
    ({"operation": "Token", "count": {"atLeast": 0}}, "count: atLeast 0 always holds"),
    ({"inOrder": [{"method": "GTE"}]}, "inOrder[0].method: expected an HTTP method"),
    ({"code": " ", "count": 0}, "code: expected an error code such as 1301"),
    ({"since": "yesterday"}, "since: expected a request's id, or a time"),
    ({"path": "x" * 201}, "path: expected a pattern of 1 to 200 characters"),
    ({"inOrder": [{"query": {"a": "b", "x": None}}]}, "inOrder[0].query.x: expected a text, got null"),
    ({"inOrder": [{"query": {"a": "b", "x": 5}}]}, "inOrder[0].query.x: expected a text, got 5"),
    ({"headers": {"x": 1}}, "headers.x: expected a text, got 1"),
    ({"headers": {"x": ""}}, "headers.x: expected a pattern"),
    ({"headers": []}, "headers: expected an object"),
    ({"query": {}}, "query: expected an object"),
    ({"body": {"a": {"matches": 1}}}, "body: a.matches: must be a text"),
    ({"operation": "Token", "count": "many"}, "count: expected a whole number"),
    ({"operation": "Token", "count": -1}, "count: expected a whole number of at least 0"),
    ({"operation": "Token", "count": True}, "count: expected a whole number"),
    ({"operation": "Token", "count": {}}, "count: give exactly, or atLeast and atMost"),
    ({"operation": "Token", "count": {"exactly": 1, "atMost": 2}}, "count: give exactly, or"),
    ({"operation": "Token", "count": {"atLeast": 2, "atMost": 1}}, "count: atMost must not be"),
    ({"operation": "Token", "count": {"atleast": 2}}, "count.atleast: unknown field; did you mean 'atLeast'?"),
    ({"inOrder": []}, "inOrder: expected a list of at least 1"),
    ({"inOrder": [{"operation": "Token"}], "count": 1}, "count: can't be combined with inOrder"),
    ({"inOrder": [{"operation": "Token"}, {}]}, "inOrder[1]: say which calls are meant"),
    ({"inOrder": [{"operation": "Tokn"}]}, "inOrder[0].operation: 'Tokn' is not an operation"),
    ({"inOrder": [{"operation": "Token", "count": 2}]}, "inOrder[0].count: unknown field"),
    ({"inOrder": "Token"}, "inOrder: expected a list"),
    ([], "the body is not a JSON object"),
    ({"path": "*", "body": "x" * 66_000}, "the body is larger than 65536 bytes"),
]  # fmt: skip


def test_a_time_that_is_still_to_come_is_compared_to_the_millisecond(till: Till) -> None:
    till.control("POST", "/clock/advance", {"seconds": 0.001})
    now = till.control("GET", "/clock")["now"]
    later = f"{now[:-4]}999Z" if not now.endswith("999Z") else "2999-01-01T00:00:00Z"
    said = refused(till, {"operation": "Token", "since": later, "count": 0})
    assert f"since: {later} is still to come; in this sandbox it is {now})" in said


def test_what_a_path_a_header_and_a_code_can_be_is_taken(till: Till) -> None:
    till.token()
    newest = last_id(till)
    token = {"headers": {"Authorization": "Basic *"}, "body": {"client_secret": "***"}}
    for matcher in (
        {"path": "/pos/v10/payment?"},
        {"path": "*", "body": {"label": None}},
        {"path": "*", "headers": {"inOrder": "null"}},
        {"path": "*/connect/tok?n"},
        {"code": 1301},
        {"status": "2xx,3xx,0", "since": newest},
        token,
    ):
        verify(till, {**matcher, "count": {"atMost": 100}}).raise_for_status()


@pytest.mark.parametrize(("body", "said"), BAD, ids=[said for _, said in BAD])
def test_a_mistake_is_refused_by_its_name(till: Till, body: Any, said: str) -> None:
    assert f"({said}" in refused(till, body)


def test_a_body_nested_deep_is_refused(till: Till) -> None:
    content = b'{"body": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001
    answer = till.http.post("/_simulator/verify", content=content)
    assert answer.status_code == 400
    assert "nested" in answer.json()["error"]


@pytest.mark.parametrize("text", ["client_secret=***", "client_secret=", "client_secret", "***"])
def test_that_a_secret_was_sent_can_be_searched_for(till: Till, text: str) -> None:
    till.token()
    till.http.get("/pos/v10/stores?client_secret=hidden-9")
    assert met(till, path="/pos/v10/stores", search=text) == [last_id(till)]


@pytest.mark.parametrize("text", ["secret", "sandbox", CLIENT_ID[:8], "token"])
def test_a_word_that_is_in_a_secret_as_well_can_be_searched_for(till: Till, text: str) -> None:
    till.token()
    assert verify(till, {"search": text, "count": {"atMost": 1000}}).status_code == 200


def test_the_nearest_of_a_search_show_all_that_is_searched(till: Till) -> None:
    headers = {"X-MobilePay-Idempotency-Key": "key-17"}
    body = {**till.payment_body(till.create_pos()), "amount": -1}
    till.call("POST", "/payments", body, headers=headers)
    answer = till.http.post(
        "/_simulator/verify", json={"operation": "InitiatePayment", "search": "never-sent"}
    )
    (difference,) = answer.json()["nearest"][0]["differences"]
    for part in ("/pos/v10/payments", '{"posId"', '{"code"', "key-17"):
        assert part in difference
