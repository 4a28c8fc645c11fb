"""What pages of other sites can make a browser send, beyond the control API."""

import json

import pytest

from tests.support import Till


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize("action", ["checkin", "acceptpayment", "cancelpaymentbyuser"])
def test_no_page_of_another_site_plays_the_customer(till: Till, action: str, kind: str) -> None:
    # These are the content types that a browser sends to another site without asking first.
    pos_id = till.create_pos()
    beacon = till.ok("GET", f"/pointofsales/{pos_id}")["beaconId"]
    before = till.control("GET", f"/points-of-sale/{pos_id}")
    body = json.dumps({"beaconId": beacon, "phoneNumber": "+4520031801"})
    answer = till.http.post(
        f"/pos/app/usersimulation/{action}", content=body, headers={"Content-Type": kind}
    )
    assert answer.status_code == 400
    assert till.control("GET", f"/points-of-sale/{pos_id}") == before
