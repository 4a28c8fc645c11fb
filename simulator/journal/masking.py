"""Masks for secrets and tokens, which are never kept.

Of a token a fingerprint is kept, so that the uses of different tokens can be told apart.
"""

import binascii
import re
from base64 import b64decode
from functools import lru_cache
from hashlib import sha256

from .secret_fields import MASK, Note, form_without_secrets, without_secrets

#: The headers that are kept as they were sent: the service and the simulator read them. They hold
#: no secret, whatever a value looks like.
AS_SENT = frozenset(
    {"x-mobilepay-idempotency-key", "x-mobilepay-merchant-vat-number", "correlationid"}
    | {"x-mobilepay-client-system-name", "x-mobilepay-client-system-version", "x-ibm-client-id"}
    | {"x-simulator-scenario", "x-simulator-aside"}
)
#: What the name of a header has in it that holds a secret. The short words are whole parts of a
#: name: many others have their letters. A key alone is none: there is one for idempotency.
_NAMES_SECRET = re.compile(
    r"""authori[sz]ation | authentication | cookie | credential | passphrase | passw(?:or)?d
      | secret | token | (?:access|api|private|subscription)[._-]?key
      | (?:^|[._-]) (?:x?auth|jwt|pass|pwd) (?:$|[._-])""",
    re.VERBOSE,
).search
#: The schemes that are shown: another may be the secret.
SCHEMES = frozenset({"bearer", "basic", "digest", "negotiate", "ntlm", "hmac", "apikey", "token"})
#: A scheme and credentials, also as they stand in a URL.
_CREDENTIALS = re.compile(
    rf"\b({'|'.join(sorted(SCHEMES))})((?:[ \t+]|%20)+)([\w.~+/=%-]{{8,}})", re.IGNORECASE
)
#: A scheme is a common word: what follows it is a secret if it is as long as this.
_LONG = 16
#: It begins a word: of a text full of `eyJ` not each one is looked at to the text's end.
JWT = re.compile(r"(?:(?<![\w-])|(?<=%[\da-fA-F]{2}))eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")
#: Whom a URL names in front of its host, also where it stands in another URL: to the last @.
_USER_INFO = re.compile(r"(://|%3a%2f%2f)((?:(?!%2f)[^/?#\s<>\"])+)(?=@|%40)", re.IGNORECASE)
_COLON = re.compile(":|%3a", re.IGNORECASE).search
#: In longer values is looked each time, so that a cache of them stays small.
_LONGEST_CACHED = 256
_TOKEN = re.compile(rb'("access_token"\s*:\s*")([^"]*)(")')


@lru_cache(maxsize=1024)
def holds_secret(name: str) -> bool:
    """Whether a header holds a secret by its name, which is in lower case."""
    return name not in AS_SENT and _NAMES_SECRET(name) is not None


def masked_header(name: str, value: str, note: Note | None = None) -> str:
    """Returns a header's value without secrets.

    Args:
        name: in lower case.
        value: as it was sent.
        note: is told each secret that is found in a header whose name tells of none.
    """
    if name in AS_SENT:
        return value
    if note is None and len(value) <= _LONGEST_CACHED:
        return _masked_again(name, value)
    return _masked(name, value, note)


def _masked(name: str, value: str, note: Note | None = None) -> str:
    return masked_secret(name, value) if holds_secret(name) else _masked_value(value, note)


_masked_again = lru_cache(maxsize=1024)(_masked)


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
    return f"{scheme} {MASK}" if credentials and scheme.lower() in SCHEMES else MASK


def _masked_value(value: str, note: Note | None = None) -> str:
    """Returns the value of any header without credentials, tokens, passwords and secret fields."""

    def masked(before: str, secret: str) -> str:
        if note is not None:
            note(secret.encode("utf-8", "surrogateescape"))
        return before + MASK

    def credentials(match: re.Match[str]) -> str:
        scheme, gap, secret = match.groups()
        is_secret = len(secret) >= _LONG or scheme.lower() == "bearer" or _client_id(secret) != MASK
        return masked(scheme + gap, secret) if is_secret else match[0]

    def user_info(match: re.Match[str]) -> str:
        # Where there is no password beside it, the name may be the secret.
        colon = _COLON(match[2])
        behind = colon.end() if colon else 0
        return masked(match[1] + match[2][:behind], match[2][behind:])

    # A secret field whose value is a scheme and a secret would be masked as far as the scheme.
    value = _CREDENTIALS.sub(credentials, value)
    value = JWT.sub(lambda match: masked("", match[0]), value)
    if "@" in value or "%40" in value:
        value = _USER_INFO.sub(user_info, value)
    return _without_fields(value, note)


def masked_query(query: str, note: Note | None = None) -> str:
    """Returns a query string without secrets; `note` is told each that is found."""
    return form_without_secrets(query.encode("latin-1", "replace"), note).decode("latin-1")


def masked_url(url: str, note: Note | None = None) -> str:
    """Returns a URL or a path without secrets; `note` is told each that is found."""
    return _without_fields(url, note) if "=" in url or "%" in url else url


def _without_fields(text: str, note: Note | None) -> str:
    written = text.encode("utf-8", "surrogatepass")
    masked = without_secrets(written, note)
    # A cut sequence of bytes would be lost.
    return text if masked == written else masked.decode("utf-8", "replace")


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
