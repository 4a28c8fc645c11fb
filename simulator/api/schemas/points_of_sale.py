"""Points of sale and check-ins on the wire."""

from typing import Any

from marshmallow import fields, post_load

from simulator.api.schemas.fields import (
    AnswerSchema,
    Choice,
    Flag,
    Guid,
    RequestSchema,
    Text,
    UniqueList,
    WholeNumber,
    as_name_or_empty,
)
from simulator.engine.errors import Refusal
from simulator.engine.points_of_sale import CreatePos
from simulator.engine.values import BeaconType, as_beacon_id

__all__ = [
    "CreatePosRequest",
    "CreatePosResponse",
    "GetCheckInResponse",
    "GetPosParameters",
    "PosIdsResponse",
    "PosResponse",
]


class CreatePosRequest(RequestSchema):
    """A point of sale to create."""

    merchant_pos_id = Text(Refusal.MERCHANT_POS_ID_INVALID, required=True)
    store_id = Guid(required=True)
    name = Text(Refusal.POS_NAME_INVALID, required=True)
    beacon_id = Text(Refusal.BEACON_ID_INVALID, as_beacon_id, allow_none=True)
    callback_alias = Text(Refusal.CALLBACK_ALIAS_INVALID, as_name_or_empty, allow_none=True)
    supported_beacon_types = UniqueList(Choice(BeaconType), required=True)
    require_payment_before_checkin = Flag(load_default=False)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> CreatePos:
        return CreatePos(**data)


class GetPosParameters(RequestSchema):
    """Which points of sale to look for."""

    store_id = Guid(load_default=None, metadata={"description": "The store they are in."})
    beacon_id = Text(
        check=str.lower, load_default=None, metadata={"description": "The beacon they have."}
    )
    merchant_pos_id = Text(
        check=str, load_default=None, metadata={"description": "The merchant's own id for them."}
    )


class CreatePosResponse(AnswerSchema):
    """The id of a new point of sale."""

    pos_id = Guid(required=True)


class PosIdsResponse(AnswerSchema):
    """Ids of points of sale."""

    pos_ids = fields.List(Guid(), required=True)


class PosResponse(AnswerSchema):
    """A point of sale."""

    pos_id = Guid(attribute="id", required=True)
    merchant_pos_id = Text(required=True)
    store_id = Guid(required=True)
    name = Text(required=True)
    beacon_id = Text(required=True)
    callback_alias = Text(allow_none=True)
    supported_beacon_types = UniqueList(Choice(BeaconType), required=True)
    require_payment_before_checkin = Flag(required=True)


class GetCheckInResponse(AnswerSchema):
    """Who is checked in, if anybody."""

    is_user_checked_in = Flag(required=True)
    loyalty_ids = fields.List(fields.String(), attribute="customer.loyalty_ids", allow_none=True)
    poll_delay_in_ms = WholeNumber(required=True)
    customer_token = Text(attribute="customer.token", allow_none=True)
    customer_receipt_token = Text(attribute="customer.receipt_token", allow_none=True)
