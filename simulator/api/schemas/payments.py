"""Payments on the wire."""

from enum import StrEnum
from typing import Any

from marshmallow import fields, post_load

from ...engine.payments import InitiatePayment, PaymentTerms, PreparePayment
from ...engine.refusals import Refusal
from ...engine.states import PaymentState
from ...engine.values import Currency, PlannedCaptureDelay, Restrictions
from .fields import (
    Amount,
    AnswerSchema,
    Choice,
    Flag,
    Guid,
    Moment,
    RequestSchema,
    Text,
    WholeNumber,
    as_name_or_empty,
)


class PaymentRestrictions(RequestSchema):
    """Cards a payment refuses."""

    debit_card_disallowed = Flag(allow_none=True)
    credit_card_disallowed = Flag(allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Restrictions:
        return Restrictions(**data)


class PaymentReadyRequest(RequestSchema):
    """What the customer is asked for."""

    currency_code = Choice(Currency, required=True)
    amount = Amount(required=True)
    restrictions = fields.Nested(PaymentRestrictions, allow_none=True)
    merchant_payment_label = Text(Refusal.LABEL_INVALID, as_name_or_empty, allow_none=True)
    planned_capture_delay = Choice(PlannedCaptureDelay, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        return _terms(data)


class InitiatePaymentRequest(RequestSchema):
    """A payment to start."""

    pos_id = Guid(required=True)
    order_id = Text(Refusal.ORDER_ID_INVALID, required=True)
    amount = Amount("decimal", required=True)
    currency_code = Choice(Currency, required=True)
    restrictions = fields.Nested(PaymentRestrictions, allow_none=True)
    merchant_payment_label = Text(Refusal.LABEL_INVALID, as_name_or_empty, allow_none=True)
    planned_capture_delay = Choice(PlannedCaptureDelay, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> InitiatePayment:
        return InitiatePayment(data["pos_id"], data["order_id"], _terms(data))


def _terms(data: dict[str, Any]) -> PaymentTerms:
    return PaymentTerms(
        data["amount"],
        data["currency_code"],
        data["planned_capture_delay"],
        data.get("restrictions"),
        data.get("merchant_payment_label"),
    )


class PreparePaymentRequest(RequestSchema):
    """A payment whose terms follow."""

    pos_id = Guid(required=True)
    order_id = Text(Refusal.ORDER_ID_INVALID, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> PreparePayment:
        return PreparePayment(**data)


class PaymentCaptureRequest(RequestSchema):
    """How much to capture."""

    amount = Amount("decimal", required=True)


class QueriedState(StrEnum):
    """The one state that can be asked for by name."""

    CAPTURED = "Captured"


class QueryPaymentIdsParameters(RequestSchema):
    """Which payments to look for."""

    pos_id = Guid(load_default=None, metadata={"description": "The PoS they were made on."})
    order_id = Text(
        check=str, load_default=None, metadata={"description": "The order id they carry."}
    )
    state = Choice(
        QueriedState,
        load_default=None,
        metadata={"description": "Captured for captured ones; without it active and reserved."},
    )


class PaymentInitiatedResponse(AnswerSchema):
    """The id of a new payment."""

    payment_id = Guid(required=True, metadata={"description": "The new payment."})


class QueryPaymentIdsResponse(AnswerSchema):
    """Ids of payments."""

    payment_ids = fields.List(Guid(), required=True)


class QueryPaymentResponse(AnswerSchema):
    """A payment as it is now."""

    payment_id = Guid(attribute="id", required=True)
    pos_id = Guid(required=True)
    order_id = Text(required=True)
    amount = Amount(allow_none=True)
    currency_code = Choice(Currency, attribute="currency", allow_none=True)
    restrictions = fields.Nested(PaymentRestrictions, allow_none=True)
    merchant_payment_label = Text(attribute="label", allow_none=True)
    planned_capture_delay = Choice(PlannedCaptureDelay, attribute="capture_delay", allow_none=True)
    status = Choice(PaymentState, attribute="state", required=True)
    customer_token = Text(attribute="customer.token", allow_none=True)
    customer_receipt_token = Text(
        attribute="customer.receipt_token",
        allow_none=True,
        metadata={"description": "Missing until looked up; empty where there is none."},
    )
    loyalty_ids = fields.List(
        fields.String(),
        attribute="customer.loyalty_ids",
        allow_none=True,
        metadata={"description": "Missing until looked up; empty where there are none."},
    )
    payment_expires_at = Moment(attribute="expires_at")
    partial_capture_possible = Flag(
        allow_none=True, metadata={"description": "Only while the payment is Reserved."}
    )
    poll_delay_in_ms = WholeNumber(
        required=True, metadata={"description": "Milliseconds to wait before the next poll."}
    )
