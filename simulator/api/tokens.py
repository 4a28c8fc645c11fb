"""Access tokens: RS256 JWTs, issued and checked by the sandbox's clock.

The key id says which sandbox a token leads to, so that the claims stay as the real service's:
`KEY` is the default sandbox's, `KEY.NAME` that of the sandbox NAME. It is one RSA key under all of
these names.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, Hash
from cryptography.hazmat.primitives.serialization import (
    Encoding,
)

from ..engine.operations import AUTHENTICATION
from ..engine.refusals import NO_TOKEN
from ..engine.values import as_sandbox_name
from ..sandboxes.registry import DEFAULT

SCOPE = "integrator_scope"
ALGORITHM = "RS256"
#: Tokens whose signature is not verified again; whoever has more in turn waits a little longer.
REMEMBERED = 1000
#: Whatever host, port and prefix a token was got at: its signature says that it is ours.
_is_issuer = re.compile(rf"https?://[^/\s]+(/[^\s]*)?{re.escape(AUTHENTICATION)}").fullmatch
_REQUIRED = ["iss", "sub", "client_id", "iat", "nbf", "exp", "jti"]


class BadAccessToken(Exception):
    """A bearer token that is not accepted; the message says why."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once its signature is checked. Times are POSIX seconds."""

    client_id: str
    merchant: Any
    sandbox: str
    not_before: float
    expires: float


class Tokens:
    """Issues and checks access tokens.

    Args:
        key: gives the RSA key that signs; asked for it when it is needed first.
    """

    def __init__(self, key: Callable[[], RSAPrivateKey]) -> None:
        self._get_key = key
        self._checked: OrderedDict[str, Claims] = OrderedDict()

    def apart(self) -> "Tokens":
        """Returns tokens signed by the same key, for another thread to issue and check."""
        return Tokens(self._get_key)

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return self._get_key()

    @cached_property
    def _public_key(self) -> RSAPublicKey:
        return self._key.public_key()

    @cached_property
    def _certificate(self) -> bytes:
        return _certificate(self._key)

    @cached_property
    def key_id(self) -> str:
        """What the key is called in tokens and in the key set."""
        return _fingerprint(self._certificate, SHA256())[:16].hex().upper()

    def issue(
        self,
        client_id: str,
        merchant: str | None,
        sandbox: str,
        now: datetime,
        lifetime: timedelta,
        token_id: str,
        issuer: str = f"http://localhost{AUTHENTICATION}",
        integrator: str | None = None,
    ) -> str:
        """Returns a new access token, good from `now` on in the sandbox.

        Args:
            client_id: who calls with it.
            merchant: the VAT number of the merchant that it is for alone; None for any.
            sandbox: the sandbox that it leads to.
            now: the sandbox's time.
            lifetime: how long it is good.
            token_id: what the token is called (`jti`); no other of the sandbox is.
            issuer: the URL of the authentication service under which it was asked for.
            integrator: whose client it is; None where that is the client itself.
        """
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": client_id,
            "client_id": client_id,
            "integrator": integrator or client_id,
            "scope": SCOPE,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": token_id,
        }
        if merchant is not None:
            claims["merchant_vat"] = merchant
        headers = {"kid": self._key_id_of(sandbox)}
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers=headers)

    def read(self, token: str) -> Claims:
        """Returns the claims of a token of ours; whether it is good now, `check_times` tells.

        Raises:
            BadAccessToken: it is not signed by us, or its claims are not ours.
        """
        claims = self._checked.get(token)
        if claims is None:
            claims = self._read(token)
            self._checked[token] = claims
            if len(self._checked) > REMEMBERED:
                self._checked.popitem(last=False)
        return claims

    def _read(self, token: str) -> Claims:
        try:
            sandbox = self._sandbox_of(_header_of(token).get("kid"))
            claims = jwt.decode(
                token,
                self._public_key,
                algorithms=[ALGORITHM],
                # The sandbox's clock decides about these three, not the machine's.
                options={
                    "require": _REQUIRED,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            if not _is_issuer(str(claims["iss"])):
                raise BadAccessToken(f"its issuer {str(claims['iss'])[:80]!r} is none of ours")
            merchant = claims.get("merchant_vat")
            return Claims(
                client_id=_text(claims["client_id"]).lower(),
                merchant=None if merchant is None else _text(merchant),
                sandbox=sandbox,
                not_before=_posix_time(claims["nbf"]),
                expires=_posix_time(claims["exp"]),
            )
        except (jwt.PyJWTError, TypeError, ValueError, RecursionError) as error:
            raise BadAccessToken(str(error) or "it is not a token") from error

    def _key_id_of(self, sandbox: str) -> str:
        return self.key_id if sandbox == DEFAULT else f"{self.key_id}.{sandbox}"

    def _sandbox_of(self, key_id: object) -> str:
        key, _, sandbox = str(key_id).partition(".")
        if key != self.key_id:
            raise BadAccessToken(f"its key id {str(key_id)[:80]!r} is unknown")
        return as_sandbox_name(sandbox) if sandbox else DEFAULT

    def key_set(self, sandboxes: list[str]) -> dict[str, Any]:
        """Returns the JSON Web Key Set: the public key under the names of these sandboxes."""
        numbers = self._public_key.public_numbers()
        # RFC 7517 defines x5t as a SHA-1; nothing is trusted for it.
        thumbprint = _fingerprint(self._certificate, SHA1())  # noqa: S303  # nosec B303
        key = {
            "kty": "RSA",
            "use": "sig",
            "x5t": _base64url(thumbprint),
            "e": _base64url_int(numbers.e),
            "n": _base64url_int(numbers.n),
            "x5c": [b64encode(self._certificate).decode()],
            "alg": ALGORITHM,
        }
        return {"keys": [{**key, "kid": self._key_id_of(each)} for each in sandboxes]}


def check_times(claims: Claims, now: datetime) -> None:
    """Checks that a token is good at `now`.

    Raises:
        BadAccessToken: it has expired, or is not valid yet.
    """
    moment = now.timestamp()
    if moment >= claims.expires:
        expired = datetime.fromtimestamp(claims.expires, UTC)
        raise BadAccessToken(f"the token expired at {expired:%F %T}, it is {now:%F %T}")
    if moment + 1 <= claims.not_before:
        begins = datetime.fromtimestamp(claims.not_before, UTC)
        raise BadAccessToken(f"the token is not valid before {begins:%F %T}, it is {now:%F %T}")


def _header_of(token: str) -> dict[str, Any]:
    """Returns the header of a token, whoever signed it.

    Raises:
        BadAccessToken: it has none, so it is a token of nobody.
    """
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, TypeError, ValueError, RecursionError) as error:
        is_text = not isinstance(error.__cause__, UnicodeDecodeError)
        raise BadAccessToken(
            f"{NO_TOKEN}: {error if is_text else 'its header is no text'}"
        ) from error


def _text(claim: Any) -> str:
    """Returns a claim that is a text; JSON can escape half a character, which is none.

    Raises:
        ValueError: it is no text.
    """
    text = str(claim)
    text.encode()
    return text


def _posix_time(claim: Any) -> float:
    try:
        seconds = float(claim)
        datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{str(claim)[:40]} is not a timestamp") from error
    return seconds


def _certificate(key: RSAPrivateKey) -> bytes:
    """Returns a self-signed certificate of the key, which x5c and x5t need."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "MobilePay PoS simulator")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2019, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2119, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
        .public_bytes(Encoding.DER)
    )


def _fingerprint(content: bytes, algorithm: Any) -> bytes:
    digest = Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _base64url_int(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
