"""YAML files of the user's: kinds of values, shapes, and hints."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.settings.documents import Node, ProblemsFound, parse, parse_file
from mobilepay_simulator.settings.nearest import nearest
from mobilepay_simulator.settings.shapes import (
    ShapeReader,
    ValueKind,
    choice_of,
    decimal_kind,
    field_of,
    list_of,
    shape_kind,
    text_kind,
    yes_or_no,
)


class Size(StrEnum):
    """Three sizes."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


def _loud(text: str) -> str:
    if text != text.upper():
        raise ValueError(f"{text!r} is not loud")
    return text


def _positive(number: Decimal) -> Decimal:
    if number <= 0:
        raise ValueError("must be positive")
    return number


LOUD = text_kind(_loud, minLength=1)


@dataclass(frozen=True)
class Parcel:
    """A shape with everything in it."""

    to: str = field_of(LOUD, "whom it is for")
    weight: Decimal | None = field_of(decimal_kind(_positive), "in kilograms", default=None)
    size: Size = field_of(choice_of(Size, "a size"), "how large", default=Size.SMALL)
    tags: tuple[str, ...] = field_of(list_of(LOUD), "what is on it", default=())
    inner: "Parcel | None" = field_of(
        ValueKind(lambda node: ShapeReader().shape(Parcel, node), {}), "what is in it", default=None
    )
    sender: str | None = field_of(LOUD, "who sends it", default=None, name="from")
    note: str = "not in files"


def read(text: str) -> Parcel:
    parcel: Parcel = ShapeReader().shape(Parcel, parse(text, "parcel.yaml"))
    return parcel


def said(text: str) -> list[str]:
    with pytest.raises(ProblemsFound) as found:
        read(text)
    return [str(problem).removeprefix("parcel.yaml:") for problem in found.value.problems]


# --- shapes -----------------------------------------------------------------------------------


def test_a_mapping_becomes_its_shape() -> None:
    text = "to: ANN\nweight: 1.50\nsize: large\ntags: [A, B]\nfrom: BEN\ninner: {to: CAT}"

    assert read(text) == Parcel(
        to="ANN",
        weight=Decimal("1.50"),
        size=Size.LARGE,
        tags=("A", "B"),
        inner=Parcel(to="CAT"),
        sender="BEN",
    )


def test_what_is_left_out_is_its_default() -> None:
    assert read("to: ANN") == Parcel(to="ANN")


def test_a_field_is_called_in_the_file_as_it_is_declared() -> None:
    [mistake] = said("to: ANN\nsender: BEN")

    assert mistake.startswith("2:1: unknown field 'sender'; ")
    assert mistake.endswith("There are from, inner, size, tags, to, weight")


def test_what_is_no_field_of_the_file_is_unknown() -> None:
    assert said("to: ANN\nnote: x")[0].startswith("2:1: unknown field 'note'; ")


def test_every_mistake_is_told_with_its_field() -> None:
    text = "tags: [A, b, c]\nweight: -1\nsize: larg\ninner: {weight: x}\nto: ann"

    assert said(text) == [
        "1:11: tags[1]: 'b' is not loud",
        "1:14: tags[2]: 'c' is not loud",
        "2:9: weight: must be positive",
        "3:7: size: 'larg' is not a size; did you mean 'large'? There are large, medium, small",
        "4:8: inner: 'to' is missing: whom it is for",
        "4:17: inner.weight: expected a number, got 'x'",
        "5:5: to: 'ann' is not loud",
    ]


def test_a_shape_can_be_a_field_of_another() -> None:
    node = parse("to: ANN", "parcel.yaml")

    assert shape_kind(Parcel).read(node) == Parcel(to="ANN")


# --- kinds ------------------------------------------------------------------------------------


def value(kind: ValueKind, text: str) -> Any:
    return kind.read(parse(text, "value.yaml"))


def refusal(kind: ValueKind, text: str) -> str:
    with pytest.raises(ProblemsFound) as found:
        value(kind, text)
    return found.value.problems[0].message


@pytest.mark.parametrize("text", ["2024-01-31", "0123", "1e3", "yes", "null", "~", "'quoted'"])
def test_a_text_is_taken_as_it_is_written(text: str) -> None:
    assert value(text_kind(str), text) == text.strip("'")


@pytest.mark.parametrize(("text", "is_so"), [("true", True), ("false", False), ("'true'", True)])
def test_true_and_false_are_written_so(text: str, is_so: bool) -> None:
    assert value(yes_or_no, text) is is_so


@pytest.mark.parametrize("text", ["yes", "True", "1", "off"])
def test_other_words_for_true_and_false_are_refused(text: str) -> None:
    assert f"{text!r} is not true or false" in refusal(yes_or_no, text)


@pytest.mark.parametrize(("text", "number"), [("1", "1"), ("1.50", "1.50"), ("'2'", "2")])
def test_a_decimal_keeps_its_digits(text: str, number: str) -> None:
    assert str(value(decimal_kind(_positive), text)) == number


@pytest.mark.parametrize("text", ["x", "1,5", "''", "0x10", "[1]"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert refusal(decimal_kind(_positive), text).startswith("expected a ")


def test_a_choice_of_words_gives_the_word() -> None:
    assert value(choice_of(("a", "b"), "a letter"), "b") == "b"
    assert refusal(choice_of(("a", "b"), "a letter"), "c") == "'c' is not a letter; there are a, b"


def test_a_list_may_be_empty_but_must_be_one() -> None:
    assert value(list_of(LOUD), "[]") == ()
    assert "expected a list" in refusal(list_of(LOUD), "A")


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (LOUD, {"type": "string", "minLength": 1}),
        (yes_or_no, {"type": "boolean"}),
        (decimal_kind(_positive, minimum=0), {"type": "number", "minimum": 0}),
        (choice_of(Size, "a size"), {"enum": ["small", "medium", "large"]}),
        (list_of(LOUD), {"type": "array", "items": {"type": "string", "minLength": 1}}),
    ],
)
def test_a_kind_knows_its_schema(kind: ValueKind, schema: dict[str, Any]) -> None:
    assert kind.schema == schema


# --- nodes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_text", "is_list", "is_mapping"),
    [("x", True, False, False), ("[x]", False, True, False), ("x: y", False, False, True)],
)
def test_a_node_knows_what_it_is(text: str, is_text: bool, is_list: bool, is_mapping: bool) -> None:
    node = parse(text, "node.yaml")

    assert (node.is_text, node.is_list, node.is_mapping) == (is_text, is_list, is_mapping)


def test_a_node_knows_where_it_stands() -> None:
    node: Node = parse("a:\n  b:\n    - x\n    - y", "node.yaml")
    _, b = node.items()["a"][1].items()["b"]
    second = b.elements()[1]
    problem = second.problem("is wrong").problems[0]

    assert (second.text(), second.path, second.line) == ("y", "a.b[1]", 4)
    assert str(problem) == "node.yaml:4:7: a.b[1]: is wrong"


def test_a_file_is_read_like_a_text(tmp_path: Path) -> None:
    path = tmp_path / "parcel.yaml"
    path.write_text("to: ÆØÅ", encoding="utf-8")

    assert ShapeReader().shape(Parcel, parse_file(path)) == Parcel(to="ÆØÅ")


# --- hints ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "words", "hint"),
    [
        ("acept", ["accept", "expire"], "did you mean 'accept'? There are accept, expire"),
        ("xyz", ["accept", "expire"], "there are accept, expire"),
        ("w077", [f"w{n:02}" for n in range(20)], "did you mean 'w07'?"),
        ("xyz", ["b", "a"], "there are a, b"),
        ("", [f"w{n:02}" for n in range(20)], "there are 20, such as w00, w01, w02"),
        (
            "catch",
            [*(f"w{n:02}" for n in range(20)), "CatchRefund", "LateCatchOfPayment"],
            "did you mean 'CatchRefund' or 'LateCatchOfPayment'?",
        ),
        (
            "of",
            [*(f"w{n:02}" for n in range(20)), "CatchOfRefund", "CatchOfPayment"],
            "there are 22, such as CatchOfPayment, CatchOfRefund, w00",
        ),
        (
            "nosuch",
            [*(f"w{n:02}" for n in range(20)), "suchen", "nobody", "none"],
            "did you mean 'suchen'?",
        ),
        (
            "nosuch",
            [*(f"w{n:02}" for n in range(20)), "certify-such", "certify-no", "a-house"],
            "there are 23, of which these come nearest: a-house, certify-such, certify-no",
        ),
    ],
)
def test_a_hint_names_the_nearest_word_and_all_only_where_they_are_few(
    word: str, words: list[str], hint: str
) -> None:
    assert nearest(word, words) == hint
