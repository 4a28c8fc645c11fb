"""The flows a till goes through, from token to refund."""

from tests.support import Till


def test_a_payment_is_started_accepted_and_captured(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, 5.25)
    assert till.status(payment_id) == "Initiated"

    assert till.user("checkin", pos_id).status_code == 200
    assert till.status(payment_id) == "IssuedToUser"

    assert till.user("acceptpayment", pos_id).status_code == 200
    assert till.status(payment_id) == "Reserved"

    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 5.25})
    assert till.status(payment_id) == "Captured"
