"""Clients that send what they should, and clients that send something else."""

from typing import Any

from tests.journal.clients.registry import APP, Client, breaks, keeps


@breaks("token-for-each-call")
def fetches_a_token_for_each_call(client: Client) -> None:
    pos_id = client.create_pos()
    for _ in range(4):
        client._token = None
        client.ok("GET", f"/pointofsales/{pos_id}")


@keeps("token-for-each-call")
def keeps_its_token(client: Client) -> None:
    pos_id = client.create_pos()
    for _ in range(4):
        client.ok("GET", f"/pointofsales/{pos_id}")


@keeps("token-for-each-call")
def fetches_a_token_before_the_old_one_ends(client: Client) -> None:
    pos_id = client.create_pos()
    for _ in range(4):
        client._token = None
        client.ok("GET", f"/pointofsales/{pos_id}")
        client.advance(seconds=3650)


@keeps("token-for-each-call")
def is_two_tills_with_the_same_credentials(client: Client) -> None:
    pos_id = client.create_pos()
    for _ in range(2):
        Client(client.http).ok("GET", f"/pointofsales/{pos_id}")


@breaks("expired-token-used")
def makes_the_call_again_with_the_token_that_was_refused(client: Client) -> None:
    pos_id = client.create_pos()
    client.advance(hours=2)
    for _ in range(2):
        assert client.call("GET", f"/pointofsales/{pos_id}").status_code == 401
        client.advance(seconds=1)


@breaks("expired-token-used")
def makes_another_call_with_the_token_that_was_refused(client: Client) -> None:
    pos_id = client.create_pos()
    client.advance(hours=2)
    client.call("GET", f"/pointofsales/{pos_id}")
    client.advance(seconds=2)
    client.call("DELETE", f"/pointofsales/{pos_id}")


@breaks("expired-token-used")
def uses_the_old_token_though_it_has_a_new_one(client: Client) -> None:
    pos_id = client.create_pos()
    client.advance(hours=2)
    old, client._token = client._token, client._token
    client.call("GET", f"/pointofsales/{pos_id}")
    client._token = None
    client.ok("GET", f"/pointofsales/{pos_id}")
    client._token = old
    client.call("DELETE", f"/pointofsales/{pos_id}")


@keeps("expired-token-used")
def fetches_a_token_after_a_401(client: Client) -> None:
    pos_id = client.create_pos()
    client.advance(hours=2)
    assert client.call("GET", f"/pointofsales/{pos_id}").status_code == 401
    client._token = None
    client.ok("GET", f"/pointofsales/{pos_id}")


@keeps("expired-token-used")
def had_two_calls_under_way_when_the_token_was_refused(client: Client) -> None:
    pos_id = client.create_pos()
    client.advance(hours=2)
    client.call("GET", f"/pointofsales/{pos_id}")
    client.call("GET", f"/pointofsales/{pos_id}/checkin")
    client._token = None
    client.ok("GET", f"/pointofsales/{pos_id}")


def with_terms(client: Client, amount: Any = 10.0, **more: Any) -> None:
    """A payment that is made with these terms, and cancelled."""
    client.cancel(client.initiate(client.create_pos(), amount, **more))


@breaks("amount-as-string")
def sends_the_amount_in_quotes(client: Client) -> None:
    with_terms(client, "10.50")


@keeps("amount-as-string")
def sends_the_amount_as_a_number(client: Client) -> None:
    with_terms(client, 10.5)


@breaks("unknown-field")
def sends_a_field_nobody_knows(client: Client) -> None:
    with_terms(client, paymentLabel="x")


@breaks("unknown-field")
def misspells_a_restriction(client: Client) -> None:
    with_terms(client, restrictions={"debitCardForbidden": True})


@breaks("unknown-field")
def sends_an_amount_with_a_cancel(client: Client) -> None:
    payment_id = client.initiate(client.create_pos())
    client.ok("POST", f"/payments/{payment_id}/cancel", {"amount": 10})


@keeps("unknown-field")
def sends_every_field_there_is(client: Client) -> None:
    restrictions = {"debitCardDisallowed": False, "creditCardDisallowed": False}
    with_terms(client, restrictions=restrictions, merchantPaymentLabel="x")


@keeps("unknown-field")
def sends_an_empty_object_with_a_cancel(client: Client) -> None:
    payment_id = client.initiate(client.create_pos())
    client.ok("POST", f"/payments/{payment_id}/cancel", {})


@breaks("unneeded-header")
def sends_a_key_with_a_look_up(client: Client) -> None:
    client.ok("GET", "/stores", key="key-1")


@breaks("unneeded-header")
def sends_a_key_with_a_capture(client: Client) -> None:
    payment_id = client.reserved()
    client.call("POST", f"/payments/{payment_id}/capture", {"amount": 10}, key="key-1")


@breaks("unneeded-header")
def misspells_a_header(client: Client) -> None:
    client.ok("GET", "/stores", headers={"X-MobilePay-Client-Name": "till"})


@keeps("unneeded-header")
def sends_every_header_there_is(client: Client) -> None:
    headers = {
        "X-MobilePay-Client-System-Name": "till",
        "X-MobilePay-Merchant-VAT-Number": str(client.merchant),
    }
    client.ok("POST", "/pointofsales", client.pos_body(), key="key-1", headers=headers)


@breaks("ibm-client-id-missing")
def leaves_the_apps_id_out(client: Client) -> None:
    client.token()
    del client.http.headers[APP]
    client._token = client._token or super(Client, client).token()
    for _ in range(3):
        client.ok("GET", "/stores")


@keeps("ibm-client-id-missing")
def sends_the_apps_id(client: Client) -> None:
    client.ok("GET", "/stores")
