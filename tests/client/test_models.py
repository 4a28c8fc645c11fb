"""Models out of JSON and into it: by type, tolerant of what is new, strict about what is wrong."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from mobilepay_simulator import client
from mobilepay_simulator.client.model import (
    Input,
    Model,
    Moment,
    camel_case,
    decode,
    encode,
    sparse,
)
from mobilepay_simulator.engine.events import WorldEvent

from tests.support import START


class Colour(StrEnum):
    RED = "red"


class Part(Model, frozen=True):
    how_many: int


class Thing(Model, frozen=True):
    name: str
    first_part: Part
    parts: tuple[Part, ...] = ()
    amount: Decimal = Decimal(0)
    at: Moment | None = None
    colour: Colour = Colour.RED
    is_good: bool = False
    share: float = 0.0
    pair: tuple[str, int] = ("", 0)
    words: dict[str, int] | None = None


WHOLE = {
    "name": "x",
    "firstPart": {"howMany": 1},
    "parts": [{"howMany": 2}, {"howMany": 3}],
    "amount": 10.5,
    "at": "2024-01-31T12:00:00.000Z",
    "colour": "red",
    "isGood": True,
    "share": 2.0,
    "pair": ["a", 1],
    "words": {"one": 1},
}
THING = Thing(
    name="x",
    first_part=Part(1),
    parts=(Part(2), Part(3)),
    amount=Decimal("10.50"),
    at=datetime(2024, 1, 31, 12, tzinfo=UTC),
    colour=Colour.RED,
    is_good=True,
    share=2.0,
    pair=("a", 1),
    words={"one": 1},
)


def read(data: Any) -> Thing:
    return decode(Thing, json.dumps(data))


def test_every_type_is_read() -> None:
    assert read(WHOLE) == THING


def test_every_type_is_written() -> None:
    assert json.loads(encode(THING)) == WHOLE
    assert THING.raw == WHOLE


def test_amounts_are_exact() -> None:
    content = '{"name": "x", "firstPart": {"howMany": 1}, "amount": 0.1}'
    assert decode(Thing, content).amount == Decimal("0.1")


def test_an_amount_is_written_as_the_shortest_number_and_a_time_with_milliseconds() -> None:
    written = encode({"amount": Decimal("12.50"), "at": START.replace(microsecond=123456)})
    assert written == b'{"amount":12.5,"at":"2024-01-31T12:00:00.123Z"}'


def test_half_a_surrogate_goes_back_as_the_escape_that_it_came_as() -> None:
    assert encode(Part("\ud800")) == b'{"howMany":"\\ud800"}'  # type: ignore[arg-type]


def test_what_is_missing_takes_its_default() -> None:
    least = {"name": "x", "firstPart": {"howMany": 1}}
    assert read(least) == read({**least, "at": None}) == Thing("x", Part(1))


def test_what_a_newer_simulator_adds_is_ignored() -> None:
    assert read({**WHOLE, "weight": 5}) == THING


def test_a_sparse_model_has_the_fields_that_were_given_and_no_others() -> None:
    thing = sparse(Thing, name="x", at=None)
    assert thing.raw == {"name": "x", "at": None}
    with pytest.raises(TypeError, match="weight"):
        sparse(Thing, weight=5)


class Asked(Input, frozen=True):
    limit: int = 5
    word: str | None = None


def test_an_input_says_no_more_than_was_given() -> None:
    assert Asked(word="x").raw == {"word": "x"}


WRONG = [
    ({"firstPart": {"howMany": 1}}, "`name`"),
    ({**WHOLE, "name": 5}, "$.name"),
    ({**WHOLE, "name": None}, "$.name"),
    ({**WHOLE, "firstPart": {}}, "`howMany` - at `$.firstPart`"),
    ({**WHOLE, "parts": [{"howMany": 1}, 2]}, "$.parts[1]"),
    ({**WHOLE, "parts": {}}, "$.parts"),
    ({**WHOLE, "amount": True}, "$.amount"),
    ({**WHOLE, "at": "yesterday"}, "$.at"),
    ({**WHOLE, "at": "2024-01-31T12:00:00"}, "$.at"),
    ({**WHOLE, "colour": "blue"}, "$.colour"),
    ({**WHOLE, "isGood": 1}, "$.isGood"),
    ({**WHOLE, "pair": ["a"]}, "$.pair"),
    ({**WHOLE, "words": {"one": "1"}}, "$.words"),
    ([], "`object`"),
]


@pytest.mark.parametrize(("data", "said"), WRONG)
def test_what_is_wrong_is_named_by_its_path(data: Any, said: str) -> None:
    with pytest.raises(ValueError) as error:
        read(data)
    assert said in str(error.value)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        decode(Thing, b"<html>")


@pytest.mark.parametrize(
    ("name", "shown"), [("pos_id", "posId"), ("posId", "posId"), ("now", "now"), ("a_b_c", "aBC")]
)
def test_names_are_written_as_json_has_them(name: str, shown: str) -> None:
    assert camel_case(name) == shown


def test_an_event_of_the_control_api_has_the_fields_of_every_kind_of_event() -> None:
    kinds = WorldEvent.__subclasses__()
    names = {name for kind in kinds for name in (each.name for each in fields(kind))}
    assert len(kinds) > 10
    assert {*client.Event.__struct_fields__} == {"event", *names}


def test_every_model_and_every_call_of_the_client_is_public() -> None:
    names = client.__all__
    assert len(names) == len(set(names)) > 100
    assert all(getattr(client, name).__name__ == name for name in names)
    models = {each.__name__ for each in subclasses(Model) if each.__module__.startswith(HERE)}
    assert {name for name in models if not name.startswith("_")} <= {*names}
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = client.Nothing


HERE = client.__name__


def subclasses(kind: type) -> set[type]:
    return {each for one in kind.__subclasses__() for each in (one, *subclasses(one))}
