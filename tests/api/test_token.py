"""The token endpoint, its discovery document and its key set (section 2; RFC 6749, 4.4 and 5.2)."""

import base64
import hashlib
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.support import CLIENT_ID, MERCHANT, OTHER_SECRET, SECRET, RunningServer, Till

TOKEN = "/integrator-authentication/connect/token"
DISCOVERY = "/integrator-authentication/.well-known/openid-configuration"
JWKS = f"{DISCOVERY}/jwks"
GRANT = {"grant_type": "client_credentials"}
IN_FORM = {"client_id": CLIENT_ID, "client_secret": SECRET}
BASIC = (CLIENT_ID, SECRET)


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


@pytest.mark.parametrize(
    ("form", "options"),
    [
        (GRANT, {"auth": BASIC}),
        (GRANT | IN_FORM, {}),
        (GRANT | {"client_id": CLIENT_ID}, {"auth": BASIC}),
        (GRANT | {"scope": "integrator_scope"}, {"auth": BASIC}),
        (GRANT | {"merchant_vat": MERCHANT}, {"auth": BASIC}),
        (GRANT | {"unknown": "ignored"}, {"auth": BASIC}),
        (GRANT, {"headers": basic(f"{CLIENT_ID}:{SECRET}") | {"x-ibm-client-id": "whatever"}}),
    ],
)
def test_a_known_client_gets_a_token(
    till: Till, form: dict[str, str], options: dict[str, Any]
) -> None:
    answer = till.http.post(TOKEN, data=form, **options)
    body = answer.json()

    assert answer.status_code == 200
    assert body.pop("access_token").count(".") == 2
    assert body == {"expires_in": 3700, "token_type": "Bearer", "scope": "integrator_scope"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("vat", ["DK12345678", "FI00000001"])
def test_the_merchant_becomes_a_claim(till: Till, vat: str) -> None:
    assert claims_of(till.token(merchant_vat=vat))["merchant_vat"] == vat


def test_without_a_merchant_there_is_no_such_claim(till: Till) -> None:
    assert "merchant_vat" not in claims_of(Till(till.http, merchant=None).token())


def test_a_token_lasts_3700_seconds_and_names_client_and_scope(till: Till) -> None:
    claims = claims_of(till.token())

    assert claims["exp"] - claims["iat"] == claims["exp"] - claims["nbf"] == 3700
    assert (claims["client_id"], claims["scope"]) == (CLIENT_ID, "integrator_scope")


def test_every_token_is_another(till: Till) -> None:
    assert len({claims_of(till.token())["jti"] for _ in range(5)}) == 5


REFUSED: dict[str, tuple[int, str, Any, dict[str, Any]]] = {
    "no credentials": (401, "invalid_client", GRANT, {}),
    "an unknown client": (401, "invalid_client", GRANT, {"auth": ("nobody", SECRET)}),
    "a wrong secret": (401, "invalid_client", GRANT, {"auth": (CLIENT_ID, "wrong")}),
    "another client's secret": (401, "invalid_client", GRANT, {"auth": (CLIENT_ID, OTHER_SECRET)}),
    "an empty secret": (401, "invalid_client", GRANT, {"auth": (CLIENT_ID, "")}),
    "a wrong secret in the form": (401, "invalid_client", GRANT | IN_FORM | {"client_secret": "x"}, {}),
    "no secret in the form": (401, "invalid_client", GRANT | {"client_id": CLIENT_ID}, {}),
    "Basic that is no base64": (401, "invalid_client", GRANT, {"headers": {"Authorization": "Basic %%%"}}),
    "Basic that is no UTF-8": (401, "invalid_client", GRANT, {"headers": {"Authorization": "Basic /////w=="}}),
    "Basic without a colon": (401, "invalid_client", GRANT, {"headers": basic(CLIENT_ID)}),
    "another scheme": (401, "invalid_client", GRANT, {"headers": {"Authorization": "Digest x"}}),
    "credentials given twice": (400, "invalid_request", GRANT | IN_FORM, {"auth": BASIC}),
    "two different clients": (400, "invalid_request", GRANT | {"client_id": "other"}, {"auth": BASIC}),
    "no grant type": (400, "invalid_request", {}, {"auth": BASIC}),
    "an empty grant type": (400, "invalid_request", {"grant_type": ""}, {"auth": BASIC}),
    "a grant type twice": (400, "invalid_request", {"grant_type": ["client_credentials"] * 2}, {"auth": BASIC}),
    "the password grant": (400, "unsupported_grant_type", {"grant_type": "password"}, {"auth": BASIC}),
    "the code grant": (400, "unsupported_grant_type", {"grant_type": "authorization_code"}, {"auth": BASIC}),
    "an unknown scope": (400, "invalid_scope", GRANT | {"scope": "everything"}, {"auth": BASIC}),
    "a merchant that is none": (400, "invalid_request", GRANT | {"merchant_vat": "SE12345678"}, {"auth": BASIC}),
    "a merchant of 7 digits": (400, "invalid_request", GRANT | {"merchant_vat": "DK1234567"}, {"auth": BASIC}),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_told_as_rfc_6749_has_it(till: Till, case: str) -> None:
    status, error, form, options = REFUSED[case]
    headers = options.get("headers", {}) | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = till.http.post(TOKEN, data=form, **(options | {"headers": headers}))

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/json", b'{"grant_type": "client_credentials"}'),
        ("", b"grant_type=client_credentials"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"grant_type=\xff"),
        ("application/x-www-form-urlencoded", b"grant_type=%FF"),
        ("application/x-www-form-urlencoded", b"a=b&" * 1000),
        ("application/x-www-form-urlencoded", b"%" * 20_000),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 10_000_000),
        ("application/x-www-form-urlencoded", b""),
    ],
)
def test_what_is_no_form_is_an_invalid_request(
    till: Till, content_type: str, content: bytes
) -> None:
    headers = {"Content-Type": content_type}
    answer = till.http.post(TOKEN, content=content, headers=headers, auth=BASIC)

    status = 413 if len(content) > 16 * 1024 else 400
    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request")


def test_a_long_form_is_read_and_a_longer_one_is_refused_unread(till: Till) -> None:
    form = {**GRANT, "padding": "x" * 16_000}
    assert till.http.post(TOKEN, data=form, auth=BASIC).status_code == 200
    answer = till.http.post(TOKEN, data={**form, "more": "x" * 1000}, auth=BASIC)
    assert answer.status_code == 413
    assert "at most 16384" in answer.json()["error_description"]


def test_who_is_not_known_is_asked_for_credentials_however_they_were_sent(till: Till) -> None:
    in_header = till.http.post(TOKEN, data=GRANT, auth=("nobody", "x"))
    in_form = till.http.post(TOKEN, data={**GRANT, "client_id": "nobody", "client_secret": "x"})
    nowhere = till.http.post(TOKEN, data=GRANT)

    for answer in (in_header, in_form, nowhere):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="mobilepay"'


def test_a_charset_on_the_content_type_is_fine(till: Till) -> None:
    headers = {"Content-Type": "Application/X-WWW-Form-URLencoded; charset=UTF-8"}
    content = "grant_type=client_credentials"

    assert till.http.post(TOKEN, content=content, headers=headers, auth=BASIC).status_code == 200


def test_the_discovery_document_tells_where_everything_is(till: Till) -> None:
    here = f"{till.http.base_url}integrator-authentication"
    document = till.http.get(DISCOVERY).json()

    assert document == {
        "issuer": claims_of(till.token())["iss"],
        "jwks_uri": f"{here}/.well-known/openid-configuration/jwks",
        "token_endpoint": f"{here}/connect/token",
        "scopes_supported": ["integrator_scope", "offline_access"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "claims_supported": [],
        "code_challenge_methods_supported": ["plain", "S256"],
    }
    assert httpx.post(document["token_endpoint"], data=GRANT, auth=BASIC).status_code == 200


def test_an_outside_verifier_finds_the_key_and_accepts_the_token(till: Till) -> None:
    document = till.http.get(DISCOVERY).json()
    token = till.token()
    key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        issuer=document["issuer"],
        options={"require": ["exp", "iat", "nbf", "iss", "client_id"]},
    )

    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    assert claims["merchant_vat"] == MERCHANT


def test_every_key_comes_with_its_certificate(server: RunningServer, till: Till) -> None:
    till.token()
    uri = till.http.get(DISCOVERY).json()["jwks_uri"]
    own = httpx.get(uri).json()["keys"]
    keys = httpx.get(f"{server.url}{JWKS}").json()["keys"]

    # A sandbox tells its own; the server, for tokens that came without a prefix, those of all.
    assert [key["kid"] for key in own] == [jwt.get_unverified_header(till.token())["kid"]]
    assert len({key["kid"] for key in keys}) == len(keys) >= 2
    assert own[0] in keys
    for key in keys:
        assert key.keys() == {"kty", "use", "kid", "x5t", "e", "n", "x5c", "alg"}
        assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
        certificate = base64.b64decode(key["x5c"][0])
        thumbprint = base64.urlsafe_b64encode(hashlib.sha1(certificate).digest())
        assert thumbprint.decode().rstrip("=") == key["x5t"]
        certified = x509.load_der_x509_certificate(certificate).public_key()
        named = jwt.PyJWK(key).key
        assert isinstance(certified, RSAPublicKey)
        assert isinstance(named, RSAPublicKey)
        assert certified.public_numbers() == named.public_numbers()


def stores_at(url: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "X-MobilePay-Client-System-Version": "1.2.3"}
    return httpx.get(f"{url}/pos/v10/pointofsales?merchantPosId=here", headers=headers)


def test_a_token_leads_unprefixed_calls_to_the_sandbox_it_was_fetched_in(
    server: RunningServer, till: Till
) -> None:
    pos_id = till.create_pos(merchantPosId="here")

    assert stores_at(server.url, till.token()).json() == {"posIds": [pos_id]}


def test_a_token_of_one_sandbox_is_refused_in_another(till: Till, twin: Till) -> None:
    for ours, theirs in ((till, twin), (twin, till)):
        assert stores_at(str(ours.http.base_url).rstrip("/"), theirs.token()).status_code == 401
        assert stores_at(str(ours.http.base_url).rstrip("/"), ours.token()).status_code == 200


def test_a_token_fetched_without_a_sandbox_is_good_in_all(
    server: RunningServer, till: Till
) -> None:
    pos_id = till.create_pos(merchantPosId="here")
    with httpx.Client(base_url=server.url) as http:
        token = Till(http).token()

    assert stores_at(str(till.http.base_url).rstrip("/"), token).json() == {"posIds": [pos_id]}
    assert stores_at(server.url, token).json() == {"posIds": []}
