"""The journal over the control API: every exchange, whatever became of it."""

from typing import Any

import httpx
import pytest
from mobilepay_simulator.journal.filters import FILTERS

from tests.api.calls import UNKNOWN
from tests.support import CLIENT_ID, MERCHANT, SECRET, RunningServer, Till, fresh


def requests(till: Till, **filters: str) -> Any:
    answer = till.http.get("/_simulator/requests", params=filters)
    assert answer.status_code == 200, answer.text
    return answer.json()["requests"]


def last(till: Till, **filters: str) -> Any:
    return requests(till, **filters)[-1]


def test_a_payment_leaves_its_calls_in_order(till: Till) -> None:
    payment_id = till.captured()
    till.status(payment_id)
    calls = [each["operation"] for each in requests(till, paymentId=payment_id)]
    assert calls == ["InitiatePayment", "CapturePayment", "QueryPayment"]


def test_an_exchange_tells_what_was_asked_and_answered(till: Till) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id, 12.5)
    refused = till.call("POST", "/payments", till.payment_body(pos_id))
    kept = last(till)
    assert kept["request"]["path"] == "/pos/v10/payments"
    assert kept["request"]["body"] == refused.request.content.decode()
    assert (kept["answer"]["status"], kept["code"]) == (409, "1301")
    assert kept["answer"]["body"] == refused.text
    assert kept["correlationId"] == refused.json()["correlationId"]
    assert till.http.base_url.path == f"/sandboxes/{kept['sandbox']}/"
    assert (kept["clientId"], kept["merchant"], kept["posId"]) == (CLIENT_ID, MERCHANT, pos_id)
    assert kept["delivery"] == "whole"
    assert kept["durationMs"] > 0


def test_an_exchange_tells_the_state_changes_it_caused_and_no_others(till: Till) -> None:
    payment_id = till.reserved()
    till.advance(days=8)
    till._token = None
    assert till.status(payment_id) == "ExpiredAndCancelled"
    poll, jump = last(till, operation="QueryPayment"), last(till, operation="Control")
    assert poll["changes"] == []
    assert [each["after"] for each in jump["changes"]] == ["ExpiredAndCancelled"]


def test_what_fell_due_before_a_call_is_not_its_doing(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    # A token is good for 3.6 real seconds then.
    till.control("PUT", "/clock", {"scale": 1000})
    for _ in range(1000):
        if till.status(payment_id) == "CancelledByMobilePay":
            break
    assert till.status(payment_id) == "CancelledByMobilePay"
    for each in requests(till, operation="QueryPayment"):
        assert each["changes"] == []


def test_what_happens_in_one_call_happens_at_one_moment(till: Till) -> None:
    pos_id = till.create_pos()
    till.control("PUT", "/clock", {"scale": 5000})
    till.reserved(pos_id)
    kept = last(till, operation="InitiatePayment")
    assert len(kept["changes"]) > 2
    assert {each["at"] for each in kept["changes"]} == {kept["at"]}


def test_the_made_thing_is_named_by_the_call_that_made_it(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.captured(pos_id)
    refund_id = till.refund(payment_id)
    till.refund_status(refund_id)
    assert last(till, operation="CreatePos")["posId"] == pos_id
    assert last(till, operation="InitiatePayment")["paymentId"] == payment_id
    for call in ("CreateRefund", "GetRefund"):
        kept = last(till, operation=call)
        assert (kept["refundId"], kept["paymentId"], kept["posId"]) == (
            refund_id,
            payment_id,
            pos_id,
        )


def test_calls_belong_to_the_run_of_their_payment(till: Till) -> None:
    run = till.control("POST", "/scenarios/next", {"scenario": "rejection"})["runs"][0]
    payment_id = till.initiate(till.create_pos())
    till.status(payment_id)
    assert [each["run"] for each in requests(till, paymentId=payment_id)] == [run, run]


def test_a_fault_is_told_in_words_with_what_reached_the_wire(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="lost-response-capture")
    till.advance(seconds=3)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    (kept,) = requests(till, status="0")
    assert "CapturePayment is worked on, but its response is lost" in kept["fault"]
    assert (kept["delivery"], kept["answer"]["status"]) == ("nothing", 200)
    assert [each["after"] for each in kept["changes"]] == ["Captured"]


def test_paths_that_are_not_there_are_kept_with_the_nearest_that_is(till: Till) -> None:
    till.token()
    till.http.get("/pos/v10/paymants")
    kept = last(till)
    assert (kept["operation"], kept["answer"]["status"]) == (None, 404)
    assert kept["hint"] == "did you mean '/pos/v10/payments'?"


def test_calls_that_fail_authentication_are_kept(till: Till) -> None:
    till.token()
    till.call("GET", f"/payments/{UNKNOWN}", headers={"Authorization": "Bearer nonsense"})
    assert last(till)["answer"]["status"] == 401
    assert last(till)["operation"] == "QueryPayment"


def test_a_call_that_is_refused_early_is_found_by_its_payment_and_its_caller(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    till.call("POST", f"/payments/{payment_id.upper()}/capture", {"amount": "a lot"})
    till.call("GET", f"/payments/{payment_id}", headers={"X-MobilePay-Client-System-Version": "1"})
    till.call("GET", f"/payments/{payment_id}", headers={"Authorization": None})
    found = requests(till, paymentId=payment_id, status="4xx")
    assert [each["answer"]["status"] for each in found] == [400, 400, 401]
    assert [each["clientId"] for each in found] == [CLIENT_ID, CLIENT_ID, None]
    assert [each["merchant"] for each in found] == [MERCHANT, MERCHANT, None]


def test_a_token_is_kept_with_whom_it_is_for(till: Till) -> None:
    till.token()
    assert (last(till)["clientId"], last(till)["merchant"]) == (CLIENT_ID, MERCHANT)


def test_the_user_simulation_is_kept_with_its_point_of_sale(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id)
    kept = last(till)
    assert (kept["operation"], kept["posId"]) == ("UserSimulationCheckin", pos_id)
    assert [each["event"] for each in kept["changes"]] == ["CheckedIn"]


def test_secrets_and_tokens_are_nowhere_in_the_journal(till: Till) -> None:
    token = till.token()
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
    second = till.http.post("/integrator-authentication/connect/token", data=form).json()
    till.ok("GET", "/stores")
    text = till.http.get("/_simulator/requests?control=true").text
    for secret in (SECRET, token, second["access_token"], str(till._token)):
        assert secret not in text


def test_control_calls_are_kept_where_they_change_something_and_shown_on_demand(
    till: Till,
) -> None:
    till.control("GET", "/clock")
    till.advance(seconds=1)
    assert requests(till) == []
    (kept,) = requests(till, control="true")
    assert kept["operation"] == "Control"
    assert kept["request"]["path"] == "/_simulator/clock/advance"
    assert requests(till, operation="Control") == [kept]


def test_one_request_is_found_by_its_id(till: Till) -> None:
    till.token()
    kept = last(till)
    assert till.control("GET", f"/requests/{kept['id']}") == kept


@pytest.mark.parametrize(
    ("number", "status"), [("99", 404), ("x", 400), ("-1", 400), ("9" * 40, 400)]
)
def test_a_request_that_is_not_there_is_told_so(till: Till, number: str, status: int) -> None:
    answer = till.http.get(f"/_simulator/requests/{number}")
    assert answer.status_code == status
    assert "request" in answer.json()["error"]


def test_a_limit_gives_the_newest(till: Till) -> None:
    for _ in range(3):
        till.token()
    assert [each["id"] for each in requests(till, limit="2")] == [2, 3]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit: expected a whole number of at least 1"),
        ("control=yes", "control: expected true or false"),
        ("statsu=409", "did you mean 'status'?"),
        ("status=foo", "status: expected a status"),
        (f"search={'x' * 201}", "search: expected a text"),
    ],
)
def test_a_bad_filter_is_refused_by_its_name(till: Till, query: str, said: str) -> None:
    answer = till.http.get(f"/_simulator/requests?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_sandboxes_have_journals_of_their_own(till: Till, server: RunningServer) -> None:
    till.token()
    with httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('other')}", verify=False) as http:
        assert requests(Till(http)) == []


def test_a_call_without_prefix_is_kept_in_the_sandbox_its_token_leads_to(
    till: Till, server: RunningServer
) -> None:
    token = till.token()
    headers = {"Authorization": f"Bearer {token}", "X-MobilePay-Client-System-Version": "1.0.0"}
    httpx.get(f"{server.url}/pos/v10/stores", headers=headers)
    assert last(till)["operation"] == "GetStores"


def test_a_reset_empties_the_journal(till: Till) -> None:
    till.token()
    till.control("POST", "/reset")
    assert requests(till, control="true") == []


def test_a_repeated_call_names_its_first_try(till: Till) -> None:
    body = till.payment_body(till.create_pos())
    for key in ("one", "other", "one", "one"):
        till.call("POST", "/payments", body, key=key)
    first, _, *again = requests(till, operation="InitiatePayment")
    assert first["firstTry"] is None
    assert [each["firstTry"] for each in again] == [first["id"], first["id"]]
    # Also where the first is not among those that are listed.
    assert last(till, limit="1")["firstTry"] == first["id"]
    assert till.control("GET", f"/requests/{again[0]['id']}")["firstTry"] == first["id"]


def test_a_call_whose_key_another_one_used_names_that_one(till: Till) -> None:
    pos_id = till.create_pos()
    for amount in (-1, 10, 20):
        till.call("POST", "/payments", till.payment_body(pos_id, amount=amount), key="one")
    refused, used, other = requests(till, operation="InitiatePayment")
    assert (refused["answer"]["status"], other["code"]) == (400, "1306")
    assert (used["firstTry"], other["firstTry"]) == (refused["id"], used["id"])


def test_the_same_key_of_another_client_is_no_repetition(till: Till) -> None:
    body = till.payment_body(till.create_pos())
    till.call("POST", "/payments", body, key="one")
    till.as_other_integrator().call("POST", "/payments", body, key="one")
    assert [each["firstTry"] for each in requests(till, operation="InitiatePayment")] == [None] * 2


def test_several_operations_and_statuses_are_asked_for_at_once(till: Till) -> None:
    till.call("GET", "/payments/not-an-id")
    till.call("GET", "/stores")
    assert len(requests(till, operation="GetStores,QueryPayment")) == 2
    assert [each["operation"] for each in requests(till, status="4xx,5xx,0")] == ["QueryPayment"]


@pytest.mark.parametrize("order_id", ["Never-Made", "Løst & fundet", 'with "quotes"'])
def test_calls_are_found_by_what_they_carried_though_no_payment_came_of_it(
    till: Till, order_id: str
) -> None:
    pos_id = till.create_pos()
    body = till.payment_body(pos_id, amount=-1, orderId=order_id)
    answer = till.call("POST", "/payments", body)
    assert answer.status_code == 400
    refused = last(till)["id"]
    for text in (order_id, order_id.lower(), answer.json()["correlationId"]):
        assert [each["id"] for each in requests(till, search=text)] == [refused]
    assert refused in [each["id"] for each in requests(till, search=pos_id.upper())]
    assert requests(till, search="never-sent") == []
    archive = till.http.get(f"/_simulator/requests?search={pos_id}&status=4xx&format=har").json()
    assert len(archive["log"]["entries"]) == 1


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"2024\/17", "2024/17"),
        (r"A\u002B1", "a+1"),
        (r"Q\u0026A", "Q&A"),
        (r"\u00c6rlig", "ærlig"),
        (r"\ud83d\udE00 Tip", "😀 TIP"),
        (r"C:\\\u006eew", r"c:\new"),
        (r"2024\/18", r"2024\/18"),
        ("Straße", "STRASSE"),
    ],
)
def test_calls_are_found_however_their_client_escapes_in_json(
    till: Till, written: str, text: str
) -> None:
    till.call(
        "POST",
        "/payments",
        content=b'{"posId":"%b","orderId":"%b"}' % (UNKNOWN.encode(), written.encode()),
        headers={"Content-Type": "application/json"},
    )
    refused = last(till)
    assert (refused["operation"], refused["answer"]["status"] >= 400) == ("InitiatePayment", True)
    assert [each["id"] for each in requests(till, search=text)] == [refused["id"]]
    made = {"operation": "InitiatePayment", "search": text, "count": 1}
    assert till.http.post("/_simulator/verify", json=made).status_code == 200


def test_a_text_of_a_form_is_found_as_it_was_before_it_was_encoded(till: Till) -> None:
    form = {"grant_type": "client_credentials", "client_id": "Nobody & Søn", "client_secret": "x"}
    till.http.post("/integrator-authentication/connect/token", data=form)
    assert [each["operation"] for each in requests(till, search="nobody & søn")] == ["Token"]


def test_a_text_of_a_query_is_found_as_it_was_before_it_was_written_into_a_url(till: Till) -> None:
    till.call("GET", "/pointofsales?merchantPosId=Till%20%C3%98st+1")
    assert [each["operation"] for each in requests(till, search="till Øst 1")] == [
        "GetPosWithFilter"
    ]


@pytest.mark.parametrize("name", [each.name for each in FILTERS])
def test_an_empty_filter_counts_as_one_that_is_not_there(till: Till, name: str) -> None:
    till.create_pos()
    assert requests(till, **{name: ""}) == requests(till)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-MobilePay-Idempotency-Key", "Key-of-This-Call"),
        ("X-MobilePay-Client-System-Name", "Corner kiosk"),
        ("X-MobilePay-Client-System-Version", "7.8.91"),
        ("X-Simulator-Scenario", "lost-response-refund"),
        ("X-Own-Header", "of the client"),
        ("CorrelationId", "9a0b7b9c-0000-4000-8000-00000000abcd"),
    ],
)
def test_a_call_is_found_by_what_its_own_headers_say(till: Till, name: str, value: str) -> None:
    pos_id = till.create_pos()
    till.call("POST", "/payments", till.payment_body(pos_id), headers={name: value})
    made = last(till, operation="InitiatePayment")
    assert [each["id"] for each in requests(till, search=value.upper())] == [made["id"]]
    verified = {"operation": "InitiatePayment", "search": value.lower(), "count": 1}
    assert till.http.post("/_simulator/verify", json=verified).status_code == 200


def test_a_call_is_not_found_by_what_its_http_library_says(till: Till) -> None:
    till.call("GET", "/stores", headers={"User-Agent": "some-library/9"})
    assert requests(till, search="some-library") == []


def test_a_call_is_found_by_its_client_though_no_header_names_it(till: Till) -> None:
    till.call("GET", "/stores", headers={"X-IBM-Client-Id": None})
    call = last(till, operation="GetStores")
    assert call["clientId"] == CLIENT_ID
    assert "x-ibm-client-id" not in dict(call["request"]["headers"])
    assert call["id"] in [each["id"] for each in requests(till, search=CLIENT_ID)]


def test_secrets_are_not_found(till: Till) -> None:
    till.call("GET", "/stores", headers={"X-Client-Secret": SECRET, "X-Access-Token": "of-a-till"})
    till.call("GET", "/stores", headers={"X-Original-Url": f"/stores?client_secret={SECRET}"})
    token = till.token()
    assert last(till, operation="GetStores", search="/stores?client_secret=***")
    for secret in (SECRET, "of-a-till", token[-200:]):
        assert requests(till, search=secret) == []
