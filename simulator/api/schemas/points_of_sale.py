"""Points of sale and check-ins on the wire."""

from typing import Any

from marshmallow import fields, post_load

from ...engine.errors import SimulatorError
from ...engine.points_of_sale import CreatePos
from ...engine.refusals import Refusal
from ...engine.values import BEACON_TYPES, OLD_BEACON_TYPES, BeaconType, as_beacon_id
from .fields import (
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


class StoreParameters(RequestSchema):
    """Which stores to look for; both or neither."""

    merchant_brand_id = Text(
        check=str, load_default=None, metadata={"description": "The brand's id."}
    )
    merchant_location_id = Text(
        check=str, load_default=None, metadata={"description": "The location's id."}
    )


class StoreIdsResponse(AnswerSchema):
    """Ids of stores."""

    store_ids = fields.List(Guid(), required=True)


class StoreResponse(AnswerSchema):
    """A store."""

    store_name = Text(attribute="name", required=True)
    store_id = Guid(attribute="id", required=True)
    store_street = Text(attribute="street", required=True)
    store_zip_code = Text(attribute="zip_code", required=True)
    store_city = Text(attribute="city", required=True)
    brand_name = Text(required=True)
    merchant_brand_id = Text(attribute="brand_id", required=True)
    merchant_location_id = Text(attribute="location_id", required=True)


class CreatePosRequest(RequestSchema):
    """A point of sale to create."""

    merchant_pos_id = Text(Refusal.MERCHANT_POS_ID_INVALID, required=True)
    store_id = Guid(required=True)
    name = Text(Refusal.POS_NAME_INVALID, required=True)
    beacon_id = Text(Refusal.BEACON_ID_INVALID, as_beacon_id, allow_none=True)
    callback_alias = Text(Refusal.CALLBACK_ALIAS_INVALID, as_name_or_empty, allow_none=True)
    supported_beacon_types = UniqueList(Choice(BeaconType, old=OLD_BEACON_TYPES), required=True)
    require_payment_before_checkin = Flag(load_default=False)

    def check_for_certification(self, content: CreatePos) -> None:
        """Checks that no beacon type is an old one, which only clients of old certificates send.

        Raises:
            SimulatorError: one is.
        """
        for each in content.supported_beacon_types:
            if each in OLD_BEACON_TYPES:
                raise SimulatorError(
                    Refusal.BAD_REQUEST,
                    f"supportedBeaconTypes: {each} went in September 2020, and is not certified "
                    f"any more; there are {', '.join(BEACON_TYPES)}",
                )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> CreatePos:
        return CreatePos(**data)


def _as_sought(text: str) -> str:
    """Returns the beacon id to look for; what is no beacon id is no mistake, and finds nothing."""
    try:
        return as_beacon_id(text)
    except ValueError:
        return text


class GetPosParameters(RequestSchema):
    """Which points of sale to look for."""

    store_id = Guid(load_default=None, metadata={"description": "The store they are in."})
    beacon_id = Text(
        check=_as_sought, load_default=None, metadata={"description": "The beacon they have."}
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
    supported_beacon_types = UniqueList(Choice(BeaconType, old=OLD_BEACON_TYPES), required=True)
    require_payment_before_checkin = Flag(required=True)


class GetCheckInResponse(AnswerSchema):
    """Who is checked in, if anybody."""

    is_user_checked_in = Flag(required=True)
    loyalty_ids = fields.List(fields.String(), attribute="customer.loyalty_ids", allow_none=True)
    poll_delay_in_ms = WholeNumber(required=True)
    customer_token = Text(attribute="customer.token", allow_none=True)
    customer_receipt_token = Text(attribute="customer.receipt_token", allow_none=True)
