"""A client is judged by its own calls and by what it was answered: others' calls clear nothing."""

from collections.abc import Callable

import pytest

from tests.journal.clients.flows import makes_ready, notified, prepares
from tests.journal.clients.lost_answers import LOST, loses, loses_a_capture
from tests.journal.clients.registry import Client
from tests.support import MERCHANT, OTHER_CLIENT_ID, OTHER_SECRET

#: Makes a call that is none of the client's.
Others = Callable[[str, str], None]
GAVE_UP, NOT_ASKED = "gave-up-without-clean-up", "check-in-not-asked-for"


def a_client_that_nobody_knows(client: Client) -> Others:
    def call(method: str, path: str) -> None:
        client.call(method, path, headers={"Authorization": "Bearer abc"})

    return call


def another_client(client: Client) -> Others:
    other = Client(client.http, OTHER_CLIENT_ID, OTHER_SECRET, MERCHANT)

    def call(method: str, path: str) -> None:
        other.call(method, path)

    return call


EVERYBODY = (a_client_that_nobody_knows, another_client)


@pytest.fixture(params=EVERYBODY, ids=lambda each: each.__name__)
def others(client: Client, request: pytest.FixtureRequest) -> Others:
    made: Others = request.param(client)
    return made


def rules_broken(client: Client) -> set[str]:
    return {each["rule"] for each in client.findings()}


def test_a_list_of_others_looks_after_no_lost_start(client: Client, others: Others) -> None:
    client.plan(LOST % "InitiatePayment")
    loses(client, "/payments", client.payment_body(client.create_pos()))
    others("GET", "/payments")
    client.advance(minutes=7)
    assert GAVE_UP in rules_broken(client)


def test_a_query_of_others_looks_after_no_lost_capture(client: Client, others: Others) -> None:
    _, payment_id = loses_a_capture(client)
    others("GET", f"/payments/{payment_id}")
    others("GET", "/payments")
    client.advance(minutes=7)
    assert GAVE_UP in rules_broken(client)


def test_a_payment_that_others_ask_for_in_vain_is_no_going_on(
    client: Client, others: Others
) -> None:
    pos_id, _ = loses_a_capture(client)
    others("POST", "/payments")
    others("POST", f"/payments?posId={pos_id}")
    assert GAVE_UP not in rules_broken(client)


def test_a_search_that_was_refused_looks_after_nothing(client: Client) -> None:
    client.plan(LOST % "InitiatePayment")
    loses(client, "/payments", client.payment_body(client.create_pos()))
    assert client.call("GET", "/payments?posId=x").status_code == 400
    client.advance(minutes=7)
    assert GAVE_UP in rules_broken(client)


def test_a_check_in_that_others_ask_for_is_not_asked_for(client: Client, others: Others) -> None:
    with notified(client) as pos_id:
        others("GET", f"/pointofsales/{pos_id}/checkin")
        client.advance(minutes=2)
    assert NOT_ASKED in rules_broken(client)


def test_a_check_in_that_the_client_asked_for_is_asked_for_whoever_asks_too(
    client: Client, others: Others
) -> None:
    with notified(client) as pos_id:
        others("GET", f"/pointofsales/{pos_id}/checkin")
        client.ok("GET", f"/pointofsales/{pos_id}/checkin")
        client.advance(minutes=2)
    assert NOT_ASKED not in rules_broken(client)


def test_what_others_make_ready_in_vain_is_still_prepared(client: Client, others: Others) -> None:
    payment_id = prepares(client, client.create_pos())
    others("POST", f"/payments/{payment_id}/ready")
    makes_ready(client, payment_id)
    assert "prepared-without-looking" in rules_broken(client)


def test_a_capture_of_others_settles_no_refund(client: Client, others: Others) -> None:
    refund_id = client.refund(client.captured())
    lost = b"faults: [{call: CaptureRefund, answer: {status: 503}}]"
    assert client.http.put("/_simulator/faults", content=lost).is_success
    others("POST", f"/refunds/{refund_id}/capture")
    client.control("DELETE", "/faults")
    client.advance(minutes=7)
    assert "refund-not-settled" in rules_broken(client)


def with_a_token_that_has_expired(client: Client, method: str, path: str) -> None:
    client.advance(hours=2)
    assert client.call(method, path).status_code == 401
    client._token = None


def test_a_search_with_a_token_that_has_expired_looks_after_nothing(client: Client) -> None:
    client.plan(LOST % "InitiatePayment")
    loses(client, "/payments", client.payment_body(client.create_pos()))
    with_a_token_that_has_expired(client, "GET", "/payments")
    assert GAVE_UP in rules_broken(client)


def test_a_capture_with_a_token_that_has_expired_is_none_in_time(client: Client) -> None:
    payment_id = client.reserved()
    with_a_token_that_has_expired(client, "POST", f"/payments/{payment_id}/capture")
    client.advance(days=2)
    assert client.capture(payment_id).status_code == 200
    assert "captured-late" in rules_broken(client)


def test_a_point_of_sale_that_could_not_be_deleted_excuses_no_new_key(client: Client) -> None:
    body = client.pos_body()
    lost = b"faults: [{call: CreatePos, first: 1, cut: after_commit}]"
    assert client.http.put("/_simulator/faults", content=lost).is_success
    loses(client, "/pointofsales", body, key="key-1")
    gone = "/pointofsales/00000000-0000-4000-8000-000000000000"
    assert client.call("DELETE", gone).status_code == 404
    client.call("POST", "/pointofsales", body, key="key-2")
    assert "new-key-on-retry" in rules_broken(client)
