"""The secrets of a recording: they are masked where it is read, and known so as never to be shown.

Whose a token is is read from the token itself, if it is a JWT.
"""

import binascii
import json
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, quote_plus, unquote_plus

from ...journal import masking
from ...journal.secret_fields import MASK, Note, form_without_secrets, without_secrets

#: Shorter ones are no secrets, and would mask words.
_SHORTEST = 6
_TOKEN = re.compile(rb'"access_token"\s*:\s*"([^"]*)"')
#: A text in JSON, of which there may be several where one secret is expected.
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


class SecretBook:
    """Masks secrets, and knows which there are."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def scrub(self, text: str) -> str:
        """Returns a text in which no secret is left."""
        if self._pattern is None:
            longest_first = sorted(self._secrets, key=len, reverse=True)
            parts = [*map(re.escape, longest_first), masking.JWT.pattern]
            self._pattern = re.compile("|".join(parts))
        return self._pattern.sub(MASK, text)

    def masked_headers(self, headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yields headers without secrets; names in lower case."""
        for name, value in headers:
            if name == "authorization":
                self._note_credentials(value)
            elif masking.holds_secret(name):
                self._note(value)
                if value.partition(" ")[0].lower() in masking.SCHEMES:
                    self._note_credentials(value)
            yield name, _masked(name, value, self._note_field)

    def masked_query(self, query: str) -> str:
        """Returns a query without secrets."""
        return masking.masked_query(query, self._note_field)

    def masked_url(self, url: str) -> str:
        """Returns a URL or a path without secrets."""
        return masking.masked_url(url, self._note_field)

    def masked_body(self, body: bytes, *, is_form: bool) -> bytes:
        """Returns a request's body without secrets."""
        masked = form_without_secrets if is_form else without_secrets
        return masked(body, self._note_field)

    def masked_answer(self, body: bytes) -> bytes:
        """Returns an answer's body with fingerprints for tokens."""
        for token in _TOKEN.findall(body):
            self._note(token.decode("utf-8", "replace"))
        return masking.masked_answer(body)

    def holder_of(
        self, headers: Iterable[tuple[str, str]], body: bytes
    ) -> tuple[str | None, str | None]:
        """Returns the client and the merchant that a call names: in its token, or as credentials.

        Args:
            headers: the call's, with secrets.
            body: the call's, which may be a form with a client id.
        """
        value = next((value for name, value in headers if name == "authorization"), "")
        scheme, _, credentials = value.partition(" ")
        if scheme.lower() == "bearer":
            return _claims(credentials)
        form = parse_qs(body.decode("utf-8", "replace")) if b"grant_type" in body else {}
        merchant = form.get("merchant_vat", [None])[0]
        if scheme.lower() == "basic":
            client_id = _masked("authorization", value).partition(" ")[2]
            return client_id.removesuffix(f":{MASK}"), merchant
        return form.get("client_id", [None])[0], merchant

    def _note_credentials(self, value: str) -> None:
        scheme, _, credentials = value.partition(" ")
        self._note(credentials.strip() or value)
        if scheme.lower() != "basic":
            return
        try:
            pair = b64decode(credentials.strip()).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return
        self._note(pair.partition(":")[2])

    def _note_field(self, secret: bytes) -> None:
        written = secret.decode("utf-8", "replace").strip()
        for each in (written, *_TEXT.findall(written)):
            self._note(each)

    def _note(self, secret: str) -> None:
        if len(secret) < _SHORTEST or secret.startswith(MASK):
            return
        self._pattern = None
        for each in {secret, unquote_plus(secret), _unescaped(secret)}:
            self._secrets |= {each, json.dumps(each)[1:-1], quote_plus(each)}


def _masked(name: str, value: str, note: Note | None = None) -> str:
    """Returns a header's value without secrets; one that was masked already, as it is."""
    is_masked = name == "authorization" and value.endswith(f":{MASK}")
    return value if is_masked else masking.masked_header(name, value, note)


def _unescaped(secret: str) -> str:
    """Returns a text as it is where it was written in JSON, else as it came."""
    try:
        return str(json.loads(f'"{secret}"', strict=False))
    except ValueError:
        return secret


def _claims(token: str) -> tuple[str | None, str | None]:
    """Returns client id and merchant of a JWT, whose signature nobody can check any more."""
    pieces = token.strip().split(".")
    if len(pieces) != 3:
        return None, None
    try:
        claims: Any = json.loads(urlsafe_b64decode(pieces[1] + "=="))
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(claims, dict):
        return None, None
    named = (claims.get("client_id"), claims.get("merchant_vat"))
    client_id, merchant = (each if isinstance(each, str) else None for each in named)
    return client_id, merchant
