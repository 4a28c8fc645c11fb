"""The headers of every PoS call (section 3): which are needed, what they look like, in what order
they are checked.
"""

from typing import Any

import pytest

from tests.api.calls import (
    AUTHORIZATION,
    CREATING,
    KEY_HEADER,
    MERCHANT_HEADER,
    NAME_HEADER,
    OPERATIONS,
    VALID_TEXTS,
    VERSION_HEADER,
    events,
    outcome,
)
from tests.support import MERCHANT, Till


def outcomes(till: Till, header: str, value: str | None) -> dict[str, tuple[int, str | None]]:
    """What each operation answers with a header so; None leaves it out."""
    return {
        name: outcome(till.call(method, path, headers={header: value}, key="key"))
        for name, (method, path) in OPERATIONS.items()
    }


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        (AUTHORIZATION, None, (401, None)),
        (AUTHORIZATION, "", (401, None)),
        (AUTHORIZATION, "Bearer", (401, None)),
        (MERCHANT_HEADER, "SE12345678", (400, "1159")),
        (VERSION_HEADER, None, (400, "1153")),
        (VERSION_HEADER, "", (400, "1153")),
        (VERSION_HEADER, "1.2", (400, "1161")),
        (NAME_HEADER, "x" * 37, (400, "1160")),
    ],
)
def test_a_rule_holds_for_every_operation(
    till: Till, header: str, value: str | None, expected: tuple[int, str | None]
) -> None:
    assert outcomes(till, header, value) == dict.fromkeys(OPERATIONS, expected)


@pytest.mark.parametrize("value", [None, ""])
def test_a_token_without_a_merchant_needs_the_merchant_header_everywhere(
    till: Till, value: str | None
) -> None:
    roaming = Till(till.http, merchant=None)

    assert outcomes(roaming, MERCHANT_HEADER, value) == dict.fromkeys(OPERATIONS, (400, "1151"))


@pytest.mark.parametrize(("value", "code"), [(None, "1164"), ("", "1164"), ("x" * 37, "1162")])
def test_only_what_creates_something_looks_at_the_idempotency_key(
    till: Till, value: str | None, code: str
) -> None:
    refused = {name for name, each in outcomes(till, KEY_HEADER, value).items() if each[1] == code}

    assert refused == set(CREATING)


def with_header(till: Till, header: str, value: str) -> tuple[int, str | None]:
    return outcome(till.call("GET", "/stores", headers={header: value}))


@pytest.mark.parametrize(
    "value",
    ["dk12345678", "12345678", "DK1234567", "DK123456789", "DKABCDEFGH", "DK 12345678", "DK-12345678"]
)  # fmt: skip
def test_a_vat_number_is_dk_or_fi_and_eight_digits(till: Till, value: str) -> None:
    assert with_header(till, MERCHANT_HEADER, value) == (400, "1159")


@pytest.mark.parametrize("merchant", ["DK00000000", "FI99999999"])
def test_a_roaming_token_works_for_the_merchant_of_the_header(till: Till, merchant: str) -> None:
    roaming = Till(till.http, merchant=None, headers={MERCHANT_HEADER: merchant})

    assert roaming.ok("GET", "/stores") == till.for_merchant(merchant).ok("GET", "/stores")


def test_a_restricted_token_may_name_its_own_merchant(till: Till) -> None:
    assert with_header(till, MERCHANT_HEADER, MERCHANT) == (200, None)


def test_a_restricted_token_may_not_name_another_merchant(till: Till) -> None:
    assert with_header(till, MERCHANT_HEADER, "DK87654321") == (403, "1099")


@pytest.mark.parametrize("value", ["1.2.3", "0.0.0", "2.1.1000", "10.20.30000", "1.0.2147483647"])
def test_a_version_is_three_numbers(till: Till, value: str) -> None:
    assert with_header(till, VERSION_HEADER, value) == (200, None)


@pytest.mark.parametrize("value", ["1", "1.2", "1.2.3.4", "1.2.x", "v1.2.3", "1..3", "1,2,3", "-1.2.3", "1.2.3-beta"])  # fmt: skip
def test_anything_else_is_no_version(till: Till, value: str) -> None:
    assert with_header(till, VERSION_HEADER, value) == (400, "1161")


@pytest.mark.parametrize("header", [KEY_HEADER, NAME_HEADER])
@pytest.mark.parametrize("value", VALID_TEXTS)
def test_a_key_or_name_is_up_to_36_valid_characters(till: Till, header: str, value: str) -> None:
    headers: dict[str, Any] = {header: value.encode()}
    answer = till.call("POST", "/pointofsales", till.pos_body(), headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(("header", "code"), [(KEY_HEADER, "1162"), (NAME_HEADER, "1160")])
@pytest.mark.parametrize("value", ["x" * 37, "€", "☕", "Ł", "日本", "a\tb", "\u200b", "x\u0301"])
def test_other_characters_and_more_of_them_are_refused(
    till: Till, header: str, code: str, value: str
) -> None:
    headers: dict[str, Any] = {header: value.encode()}
    answer = till.call("POST", "/pointofsales", till.pos_body(), headers=headers)

    assert outcome(answer) == (400, code)


def test_the_old_system_name_header_is_not_needed(till: Till) -> None:
    assert with_header(till, NAME_HEADER, "a till") == (200, None)
    assert outcome(till.call("GET", "/stores")) == (200, None)


def test_authentication_comes_first_then_headers_in_table_order_then_body_then_state(
    till: Till,
) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id)
    before = events(till)
    token = Till(till.http, merchant=None).token()
    headers: dict[str, Any] = {
        AUTHORIZATION: None,
        MERCHANT_HEADER: None,
        VERSION_HEADER: None,
        NAME_HEADER: "x" * 37,
        KEY_HEADER: "x" * 37,
    }
    body: dict[str, Any] = till.payment_body(pos_id, orderId="x" * 37)
    repairs: list[tuple[tuple[int, str | None], dict[str, Any], dict[str, Any]]] = [
        ((401, None), {AUTHORIZATION: f"Bearer {token}"}, {}),
        ((400, "1151"), {MERCHANT_HEADER: "DK1234567"}, {}),
        ((400, "1159"), {MERCHANT_HEADER: MERCHANT}, {}),
        ((400, "1153"), {VERSION_HEADER: "1"}, {}),
        ((400, "1161"), {VERSION_HEADER: "1.2.3"}, {}),
        ((400, "1160"), {NAME_HEADER: "till"}, {}),
        ((400, "1162"), {KEY_HEADER: "key"}, {}),
        ((400, "1113"), {}, {"orderId": "order"}),
    ]

    for expected, better_headers, better_body in repairs:
        assert outcome(till.call("POST", "/payments", body, headers=headers)) == expected
        headers |= better_headers
        body |= better_body
    assert outcome(till.call("POST", "/payments", body, headers=headers)) == (409, "1301")
    assert events(till) == before
