"""The formats of section 5, and how times are written."""

# ruff: noqa: RUF001

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mobilepay_simulator.engine.values import (
    BEACON_TYPES,
    OLD_BEACON_TYPES,
    BeaconType,
    Currency,
    PlannedCaptureDelay,
    Restrictions,
    as_balance,
    as_beacon_id,
    as_brand_id,
    as_client_version,
    as_duration,
    as_fraction,
    as_guid,
    as_location_id,
    as_money,
    as_name,
    as_phone,
    as_sandbox_name,
    as_url,
    as_vat,
    show_duration,
)

GUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

#: Section 5, by hand.
ALLOWED = (
    "0123456789"
    "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    " "
    "æÆøØåÅ"
    "äÄöÖšŠžŽâÂàÀáÁãÃéÉêÊëËèÈíÍîÎïÏìÌüÜûÛùÙúÚôÔòÒóÓõÕÿýÝñÑ"
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    "¦¯¨´×«»ðþçß¤ÇµÐÞ±°ªº©§¶¼½¾¬®¢£¥¡¿¹²³"
)
FORBIDDEN = ["\t", "\n", "\0", "\x7f", "\u00a0", "Ÿ", "ł", "÷", "¸", "€", "я", "✓", "😀", "–"]

RIGHT: list[tuple[Callable[[str], str], str, str]] = [
    (as_vat, "DK12345678", "DK12345678"),
    (as_vat, "FI00000000", "FI00000000"),
    (as_guid, GUID, GUID),
    (as_guid, GUID.upper(), GUID),
    (as_guid, GUID.replace("-", "").upper(), GUID),
    (as_guid, "{" + GUID.upper() + "}", GUID),
    (as_beacon_id, "{" + GUID + "}", GUID),
    (as_beacon_id, GUID.replace("-", ""), GUID),
    (as_beacon_id, "123456789012345", "123456789012345"),
    (as_beacon_id, GUID.upper(), GUID),
    (as_brand_id, "MPPOSCERT1", "MPPOSCERT1"),
    (as_brand_id, "POSDK12345", "POSDK12345"),
    (as_brand_id, "POSFIabcde", "POSFIabcde"),
    (as_location_id, "00001", "00001"),
    (as_url, "http://127.0.0.1/?next=ftp://elsewhere/", "http://127.0.0.1/?next=ftp://elsewhere/"),
    (as_location_id, "a b-c", "a b-c"),
    (as_client_version, "1.2.3", "1.2.3"),
    (as_client_version, "0.0.0", "0.0.0"),
    (as_client_version, "10.20.123456", "10.20.123456"),
    (as_phone, "+4520031801", "+4520031801"),
    (as_phone, "+45 20 03 18 01", "+4520031801"),
    (as_phone, "+358200318001", "+358200318001"),
    (as_sandbox_name, "default", "default"),
    (as_sandbox_name, "A.b_c-1", "A.b_c-1"),
    (as_sandbox_name, "a" * 100, "a" * 100),
    (as_url, "http://localhost:9000/hook", "http://localhost:9000/hook"),
    (as_url, "https://example.org", "https://example.org"),
]
WRONG: list[tuple[Callable[[str], str], str]] = [
    (as_vat, ""),
    (as_vat, "DK1234567"),
    (as_vat, "DK123456789"),
    (as_vat, "dk12345678"),
    (as_vat, "SE12345678"),
    (as_vat, "DK1234567a"),
    (as_vat, "DK1234567٣"),
    (as_vat, "DK12345678\n"),
    (as_guid, ""),
    (as_guid, GUID[:-1]),
    (as_guid, GUID.replace("-", "")[:-1]),
    (as_guid, GUID.replace("-", "") + "0"),
    (as_guid, GUID.replace("-", "", 1)),
    (as_guid, "{" + GUID),
    (as_guid, GUID + "}"),
    (as_guid, "{{" + GUID + "}}"),
    (as_guid, "{" + GUID.replace("-", "") + "}"),
    (as_guid, "(" + GUID + ")"),
    (as_guid, GUID.replace("a", "g")),
    (as_beacon_id, "12345678901234"),
    (as_beacon_id, "1234567890123456"),
    (as_beacon_id, "12345678901234a"),
    (as_beacon_id, "12345678901234٣"),
    (as_brand_id, "POSDK1234"),
    (as_brand_id, "POSDK123456"),
    (as_brand_id, "POSSE12345"),
    (as_brand_id, "12345"),
    (as_location_id, "1234"),
    (as_location_id, "123456"),
    (as_client_version, "1.2"),
    (as_client_version, "1.2.3.4"),
    (as_client_version, "v1.2.3"),
    (as_client_version, "1.2.x"),
    (as_client_version, "1..3"),
    (as_phone, "20031801"),
    (as_phone, "004520031801"),
    (as_phone, "+0520031801"),
    (as_phone, "+45"),
    (as_phone, "+45-20031801"),
    (as_sandbox_name, ""),
    (as_sandbox_name, "a/b"),
    (as_sandbox_name, ".."),
    (as_sandbox_name, "a" * 101),
    (as_sandbox_name, "ærø"),
    (as_url, ""),
    (as_url, "localhost"),
    (as_url, "ftp://example.org"),
    (as_url, "http://"),
    (as_url, "http:///"),
    (as_url, "http://example.org/\n"),
    (as_url, "http://example org"),
    (as_url, "http://example.org/a b"),
    (as_url, " http://example.org/"),
    (as_url, "http://example.org/ "),
]


@pytest.mark.parametrize(("check", "text", "value"), RIGHT)
def test_what_is_well_formed_is_taken(check: Callable[[str], str], text: str, value: str) -> None:
    assert check(text) == value


@pytest.mark.parametrize(("check", "text"), WRONG)
def test_what_is_not_is_refused(check: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError):
        check(text)


def test_a_refusal_says_what_was_expected_and_shortens_what_came() -> None:
    with pytest.raises(ValueError, match=r"expected DK or FI and 8 digits, got 'x{57}\.\.\.'"):
        as_vat("x" * 1000)


# --- short strings ----------------------------------------------------------------------------


@pytest.mark.parametrize("character", ALLOWED)
def test_a_documented_character_is_allowed_in_a_name(character: str) -> None:
    assert as_name(f"till{character}") == f"till{character}"


@pytest.mark.parametrize("character", FORBIDDEN)
def test_any_other_character_is_not(character: str) -> None:
    with pytest.raises(ValueError, match="is not allowed"):
        as_name(f"till{character}")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.characters().filter(lambda each: each not in ALLOWED))
def test_none_of_all_the_other_characters_is(character: str) -> None:
    with pytest.raises(ValueError):
        as_name(character)


def test_a_name_has_at_most_36_characters_not_bytes() -> None:
    assert as_name("æ" * 36) == "æ" * 36
    with pytest.raises(ValueError, match="at most 36 characters, got 37"):
        as_name("a" * 37)


def test_a_name_is_empty_only_where_it_may_be() -> None:
    assert as_name("", may_be_empty=True) == ""
    with pytest.raises(ValueError, match="must not be empty"):
        as_name("")
    with pytest.raises(ValueError, match="blank"):
        as_name("   ")


# --- money ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.01", "0.01"),
        ("1", "1.00"),
        ("5.250", "5.25"),
        ("1E+2", "100.00"),
        ("0.1e1", "1.00"),
        ("999999999.99", "999999999.99"),
    ],
)
def test_an_amount_is_kept_in_cents(amount: str, cents: str) -> None:
    assert str(as_money(Decimal(amount))) == cents


@pytest.mark.parametrize(
    "amount",
    [
        *("0", "-0", "0.00", "-1", "-0.01"),
        *("0.001", "1.005", "1E-400"),
        *("1000000000", "999999999.991", "1E+400"),
        *("NaN", "sNaN", "Infinity", "-Infinity"),
    ],
)
def test_an_amount_is_positive_finite_and_has_two_decimals(amount: str) -> None:
    with pytest.raises(ValueError):
        as_money(Decimal(amount))


@pytest.mark.parametrize(("amount", "cents"), [("0", "0.00"), ("-0", "0.00"), ("7.5", "7.50")])
def test_a_balance_may_be_zero(amount: str, cents: str) -> None:
    assert str(as_balance(Decimal(amount))) == cents


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "1000000000", "NaN", "Infinity"])
def test_a_balance_is_an_amount_in_all_else(amount: str) -> None:
    with pytest.raises(ValueError):
        as_balance(Decimal(amount))


# --- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0s", timedelta(0)),
        ("500ms", timedelta(milliseconds=500)),
        ("1.5s", timedelta(milliseconds=1500)),
        ("10m", timedelta(minutes=10)),
        ("10 m", timedelta(minutes=10)),
        (" 24h ", timedelta(hours=24)),
        ("0.5d", timedelta(hours=12)),
        ("36500d", timedelta(days=36500)),
    ],
)
def test_a_time_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert as_duration(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "s",
        "-1s",
        "1 week",
        "1h30m",
        "1e3s",
        ".5s",
        "1.s",
        "36501d",
        "9" * 400 + "d",
        "٣s",
    ],
)
def test_any_other_text_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        as_duration(text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=7), "7d"),
        (timedelta(hours=25), "25h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=1), "1s"),
        (timedelta(milliseconds=1500), "1.5s"),
        (timedelta(milliseconds=500), "500ms"),
        (timedelta(0), "0ms"),
        (timedelta(seconds=1234567), "1234567s"),
        (timedelta(days=20, milliseconds=1), "1728000.001s"),
    ],
)
def test_a_time_is_shown_in_its_largest_whole_unit(length: timedelta, text: str) -> None:
    assert show_duration(length) == text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 36500 * 86_400_000))
def test_what_is_shown_is_read_back(milliseconds: int) -> None:
    length = timedelta(milliseconds=milliseconds)

    assert as_duration(show_duration(length)) == length


@pytest.mark.parametrize(
    ("no_debit", "no_credit", "is_some"),
    [
        (None, None, False),
        (False, False, False),
        (True, False, True),
        (None, True, True),
        (True, True, True),
    ],
)
def test_restrictions_are_some_where_they_refuse_a_kind_of_card(
    no_debit: bool | None, no_credit: bool | None, is_some: bool
) -> None:
    assert bool(Restrictions(no_debit, no_credit)) is is_some


def test_a_time_of_a_hundred_years_is_the_longest() -> None:
    assert as_duration("876000h") == timedelta(days=36500)
    with pytest.raises(ValueError, match="at most a hundred years"):
        as_duration("876000.1h")


def test_the_first_character_that_is_not_allowed_is_told() -> None:
    with pytest.raises(ValueError, match="the character '€'"):
        as_name("10 € and 5 ł")


def test_a_number_is_read_exactly_and_one_beyond_all_bounds_is_infinite() -> None:
    assert as_fraction("10.10") == Decimal("10.10")
    assert as_fraction("1e99999999999999999999") == Decimal("Infinity")


def test_the_words_of_the_service_are_these() -> None:
    assert [*Currency] == ["DKK", "EUR"]
    assert [*PlannedCaptureDelay] == ["None", "LessThan24Hours", "LessThan14Days"]
    assert [*BEACON_TYPES] == ["QR", "NFC", "Bluetooth"]
    old = ["BluetoothOther", "BluetoothMP1", "BluetoothMP2", "BluetoothMP3", "BluetoothMP4"]
    assert [*OLD_BEACON_TYPES] == old
    assert [*BeaconType] == [*BEACON_TYPES, *old]
