"""Headers as they really come over the wire: the same line twice is not a comma in one line."""

import json

import pytest

from tests.api.calls import (
    AUTHORIZATION,
    CREATING,
    KEY_HEADER,
    MERCHANT_HEADER,
    NAME_HEADER,
    OPERATIONS,
    VERSION_HEADER,
    RawAnswer,
    exchange,
)
from tests.support import MERCHANT, Till

Lines = list[tuple[str, str]]


def lines(till: Till) -> Lines:
    """The headers a call needs, with a token that is tied to no merchant."""
    return [
        (AUTHORIZATION, f"Bearer {Till(till.http, merchant=None).token()}"),
        (MERCHANT_HEADER, MERCHANT),
        (VERSION_HEADER, "1.2.3"),
        ("Content-Type", "application/json"),
    ]


def call(till: Till, operation: str, headers: Lines, body: object = None) -> RawAnswer:
    method, path = OPERATIONS[operation]
    content = b"" if body is None else json.dumps(body).encode()
    return exchange(till.http, method, f"/pos/v10{path}", headers, content)


def outcome(answer: RawAnswer) -> tuple[int, str | None]:
    body = json.loads(answer.body or b"{}")
    return answer.status, body.get("code")


DUPLICATED = {
    MERCHANT_HEADER: (MERCHANT, "1155"),
    VERSION_HEADER: ("1.2.3", "1157"),
    NAME_HEADER: ("till", "1156"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_header_that_is_there_twice_is_refused(till: Till, operation: str) -> None:
    needed = [*lines(till), (NAME_HEADER, "till")]
    if operation in CREATING:
        needed.append((KEY_HEADER, "key"))
    found = {
        header: outcome(call(till, operation, [*needed, (header, value)]))
        for header, (value, _) in DUPLICATED.items()
    }

    assert found == {header: (400, code) for header, (_, code) in DUPLICATED.items()}


@pytest.mark.parametrize("operation", CREATING)
def test_two_idempotency_keys_are_refused_even_when_they_are_equal(
    till: Till, operation: str
) -> None:
    twice = [*lines(till), (KEY_HEADER, "key"), (KEY_HEADER, "key")]

    assert outcome(call(till, operation, twice)) == (400, "1163")


def test_two_idempotency_keys_do_not_matter_where_none_is_needed(till: Till) -> None:
    twice = [*lines(till), (KEY_HEADER, "one"), (KEY_HEADER, "two")]

    assert outcome(call(till, "GetStores", twice)) == (200, None)


def test_a_comma_is_a_valid_character_of_one_idempotency_key(till: Till) -> None:
    body = till.pos_body()
    first = call(till, "CreatePos", [*lines(till), (KEY_HEADER, "one, two")], body)
    again = call(till, "CreatePos", [*lines(till), (KEY_HEADER, "one, two")], body)

    assert outcome(first) == (200, None)
    assert again.body == first.body


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        (MERCHANT_HEADER, f"{MERCHANT}, {MERCHANT}", "1159"),
        (VERSION_HEADER, "1.2.3, 1.2.3", "1161"),
    ],
)
def test_two_values_in_one_line_are_one_invalid_value(
    till: Till, header: str, value: str, code: str
) -> None:
    headers = [(name, value if name == header else each) for name, each in lines(till)]

    assert outcome(call(till, "GetStores", headers)) == (400, code)


def test_header_names_are_the_same_in_any_case(till: Till) -> None:
    shouted = [(name.upper(), value) for name, value in lines(till)]
    whispered = [(name.lower(), value) for name, value in lines(till)]

    assert outcome(call(till, "GetStores", shouted)) == (200, None)
    assert outcome(call(till, "GetStores", whispered)) == (200, None)
    mixed = [*shouted, (VERSION_HEADER.lower(), "1.2.3")]
    assert outcome(call(till, "GetStores", mixed)) == (400, "1157")


def test_space_around_a_value_does_not_count(till: Till) -> None:
    spaced = [(name, f"  {value} \t") for name, value in lines(till)]

    assert outcome(call(till, "GetStores", spaced)) == (200, None)


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ([(MERCHANT_HEADER, "bad"), (VERSION_HEADER, "bad")], "1155"),
        ([(VERSION_HEADER, "bad"), (NAME_HEADER, "a"), (NAME_HEADER, "b")], "1157"),
        ([(NAME_HEADER, "a"), (NAME_HEADER, "b"), (KEY_HEADER, "c"), (KEY_HEADER, "d")], "1156"),
        ([(KEY_HEADER, "c"), (KEY_HEADER, "d")], "1163"),
    ],
)
def test_duplicates_are_found_in_table_order(till: Till, extra: Lines, code: str) -> None:
    assert outcome(call(till, "CreatePos", [*lines(till), *extra])) == (400, code)


def test_a_duplicate_is_named_before_a_wrong_or_empty_value(till: Till) -> None:
    for value in ("", "wrong"):
        headers = [line for line in lines(till) if line[0] != VERSION_HEADER]
        headers += [(VERSION_HEADER, value), (VERSION_HEADER, value)]
        assert outcome(call(till, "GetStores", headers)) == (400, "1157")


def test_duplicates_are_looked_for_only_once_the_caller_is_known(till: Till) -> None:
    headers = [line for line in lines(till) if line[0] != AUTHORIZATION]

    assert call(till, "GetStores", [*headers, *headers]).status == 401


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_keys_are_read_in_both_encodings_clients_use(till: Till, encoding: str) -> None:
    key = "Blåbærgrød".encode(encoding).decode("utf-8", "surrogateescape")
    created = call(till, "CreatePos", [*lines(till), (KEY_HEADER, key)], till.pos_body())

    assert outcome(created) == (200, None)
