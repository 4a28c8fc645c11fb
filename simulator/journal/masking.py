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


def _escaped(word: str, *escapes: str) -> str:
    """Returns what matches a word any of whose letters may be written as one of some escapes."""
    ways = (
        [each, *(escape % ord(form) for escape in escapes for form in (each, each.upper()))]
        for each in word
    )
    return "".join(f"(?:{'|'.join(each)})" for each in ways)


def _fields(*escapes: str) -> bytes:
    """Returns what matches the fields, whose names may be written with some escapes."""
    gap = f"(?:[_-]|{'|'.join(escape % ord(each) for escape in escapes for each in '_-')})?"
    return "|".join(
        gap.join(_escaped(word, *escapes) for word in words) for words in _WORDS
    ).encode()


def _misplaced(fields: bytes) -> re.Pattern[bytes]:
    """Returns what matches a secret in JSON, in a printed Python dict, in a form without its media
    type, and in a part of a multipart form.
    """
    return re.compile(
        rb"""((?:%b)"\s{0,9}:\s{0,9}")(?:[^"\\]|\\.)*""" % fields
        + rb"""|((?:%b)'\s{0,9}:\s{0,9}')[^']*""" % fields
        + rb"""|((?:%b)=)[^&\s]*""" % fields
        + rb"""|((?:%b)"\r?\n(?:[^\r\n]{1,200}\r?\n){0,5}\r?\n)[^\r\n]*""" % fields,
        re.DOTALL | re.IGNORECASE,
    )


_OF_FORM, _OF_JSON = "%%%02x", r"\\u00%02x"
_NAMED = re.compile(_FIELDS, re.IGNORECASE).search
_MISPLACED = _misplaced(_FIELDS)
#: An escape that may be a character of a field's name, and secrets whose field has any.
_ESCAPE = re.compile(rb"(?:%|\\u00)[2-7][0-9a-fA-F]")
_MISPLACED_ESCAPED = _misplaced(_fields(_OF_FORM, _OF_JSON))
#: A pair of a form whose name has a secret's in it. Each pair is looked at once: it has no equals
#: sign, or what is sought for ends there. Forms of old have semicolons between their pairs; a
#: secret may hold one.
_SECRET_PAIR = re.compile(
    rb"((?:^|[&;])(?=[^&;=]*=)[^&;=]*?(?:%b)[^&;=]*=)[^&]*" % _fields(_OF_FORM), re.IGNORECASE
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
    """Returns a form without secrets; a client may send JSON as one by mistake."""
    masked = _SECRET_PAIR.sub(rb"\1" + MASK.encode(), body)
    return masked_text(masked) if b'"' in body or b"'" in body else masked


def masked_query(query: str) -> str:
    """Returns a query string without secrets."""
    return masked_body(query.encode("latin-1", "replace")).decode("latin-1")


def masked_text(body: bytes) -> bytes:
    """Returns a body that is no form without secrets, which a client may send by mistake."""
    secret, is_named = _MISPLACED, _NAMED(body) is not None
    if b"%" in body or b"\\u00" in body:
        secret = _MISPLACED_ESCAPED
        is_named = is_named or _NAMED(_ESCAPE.sub(_unescaped, body)) is not None
    if not is_named:
        return body
    return secret.sub(lambda match: (match[match.lastindex or 0]) + MASK.encode(), body)


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[0][-2:], 16)])


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
