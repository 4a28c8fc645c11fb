"""Who gets tokens is set when the server starts: integrators of one's own, long-lived tokens,
open authentication, and the x-ibm-client-id of old (section 2).
"""

from collections.abc import Iterator
from urllib.parse import quote_plus

import httpx
import pytest

from tests.api.calls import MERCHANT_HEADER, outcome
from tests.support import CLIENT_ID, CREDIT, MERCHANT, OTHER_MERCHANT, SECRET, Till, running_server

TOKEN = "/integrator-authentication/connect/token"
DISCOVERY = "/integrator-authentication/.well-known/openid-configuration"
GRANT = {"grant_type": "client_credentials"}
STILL = ("--time-scale", "0", "--scenario", "manual")
ODD_SECRET = "p+ss: w@rd%20/é"
DATA = f"""
integrators:
  - client_id: long-lived
    client_secret: secret
    long_lived_tokens: true
  - client_id: With-App
    client_secret: "{ODD_SECRET}"
    ibm_client_id: the-app
    ibm_client_secret: the-apps-secret
  - client_id: at-home
    client_secret: secret
    sandbox: home
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with integrators of its own, from a file and from options."""
    file = tmp_path_factory.mktemp("data") / "data.yaml"
    file.write_text(DATA, encoding="utf-8")
    own = ("--integrator", "mine:my-secret", "--integrator", "bound:its-secret@elsewhere")
    options = (*STILL, "--data", str(file), *own)
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        yield http


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        (CLIENT_ID, SECRET),
        ("mine", "my-secret"),
        ("MINE", "my-secret"),
        ("bound", "its-secret"),
        ("with-app", ODD_SECRET),
    ],
)
def test_all_integrators_get_tokens(known: httpx.Client, client_id: str, secret: str) -> None:
    form = GRANT | {"client_id": client_id, "client_secret": secret}

    assert known.post(TOKEN, data=GRANT, auth=(client_id, secret)).status_code == 200
    assert known.post(TOKEN, data=form).status_code == 200


def test_basic_credentials_may_be_form_encoded_as_the_rfc_has_it(known: httpx.Client) -> None:
    encoded = (quote_plus("with-app"), quote_plus(ODD_SECRET))

    assert encoded[1] != ODD_SECRET
    assert known.post(TOKEN, data=GRANT, auth=encoded).status_code == 200


def test_secrets_differ_in_case(known: httpx.Client) -> None:
    assert known.post(TOKEN, data=GRANT, auth=("mine", "MY-SECRET")).status_code == 401


@pytest.mark.parametrize(
    ("client_id", "secret", "sandbox"),
    [("bound", "its-secret", "elsewhere"), ("at-home", "secret", "home")],
)
def test_a_bound_integrator_is_led_to_its_sandbox(
    known: httpx.Client, client_id: str, secret: str, sandbox: str
) -> None:
    bound = Till(known, client_id, secret)
    pos_id = bound.create_pos()
    before = known.get("/_simulator/events").json()
    there = known.get(f"/sandboxes/{sandbox}/_simulator/events").json()["events"]

    assert pos_id in [each["posId"] for each in there]
    assert pos_id not in str(before)


def test_the_user_simulation_follows_the_app_of_a_bound_integrator(known: httpx.Client) -> None:
    bound = Till(known, "bound", "its-secret")
    bound.create_pos(beaconId="1" * 15)
    body = {"beaconId": "1" * 15, "phoneNumber": CREDIT}
    path = "/pos/app/usersimulation/checkin"

    assert known.post(path, json=body, headers={"x-ibm-client-id": "bound"}).status_code == 200
    assert known.post(path, json=body, headers={"x-ibm-client-id": "mine"}).status_code == 404


def test_a_long_lived_token_lasts_a_year(known: httpx.Client) -> None:
    form = GRANT | {"merchant_vat": MERCHANT}
    with httpx.Client(base_url=f"{known.base_url}/sandboxes/years") as http:
        answer = http.post(TOKEN, data=form, auth=("long-lived", "secret")).json()
        till = Till(http, "long-lived", "secret", _token=answer["access_token"])
        statuses = []
        for days, seconds in ((0, 0), (364, 86399), (0, 1)):
            till.advance(days=days, seconds=seconds)
            statuses.append(till.call("GET", "/stores").status_code)

    assert answer["expires_in"] == 365 * 86400
    assert statuses == [200, 200, 401]


@pytest.mark.parametrize("form", [GRANT, GRANT | {"merchant_vat": ""}])
def test_a_long_lived_token_is_locked_to_a_merchant(
    known: httpx.Client, form: dict[str, str]
) -> None:
    refused = known.post(TOKEN, data=form, auth=("long-lived", "secret"))
    till = Till(known, "long-lived", "secret")
    other = till.call("GET", "/stores", headers={MERCHANT_HEADER: OTHER_MERCHANT})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert outcome(other) == (403, "1099")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server that asks for x-ibm-client-id, as until October 2022."""
    file = tmp_path_factory.mktemp("data") / "data.yaml"
    file.write_text(DATA, encoding="utf-8")
    options = (*STILL, "--require-ibm-client-id", "--data", str(file))
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        yield http


APP, APP_SECRET = "x-ibm-client-id", "x-ibm-client-secret"


@pytest.mark.parametrize(
    ("sent", "is_known"),
    [
        ({APP: CLIENT_ID}, True),
        ({APP: "the-app"}, True),
        ({APP: "THE-APP"}, True),
        ({}, False),
        ({APP: ""}, False),
        ({APP: "nobody"}, False),
        ({APP: "with-app"}, False),
    ],
)
def test_the_app_id_is_asked_for_everywhere(
    strict: httpx.Client, sent: dict[str, str], is_known: bool
) -> None:
    asked = strict.post(TOKEN, data=GRANT, auth=(CLIENT_ID, SECRET), headers={APP: CLIENT_ID})
    till = Till(strict, _token=asked.json()["access_token"])
    merchant = {MERCHANT_HEADER: MERCHANT}

    token = strict.post(TOKEN, data=GRANT, auth=(CLIENT_ID, SECRET), headers=sent)
    stores = till.call("GET", "/stores", headers=merchant | sent)
    secret = {APP_SECRET: "the-apps-secret"}
    user = strict.post("/pos/app/usersimulation/checkin", json={}, headers=sent | secret)

    assert token.status_code == (200 if is_known else 401)
    assert token.json().get("error") == (None if is_known else "invalid_client")
    assert stores.status_code == (200 if is_known else 401)
    assert user.status_code == (400 if is_known else 401)
    assert is_known or (stores.content, user.content) == (b"", b"")
    for path in ("", "/jwks"):
        found = strict.get(DISCOVERY + path, headers=sent)
        assert found.status_code == (200 if is_known else 401)
        assert is_known or found.content == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({APP: "the-app", APP_SECRET: "the-apps-secret"}, 400),
        ({APP: "the-app", APP_SECRET: "another"}, 401),
        ({APP: "the-app", APP_SECRET: ""}, 401),
        ({APP: "the-app"}, 401),
        # The data file has no secret for this one.
        ({APP: CLIENT_ID, APP_SECRET: "any"}, 400),
        ({APP: CLIENT_ID}, 401),
    ],
)
def test_the_user_simulation_asks_for_the_secret_of_the_app(
    strict: httpx.Client, sent: dict[str, str], status: int
) -> None:
    answer = strict.post("/pos/app/usersimulation/checkin", json={}, headers=sent)
    assert answer.status_code == status
    assert status == 400 or answer.content == b""


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[httpx.Client]:
    """A server that takes any client credentials."""
    options = (*STILL, "--open-auth")
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        yield http


def test_with_open_auth_each_client_id_is_an_integrator_of_its_own(
    open_to_all: httpx.Client,
) -> None:
    ours, same, theirs = (Till(open_to_all, name, "any") for name in ("me", "ME", "you"))
    pos_id = ours.create_pos()

    assert outcome(same.call("GET", f"/pointofsales/{pos_id}")) == (200, None)
    assert outcome(theirs.call("GET", f"/pointofsales/{pos_id}")) == (403, "1400")


@pytest.mark.parametrize("auth", [("", "secret"), ("", "")])
def test_open_auth_still_needs_a_client_id(
    open_to_all: httpx.Client, auth: tuple[str, str]
) -> None:
    assert open_to_all.post(TOKEN, data=GRANT, auth=auth).status_code == 401
