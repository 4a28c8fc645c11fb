"""Formats and value types: checked once at the door, trusted everywhere behind it.

Source: section 5 (formats) of the service's documentation, unless a name says otherwise.
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

__all__ = [
    "MAX_AMOUNT",
    "BeaconType",
    "Currency",
    "PlannedCaptureDelay",
    "Restrictions",
    "as_balance",
    "as_beacon_id",
    "as_brand_id",
    "as_client_version",
    "as_duration",
    "as_fraction",
    "as_guid",
    "as_location_id",
    "as_money",
    "as_name",
    "as_phone",
    "as_sandbox_name",
    "as_url",
    "as_vat",
    "is_guid",
    "show_duration",
]

#: The service documents no upper bound. Below this, a cent is exact in a JSON number.
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
    """How a phone finds a point of sale."""

    QR = "QR"
    NFC = "NFC"
    BLUETOOTH = "Bluetooth"


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Card types a payment refuses; None is what the client left out."""

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


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


as_vat = _matcher(r"(DK|FI)[0-9]{8}", "DK or FI and 8 digits")
as_brand_id = _matcher(r"(MPPOS|POSDK|POSFI).{5}", "MPPOS, POSDK or POSFI and 5 characters")
as_location_id = _matcher(r".{5}", "exactly 5 characters")
as_client_version = _matcher(r"[0-9]{1,9}(\.[0-9]{1,9}){2}", "Major.Minor.Build, such as 1.2.1")
as_sandbox_name = _matcher(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "1 to 100 letters, digits, '.', '_' or '-'"
)

_guid = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_fifteen_digits = re.compile(r"[0-9]{15}").fullmatch
_phone = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
_duration = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d)").fullmatch
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def as_guid(text: str) -> str:
    """Returns `text` in lower case, as GUIDs are compared without regard to case.

    Raises:
        ValueError: it is not 8-4-4-4-12 hexadecimal digits.
    """
    if _guid(text) is None:
        raise ValueError(f"expected a GUID, got {_shortened(text)}")
    return text.lower()


def is_guid(text: str) -> bool:
    """Whether `text` is a GUID."""
    return _guid(text) is not None


def as_beacon_id(text: str) -> str:
    """Returns the beacon id; a GUID in lower case.

    Raises:
        ValueError: it is neither a GUID nor 15 digits.
    """
    if _fifteen_digits(text):
        return text
    if _guid(text) is None:
        raise ValueError(f"expected a GUID or exactly 15 digits, got {_shortened(text)}")
    return text.lower()


def as_name(text: str, *, may_be_empty: bool = False) -> str:
    """Returns an order id, PoS name, label, key or any other of the service's short strings.

    Raises:
        ValueError: it is empty, longer than 36 characters or has a character outside the
            documented set.
    """
    if not text and not may_be_empty:
        raise ValueError("must not be empty")
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
        ValueError: it is none.
    """
    scheme, _, rest = text.partition("://")
    if scheme not in ("http", "https") or not rest.strip("/") or not text.isprintable():
        raise ValueError(f"expected an http:// or https:// URL, got {_shortened(text)}")
    return text


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
    """Returns the number that JSON writes as `text`, exactly.

    An exponent beyond all bounds makes it infinite, which every rule for amounts refuses.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


def as_duration(text: str) -> timedelta:
    """Returns the time that `500ms`, `1.5s`, `10m`, `24h` or `7d` says.

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
