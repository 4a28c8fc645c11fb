"""Masks for secrets and tokens, which are never kept.

Of a token a fingerprint is kept, so that the uses of different tokens can be told apart.
"""

import binascii
import re
from base64 import b64decode
from enum import Enum, auto
from functools import lru_cache
from hashlib import sha256

from .secret_fields import MASK, Note, form_without_secrets, names_secret, without_secrets

#: The headers that hold a secret, in lower case, beside those with the name of a secret's field.
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})
#: The headers that hold a URL, in whose query a secret may be.
_URLS = frozenset(
    {"referer", "x-forwarded-uri", "x-forwarded-url", "x-original-uri", "x-original-url"}
    | {"x-rewrite-url"}
)
#: The schemes that are shown: another may be the secret.
_SCHEMES = frozenset({"bearer", "basic", "digest", "negotiate", "hmac", "apikey", "token"})
_TOKEN = re.compile(rb'("access_token"\s*:\s*")([^"]*)(")')


class HeaderKind(Enum):
    """What a header may hold."""

    PLAIN = auto()
    URL = auto()
    SECRET = auto()


@lru_cache(maxsize=1024)
def header_kind(name: str) -> HeaderKind:
    """Returns what a header may hold; `name` in lower case."""
    if name in _SECRET or names_secret(name):
        return HeaderKind.SECRET
    return HeaderKind.URL if name in _URLS else HeaderKind.PLAIN


def masked_header(name: str, value: str) -> str:
    """Returns a header's value without secrets; `name` in lower case."""
    kind = header_kind(name)
    if kind is HeaderKind.PLAIN:
        return value
    return masked_secret(name, value) if kind is HeaderKind.SECRET else masked_url(value)


@lru_cache(maxsize=1024)
def masked_secret(name: str, value: str) -> str:
    """Returns what is kept of a header that holds a secret; `name` in lower case."""
    if name != "authorization":
        return MASK
    scheme, _, credentials = value.partition(" ")
    match scheme.lower():
        case "bearer":
            return f"{scheme} {MASK}{_fingerprint(credentials.strip())}"
        case "basic":
            return f"{scheme} {_client_id(credentials)}:{MASK}"
    return f"{scheme} {MASK}" if credentials and scheme.lower() in _SCHEMES else MASK


def masked_query(query: str, note: Note | None = None) -> str:
    """Returns a query string without secrets; `note` is told each that is found."""
    return form_without_secrets(query.encode("latin-1", "replace"), note).decode("latin-1")


def masked_url(url: str, note: Note | None = None) -> str:
    """Returns a URL or a path without secrets; `note` is told each that is found."""
    if "=" not in url and "%" not in url:
        return url
    written = url.encode("utf-8", "surrogatepass")
    masked = without_secrets(written, note)
    # A cut sequence of bytes would be lost.
    return url if masked == written else masked.decode("utf-8", "replace")


def masked_answer(body: bytes) -> bytes:
    """Returns the token endpoint's answer with a fingerprint for the token."""
    return _TOKEN.sub(_masked_token, body)


def _masked_token(match: re.Match[bytes]) -> bytes:
    shown = _fingerprint(match[2].decode("utf-8", "surrogateescape"))
    return match[1] + f"{MASK}{shown}".encode() + match[3]


def _fingerprint(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _client_id(credentials: str) -> str:
    """Returns the client's id; where there is no secret beside it, it may be the secret."""
    try:
        client_id, colon, _ = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return MASK
    return client_id if colon else MASK
