"""THE HANDLERS: what runs when a timer is due, by the type of its command."""

from collections.abc import Mapping

from . import check_ins, notifications, payment_course, refunds
from .world import Handler

HANDLERS: Mapping[type, Handler] = {
    payment_course.CancelInactivePayment: payment_course.cancel_if_inactive,
    payment_course.ReservePayment: payment_course.finish_reserving,
    payment_course.ExpireReservation: payment_course.expire_if_reserved,
    notifications.SendNotification: notifications.send,
    check_ins.EndCheckIn: check_ins.end_check_in,
    refunds.ReserveRefund: refunds.finish_reserving,
    refunds.CaptureRefundAutomatically: refunds.capture_by_itself,
}
