"""Formats and value types, which are checked once at the edge.

Source: section 5 (formats) of the service's documentation, unless a name says otherwise.
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

#: The service documents no upper limit. Up to this one, a JSON number is exact to the cent.
MAX_AMOUNT = Decimal("999999999.99")
CENT = Decimal("0.01")
NAME_LENGTH = 36
NAME_CHARACTERS = frozenset(
    string.digits
    + string.ascii_letters
    + " "
    + string.punctuation
    + "æÆøØåÅäÄöÖšŠžŽâÂàÀáÁãÃéÉêÊëËèÈíÍîÎïÏìÌüÜûÛùÙúÚôÔòÒóÓõÕÿýÝñÑ"
    + "¦¯¨´×«»ðþçß¤ÇµÐÞ±°ªº©§¶¼½¾¬®¢£¥¡¿¹²³"
)


class Currency(StrEnum):
    """The two currencies of the service."""

    DKK = "DKK"
    EUR = "EUR"


class PlannedCaptureDelay(StrEnum):
    """When the client says it is going to capture."""

    NONE = "None"
    LESS_THAN_24_HOURS = "LessThan24Hours"
    LESS_THAN_14_DAYS = "LessThan14Days"


class BeaconType(StrEnum):
    """How a phone finds a point of sale; the old words went in September 2020."""

    QR = "QR"
    NFC = "NFC"
    BLUETOOTH = "Bluetooth"
    BLUETOOTH_OTHER = "BluetoothOther"
    BLUETOOTH_MP1 = "BluetoothMP1"
    BLUETOOTH_MP2 = "BluetoothMP2"
    BLUETOOTH_MP3 = "BluetoothMP3"
    BLUETOOTH_MP4 = "BluetoothMP4"


BEACON_TYPES = (BeaconType.QR, BeaconType.NFC, BeaconType.BLUETOOTH)
OLD_BEACON_TYPES = tuple(each for each in BeaconType if each not in BEACON_TYPES)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """The kinds of card that a payment refuses; None where the client did not say."""

    debit_card_disallowed: bool | None = None
    credit_card_disallowed: bool | None = None

    def __bool__(self) -> bool:
        """Whether a kind of card is refused."""
        return bool(self.debit_card_disallowed or self.credit_card_disallowed)


def _matcher(pattern: str, expected: str) -> Callable[[str], str]:
    match = re.compile(pattern, re.ASCII).fullmatch

    def check(text: str) -> str:
        if match(text) is None:
            raise ValueError(f"expected {expected}, got {_shortened(text)}")
        return text

    return check


def folded(name: str) -> str:
    """Returns a name, or a word of an enumeration, as the service compares it: without case."""
    return name.lower() if name.isascii() else name


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


as_vat = _matcher(r"(DK|FI)[0-9]{8}", "DK or FI and 8 digits")
as_brand_id = _matcher(r"(MPPOS|POSDK|POSFI).{5}", "MPPOS, POSDK or POSFI and 5 characters")
as_location_id = _matcher(r".{5}", "exactly 5 characters")
_as_version = _matcher(r"[0-9]{1,10}(\.[0-9]{1,10}){2}", "Major.Minor.Build, such as 1.2.1")
_as_version_front = _matcher(
    r"[0-9]{1,10}(\.[0-9]{1,10}){0,2}", "a version such as 1.2.1, or the front of one, such as 1.2"
)
as_sandbox_name = _matcher(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "1 to 100 letters, digits, '.', '_' or '-'"
)

_guid = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_bare_guid = re.compile(r"[0-9a-fA-F]{32}").fullmatch
_fifteen_digits = re.compile(r"[0-9]{15}").fullmatch
_phone = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
_duration = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d)").fullmatch
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@lru_cache(maxsize=256)
def as_client_version(text: str) -> str:
    """Returns a version as its numbers are written: `1.2.3` for `01.02.03`.

    Raises:
        ValueError: it is not Major.Minor.Build.
    """
    return as_numbers(_as_version(text))


def as_version_front(text: str) -> str:
    """Returns the front of a version, or all of it, as its numbers are written.

    Raises:
        ValueError: it is no front of Major.Minor.Build.
    """
    return as_numbers(_as_version_front(text))


def as_numbers(version: str) -> str:
    """Returns a version, or the front of one, as its numbers are written: `1.2` for `01.02`."""
    return ".".join(str(int(each)) if each.isdecimal() else each for each in version.split("."))


def as_guid(text: str) -> str:
    """Returns a GUID in lower case with dashes, however it is written.

    As .NET's parser does, it takes a GUID with dashes, without them, or in braces.

    Raises:
        ValueError: it is not a GUID.
    """
    if _guid(text):
        return text.lower()
    if text.startswith("{") and text.endswith("}") and _guid(text[1:-1]):
        return text[1:-1].lower()
    if _bare_guid(text):
        text = text.lower()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    raise ValueError(f"expected a GUID, got {_shortened(text)}")


def as_beacon_id(text: str) -> str:
    """Returns the beacon id; a GUID as `as_guid` writes it.

    Raises:
        ValueError: it is neither a GUID nor 15 digits.
    """
    if _fifteen_digits(text):
        return text
    try:
        return as_guid(text)
    except ValueError as error:
        raise ValueError(f"expected a GUID or exactly 15 digits, got {_shortened(text)}") from error


def as_name(text: str, *, may_be_empty: bool = False) -> str:
    """Returns an order id, PoS name, label, key or another short string of the service.

    Raises:
        ValueError: it is empty or blank, longer than 36 characters or has a character outside the
            documented set.
    """
    if not may_be_empty and not text.strip():
        raise ValueError("must not be blank" if text else "must not be empty")
    if len(text) > NAME_LENGTH:
        raise ValueError(f"at most {NAME_LENGTH} characters, got {len(text)}")
    if not NAME_CHARACTERS.issuperset(text):
        stranger = next(each for each in text if each not in NAME_CHARACTERS)
        raise ValueError(f"the character {stranger!r} is not allowed")
    return text


def as_phone(text: str) -> str:
    """Returns a phone number as `+` and digits; spaces between them are dropped.

    Raises:
        ValueError: it is not an international number.
    """
    phone = text.replace(" ", "")
    if _phone(phone) is None:
        raise ValueError(f"expected + and the country code, such as +4520031801, got {text[:60]!r}")
    return phone


def as_url(text: str) -> str:
    """Returns an http or https URL.

    Raises:
        ValueError: it is not one.
    """
    scheme, _, rest = text.partition("://")
    is_url = scheme in ("http", "https") and rest.strip("/") and text.isprintable()
    if not is_url or not _has_host(text):
        raise ValueError(f"expected an http:// or https:// URL, got {_shortened(text)}")
    if " " in text:
        raise ValueError(f"a URL has no spaces, write %20; got {_shortened(text)}")
    return text


def _has_host(url: str) -> bool:
    """Whether a URL has a host, and no port or one that there can be."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def as_money(amount: Decimal) -> Decimal:
    """Returns a positive amount in cents precision.

    Raises:
        ValueError: it is not positive, not finite, above `MAX_AMOUNT` or finer than a cent.
    """
    if not amount.is_finite():
        raise ValueError("must be a finite number")
    if amount <= 0:
        raise ValueError("must be positive")
    if amount > MAX_AMOUNT:
        raise ValueError(f"must be at most {MAX_AMOUNT}")
    cents = amount.quantize(CENT)
    if cents != amount:
        raise ValueError("must have at most two decimals")
    return cents


def as_balance(amount: Decimal) -> Decimal:
    """Returns an amount in cents precision that may be zero.

    Raises:
        ValueError: it is negative, not finite, above `MAX_AMOUNT` or finer than a cent.
    """
    return as_money(amount) if amount != 0 else Decimal("0.00")


def as_fraction(text: str) -> Decimal:
    """Returns the exact number of a JSON text.

    A number with an exponent out of range is infinite; every rule for amounts refuses it.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


def as_duration(text: str) -> timedelta:
    """Returns the duration of a text such as `500ms`, `1.5s`, `10m`, `24h` or `7d`.

    Raises:
        ValueError: it has no unit, or is longer than a hundred years.
    """
    match = _duration(text.strip())
    if match is None:
        raise ValueError(f"expected a time such as 500ms, 2s, 10m, 24h or 7d, got {text[:60]!r}")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > 100 * 365 * 86400:
        raise ValueError("must be at most a hundred years (36500d)")
    return timedelta(seconds=seconds)


def show_duration(length: timedelta) -> str:
    """Returns the shortest text that `as_duration` reads back as `length`."""
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(length, timedelta(seconds=_UNITS[unit]))
        if count and not rest:
            return f"{count}{unit}"
    if length < timedelta(seconds=1):
        return f"{length / timedelta(milliseconds=1):g}ms"
    return f"{length.total_seconds():.6f}".rstrip("0") + "s"


def count_of(count: int, word: str) -> str:
    """Returns a number with its noun: 1 call, 2 calls."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
