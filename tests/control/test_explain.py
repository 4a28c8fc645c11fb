"""Explanations: in plain English why a call was answered as it was, for every kind of answer."""

import re
import socket
import threading
from datetime import date, timedelta
from typing import Any

import httpx
import jwt
import pytest
from mobilepay_simulator.api.routes import OPERATIONS
from mobilepay_simulator.engine.refusals import Refusal

from tests.api.calls import KEY_HEADER, UNKNOWN, capture, prepared, ready, simulate
from tests.api.test_error_codes import ROWS, Provoke, key_again, occupied, refund
from tests.support import (
    CLIENT_ID,
    DEBIT,
    OTHER_CLIENT_ID,
    OTHER_MERCHANT,
    SECRET,
    RunningServer,
    Till,
    fresh,
)

TOKEN = "/integrator-authentication/connect/token"


def last_id(till: Till, **filters: str) -> int:
    found = till.http.get("/_simulator/requests", params={"control": "true", **filters})
    return int(found.json()["requests"][-1]["id"])


def explained(till: Till, **filters: str) -> Any:
    """The explanation of the last call."""
    return till.control("GET", f"/explain/{last_id(till, **filters)}")


def told(till: Till, **filters: str) -> str:
    """The paragraphs of the last call's explanation, one a line."""
    return "\n".join(explained(till, **filters)["paragraphs"])


def part(till: Till, name: str, **filters: str) -> list[str]:
    """The paragraphs of one part."""
    found = explained(till, **filters)
    pairs = zip(found["parts"], found["paragraphs"], strict=True)
    return [text for each, text in pairs if each == name]


def tells(till: Till, *words: str, part: str = "", **filters: str) -> bool:
    """Whether one paragraph, of one part or of any, has all of these words; times count as noon."""
    found = explained(till, **filters)
    return any(
        all(word in _at_noon(text) for word in words) and part in ("", each)
        for each, text in zip(found["parts"], found["paragraphs"], strict=True)
    )


def _at_noon(text: str) -> str:
    # Late in the evening two times may be of two days, and are shown with their dates.
    return re.sub(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}", "12:00:00.000", text)


# --- every refusal --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "provoke"),
    [pytest.param(row[3], row[4], id=f"{row[0]}-{row[2]}-{row[3].name}") for row in ROWS],
)
def test_every_refusal_is_explained(till: Till, refusal: Refusal, provoke: Provoke) -> None:
    provoke(till)
    found, row = explained(till), refusal.value
    code = f", code {row.code})" if row.code else ")"
    assert re.fullmatch(
        rf"Request \d+: [^:]+ was refused \(4\d\d{re.escape(code)}: {re.escape(row.message)}",
        found["title"],
    )
    assert found["parts"] == sorted(found["parts"], key=list(ORDER).index)
    assert {"request", "rule", "advice"} <= set(found["parts"])
    (rule,) = [each for each in found["paragraphs"] if each.startswith("Rule")]
    assert f'"{row.message}"' in rule
    assert re.search(r"documented|decided, see docs/fidelity\.md#\w", rule)
    assert rule.count(" refused") == 1
    assert row.advice in found["paragraphs"]
    for text in found["paragraphs"]:
        assert not re.search(r'(?<!")\bNone\b(?!,)|\(\)|  |\.\.$', text), text
        assert text[0].isupper() or text.startswith("x-mobilepay")


ORDER = ("request", "answer", "rule", "state", "scenario", "advice")


# --- what is said of the important ones ---------------------------------------------------------


def test_1301_names_the_payment_in_the_way_the_request_that_made_it_and_the_way_out(
    till: Till,
) -> None:
    pos_id = occupied(till)
    maker = last_id(till)
    till.call("POST", "/payments", till.payment_body(pos_id), key="mine")
    payment_id = till.control("GET", f"/requests/{maker}")["paymentId"]
    since = f"Initiated since 12:00:00.000 (initiate, request {maker})"
    assert tells(till, f"payment {payment_id}", "DKK", "order order-", since, part="state")
    assert tells(till, f"payment {payment_id} was active", pos_id, "nobody was checked in")
    assert tells(till, f"POST /pos/v10/payments/{payment_id}/cancel", part="advice")
    assert tells(till, "key", "'mine'", "again", part="advice")
    assert tells(till, "Now", "MobilePay cancels the payment for inactivity")


def test_a_call_without_an_answer_is_told_to_have_none(till: Till) -> None:
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "reset"})
    with pytest.raises(httpx.TransportError):
        till.call("POST", "/payments", till.payment_body(till.create_pos()), key="first")
    shown = explained(till, operation="InitiatePayment")
    assert shown["title"].endswith("InitiatePayment was not answered.")
    text = " ".join(shown["paragraphs"])
    assert "The call had no effect." in text
    assert "no longer in the journal" not in text


def test_1301_leads_to_no_cancellation_once_the_payment_is_active_no_more(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.reserved(pos_id)
    assert not till.control("GET", f"/points-of-sale/{pos_id}")["activePayment"]
    other = occupied(till)
    till.call("POST", "/payments", till.payment_body(other))
    active = till.control("GET", f"/points-of-sale/{other}")["activePayment"]["paymentId"]
    till.ok("POST", f"/payments/{active}/cancel")
    advice = str(part(till, "advice", operation="InitiatePayment"))
    assert f"Payment {active} is not active any more" in advice
    assert "/cancel" not in advice
    assert payment_id not in advice


def test_1304_names_the_state_and_the_only_way_to_a_capture(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    maker = last_id(till)
    capture(till, payment_id)
    assert tells(till, f"Initiated since 12:00:00.000 (initiate, request {maker})", part="state")
    assert tells(till, "'capture' only from Reserved to Captured (section 7)", part="rule")


def test_1300_names_the_request_that_ended_the_payment(till: Till) -> None:
    payment_id = till.captured()
    captured = last_id(till)
    maker = till.control("GET", "/requests?operation=InitiatePayment")["requests"][-1]["id"]
    till.call("POST", f"/payments/{payment_id}/cancel")
    since = f"Captured since 12:00:00.000 (capture, request {captured})"
    assert tells(till, payment_id, f"made by request {maker}", since, part="state")
    ways = "from Prepared, Paired, Initiated, IssuedToUser or Reserved to CancelledByClient"
    sources = "(section 7; section 7, decided: the text over the diagram)"
    assert tells(till, "'cancel' only", ways, sources, part="rule")


def test_1303_names_both_ways_that_ready_leads(till: Till) -> None:
    ready(till, till.initiate(till.create_pos()))
    ways = "from Prepared to Initiated and from Paired to IssuedToUser"
    assert tells(till, "'ready' only", ways, part="rule")


def test_1306_names_the_request_that_used_the_key(till: Till) -> None:
    body = till.payment_body(till.create_pos(), 10)
    key_again(till, "/payments", body, {"amount": 9})
    first = last_id(till) - 1
    (used,) = part(till, "state")
    assert _at_noon(used).startswith(f"Request {first} used the key at 12:00:00.000")
    assert "InitiatePayment with the body {" in used
    assert '"amount":10' in used
    assert '"amount":9' in part(till, "request")[0]
    assert "idempotency key refused, state not reached" in told(till)


def test_the_checks_are_told_in_their_order(till: Till) -> None:
    till.call("GET", f"/payments/{UNKNOWN}", headers={"Authorization": None})
    assert told(till).count("Checks, in their order: authentication refused, headers not reached, "
                            "parameters and body not reached, state not reached.") == 1  # fmt: skip
    till.call("POST", "/payments", {}, headers={KEY_HEADER: None})
    assert "authentication passed, headers refused, parameters and body not reached, " in told(till)
    simulate(till, "checkin", beaconId=UNKNOWN)
    assert "order: parameters and body refused, state not reached." in told(till)


def test_an_expired_token_is_told_with_when_it_was_got(till: Till) -> None:
    till.ok("GET", "/stores")
    got = last_id(till, operation="Token")
    till.advance(hours=2)
    till.call("GET", "/stores")
    assert tells(till, "the token expired at ", part="answer")
    assert tells(till, f"Request {got} fetched the token at 12:00:00.000", "It expired at ")


def test_a_token_got_outside_the_sandbox_is_found_there(till: Till, server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, verify=False) as http:
        token = Till(http).token()
    till._token = token
    till.ok("GET", "/stores")
    till.advance(hours=2)
    till.call("GET", "/stores")
    assert re.search(r"Request \d+ fetched the token at ", told(till))


def test_a_token_of_another_server_is_told_so(till: Till) -> None:
    strange = jwt.encode({}, "a secret of another server, 32 characters", headers={"kid": "k1"})
    for _ in range(2):
        till.call("GET", "/stores", headers={"Authorization": f"Bearer {strange}"})
        till.token()
    till.call("GET", "/stores", headers={"Authorization": f"Bearer {strange}"})
    assert tells(till, "No request", "fetched the token", "another server", part="state")


@pytest.mark.parametrize("text", ["nonsense", "xx", "a.b.c", "eyJhbGciOiJub25lIn0"])
def test_what_is_no_token_is_not_told_to_be_one_of_another_server(till: Till, text: str) -> None:
    till.call("GET", "/stores", headers={"Authorization": f"Bearer {text}"})
    assert tells(till, "is no access token of any server", part="state")
    assert "another server" not in told(till)


def test_a_fault_of_the_sandbox_is_not_told_to_be_of_a_scenario(till: Till) -> None:
    till.control("POST", "/faults", {"fault": "500", "call": "GetStores"})
    till.call("GET", "/stores")
    assert tells(till, "The answer comes from a fault of the sandbox")


def test_a_wrong_header_is_shown_as_it_was_sent(till: Till) -> None:
    till.call("GET", "/stores", headers={"X-MobilePay-Client-System-Version": "1.2"})
    assert "x-mobilepay-client-system-version was sent as '1.2'." in told(till)
    till.call("GET", "/stores", headers={"X-MobilePay-Client-System-Version": None})
    assert "x-mobilepay-client-system-version was not sent." in told(till)


def test_two_merchants_are_both_named(till: Till) -> None:
    headers = {"X-MobilePay-Merchant-VAT-Number": OTHER_MERCHANT}
    till.call("GET", "/stores", headers=headers)
    assert tells(till, "token", "DK12345678", f"header names {OTHER_MERCHANT}", part="request")


def test_what_belongs_to_somebody_else_is_told_with_whose_it_is(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    maker = last_id(till)
    till.as_other_integrator().call("GET", f"/payments/{payment_id}")
    owner = f"The integrator {CLIENT_ID} owns {payment_id}"
    assert tells(till, owner, f"request {maker} made it", f"from the integrator {OTHER_CLIENT_ID}")


def test_a_deleted_point_of_sale_is_told_with_who_deleted_it(till: Till) -> None:
    pos_id = till.create_pos()
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    deleted = last_id(till)
    till.call("POST", "/payments", till.payment_body(pos_id))
    assert tells(till, pos_id, f"was deleted at 12:00:00.000 by request {deleted}", part="state")


def test_a_repeated_ready_and_a_repeated_delete_are_told_to_be_fine(till: Till) -> None:
    payment_id = prepared(till)
    pos_id = till.payment(payment_id)["posId"]
    for _ in range(2):
        assert ready(till, payment_id).status_code == 200
    assert tells(till, "done already", part="state", operation="PaymentReady")
    till.user("checkin", pos_id)
    till.user("acceptpayment", pos_id)
    assert ready(till, payment_id).status_code == 200
    assert tells(till, "done already", part="state", operation="PaymentReady")

    for _ in range(2):
        till.ok("DELETE", f"/pointofsales/{pos_id}")
    assert tells(till, "done already", part="state", operation="DeletePos")


def test_what_is_in_another_sandbox_is_told_with_its_name(
    till: Till, server: RunningServer
) -> None:
    other = fresh("other")
    with httpx.Client(base_url=f"{server.url}/sandboxes/{other}", verify=False) as http:
        payment_id = Till(http).initiate(Till(http).create_pos())
    till.call("GET", f"/payments/{payment_id}")
    assert tells(till, payment_id, f"is in the sandbox '{other}', not in 'test-", part="state")
    httpx.delete(f"{server.url}/_simulator/sandboxes/{other}")


def test_1367_counts_the_refunds_there_are(till: Till) -> None:
    payment_id = till.captured()
    refund_id = till.refund(payment_id, 4)
    cancelled = till.refund(payment_id, 3)
    till.ok("POST", f"/refunds/{cancelled}/cancel")
    refund(till, payment_id, amount=7)
    counted = f"refund {refund_id} of 4.00, Initiated."
    assert tells(till, "captured with 10.00", counted, part="state")
    assert cancelled not in told(till)


def test_1204_names_the_call_that_deactivated_the_store(till: Till) -> None:
    pos_id, store_id = till.create_pos(), till.store_id()
    till.control("PATCH", f"/stores/{store_id}", {"active": False})
    call = last_id(till)
    till.call("POST", "/payments", till.payment_body(pos_id))
    assert tells(till, f"Request {call} deactivated the store {store_id} at", part="state")


def test_1200_names_the_request_that_created_the_other_point_of_sale(till: Till) -> None:
    pos_id = till.create_pos(merchantPosId="one")
    maker = last_id(till)
    till.call("POST", "/pointofsales", till.pos_body(merchantPosId="one"))
    assert tells(till, f"Request {maker} created the point of sale {pos_id}", part="state")


def test_a_path_that_is_not_there_is_told_with_the_nearest(till: Till) -> None:
    till.token()
    till.http.get("/pos/v10/paymants")
    found = explained(till)
    assert found["title"].startswith(
        "Request 2: GET /pos/v10/paymants was refused (404, code 1099)"
    )
    assert "Did you mean '/pos/v10/payments'?" in found["paragraphs"]
    assert "path refused, authentication not reached" in told(till)


def test_a_method_that_is_not_there_is_told_with_those_that_are(till: Till) -> None:
    till.token()
    till.http.put("/pos/v10/stores")
    assert "takes GET, HEAD, OPTIONS only" in told(till)


def test_a_body_that_is_too_large_is_told_so(till: Till) -> None:
    big = {"orderId": "x" * (1024 * 1024)}
    till.call("POST", "/payments", till.payment_body(UNKNOWN, **big))
    found = told(till)
    assert tells(till, "the body is too large", part="answer")
    assert "parameters and body refused" in found


def test_a_long_request_is_told_in_short(till: Till) -> None:
    till.token()
    till.http.get("/nowhere/" + "x" * 5000)
    assert len(told(till)) < 3000


def test_the_state_is_the_one_the_call_met_and_not_todays(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    till.status(payment_id)
    poll = last_id(till)
    till.user("checkin", pos_id)
    till.user("acceptpayment", pos_id)
    found = "\n".join(till.control("GET", f"/explain/{poll}")["paragraphs"])
    assert "had been Initiated since" in found
    assert "the payment is Reserved; next, at" in found
    assert "the reservation expires." in found


# --- what succeeded -----------------------------------------------------------------------------


def test_a_success_is_told_with_the_change_its_source_and_what_is_due(till: Till) -> None:
    # Ten minutes before midnight, what is due would be told with its date.
    today = till.control("GET", "/clock")["now"][:10]
    tomorrow = date.fromisoformat(today) + timedelta(days=1)
    till.control("POST", "/clock/advance", {"to": f"{tomorrow}T12:00:00Z"})
    payment_id = till.initiate(till.create_pos())
    assert tells(till, "no payment was active", "nobody was checked in")
    assert tells(till, f"payment {payment_id} became Initiated (initiate; section 7); the scenario")
    due = "next, at 12:00:00.000 MobilePay cancels the payment for inactivity."
    assert tells(till, "Now, at 12:00:00.000, the payment is Initiated", due, part="state")
    assert tells(till, "poll QueryPayment every pollDelayInMs", part="advice")


def test_a_replay_names_the_request_whose_answer_it_got(till: Till) -> None:
    pos_id = till.create_pos()
    body = till.payment_body(pos_id)
    till.ok("POST", "/payments", body, key="once")
    first = last_id(till)
    till.ok("POST", "/payments", body, key="once")
    found = explained(till)
    assert found["title"] == f"Request {first + 1}: InitiatePayment was answered as before (200)."
    same = ("same idempotency key, 'once'", "nothing new was made", "section 9")
    assert tells(till, f"Request {first}, at 12:00:00.000,", *same, part="rule")


@pytest.mark.parametrize("made", ["pointofsales", "refunds", "payments/prepare"])
def test_a_replay_is_known_whatever_was_made(till: Till, made: str) -> None:
    bodies = {
        "pointofsales": till.pos_body(),
        "payments/prepare": {"posId": till.create_pos(), "orderId": "1"},
        "refunds": {"paymentId": till.captured(), "refundOrderId": "1", "amount": 1, "currencyCode": "DKK"},
    }  # fmt: skip
    till.ok("POST", f"/{made}", bodies[made], key="once")
    first = last_id(till)
    till.ok("POST", f"/{made}", bodies[made], key="once")
    assert tells(till, f"Request {first}, at 12:00:00.000, got this answer first", part="rule")


def test_the_same_capture_again_is_told_to_have_been_done_already(till: Till) -> None:
    payment_id = till.captured()
    capture(till, payment_id)
    assert tells(till, "changed nothing", "done already", part="state")


def test_who_was_checked_in_is_told(till: Till) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id, DEBIT)
    till.ok("GET", f"/pointofsales/{pos_id}/checkin")
    assert tells(till, "no payment was active", f"{DEBIT} was checked in since 12:00:00.000")


def test_an_empty_search_is_told_with_what_it_left_out(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.captured(pos_id, orderId="mine")
    till.captured(pos_id, orderId="other")
    till.ok("GET", "/payments?orderId=mine")
    (answer,) = part(till, "answer")
    assert "found nothing" in answer
    (rule,) = part(till, "rule")
    assert f"active and reserved payments only; {payment_id} is Captured. Source:" in rule


def test_a_token_is_told_with_its_merchant_and_its_end(till: Till) -> None:
    till.token()
    assert tells(till, "valid for the merchant DK12345678 only, until 12:00:00", part="state")
    Till(till.http, merchant=None).token()
    assert tells(till, "valid for any merchant, until 12:00:00", part="state")
    assert tells(till, "x-mobilepay-merchant-vat-number", part="advice")


@pytest.mark.parametrize(
    ("form", "secret", "advice"),
    [
        ({"grant_type": "password"}, SECRET, "Send grant_type=client_credentials."),
        ({"grant_type": "client_credentials"}, "wrong", "Send the client id and secret"),
        ({}, SECRET, "Correct what error_description names."),
    ],
)
def test_a_refusal_of_the_token_endpoint_is_explained(
    till: Till, form: dict[str, str], secret: str, advice: str
) -> None:
    till.http.post(TOKEN, data=form, auth=(CLIENT_ID, secret))
    assert "Token was refused (40" in explained(till)["title"]
    assert advice in told(till)
    assert SECRET not in told(till)


def test_discovery_is_explained_too(till: Till) -> None:
    till.http.get("/integrator-authentication/.well-known/openid-configuration")
    assert "asked to read the discovery document" in told(till)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_a_request_is_told_in_the_words_of_the_api(till: Till, operation: Any) -> None:
    path = re.sub(r"\{\w+\}", UNKNOWN, operation.path)
    till.token()
    till.http.request(operation.method, path)
    (asked,) = part(till, "request")
    summary = operation.summary[:1].lower() + operation.summary[1:]
    is_customers = operation.name.startswith("UserSimulation")
    caller = "a customer's app" if is_customers else "an unknown client"
    assert f"{caller} asked to {summary}: {operation.method} {path}" in asked


def test_a_client_that_names_itself_is_told_where_no_operation_is_called(till: Till) -> None:
    till.token()
    till.http.get("/pos/v10/payment/1", headers={"X-IBM-Client-Id": "the-till"})
    (asked,) = part(till, "request")
    assert "a client with the X-IBM-Client-Id the-till called: GET /pos/v10/payment/1" in asked


@pytest.mark.parametrize("is_basic", [True, False])
def test_who_asks_for_a_token_in_vain_is_told_by_the_name_that_it_gives(
    till: Till, is_basic: bool
) -> None:
    form = {"grant_type": "client_credentials", "merchant_vat": "DK12345678"}
    named = {} if is_basic else {"client_id": "the-till", "client_secret": "wrong"}
    till.http.post(TOKEN, data={**form, **named}, auth=("the-till", "wrong") if is_basic else None)
    (asked,) = part(till, "request")
    assert "a client that calls itself the-till asked to" in asked


def test_what_is_decided_at_the_user_simulation_is_told_of_its_calls_only(till: Till) -> None:
    till.call("POST", "/payments", ["no payment"], key="one")
    (rule,) = part(till, "rule")
    assert rule.startswith("Rule 1099, documented (section 7, payments): ")
    till.http.post("/pos/app/usersimulation/checkin", json={})
    (rule,) = part(till, "rule")
    where = "docs/fidelity.md#user-simulation"
    assert f", documented; decided at the user simulation, see {where}: " in rule


def test_a_control_call_is_told_with_what_it_brought_about(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="success")
    till.advance(seconds=2)
    title = explained(till)["title"]
    assert "POST /_simulator/clock/advance" in title
    assert title.endswith("control API (200).")
    step = "step 1 of the scenario success ran: check-in;"
    assert tells(till, step, f"payment {payment_id} went from IssuedToUser to Reserved")
    till.http.put("/_simulator/clock", json={"scale": -1})
    assert tells(till, "The request is not valid. (scale: expected", part="rule")
    till.http.put("/_simulator/clock", json={"scale": 0})
    assert part(till, "state") == ["The call changed no payment."]


# --- scenarios ----------------------------------------------------------------------------------


def test_the_scenario_is_told_with_its_run_and_the_step_that_was_to_come(till: Till) -> None:
    run = till.control("POST", "/scenarios/next", {"scenario": "rejection"})["runs"][0]
    payment_id = till.initiate(till.create_pos())
    till.status(payment_id)
    assert tells(till, f"Payment {payment_id}", f"scenario rejection (run {run}): ")
    assert tells(till, "next step was 1 of 2:", "1s", "check-in (user: credit-card)")
    till.advance(seconds=1)
    till.status(payment_id)
    assert tells(till, "next step was 2 of 2:", "IssuedToUser", "2s", "cancel-by-user")
    till.advance(seconds=2)
    till.status(payment_id)
    assert tells(till, "All its steps had run", part="scenario")


def test_a_script_that_a_person_took_over_from_is_told_so(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, scenario="success")
    till.user("checkin", pos_id)
    till.status(payment_id)
    assert tells(till, "had stopped: a simulated user took over.", part="scenario")


def test_a_payment_that_nobody_plays_is_told_to_be_yours(till: Till) -> None:
    till.status(till.initiate(till.create_pos()))
    assert tells(till, "no steps", "you are the customer", part="scenario")


def test_a_lost_answer_is_told_with_its_fault_and_the_retry(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="lost-response-capture")
    till.advance(seconds=3)
    with pytest.raises(httpx.RemoteProtocolError):
        capture(till, payment_id)
    lost = last_id(till)
    capture(till, payment_id)
    found = explained(till, status="0")
    assert found["title"] == (
        f"Request {lost}: CapturePayment succeeded (200), but the answer was cut off."
    )
    cut = ("received nothing of this answer", "took effect all the same")
    assert tells(till, *cut, part="answer", status="0")
    assert tells(till, f"Request {lost + 1} sent it again", part="answer", status="0")
    assert tells(till, "A fault of the scenario", "CapturePayment", part="scenario", status="0")
    (advice,) = part(till, "advice", status="0")
    assert advice.startswith("Send the same request again:")


def test_the_retry_of_a_lost_start_is_known_by_its_key(till: Till) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "lost-response-initiate"})
    body = till.payment_body(till.create_pos())
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", "/payments", body, key="once")
    lost = last_id(till)
    till.call("POST", "/payments", body, key="another-key")
    assert "sent it again" not in told(till, status="0")
    till.ok("POST", "/payments", body, key="once")
    assert tells(till, f"Request {lost + 2} sent it again", part="answer", status="0")
    assert tells(till, "again with the same key, 'once'", part="advice", status="0")


def test_a_retry_with_another_key_is_advised_the_key_of_the_first_attempt(till: Till) -> None:
    fault = "summary: x\nfaults: [{call: InitiatePayment, first: 3, answer: {status: 503}}]"
    assert till.http.put("/_simulator/scenarios/fails-thrice", content=fault).is_success
    till.control("POST", "/scenarios/next", {"scenario": "fails-thrice"})
    body = till.payment_body(till.create_pos())
    till.call("POST", "/payments", body, key="first")
    first = last_id(till)
    assert tells(till, "with the same key 'first'", part="advice", status="503")
    for _ in range(2):
        till.call("POST", "/payments", body, key="another")
        assert tells(till, f"with the key 'first' of request {first}", part="advice", status="503")


FAILS = """
summary: The service fails.
faults:
  - call: CapturePayment
    first: 1
    answer: {status: 503, code: 2001}
  - call: CancelPayment
    answer: {status: 500}
    work: done
"""


def test_an_answer_of_the_scenarios_is_told_to_be_no_rules(till: Till) -> None:
    till.http.put("/_simulator/scenarios/fails", content=FAILS)
    payment_id = till.initiate(till.create_pos(), scenario="fails")
    capture(till, payment_id)
    assert "CapturePayment was answered by a fault (503, code 2001)" in explained(till)["title"]
    assert tells(till, "from the scenario", "had no effect", part="rule")
    assert tells(till, "same request again", "at most 5 times", part="advice")
    till.call("POST", f"/payments/{payment_id}/cancel")
    assert tells(till, "from the scenario", "took effect all the same", part="rule")
    assert tells(till, "went from Initiated to CancelledByClient (cancel; section 7)", part="state")


@pytest.mark.parametrize(
    ("status", "is_repeated"), [(404, False), (409, False), (429, True), (500, True)]
)
def test_only_an_answer_that_leaves_open_what_was_done_is_told_to_be_sent_again(
    till: Till, status: int, is_repeated: bool
) -> None:
    answer = FAILS.replace("status: 503, code: 2001", f"status: {status}")
    till.http.put("/_simulator/scenarios/fails", content=answer)
    capture(till, till.initiate(till.create_pos(), scenario="fails"))
    assert tells(till, "same request again", part="advice", status=str(status)) is is_repeated


def test_a_refusal_that_a_scenario_spoilt_is_told_as_the_scenarios(till: Till) -> None:
    spoilt = FAILS.replace("work: done", "work: done\n    first: 1")
    till.http.put("/_simulator/scenarios/fails", content=spoilt)
    payment_id = till.initiate(till.create_pos(), scenario="fails")
    till.advance(minutes=11)
    till._token = None
    till.call("POST", f"/payments/{payment_id}/cancel")
    assert "was answered by a fault (500" in explained(till)["title"]
    till.call("POST", f"/payments/{payment_id}/cancel")
    assert "CancelPayment was refused (409, code 1300)" in explained(till)["title"]


HELD = """
summary: Polls are kept.
faults:
  - call: QueryPayment
    hold: {until: Reserved, at_most: 1m}
    work: after
"""


def test_a_call_that_is_kept_is_told_so_while_it_waits_and_after(
    till: Till, server: RunningServer
) -> None:
    till.http.put("/_simulator/scenarios/held", content=HELD)
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, scenario="held")
    path = f"{till.http.base_url.path}pos/v10/payments/{payment_id}"
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {till._token}\r\n"
            "X-MobilePay-Client-System-Version: 1.0.0\r\n\r\n".encode()
        )
        while till.control("GET", "/requests")["requests"][-1]["delivery"] != "pending":
            threading.Event().wait(0.01)
        kept = last_id(till)
        assert explained(till)["title"] == f"Request {kept}: QueryPayment is not answered yet."
        assert tells(till, "work has not begun", "scenario", part="answer")
        till.advance(seconds=5)
        till.user("checkin", pos_id)
        till.user("acceptpayment", pos_id)
        answer = b""
        while b"Reserved" not in answer:
            answer += raw.recv(65536)
    found = till.control("GET", f"/explain/{kept}")
    assert found["title"] == f"Request {kept}: QueryPayment succeeded (200)."
    text = "\n".join(found["paragraphs"])
    assert "A scenario held the call back: its work was done at " in text
    assert f"payment {payment_id} " in text
    assert "had been Reserved since" in text


# --- the call -----------------------------------------------------------------------------------


def test_it_can_be_had_as_text(till: Till) -> None:
    capture(till, prepared(till))
    found = explained(till)
    for options in ({"params": {"format": "text"}}, {"headers": {"Accept": "text/plain"}}):
        answer = till.http.get(f"/_simulator/explain/{found['id']}", **options)  # type: ignore[arg-type]
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        lines = answer.text.splitlines()
        assert lines[0] == found["title"]
        assert lines[lines.index("Why:") + 1].startswith("  - Rule 1304, documented")
        flat = " ".join(answer.text.split())
        for text in found["paragraphs"]:
            assert " ".join(text.split()) in flat


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("99", 404, "no request 99; there are none yet"),
        ("x", 400, "expected a request's id"),
        ("1?format=html", 400, "there is no 'html'"),
    ],
)
def test_a_mistake_is_told(till: Till, path: str, status: int, said: str) -> None:
    answer = till.http.get(f"/_simulator/explain/{path}")
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_nothing_secret_is_told(till: Till) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
    token = till.http.post(TOKEN, data=form).json()["access_token"]
    assert SECRET not in told(till)
    assert token not in told(till)


def test_a_text_has_no_control_characters_of_a_client(till: Till) -> None:
    till.token()
    till.http.get("/pos/v10/%1B%5B2J%C3%B8")
    answer = till.http.get(f"/_simulator/explain/{last_id(till)}", params={"format": "text"})
    assert "/pos/v10/\\x1b[2Jø" in answer.text
    assert "\x1b" not in answer.text


@pytest.mark.parametrize(("amount", "is_all"), [(10, True), (4, False)])
def test_what_was_refunded_of_a_payment_is_told_with_its_calls(
    till: Till, amount: int, is_all: bool
) -> None:
    payment_id = till.captured(amount=10)
    refund_id = till.refund(payment_id, amount)
    till.advance(seconds=1)
    till.ok("POST", f"/refunds/{refund_id}/capture")
    text = str(explained(till, operation="CapturePayment"))
    assert f"{amount}.00 DKK of it were refunded" in text
    assert ("all of it was refunded" in text) is is_all
    assert ("CreateRefund gives money back" in text) is not is_all
