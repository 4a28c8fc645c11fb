"""Points of sale (section 6): created, found, deleted, and never edited."""

from typing import Any
from uuid import UUID

import pytest

from tests.api.calls import UNKNOWN, cancel, capture, events, outcome, prepare
from tests.support import OTHER_CLIENT_ID, OTHER_MERCHANT, OTHER_SECRET, Till

BEACON = "A7B69D37-6753-4E94-AFC3-EF5DAB04B7F4"


def test_a_point_of_sale_shows_what_it_was_created_with(till: Till) -> None:
    body = till.pos_body(
        name="Cafeteria register #2",
        beaconId="123456789012345",
        callbackAlias="Example Alias",
        supportedBeaconTypes=["QR", "NFC", "Bluetooth"],
        requirePaymentBeforeCheckin=True,
    )
    created = till.ok("POST", "/pointofsales", body)

    assert list(created) == ["posId"]
    assert till.ok("GET", f"/pointofsales/{created['posId']}") == body | created


def test_what_is_left_out_has_its_default(till: Till) -> None:
    pos = till.ok("GET", f"/pointofsales/{till.create_pos()}")

    assert pos["requirePaymentBeforeCheckin"] is False
    assert "callbackAlias" not in pos
    assert UUID(pos["beaconId"]).version == 4


def test_null_counts_as_left_out(till: Till) -> None:
    pos_id = till.create_pos(beaconId=None, callbackAlias=None)
    pos = till.ok("GET", f"/pointofsales/{pos_id}")

    assert "callbackAlias" not in pos
    assert UUID(pos["beaconId"]).version == 4


def test_every_point_of_sale_gets_a_beacon_of_its_own(till: Till) -> None:
    made = [till.ok("GET", f"/pointofsales/{till.create_pos()}")["beaconId"] for _ in range(3)]

    assert len(set(made)) == 3


def test_guids_are_compared_without_regard_to_case(till: Till) -> None:
    pos_id = till.create_pos(beaconId=BEACON, storeId=till.store_id().upper())

    assert till.ok("GET", f"/pointofsales/{pos_id.upper()}")["beaconId"] == BEACON.lower()
    assert find(till, beaconId=BEACON) == [pos_id]
    taken = till.call("POST", "/pointofsales", till.pos_body(beaconId=BEACON.lower()))
    assert outcome(taken) == (409, "1202")


def find(till: Till, **filters: str) -> list[str]:
    return list(till.ok("GET", "/pointofsales", params=filters)["posIds"])


def test_each_filter_finds_points_of_sale(till: Till) -> None:
    one = till.create_pos(merchantPosId="one", beaconId="1" * 15)
    two = till.create_pos(merchantPosId="two", beaconId="2" * 15)

    assert find(till, storeId=till.store_id()) == [one, two]
    assert find(till, merchantPosId="one") == [one]
    assert find(till, beaconId="2" * 15) == [two]


def test_the_filters_combine(till: Till) -> None:
    store_id, other_store_id = till.ok("GET", "/stores")["storeIds"]
    one = till.create_pos(merchantPosId="one", beaconId="1" * 15, storeId=store_id)
    till.create_pos(merchantPosId="two", beaconId="2" * 15, storeId=store_id)

    assert find(till, storeId=store_id, merchantPosId="one", beaconId="1" * 15) == [one]
    assert find(till, storeId=other_store_id, merchantPosId="one") == []
    assert find(till, storeId=other_store_id, beaconId="1" * 15) == []
    assert find(till, merchantPosId="two", beaconId="1" * 15) == []


@pytest.mark.parametrize(
    "filters", [{"storeId": UNKNOWN}, {"beaconId": "no such beacon"}, {"merchantPosId": "none"}]
)
def test_a_filter_that_fits_nothing_finds_nothing(till: Till, filters: dict[str, str]) -> None:
    till.create_pos()

    assert find(till, **filters) == []


def test_an_empty_filter_counts_as_none(till: Till) -> None:
    assert outcome(till.call("GET", "/pointofsales?merchantPosId=")) == (400, "1121")


def test_a_deleted_point_of_sale_is_gone(till: Till) -> None:
    pos_id = till.create_pos(merchantPosId="one")

    assert outcome(till.call("DELETE", f"/pointofsales/{pos_id}")) == (200, None)
    assert outcome(till.call("GET", f"/pointofsales/{pos_id}")) == (404, None)
    assert outcome(till.call("GET", f"/pointofsales/{pos_id}/checkin")) == (404, None)
    assert find(till, merchantPosId="one") == find(till, storeId=till.store_id()) == []


def test_deleting_again_is_fine_for_who_deleted_it_and_changes_nothing(till: Till) -> None:
    ids = {"merchantPosId": "one", "beaconId": "1" * 15}
    pos_id = till.create_pos(**ids)
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    second = till.create_pos(**ids)
    before = events(till)

    assert outcome(till.call("DELETE", f"/pointofsales/{pos_id.upper()}")) == (200, None)
    assert events(till) == before
    assert find(till, **ids) == [second]
    for stranger in (
        Till(till.http, OTHER_CLIENT_ID, OTHER_SECRET),
        till.for_merchant(OTHER_MERCHANT),
    ):
        assert outcome(stranger.call("DELETE", f"/pointofsales/{pos_id}")) == (404, None)


def test_the_ids_of_a_deleted_point_of_sale_are_free_again(till: Till) -> None:
    ids = {"merchantPosId": "one", "beaconId": "1" * 15}
    first = till.create_pos(**ids)
    till.ok("DELETE", f"/pointofsales/{first}")
    second = till.create_pos(**ids)

    assert second != first
    assert find(till, **ids) == [second]


def test_a_deleted_point_of_sale_takes_no_payment_and_no_check_in(till: Till) -> None:
    pos_id = till.create_pos(beaconId="1" * 15)
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    who = {"beaconId": "1" * 15, "phoneNumber": "+4520031801"}

    assert outcome(till.call("POST", "/payments", till.payment_body(pos_id))) == (409, "1000")
    assert outcome(prepare(till, pos_id)) == (409, "1000")
    assert outcome(till.http.post("/pos/app/usersimulation/checkin", json=who)) == (404, "1099")


@pytest.mark.parametrize(
    ("settle", "status"), [(capture, "Captured"), (cancel, "CancelledByClient")]
)
def test_a_reserved_payment_survives_its_point_of_sale(
    till: Till, settle: Any, status: str
) -> None:
    pos_id = till.create_pos()
    payment_id = till.reserved(pos_id)
    till.ok("DELETE", f"/pointofsales/{pos_id}")

    assert till.status(payment_id) == "Reserved"
    assert outcome(settle(till, payment_id)) == (200, None)
    assert till.status(payment_id) == status


def test_a_merchant_pos_id_is_unique_per_integrator_and_merchant(till: Till) -> None:
    made = {
        each.create_pos(merchantPosId="one")
        for each in (till, till.as_other_integrator(), till.for_merchant(OTHER_MERCHANT))
    }

    assert len(made) == 3
    again = till.call("POST", "/pointofsales", till.pos_body(merchantPosId="one"))
    assert outcome(again) == (409, "1200")


def test_a_beacon_id_is_unique_among_all(till: Till) -> None:
    till.create_pos(beaconId="1" * 15)

    for other in (till.as_other_integrator(), till.for_merchant(OTHER_MERCHANT)):
        answer = other.call("POST", "/pointofsales", other.pos_body(beaconId="1" * 15))
        assert outcome(answer) == (409, "1202")


def test_a_point_of_sale_can_not_be_edited(till: Till) -> None:
    pos_id = till.create_pos()

    for method in ("PUT", "PATCH", "POST"):
        answer = till.call(method, f"/pointofsales/{pos_id}", {"name": "Other"})
        assert answer.status_code == 405
    assert till.ok("GET", f"/pointofsales/{pos_id}")["name"] == "Till"
