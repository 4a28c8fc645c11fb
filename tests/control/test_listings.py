"""What there is: points of sale, payments, what is due, the state tables."""

import pytest
from mobilepay_simulator.engine.states import PAYMENTS, REFUNDS

from tests.api.calls import UNKNOWN
from tests.support import CREDIT, Till


def listed(till: Till, query: str = "") -> list[str]:
    """The ids of the payments that are listed."""
    return [each["paymentId"] for each in till.control("GET", f"/payments{query}")["payments"]]


# --- points of sale ---------------------------------------------------------------------------


def test_a_point_of_sale_tells_the_link_of_its_qr_code_in_lower_case(till: Till) -> None:
    pos_id = till.create_pos(beaconId="123456789012345")
    pos = till.control("GET", f"/points-of-sale/{pos_id}")
    assert pos["qr"] == "mobilepaypos://pos?id=123456789012345&source=qr"


def test_a_point_of_sale_tells_who_is_there_and_which_payment_is_on_it(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, 12.5)
    till.user("checkin", pos_id)
    pos = till.control("GET", f"/points-of-sale/{pos_id}")
    assert (pos["checkIn"]["phone"], pos["checkIn"]["scripted"]) == (CREDIT, False)
    assert pos["activePayment"]["paymentId"] == payment_id
    assert (pos["activePayment"]["state"], pos["activePayment"]["amount"]) == ("IssuedToUser", 12.5)


def test_nobody_is_at_a_new_point_of_sale(till: Till) -> None:
    pos = till.control("GET", f"/points-of-sale/{till.create_pos()}")
    assert (pos["checkIn"], pos["activePayment"]) == (None, None)


def test_points_of_sale_are_listed_newest_first_and_in_pieces(till: Till) -> None:
    made = [till.create_pos() for _ in range(3)]
    first = till.control("GET", "/points-of-sale?limit=2")
    assert [each["posId"] for each in first["pointsOfSale"]] == [made[2], made[1]]
    assert (first["total"], first["more"]) == (3, True)
    rest = till.control("GET", f"/points-of-sale?limit=2&before={made[1]}")
    assert [each["posId"] for each in rest["pointsOfSale"]] == [made[0]]
    assert rest["more"] is False


def test_a_deleted_point_of_sale_is_not_there(till: Till) -> None:
    pos_id = till.create_pos()
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    assert till.control("GET", "/points-of-sale")["total"] == 0
    assert till.http.get(f"/_simulator/points-of-sale/{pos_id}").status_code == 404


# --- payments ---------------------------------------------------------------------------------


def test_payments_are_listed_newest_first_and_in_pieces(till: Till) -> None:
    made = [till.captured() for _ in range(3)]
    assert listed(till, "?limit=2") == [made[2], made[1]]
    assert listed(till, f"?limit=2&before={made[1]}") == [made[0]]
    assert till.control("GET", "/payments?limit=2")["total"] == 3


def test_payments_are_filtered_by_point_of_sale_order_and_state(till: Till) -> None:
    pos_id = till.create_pos()
    captured = till.captured(pos_id, orderId="first")
    reserved = till.reserved(pos_id, orderId="second")
    waiting = till.initiate(pos_id, orderId="third")
    elsewhere = till.initiate(till.create_pos())
    assert listed(till, f"?posId={pos_id}") == [waiting, reserved, captured]
    assert listed(till, "?orderId=second") == [reserved]
    assert listed(till, "?state=Captured") == listed(till, "?state=captured") == [captured]
    assert listed(till, "?state=active") == [elsewhere, waiting]
    assert listed(till, "?state=open") == [elsewhere, waiting, reserved]
    assert listed(till, f"?state=final&posId={pos_id}") == [captured]


def test_payments_are_searched_by_a_part_of_their_order_or_the_beginning_of_their_id(
    till: Till,
) -> None:
    pos_id = till.create_pos()
    first, second = (till.captured(pos_id, orderId=each) for each in ("Shop7-1", "shop7-2"))
    assert listed(till, "?search=SHOP7") == [second, first]
    assert listed(till, "?search=7-1") == [first]
    assert listed(till, f"?search={first[:8].upper()}") == [first]
    assert listed(till, f"?search={first[4:]}") == []
    assert listed(till, "?search=shop7&state=Reserved") == []


def test_a_payment_is_told_with_its_refunds_and_scenario(till: Till) -> None:
    payment_id = till.captured(amount=10)
    refund_id = till.refund(payment_id, 4)
    payment = till.control("GET", f"/payments/{payment_id}")
    assert (payment["capturedAmount"], payment["scenario"]) == (10, "instant")
    (refund,) = payment["refunds"]
    assert (refund["refundId"], refund["state"], refund["amount"]) == (refund_id, "Initiated", 4)
    assert payment["refundedAmount"] == 0
    till.advance(seconds=1)
    till.ok("POST", f"/refunds/{refund_id}/capture")
    listed = till.control("GET", "/payments")["payments"]
    for shown in (till.control("GET", f"/payments/{payment_id}"), *listed):
        assert shown["refundedAmount"] == 4


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/payments?state=Reservd", "did you mean 'Reserved'?"),
        ("/payments?posId=x", "posId: "),
        ("/payments?before=x", "before: "),
        ("/events?paymentId=x", "paymentId: expected a GUID, got 'x'"),
        ("/events?paymentId=c67fc370-d770", "paymentId: expected a GUID"),
        ("/payments?limit=0", "limit: expected a whole number of at least 1"),
        ("/payments?pos=1", "pos: unknown parameter"),
        ("/points-of-sale?limit=x", "limit: expected a whole number"),
        ("/points-of-sale/x", "point of sale: "),
        ("/payments/x", "payment: "),
        ("/clock/due?limit=-1", "limit: expected a whole number"),
    ],
)
def test_a_mistake_in_a_query_is_told(till: Till, path: str, message: str) -> None:
    answer = till.http.get(f"/_simulator{path}")
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_what_is_not_there_is_answered_404(till: Till) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for path in (f"/payments/{nobody}", f"/points-of-sale/{nobody}"):
        assert till.http.get(f"/_simulator{path}").status_code == 404


def test_a_point_of_sale_that_was_deleted_can_still_be_named(till: Till) -> None:
    pos_id = till.create_pos()
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    assert till.control("GET", f"/payments?posId={pos_id}")["payments"] == []
    assert till.control("GET", f"/points-of-sale?before={pos_id}")["pointsOfSale"] == []
    for path in (f"/requests?posId={pos_id[:8]}&operation=Token", f"/timeline?posId={pos_id}"):
        assert till.http.get(f"/_simulator{path}").status_code == 200


def test_what_a_call_has_named_can_be_asked_for_though_it_was_never_there(till: Till) -> None:
    till.call("GET", f"/payments/{UNKNOWN}")
    till.call("GET", f"/pointofsales/{UNKNOWN}")
    (call,) = till.control("GET", f"/requests?paymentId={UNKNOWN}")["requests"]
    assert call["operation"] == "QueryPayment"
    assert till.control("GET", f"/requests?paymentId={UNKNOWN}&operation=Token")["requests"] == []
    (entry,) = till.control("GET", f"/timeline?posId={UNKNOWN}")["entries"]
    assert entry["operation"] == "GetPos"


def test_an_id_may_be_written_as_dotnet_writes_it(till: Till) -> None:
    payment_id = till.reserved()
    whole = till.control("GET", f"/events?paymentId={payment_id}")
    assert whole["events"]
    bare = payment_id.replace("-", "").upper()
    assert till.control("GET", f"/events?paymentId={bare}") == whole


# --- what is due ------------------------------------------------------------------------------


def test_what_is_due_is_told_the_next_first(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.reserved(pos_id)
    till.user("checkin", pos_id)
    upcoming = till.control("GET", "/clock/due")
    assert [(each["timer"], each["what"]) for each in upcoming["due"]] == [
        ("Lapses", "the check-in lapses"),
        ("Expires", "the reservation expires"),
    ]
    assert upcoming["due"][0]["posId"] == pos_id
    assert upcoming["due"][1]["paymentId"] == payment_id
    assert upcoming["nextDue"] == upcoming["due"][0]["at"]


STEPS = """
summary: The customer comes, and thinks it over.
steps:
  - do: {check-in: {user: debit-card}}
    after: 2s
  - do: cancel-by-user
    after: 3s
"""


def test_the_next_step_of_a_scenario_is_told_as_what_happens(till: Till) -> None:
    till.http.put("/_simulator/scenarios/mine", content=STEPS)
    till.initiate(till.create_pos(), scenario="mine")
    for seconds, what in ((2, "the customer checks in"), (3, "the customer cancels")):
        step = till.control("GET", "/clock/due")["due"][0]
        assert (step["timer"], step["what"]) == ("PlaysStep", what)
        till.advance(seconds=seconds)


def test_of_what_is_due_as_many_are_told_as_are_asked_for(till: Till) -> None:
    for _ in range(3):
        till.reserved()
    upcoming = till.control("GET", "/clock/due?limit=2")
    assert (len(upcoming["due"]), upcoming["total"]) == (2, 3)


# --- states -----------------------------------------------------------------------------------


def test_the_state_tables_are_told_whole(till: Till) -> None:
    told = till.control("GET", "/states")
    for kind, machine in (("payments", PAYMENTS), ("refunds", REFUNDS)):
        assert [
            (row["before"], row["after"], row["trigger"], row["source"])
            for row in told[kind]["transitions"]
        ] == [(row.before, row.after, row.trigger, row.source) for row in machine.transitions]
    finals = {each["name"] for each in told["payments"]["states"] if each["final"]}
    assert finals == {
        "Captured",
        "CancelledByUser",
        "CancelledByClient",
        "CancelledByMobilePay",
        "ExpiredAndCancelled",
    }
