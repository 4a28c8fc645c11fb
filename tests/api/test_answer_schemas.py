"""Answers are written by a plan made once; it must say what the schema's fields say."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from marshmallow import Schema, fields
from mobilepay_simulator.api.schemas.fields import Amount, AnswerSchema, Flag, Guid, Moment, Text


class Answer(AnswerSchema):
    given_id = Guid(attribute="id", required=True)
    amount = Amount()
    is_open = Flag()
    token = Text(attribute="customer.token", allow_none=True)
    numbers = fields.List(fields.String(), attribute="customer.numbers")
    ends_at = Moment()


@dataclass
class Record:
    id: str
    amount: Decimal | None = None
    customer: Any = None
    ends_at: datetime | None = None


CUSTOMER = SimpleNamespace(token="", numbers=("1", "2"))
RECORDS = [
    Record("a"),
    Record("b", Decimal("10.50"), CUSTOMER, datetime(2020, 2, 3, tzinfo=UTC)),
    {"id": "c", "is_open": False, "customer": {"token": "t"}},
]


@pytest.mark.parametrize("record", RECORDS)
def test_an_answer_is_what_its_fields_write_of_what_is_known(record: Any) -> None:
    schema = Answer()
    by_the_fields = Schema.dump(schema, record)
    assert schema.dump(record) == {
        name: value for name, value in by_the_fields.items() if value is not None
    }


def test_a_list_of_answers_has_one_for_each_record() -> None:
    assert Answer(many=True).dump([Record("a"), Record("b")]) == [
        {"givenId": "a"},
        {"givenId": "b"},
    ]


@pytest.mark.parametrize(
    ("microsecond", "shown"),
    [(0, ""), (78, ".000078"), (120_000, ".12"), (500_000, ".5"), (999_999, ".999999")],
)
def test_a_moment_is_in_utc_without_zeros_at_its_end(microsecond: int, shown: str) -> None:
    moment = datetime(2020, 2, 3, 4, 5, 10, microsecond, timezone(timedelta(hours=2)))
    answer = Answer().dump(Record("a", ends_at=moment))
    assert answer["endsAt"] == f"2020-02-03T02:05:10{shown}+00:00"
