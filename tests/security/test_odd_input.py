"""Input that no client means: it is refused as such, and never answered with a 5xx."""

import base64
import json
from typing import Any

import httpx
import jwt
import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.client import StartFailed
from mobilepay_simulator.testing.in_process import InProcess

from tests.security.sockets import HOST, ask
from tests.support import RunningServer, Till


@pytest.mark.parametrize("credentials", ["æø", "ÿ", "\x85", "====", "☃", "Ag=="])
def test_basic_credentials_of_any_letters_are_refused(
    server: RunningServer, credentials: str
) -> None:
    body = b"grant_type=client_credentials"
    head = (
        b"POST /integrator-authentication/connect/token HTTP/1.1\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n" % len(body)
    )
    line = b"Authorization: Basic " + credentials.encode() + b"\r\n\r\n"
    answered = ask(server.port, head + HOST + line + body, 1)
    assert answered.statuses == [401]
    assert b"invalid_client" in answered.content


@pytest.mark.parametrize(
    "wanted", ["/page/runs\r\nX-Made-Up: 1", "/page/\n/x", "/page/☃", "/page/\0"]
)
def test_where_to_go_on_is_no_way_into_a_header(till: Till, wanted: str) -> None:
    found = till.http.get("/page/clock").text
    form = {
        "theme": "dark",
        "next": wanted,
        "csrf": found.split('name="csrf" value="')[1].split('"')[0],
    }
    answer = till.http.post("/page/theme", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].isascii()
    assert "X-Made-Up" not in answer.headers


@pytest.mark.parametrize("name", ["a" * 300, "a" * 5000, "a/" * 2000 + "b", "%00", "x%0ay", "%ff"])
def test_a_file_of_an_impossible_name_is_not_there(till: Till, name: str) -> None:
    assert till.http.get(f"/page/static/{name}").status_code == 404


CLAIMS: list[dict[str, Any]] = [
    {"client_id": "\ud800"},
    {"merchant_vat": "\ud800"},
    {"merchant_vat": ["DK12345678"]},
    {"merchant_vat": "Nobody"},
    {"iss": "\ud800"},
    {"exp": 1e300},
    {"nbf": "\ud800"},
]


@pytest.mark.parametrize("claims", CLAIMS, ids=[str(each) for each in CLAIMS])
def test_a_token_with_an_impossible_claim_is_refused(claims: dict[str, Any]) -> None:
    simulator = InProcess(time_scale=0)
    context = simulator.wsgi.context
    till = Till(httpx.Client(transport=simulator.transport(), base_url="http://localhost"))
    good = till.token()
    whole = jwt.decode(good, options={"verify_signature": False})
    head = {"kid": jwt.get_unverified_header(good)["kid"]}
    token = jwt.encode({**whole, **claims}, context.tokens._key, algorithm="RS256", headers=head)
    answer = till.call("GET", "/stores", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (400, 401, 403)
    assert till.http.get("/_simulator/requests").status_code == 200


def test_a_token_whose_key_id_is_half_a_character_is_refused(till: Till) -> None:
    parts = [{"alg": "RS256", "kid": "\ud800"}, {}]
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in parts]
    token = ".".join([*encoded, "x"]).replace("=", "")
    answer = till.call("GET", "/stores", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/docs", "/docs/reader.js", "/docs/swagger-ui.css"])
def test_the_description_has_the_security_headers_of_the_page(till: Till, path: str) -> None:
    page, docs = till.http.get("/").headers, till.http.get(path).headers
    for name in ("X-Content-Type-Options", "Referrer-Policy", "Cache-Control"):
        assert docs[name] == page[name]
    assert "frame-ancestors 'none'" in docs["Content-Security-Policy"]


@pytest.mark.parametrize("order", ["=1+1", "+1+1", "-1+1", "@SUM(A1)"])
def test_no_cell_of_a_ledger_is_a_formula_and_it_is_read_back_as_it_was(
    till: Till, order: str
) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, orderId=order)
    ledger = till.http.get("/_simulator/ledger", params={"format": "csv"}).text
    assert f",'{order}," in ledger
    assert f",{order}," not in ledger
    books = f"orderId,captured\n'{order},5.00\n"
    compared = till.http.post("/_simulator/ledger/compare", content=books).json()
    (difference,) = compared["differences"]
    assert (difference["orderId"], difference["paymentId"]) == (order, payment_id)


@pytest.mark.parametrize("name", ["\0", "a\0b", "\ud800"])
def test_a_setting_that_no_program_takes_does_not_start(name: str) -> None:
    with pytest.raises(StartFailed, match="scenario"):
        Simulator(scenario=name).start()
