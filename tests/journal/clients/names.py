"""Clients that write names as the documentation does, and clients that write others."""

from tests.journal.clients.registry import Client, breaks, keeps


def payment(client: Client, **terms: object) -> dict[str, object]:
    """A payment as it is documented."""
    return {
        "posId": client.create_pos(),
        "orderId": "order-1",
        "amount": 10.0,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
        **terms,
    }


def pay(client: Client, body: dict[str, object]) -> None:
    """A payment that is made, and cancelled."""
    client.cancel(str(client.ok("POST", "/payments", body)["paymentId"]))


@breaks("relies-on-case")
def writes_a_field_as_csharp_names_it(client: Client) -> None:
    body = payment(client)
    pay(client, {"PosId" if name == "posId" else name: body[name] for name in body})


@breaks("relies-on-case")
def writes_a_field_within_a_field_in_lower_case(client: Client) -> None:
    pay(client, payment(client, restrictions={"debitcarddisallowed": True}))


@breaks("relies-on-case")
def writes_a_word_in_lower_case(client: Client) -> None:
    pay(client, payment(client, currencyCode="dkk"))


@breaks("relies-on-case")
def writes_a_query_parameter_as_csharp_names_it(client: Client) -> None:
    client.ok("GET", f"/payments?PosId={client.create_pos()}")


@breaks("relies-on-case")
def writes_a_word_of_a_query_in_lower_case(client: Client) -> None:
    client.ok("GET", f"/payments?posId={client.create_pos()}&state=captured")


@keeps("relies-on-case")
def writes_everything_as_it_is_documented(client: Client) -> None:
    pay(client, payment(client, restrictions={"debitCardDisallowed": True}))
    client.ok("GET", f"/payments?posId={client.create_pos()}&state=Captured")


@breaks("unknown-parameter")
def misspells_a_query_parameter(client: Client) -> None:
    client.ok("GET", "/stores?merchantBrand=POSDK12345")


@breaks("unknown-parameter")
def sends_a_query_to_a_call_that_takes_none(client: Client) -> None:
    client.ok("GET", f"/pointofsales/{client.create_pos()}?verbose=true")


@keeps("unknown-parameter")
def sends_the_query_parameters_there_are(client: Client) -> None:
    client.ok("GET", f"/payments?posId={client.create_pos()}&orderId=order-1&state=Captured")
