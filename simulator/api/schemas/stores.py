"""Stores on the wire."""

from marshmallow import fields

from .fields import AnswerSchema, Guid, RequestSchema, Text


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
