"""Two answers are the same when only the names differ that each run gives to the same things."""

import json
from typing import Any

import pytest
from mobilepay_simulator.testing.replay.comparing import Names

A, B, C = (f"{n}1111111-2222-4333-8444-555555555555" for n in "abc")


def differences(recorded: Any, answered: Any, names: Names | None = None) -> list[str]:
    bodies = (json.dumps(each).encode() for each in (recorded, answered))
    return [*map(str, (names or Names()).differences(*bodies))]


SAME = [
    ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}),
    ({"id": A, "again": A}, {"id": B, "again": B}),
    ({"id": A}, {"id": B.upper()}),
    ({"message": f"payment {A} is active"}, {"message": f"payment {B} is active"}),
    (10, 10.0),
]


@pytest.mark.parametrize(("recorded", "answered"), SAME, ids=str)
def test_these_are_the_same(recorded: Any, answered: Any) -> None:
    assert differences(recorded, answered) == []


OTHER = [
    ({"a": 1}, {"a": 2}, "body.a: was 1, is 2"),
    ({"a": 1}, {}, "body.a: was 1, is missing"),
    ({}, {"a": None}, "body.a: was missing, is null"),
    ({"a": [1]}, {"a": [1, 2]}, "body.a: was a list of 1, is a list of 2"),
    ({"a": [{"b": 1}]}, {"a": [{"b": "1"}]}, 'body.a[0].b: was 1, is "1"'),
    ({"a": A, "b": A}, {"a": B, "b": C}, f'body.b: was "{A}", is "{C}"'),
    ({"a": A, "b": C}, {"a": B, "b": B}, f'body.b: was "{C}", is "{B}"'),
    ({"a": A}, {"a": "none"}, f'body.a: was "{A}", is "none"'),
]


@pytest.mark.parametrize(("recorded", "answered", "said"), OTHER, ids=str)
def test_these_are_not_and_the_place_is_told(recorded: Any, answered: Any, said: str) -> None:
    assert differences(recorded, answered) == [said]


def test_bodies_that_are_no_json_are_compared_as_text() -> None:
    assert [*Names().differences(b"<html>", b"<html>")] == []
    assert [*map(str, Names().differences(b"<html>", b"{}"))] == ['body: was "<html>", is {}']


def test_a_name_once_met_is_used_in_what_follows() -> None:
    names = Names()
    differences({"paymentId": A}, {"paymentId": B}, names)
    assert names.translate(f"/payments/{A}/capture") == f"/payments/{B}/capture"
    assert names.translate(f"/payments/{C}") == f"/payments/{C}"
    assert differences(A, C, names) == [f'body: was "{A}", is "{C}"']


def test_one_moment_written_with_more_zeros_is_the_same() -> None:
    there = b'{"paymentExpiresAt": "2024-02-07T12:01:03.5000000+00:00"}'
    assert [
        *Names().differences(there, b'{"paymentExpiresAt": "2024-02-07T12:01:03.5+00:00"}')
    ] == []
    assert [*Names().differences(there, b'{"paymentExpiresAt": "2024-02-07T12:01:04+00:00"}')] != []
