"""Bearer tokens: which are taken and which are refused, whoever made them (section 2).

The server signs with a key of ours, so that tokens can be made that it never would.
"""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from mobilepay_simulator.engine.refusals import Refusal

from tests.api.calls import AUTHORIZATION, MERCHANT_HEADER, OPERATIONS, VERSION_HEADER, outcome
from tests.support import MERCHANT, OTHER_MERCHANT, RunningServer, Till, fresh, running_server

#: Time stands still at a full second, as the times in tokens have no fraction.
STILL = ("--time-scale", "0", "--scenario", "manual", "--start-time", "2024-01-31T12:00:00Z")


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


KEY, STRANGE_KEY = new_key(), new_key()


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PEM file of the key that signs."""
    path = tmp_path_factory.mktemp("key") / "key.pem"
    path.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture(scope="module")
def signing_server(key_file: Path) -> Iterator[RunningServer]:
    """A server that signs with our key."""
    with running_server(*STILL, "--signing-key", str(key_file)) as server:
        yield server


@dataclass
class Forger:
    """Makes tokens out of a genuine one of the till's sandbox."""

    till: Till
    genuine: str

    @property
    def claims(self) -> dict[str, Any]:
        return dict(jwt.decode(self.genuine, options={"verify_signature": False}))

    @property
    def header(self) -> dict[str, Any]:
        return dict(jwt.get_unverified_header(self.genuine))

    def forge(
        self,
        claims: dict[str, Any] | None = None,
        *,
        without: str = "",
        header: dict[str, Any] | None = None,
        key: Any = KEY,
        algorithm: str = "RS256",
    ) -> str:
        payload = {name: each for name, each in self.claims.items() if name != without}
        headers = self.header | {"alg": algorithm} | (header or {})
        return jwt.encode(payload | (claims or {}), key, algorithm, headers=headers)

    def raw(
        self, payload: dict[str, Any], header: dict[str, Any], signature: bytes | None = None
    ) -> str:
        """A token put together by hand; signed with our key where no signature is given."""
        signed = f"{segment(header)}.{segment(payload)}"
        if signature is None:
            signature = KEY.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{encoded(signature)}"

    def call(self, token: str, **headers: str) -> httpx.Response:
        return self.till.call(
            "GET", "/stores", headers={AUTHORIZATION: f"Bearer {token}"} | headers
        )


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def segment(data: dict[str, Any]) -> str:
    return encoded(json.dumps(data).encode())


@pytest.fixture
def forger(signing_server: RunningServer) -> Iterator[Forger]:
    """A forger in a sandbox of its own."""
    with httpx.Client(base_url=f"{signing_server.url}/sandboxes/{fresh('forged')}") as http:
        till = Till(http)
        yield Forger(till, till.token())


def signed_with_the_public_key(forger: Forger, format: PublicFormat) -> str:
    """HS256, with what everybody knows as its secret."""
    secret = KEY.public_key().public_bytes(Encoding.PEM, format)
    header = forger.header | {"alg": "HS256"}
    signed = f"{segment(header)}.{segment(forger.claims)}".encode()
    return forger.raw(forger.claims, header, hmac.digest(secret, signed, "sha256"))


def tampered(forger: Forger) -> str:
    """Another merchant in the payload, the signature as it was."""
    header, _, signature = forger.genuine.split(".")
    return f"{header}.{segment(forger.claims | {'merchant_vat': OTHER_MERCHANT})}.{signature}"


def with_own_key_inside(forger: Forger) -> str:
    """Signed by a strange key that the header brings along."""
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(STRANGE_KEY.public_key()))
    return forger.forge(header={"jwk": jwk}, key=STRANGE_KEY)


def test_a_token_signed_as_the_server_does_is_taken(forger: Forger) -> None:
    assert forger.call(forger.genuine).status_code == 200
    assert forger.call(forger.forge()).status_code == 200
    assert forger.call(forger.raw(forger.claims, forger.header)).status_code == 200
    assert forger.call(forger.forge({"unknown": 1}, without="scope")).status_code == 200


REFUSED: dict[str, Callable[[Forger], str]] = {
    "alg none": lambda f: f.forge(key=None, algorithm="none"),
    "alg none, signature kept": lambda f: f.raw(f.claims, f.header | {"alg": "none"}, b"x"),
    "HS256 with the public key": lambda f: signed_with_the_public_key(f, PublicFormat.SubjectPublicKeyInfo),
    "HS256 with the PKCS1 key": lambda f: signed_with_the_public_key(f, PublicFormat.PKCS1),
    "HS256 with a secret": lambda f: f.forge(key="s" * 32, algorithm="HS256"),
    "RS512 with our key": lambda f: f.forge(algorithm="RS512"),
    "PS256 with our key": lambda f: f.forge(algorithm="PS256"),
    "another key": lambda f: f.forge(key=STRANGE_KEY),
    "another key in the header": with_own_key_inside,
    "an unknown key id": lambda f: f.forge(header={"kid": "unknown"}),
    "no key id": lambda f: f.raw(f.claims, {"alg": "RS256", "typ": "JWT"}),
    "a key id that is no text": lambda f: f.raw(f.claims, f.header | {"kid": [1]}),
    "the key id of another sandbox": lambda f: f.forge(header={"kid": f.header["kid"] + "x"}),
    "another issuer": lambda f: f.forge({"iss": "https://api.mobilepay.dk"}),
    "the issuer with a slash": lambda f: f.forge({"iss": f.claims["iss"] + "/"}),
    "an audience": lambda f: f.forge({"aud": "pos"}),
    "no issuer": lambda f: f.forge(without="iss"),
    "no subject": lambda f: f.forge(without="sub"),
    "no client": lambda f: f.forge(without="client_id"),
    "no issue time": lambda f: f.forge(without="iat"),
    "no beginning": lambda f: f.forge(without="nbf"),
    "no expiry": lambda f: f.forge(without="exp"),
    "no id": lambda f: f.forge(without="jti"),
    "an unknown client": lambda f: f.forge({"client_id": "nobody"}),
    "a client that is no text": lambda f: f.forge({"client_id": ["nobody"]}),
    "an expiry in the past": lambda f: f.forge({"exp": f.claims["nbf"] - 1}),
    "an expiry of now": lambda f: f.forge({"exp": f.claims["nbf"]}),
    "a beginning in the future": lambda f: f.forge({"nbf": f.claims["nbf"] + 10}),
    "a beginning after all time": lambda f: f.forge({"nbf": 10**30}),
    "a beginning of 400 digits": lambda f: f.forge({"nbf": 10**400}),
    "an endless beginning": lambda f: f.forge({"nbf": float("inf")}),
    "a beginning that is no number": lambda f: f.forge({"nbf": float("nan")}),
    "an expiry before all time": lambda f: f.forge({"exp": -(10**30)}),
    "an expiry that is no number": lambda f: f.forge({"exp": float("nan")}),
    "an expiry in words": lambda f: f.forge({"exp": "tomorrow"}),
    "an empty expiry": lambda f: f.raw(f.claims | {"exp": None}, f.header),
    "a tampered payload": tampered,
    "a signature cut short": lambda f: f.genuine[:-8],
    "no signature": lambda f: f.genuine.rpartition(".")[0] + ".",
    "two parts": lambda f: f.genuine.rpartition(".")[0],
    "four parts": lambda f: f.genuine + ".x",
    "a payload that is a list": lambda f: jwt.PyJWS().encode(b"[]", KEY, "RS256", f.header),
    "a payload that is no JSON": lambda f: jwt.PyJWS().encode(b"{", KEY, "RS256", f.header),
    "a header that is a list": lambda f: f"{encoded(b'[]')}.{encoded(b'{}')}.{encoded(b'x')}",
    "a deep header": lambda f: f"{encoded(b'[' * 20_000)}.e30.e30",
    "a word": lambda f: "token",
    "dots": lambda f: "..",
    "not base64": lambda f: "%.%.%",
    "odd letters": lambda f: "\xe6\xf8\xe5.\xe6.\xe5",
    "a long word": lambda f: "x" * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_token_is_answered_401_without_a_body(forger: Forger, case: str) -> None:
    token = REFUSED[case](forger)
    header: Any = {AUTHORIZATION: f"Bearer {token}".encode()}
    answer = forger.till.call("GET", "/stores", headers=header)

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("name", ["/", "..", "a b", "x" * 101])
def test_a_key_id_with_no_sandboxs_name_is_refused(
    forger: Forger, signing_server: RunningServer, name: str
) -> None:
    kid = f"{forger.header['kid'].partition('.')[0]}.{name}"
    headers = {"Authorization": f"Bearer {forger.forge(header={'kid': kid})}"}

    assert httpx.get(f"{signing_server.url}/pos/v10/stores", headers=headers).status_code == 401


def test_a_token_expires_by_the_sandboxes_clock(forger: Forger) -> None:
    statuses = []
    for seconds in (0, 3699, 1):
        forger.till.advance(seconds=seconds)
        statuses.append(forger.call(forger.genuine).status_code)

    assert statuses == [200, 200, 401]
    assert Till(forger.till.http).call("GET", "/stores").status_code == 200


def test_a_token_becomes_valid_by_the_sandboxes_clock(forger: Forger) -> None:
    token = forger.forge({"nbf": forger.claims["nbf"] + 60})
    assert forger.call(token).status_code == 401

    forger.till.advance(seconds=60)
    assert forger.call(token).status_code == 200


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer {}", 200),
        ("bearer {}", 200),
        ("BEARER  {}", 200),
        ("{}", 401),
        ("Token {}", 401),
        ("Basic {}", 401),
        ("Bearer: {}", 401),
        ("Bearer, {}", 401),
        ("Bearer", 401),
    ],
)
def test_only_the_bearer_scheme_is_taken(forger: Forger, authorization: str, status: int) -> None:
    headers = {AUTHORIZATION: authorization.format(forger.genuine)}

    assert forger.till.call("GET", "/stores", headers=headers).status_code == status


@pytest.mark.parametrize("claim", ["SE12345678", "12345678", "DK1234567", "", "dk12345678", 12345678, True, ["DK12345678"], {}])  # fmt: skip
def test_a_merchant_claim_that_is_no_vat_number_has_a_code(forger: Forger, claim: Any) -> None:
    answer = forger.call(forger.forge({"merchant_vat": claim}))

    assert outcome(answer) == (400, "1182")
    assert answer.json()["message"].startswith(Refusal.VAT_CLAIM_INVALID.value.message)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_merchant_claim_is_checked_on_every_call_before_the_headers(
    forger: Forger, operation: str
) -> None:
    method, path = OPERATIONS[operation]
    token = forger.forge({"merchant_vat": "nobody"})
    headers = {AUTHORIZATION: f"Bearer {token}", VERSION_HEADER: None, MERCHANT_HEADER: "nobody"}

    assert outcome(forger.till.call(method, path, headers=headers)) == (400, "1182")


def test_a_null_merchant_claim_ties_to_no_merchant(forger: Forger) -> None:
    token = forger.forge({"merchant_vat": None})

    assert outcome(forger.call(token)) == (400, "1151")
    assert outcome(forger.call(token, **{MERCHANT_HEADER: MERCHANT})) == (200, None)


def test_a_merchants_token_does_not_work_for_another(forger: Forger) -> None:
    assert outcome(forger.call(forger.genuine, **{MERCHANT_HEADER: MERCHANT})) == (200, None)
    other = forger.call(forger.genuine, **{MERCHANT_HEADER: OTHER_MERCHANT})
    assert outcome(other) == (403, "1099")


@pytest.mark.parametrize(("keeps_key", "status"), [(True, 200), (False, 401)])
def test_a_token_outlives_a_restart_where_the_key_does(
    key_file: Path, keeps_key: bool, status: int
) -> None:
    options = (*STILL, "--public-url", "http://pos.example")
    if keeps_key:
        options = (*options, "--signing-key", str(key_file))
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        token = Till(http).token()
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        assert Till(http, _token=token).call("GET", "/stores").status_code == status
