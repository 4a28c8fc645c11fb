"""Frozen values out of JSON: by type, tolerant of what is new, strict about what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from simulator.client.decoding import Undecodable, decode, parse
from simulator.client.shapes import raw_json
from simulator.naming import camel_case


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    how_many: int


@dataclass(frozen=True)
class Thing:
    name: str
    first_part: Part
    parts: tuple[Part, ...] = ()
    amount: Decimal = Decimal(0)
    at: datetime | None = None
    colour: Colour = Colour.RED
    is_good: bool = False
    share: float = 0.0
    pair: tuple[str, int] = ("", 0)
    words: Mapping[str, int] | None = None
    raw: Mapping[str, Any] = raw_json()


WHOLE = {
    "name": "x",
    "firstPart": {"howMany": 1},
    "parts": [{"howMany": 2}, {"howMany": 3}],
    "amount": 10,
    "at": "2024-01-31T12:00:00.000Z",
    "colour": "red",
    "isGood": True,
    "share": 2,
    "pair": ["a", 1],
    "words": {"one": 1},
}


def test_every_type_is_read() -> None:
    assert decode(Thing, WHOLE) == Thing(
        name="x",
        first_part=Part(1),
        parts=(Part(2), Part(3)),
        amount=Decimal(10),
        at=datetime(2024, 1, 31, 12, tzinfo=UTC),
        colour=Colour.RED,
        is_good=True,
        share=2.0,
        pair=("a", 1),
        words={"one": 1},
    )


def test_amounts_are_exact() -> None:
    data = parse('{"name": "x", "firstPart": {"howMany": 1}, "amount": 0.1}')
    assert decode(Thing, data).amount == Decimal("0.1")


def test_what_is_missing_or_null_takes_its_default() -> None:
    least = {"name": "x", "firstPart": {"howMany": 1}}
    assert decode(Thing, least) == decode(Thing, {**least, "parts": None, "at": None})


def test_what_a_newer_simulator_adds_is_ignored_and_still_to_be_had() -> None:
    thing = decode(Thing, {**WHOLE, "weight": 5})
    assert thing == decode(Thing, WHOLE)
    assert thing.raw["weight"] == 5


WRONG = [
    ({"firstPart": {"howMany": 1}}, "it has no 'name'"),
    ({**WHOLE, "name": 5}, "name is '5', not a text"),
    ({**WHOLE, "name": None}, "name is 'None', not a text"),
    ({**WHOLE, "firstPart": {}}, "firstPart has no 'howMany'"),
    ({**WHOLE, "parts": [{"howMany": 1}, 2]}, "parts[1] is '2', not an object"),
    ({**WHOLE, "parts": {}}, "parts is '{}', not a list"),
    ({**WHOLE, "amount": "10"}, "amount is '10', not a number"),
    ({**WHOLE, "amount": True}, "amount is 'True', not a number"),
    ({**WHOLE, "at": "yesterday"}, "at: "),
    ({**WHOLE, "at": "2024-01-31T12:00:00"}, "time zone"),
    ({**WHOLE, "colour": "blue"}, "colour: 'blue'"),
    ({**WHOLE, "isGood": 1}, "isGood is '1', not true or false"),
    ({**WHOLE, "pair": ["a"]}, "pair has 1 elements, not 2"),
    ({**WHOLE, "words": {"one": "1"}}, "words.one is '1', not a whole number"),
    ([], "it is '[]', not an object"),
]


@pytest.mark.parametrize(("data", "said"), WRONG)
def test_what_is_wrong_is_named_by_its_path(data: Any, said: str) -> None:
    with pytest.raises(Undecodable) as error:
        decode(Thing, data)
    assert said in str(error.value)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(Undecodable, match="is not JSON"):
        parse(b"<html>")


@pytest.mark.parametrize(
    ("name", "shown"), [("pos_id", "posId"), ("posId", "posId"), ("now", "now"), ("a_b_c", "aBC")]
)
def test_names_are_written_as_json_has_them(name: str, shown: str) -> None:
    assert camel_case(name) == shown
