"""Fields of the wire format. Each names the refusal of its own where the service documents one."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load

from ...client.model import camel_case
from ...engine.refusals import Refusal
from ...engine.values import as_guid, as_money, as_name, folded

_Write = Callable[[Any, str, Any], Any]

_DECIMAL = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+").fullmatch


def as_name_or_empty(text: str) -> str:
    """Returns a name as `as_name` does; it may be empty, as labels and aliases may.

    Raises:
        ValueError: it is too long, or has a character that is not allowed.
    """
    return as_name(text, may_be_empty=True)


class CodedField(fields.Field[Any]):
    """A field that may have a refusal of its own; without one it is a plain bad request."""

    def __init__(self, refusal: Refusal = Refusal.BAD_REQUEST, **options: Any) -> None:
        super().__init__(**options)
        self.refusal = refusal


class Text(CodedField):
    """A string that `check` accepts; by default at most 36 characters of the documented set."""

    def __init__(
        self,
        refusal: Refusal = Refusal.BAD_REQUEST,
        check: Callable[[str], str] = as_name,
        **options: Any,
    ) -> None:
        super().__init__(refusal, **options)
        self.check = check

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be a string")
        try:
            return self.check(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Guid(Text):
    """A GUID, in lower case once it is read."""

    def __init__(self, refusal: Refusal = Refusal.BAD_REQUEST, **options: Any) -> None:
        super().__init__(refusal, as_guid, **options)


class Amount(CodedField):
    """Money: a JSON number, or a decimal number in a string; `Decimal` inside.

    The service's OpenAPI file calls the same number `double` here and `decimal` there.
    """

    def __init__(self, format: str = "double", **options: Any) -> None:
        super().__init__(Refusal.AMOUNT_INVALID, **options)
        self.format = format

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise ValidationError("must be a number")
        if isinstance(value, str) and not _DECIMAL(value):
            raise ValidationError("must be a number, or a decimal number in a string")
        try:
            return as_money(Decimal(value))
        except (InvalidOperation, ValueError) as error:
            raise ValidationError(str(error) or "must be a number") from error

    def _serialize(self, value: Any, *_: Any, **__: Any) -> float | None:
        return None if value is None else float(value)


class Choice(CodedField):
    """One word of an enum, in upper or lower case; `old` words are taken, and no longer told of."""

    def __init__(
        self,
        enum: type[StrEnum],
        refusal: Refusal = Refusal.BAD_REQUEST,
        *,
        old: Collection[StrEnum] = (),
        **options: Any,
    ) -> None:
        super().__init__(refusal, **options)
        self.enum = enum
        self.documented = tuple(each for each in enum if each not in old)
        self._words = {folded(member.value): member for member in enum}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> StrEnum:
        member = self._words.get(folded(value)) if isinstance(value, str) else None
        if member is None:
            raise ValidationError(f"must be one of {', '.join(self.documented)}")
        return member


class Flag(CodedField):
    """true or false, and nothing that looks like it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class WholeNumber(CodedField):
    """An integer from `least` to `most`."""

    def __init__(self, least: int = 0, most: int = 10**9, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("must be a whole number")
        if not self.least <= value <= self.most:
            raise ValidationError(f"must be {self.least} to {self.most}")
        return value


class Moment(CodedField):
    """A point in time as the service writes it: of a second as much as is not zero, and +00:00."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        if not isinstance(value, datetime):
            return None
        text = value.astimezone(UTC).isoformat()[: -len("+00:00")]
        return (text.rstrip("0") if value.microsecond else text) + "+00:00"


class UniqueList(CodedField):
    """A list without repetition: of what is there twice, the first counts."""

    def __init__(
        self, element: Choice, refusal: Refusal = Refusal.BAD_REQUEST, **options: Any
    ) -> None:
        super().__init__(refusal, **options)
        self.element = element

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValidationError("must be a list")
        return tuple(dict.fromkeys(self.element.deserialize(each) for each in value))


class _WireSchema(Schema):
    """Wire names are camelCase; unknown fields are ignored."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Gives a field its wire name."""
        field_obj.data_key = field_obj.data_key or camel_case(field_name)


class RequestSchema(_WireSchema):
    """Something a client sends: names are taken without regard to case, the last of each counts."""

    @cached_property
    def _names(self) -> dict[str, str]:
        """The wire names by what `folded` makes of them."""
        return {folded(str(field.data_key)): str(field.data_key) for field in self.fields.values()}

    @cached_property
    def spelled(self) -> frozenset[str]:
        """The wire names."""
        return frozenset(self._names.values())

    def check_for_certification(self, content: Any) -> None:
        """Checks what only the certification refuses in what `load` has returned.

        Raises:
            SimulatorError: there is such a thing.
        """

    @pre_load
    def _spell(self, data: Any, **_: Any) -> Any:
        """Returns the data with the names of its fields as the schema writes them."""
        if not isinstance(data, Mapping):
            return data
        if data.keys() <= self.spelled:
            return data
        return {self._names.get(folded(name), name): value for name, value in data.items()}


class AnswerSchema(_WireSchema):
    """Something a client gets; what is not known is left out.

    Answers are many, so how each field is read and written is found out once.
    """

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Returns what a record, or a dictionary, is in JSON; of many, the list."""
        is_list = self.many if many is None else many
        return [self._dumped(each) for each in obj] if is_list else self._dumped(obj)

    @cached_property
    def _plan(self) -> list[tuple[str, str, str, str, _Write | None]]:
        """How each field is dumped.

        Its wire name, its name here, the entry or attribute it is read from, an attribute of that
        if need be, and what writes it if need be.
        """
        return [
            (field.data_key or name, name, *_path(field.attribute or name), _writer(field))
            for name, field in self.dump_fields.items()
        ]

    def _dumped(self, obj: Any) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        is_dictionary = isinstance(obj, dict)
        for key, name, entry, attribute, write in self._plan:
            # As `_entry` does, without a call for each of a dozen fields in nearly every answer.
            value = obj.get(entry) if is_dictionary else getattr(obj, entry, None)
            if attribute:
                value = _entry(value, attribute)
            if value is not None:
                answer[key] = value if write is None else write(value, name, obj)
        return answer


def _entry(obj: Any, name: str) -> Any:
    """Returns an entry of a dictionary, or an attribute; None where it is not there."""
    return obj.get(name) if isinstance(obj, dict) else getattr(obj, name, None)


def _path(attribute: str) -> tuple[str, str]:
    """Returns both names of `customer.token`; the second is empty where there is one."""
    entry, _, rest = attribute.partition(".")
    return entry, rest


def _writer(field: fields.Field[Any]) -> _Write | None:
    """Returns what writes a field's value, or None where that stays as it is."""
    is_plain = type(field)._serialize is fields.Field._serialize
    return None if is_plain else field._serialize
