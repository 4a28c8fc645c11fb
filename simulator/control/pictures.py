"""How the control API shows payments, refunds and points of sale."""

from datetime import timedelta
from typing import Any

from simulator.engine.records import Payment, PointOfSale, Refund
from simulator.journal.shown import plain
from simulator.sandboxes import Sandbox

__all__ = ["payment_as_json", "pos_as_json", "qr_link", "refund_as_json"]


def qr_link(beacon_id: str) -> str:
    """Returns what the QR code of a point of sale says (section 6)."""
    return f"mobilepaypos://pos?id={beacon_id}&source=qr"


def payment_as_json(sandbox: Sandbox, payment: Payment) -> dict[str, Any]:
    """Returns a payment, with the scenario at work on it."""
    run = sandbox.director.run_of(payment.id)
    restrictions = payment.restrictions
    return {
        "paymentId": payment.id,
        "orderId": payment.order_id,
        "posId": payment.pos_id,
        "storeId": payment.store_id,
        "merchant": payment.merchant,
        "clientId": payment.client_id,
        "state": payment.state.value,
        "active": payment.state.is_active,
        "open": payment.state.is_open,
        "amount": plain(payment.amount),
        "currencyCode": plain(payment.currency),
        "plannedCaptureDelay": plain(payment.capture_delay),
        "restrictions": plain(restrictions) if restrictions else None,
        "label": payment.label,
        "phone": payment.customer.phone if payment.customer else None,
        "capturedAmount": plain(payment.captured_amount),
        "partialCapturePossible": payment.partial_capture_possible,
        "createdAt": plain(payment.created_at),
        "reservedAt": plain(payment.reserved_at),
        "expiresAt": plain(payment.expires_at),
        "capturedAt": plain(payment.captured_at),
        "run": run.id if run else None,
        "scenario": run.scenario.name if run else None,
        "playing": sandbox.director.playing(payment.id) is not None,
    }


def refund_as_json(refund: Refund) -> dict[str, Any]:
    """Returns a refund."""
    return {
        "refundId": refund.id,
        "refundOrderId": refund.order_id,
        "paymentId": refund.payment_id,
        "state": refund.state.value,
        "amount": plain(refund.amount),
        "currencyCode": plain(refund.currency),
        "createdAt": plain(refund.created_at),
    }


def pos_as_json(sandbox: Sandbox, pos: PointOfSale) -> dict[str, Any]:
    """Returns a point of sale: who is there, and which payment occupies it."""
    world = sandbox.world
    store = world.stores.get(pos.store_id)
    check_in = world.check_ins.get(pos.id)
    active = world.payments.active_on(pos.id)
    return {
        "posId": pos.id,
        "merchantPosId": pos.merchant_pos_id,
        "name": pos.name,
        "beaconId": pos.beacon_id,
        "qr": qr_link(pos.beacon_id),
        "supportedBeaconTypes": [each.value for each in pos.supported_beacon_types],
        "requirePaymentBeforeCheckin": pos.require_payment_before_checkin,
        "callbackAlias": pos.callback_alias,
        "merchant": pos.merchant,
        "merchantName": world.directory.merchant(pos.merchant).name,
        "clientId": pos.client_id,
        "storeId": pos.store_id,
        "storeName": store.name if store else None,
        "currencyCode": plain(store.currency) if store else None,
        "checkIn": _check_in(sandbox, pos.id) if check_in else None,
        "activePayment": payment_as_json(sandbox, active) if active else None,
    }


def _check_in(sandbox: Sandbox, pos_id: str) -> dict[str, Any]:
    world = sandbox.world
    check_in = world.check_ins[pos_id]
    lasts: timedelta = world.rules.check_in_lifetime
    return {
        "phone": check_in.customer.phone,
        "since": plain(check_in.since),
        "until": plain(check_in.since + lasts),
        "scripted": check_in.is_scripted,
    }
