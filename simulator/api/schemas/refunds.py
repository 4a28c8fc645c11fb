"""Refunds on the wire."""

from typing import Any

from marshmallow import fields, post_load

from ...engine.refunds import CreateRefund
from ...engine.refusals import Refusal
from ...engine.states import RefundState
from ...engine.values import Currency
from .fields import Amount, AnswerSchema, Choice, Guid, RequestSchema, Text, WholeNumber


class CreateRefundRequest(RequestSchema):
    """Money to give back."""

    payment_id = Guid(required=True)
    refund_order_id = Text(Refusal.REFUND_ORDER_ID_INVALID, required=True)
    amount = Amount(required=True)
    currency_code = Choice(Currency, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> CreateRefund:
        return CreateRefund(
            data["payment_id"], data["refund_order_id"], data["amount"], data["currency_code"]
        )


class QueryRefundIdsParameters(RequestSchema):
    """Which refunds to look for."""

    payment_id = Guid(load_default=None, metadata={"description": "The payment they refund."})


class CreateRefundResponse(AnswerSchema):
    """The id of a new refund."""

    refund_id = Guid(required=True)


class QueryRefundIdsResponse(AnswerSchema):
    """Ids of refunds."""

    refund_ids = fields.List(Guid(), required=True)


class GetRefundResponse(AnswerSchema):
    """A refund as it is now."""

    refund_id = Guid(attribute="id", required=True)
    payment_id = Guid(required=True)
    refund_order_id = Text(attribute="order_id", required=True)
    amount = Amount(required=True)
    currency_code = Choice(Currency, attribute="currency", required=True)
    status = Choice(RefundState, attribute="state", required=True)
    poll_delay_in_ms = WholeNumber(required=True)
