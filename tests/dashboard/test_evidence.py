"""Ledger and audit say when, which payment, and in whole sentences."""

import re

from tests.dashboard.conftest import HTMX, Reader
from tests.support import Till


def test_an_entry_of_the_ledger_has_its_time(reader: Reader, till: Till) -> None:
    till.captured()
    (entry,) = till.control("GET", "/ledger")["payments"]
    (payment,) = till.control("GET", "/payments")["payments"]
    assert entry["createdAt"] == payment["createdAt"]
    assert f'datetime="{entry["createdAt"]}"' in reader.text("/page/ledger?part=entries")


def test_a_difference_of_an_order_with_two_payments_names_both(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos()
    ids = [till.captured(pos_id, each, orderId="O-BAD") for each in (10, 20)]
    text = reader.post("/page/ledger", headers=HTMX, books="orderId,captured\nO-BAD,1\n").text
    assert "(2 payments together)" in text
    assert re.findall(r"timeline\?paymentId=([-0-9a-f]+)", text) == ids
    assert text.count("<time ") == 2


def test_a_finding_has_its_time_and_ends_with_a_full_stop(reader: Reader, till: Till) -> None:
    payment_id = till.captured()
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 1, "sum": 1})
    found = till.control("GET", "/audit?format=json")["findings"]
    first = till.control("GET", f"/requests/{found[0]['requests'][0]}")
    assert found[0]["at"] == first["at"]
    text = reader.text("/page/audit?part=findings")
    assert "there is only amount." in text
    assert text.count("<time ") == len([each for each in found if each["at"]])


def test_a_finding_by_a_decision_of_ours_says_so(reader: Reader, till: Till) -> None:
    till.call("POST", "/payments", {**till.payment_body(till.create_pos(), 5), "PosId": "x"})
    till.captured()
    found = till.control("GET", "/audit?format=json")["findings"]
    ours = [each for each in found if each["basis"] == "our decision"]
    assert ours
    text = reader.text("/page/audit?part=findings")
    assert text.count("our decision, not documented") == len(ours)
