"""What the control API takes. Unknown fields are mistakes here; the real API ignores them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, ValidationError, fields, validates_schema

from simulator.api.schemas.fields import Flag, Guid, RequestSchema, Text, WholeNumber
from simulator.documents import nearest
from simulator.engine.values import MAX_AMOUNT, as_url

__all__ = [
    "Advance",
    "ChangeStore",
    "ControlSchema",
    "QueueScenario",
    "Rescale",
    "SetCallback",
]

LONGEST_JUMP = timedelta(days=36500)
FASTEST = 1_000_000


def _number(value: Any, least: int, most: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValidationError("must be a number")
    if not least <= value <= most:
        raise ValidationError(f"must be {least} to {most}")
    return Decimal(value)


class ControlSchema(RequestSchema):
    """Something the control API takes; an unknown field is told with the nearest there is."""

    class Meta:
        """Options."""

        unknown = RAISE

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **_: Any) -> None:
        """Names the nearest field where an unknown one was given."""
        known = [str(each.data_key) for each in self.fields.values()]
        unknown = self.error_messages["unknown"]
        for name, messages in error.messages_dict.items():
            if messages == [unknown]:
                error.messages_dict[name] = [f"unknown field; {nearest(str(name)[:60], known)}"]


class _Seconds(fields.Field[timedelta]):
    def _deserialize(self, value: Any, *_: Any, **__: Any) -> timedelta:
        seconds = _number(value, 0, int(LONGEST_JUMP.total_seconds()))
        return timedelta(seconds=float(seconds))


class _Moment(fields.Field[datetime]):
    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise ValidationError("must be a time such as 2024-01-31T12:00:00Z") from error
        if moment.tzinfo is None:
            raise ValidationError("needs a zone, such as the Z of 2024-01-31T12:00:00Z")
        return moment


class _Scale(fields.Field[float]):
    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        return float(_number(value, 0, FASTEST))


class _Balance(fields.Field[Decimal]):
    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        balance = _number(value, 0, MAX_AMOUNT)
        if balance != balance.quantize(Decimal("0.01")):
            raise ValidationError("must have at most two decimals")
        return balance.quantize(Decimal("0.01"))


class Advance(ControlSchema):
    """How far to move the clock, or to which time."""

    seconds = _Seconds()
    to = _Moment()

    @validates_schema
    def _check_that_it_is_one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError("give seconds or to", "seconds")


class Rescale(ControlSchema):
    """How fast time passes."""

    scale = _Scale(required=True)


class QueueScenario(ControlSchema):
    """Which scenario the next payments play."""

    scenario = Text(check=str, required=True)
    pos_id = Guid(load_default=None, allow_none=True)
    times = WholeNumber(least=1, most=1000, load_default=1)


class SetCallback(ControlSchema):
    """Where the check-ins of an alias are told."""

    url = Text(check=as_url, required=True)


class ChangeStore(ControlSchema):
    """What to change about a store."""

    active = Flag()
    balance = _Balance()
