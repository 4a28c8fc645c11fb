"""Masks for secrets and tokens, which are never kept.

Of a token a fingerprint is kept, so that the uses of different tokens can be told apart.
"""

import binascii
import re
from base64 import b64decode
from functools import lru_cache
from hashlib import sha256

MASK = "***"
#: The headers that may hold a secret, in lower case.
SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "proxy-authorization", "x-ibm-client-secret"}
)
#: The fields that may hold a secret, in forms and in what clients send instead by mistake. Clients
#: misspell their names: in any case, as one word, with a hyphen.
_WORDS = (("client", "secret"), ("access", "token"))
_FIELDS = "|".join("[_-]?".join(words) for words in _WORDS).encode()
#: A secret in JSON, in a printed Python dict, in a form without its media type, and in a part of a
#: multipart form.
_MISPLACED = re.compile(
    rb"""((?:%b)"\s{0,9}:\s{0,9}")(?:[^"\\]|\\.)*""" % _FIELDS
    + rb"""|((?:%b)'\s{0,9}:\s{0,9}')[^']*""" % _FIELDS
    + rb"""|((?:%b)=)[^&\s]*""" % _FIELDS
    + rb"""|((?:%b)"\r?\n(?:[^\r\n]{1,200}\r?\n){0,5}\r?\n)[^\r\n]*""" % _FIELDS,
    re.DOTALL | re.IGNORECASE,
)
_NAMED = re.compile(_FIELDS, re.IGNORECASE).search


def _encoded(word: str) -> str:
    """Returns what matches a word in a form: each of its letters may be percent-encoded."""
    return "".join(f"(?:{each}|%{ord(each):02x}|%{ord(each.upper()):02x})" for each in word)


#: A pair of a form whose name has a secret's in it. Each pair is looked at once: it has no equals
#: sign, or what is sought for ends there. Forms of old have semicolons between their pairs; a
#: secret may hold one.
_SECRET_PAIR = re.compile(
    rb"((?:^|[&;])(?=[^&;=]*=)[^&;=]*?(?:%b)[^&;=]*=)[^&]*"
    % "|".join("(?:[_-]|%5f|%2d)?".join(map(_encoded, words)) for words in _WORDS).encode(),
    re.IGNORECASE,
)
_TOKEN = re.compile(rb'("access_token"\s*:\s*")([^"]*)(")')


def masked_header(name: str, value: str) -> str:
    """Returns a header's value without secrets; `name` in lower case."""
    return masked_secret(name, value) if name in SECRET_HEADERS else value


@lru_cache(maxsize=1024)
def masked_secret(name: str, value: str) -> str:
    """Returns what is kept of one of `SECRET_HEADERS`; `name` in lower case."""
    if name != "authorization":
        return MASK
    scheme, _, credentials = value.partition(" ")
    match scheme.lower():
        case "bearer":
            return f"{scheme} {MASK}{_fingerprint(credentials.strip())}"
        case "basic":
            return f"{scheme} {_client_id(credentials)}:{MASK}"
    return f"{scheme} {MASK}" if credentials else MASK


def masked_body(body: bytes) -> bytes:
    """Returns a form without secrets."""
    return _SECRET_PAIR.sub(rb"\1" + MASK.encode(), body)


def masked_query(query: str) -> str:
    """Returns a query string without secrets."""
    return masked_body(query.encode("latin-1", "replace")).decode("latin-1")


def masked_text(body: bytes) -> bytes:
    """Returns a body that is no form without secrets, which a client may send by mistake."""
    if _NAMED(body) is None:
        return body
    return _MISPLACED.sub(lambda match: (match[match.lastindex or 0]) + MASK.encode(), body)


def masked_answer(body: bytes) -> bytes:
    """Returns the token endpoint's answer with a fingerprint for the token."""
    return _TOKEN.sub(_masked_token, body)


def _masked_token(match: re.Match[bytes]) -> bytes:
    shown = _fingerprint(match[2].decode("utf-8", "surrogateescape"))
    return match[1] + f"{MASK}{shown}".encode() + match[3]


def _fingerprint(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _client_id(credentials: str) -> str:
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return MASK
