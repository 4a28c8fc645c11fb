"""Integrators with several clients: what one client makes, all clients of the integrator may use."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from tests.api.calls import KEY_HEADER, capture, outcome
from tests.support import CLIENT_ID, OTHER_MERCHANT, SECRET, Till, fresh, running_server

TILL, OFFICE, STRANGER = "till-client", "Office-Client", "stranger"
DATA = f"""\
integrators:
  - {{client_id: {TILL}, client_secret: one, integrator: Kassen ApS}}
  - {{client_id: {OFFICE}, client_secret: two, integrator: kassen aps}}
  - {{client_id: {STRANGER}, client_secret: three}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    data: Path = tmp_path_factory.mktemp("data") / "data.yaml"
    data.write_text(DATA)
    options = ("--data", str(data), "--integrator", "flag:four", "--scenario", "manual")
    with (
        running_server(*options, "--reserving-time", "0s") as server,
        httpx.Client(base_url=server.url, verify=False) as http,
    ):
        yield http


@pytest.fixture
def till(shop: httpx.Client) -> Till:
    return Till(shop, TILL, "one")


@pytest.fixture
def office(shop: httpx.Client) -> Till:
    return Till(shop, OFFICE, "two")


@pytest.fixture
def stranger(shop: httpx.Client) -> Till:
    return Till(shop, STRANGER, "three")


def test_what_one_client_makes_the_other_finds_captures_and_refunds(
    till: Till, office: Till
) -> None:
    pos_id = till.create_pos(merchantPosId=fresh("pos"))
    payment_id = till.reserved(pos_id)

    assert office.ok("GET", f"/pointofsales/{pos_id}")["posId"] == pos_id
    assert office.ok("GET", "/payments", params={"posId": pos_id})["paymentIds"] == [payment_id]
    assert capture(office, payment_id).status_code == 200
    refund_id = office.refund(payment_id)
    assert till.ok("GET", f"/refunds/{refund_id}")["paymentId"] == payment_id
    office.ok("DELETE", f"/pointofsales/{pos_id}")
    assert outcome(till.call("DELETE", f"/pointofsales/{pos_id}")) == (200, None)


def test_a_merchant_pos_id_is_taken_for_all_clients_of_the_integrator(
    till: Till, office: Till, stranger: Till
) -> None:
    till.create_pos(merchantPosId="shared")

    body = office.pos_body(merchantPosId="shared")
    assert outcome(office.call("POST", "/pointofsales", body)) == (409, "1200")
    assert stranger.create_pos(merchantPosId="shared")


def test_a_key_belongs_to_the_integrator(till: Till, office: Till) -> None:
    body, key = till.payment_body(till.create_pos()), fresh("key")
    made = till.ok("POST", "/payments", body, key=key)

    assert office.ok("POST", "/payments", body, key=key) == made
    other = body | {"amount": 11.0}
    assert outcome(office.call("POST", "/payments", other, headers={KEY_HEADER: key})) == (
        409,
        "1306",
    )


def test_another_integrator_is_refused_as_ever(till: Till, stranger: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)

    assert outcome(stranger.call("GET", f"/pointofsales/{pos_id}")) == (403, "1400")
    assert outcome(stranger.call("GET", f"/payments/{payment_id}")) == (403, "1401")
    office = Till(till.http, OFFICE, "two", OTHER_MERCHANT)
    assert outcome(office.call("GET", f"/payments/{payment_id}")) == (403, "1411")


def test_the_token_names_the_client_and_the_integrator(
    till: Till, office: Till, stranger: Till
) -> None:
    def named(each: Till) -> tuple[str, str]:
        claims = jwt.decode(each.token(), options={"verify_signature": False})
        return claims["client_id"], claims["integrator"]

    assert named(till) == (TILL, "kassen aps")
    assert named(office) == (OFFICE.lower(), "kassen aps")
    assert named(stranger) == (STRANGER, STRANGER)


def test_the_journal_tells_the_clients_apart(till: Till, office: Till) -> None:
    pos_id = till.create_pos()
    office.ok("GET", f"/pointofsales/{pos_id}")
    found = till.control("GET", f"/requests?posId={pos_id}")["requests"]

    assert [each["clientId"] for each in found[-2:]] == [TILL, OFFICE.lower()]


def test_integrators_of_the_option_and_the_seeded_ones_are_their_own(shop: httpx.Client) -> None:
    mine, seeded = Till(shop, "flag", "four"), Till(shop, CLIENT_ID, SECRET)
    pos_id = mine.create_pos()

    assert mine.ok("GET", f"/pointofsales/{pos_id}")["posId"] == pos_id
    assert outcome(seeded.call("GET", f"/pointofsales/{pos_id}")) == (403, "1400")
