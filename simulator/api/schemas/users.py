"""The user simulation on the wire."""

from ...engine.values import as_beacon_id, as_phone
from .fields import RequestSchema, Text


class UserCheckInRequest(RequestSchema):
    """Who checks in where."""

    beacon_id = Text(check=as_beacon_id, required=True)
    phone_number = Text(check=as_phone, required=True)


class AcceptPaymentRequest(RequestSchema):
    """Who accepts where."""

    beacon_id = Text(check=as_beacon_id, required=True)
    phone_number = Text(check=as_phone, required=True)


class CancelPaymentByUserRequest(RequestSchema):
    """Where the customer cancels."""

    beacon_id = Text(check=as_beacon_id, required=True)
