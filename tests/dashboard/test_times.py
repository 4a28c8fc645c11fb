"""Each time in a list says what it is the time of; what happened is told in words."""

import re

from simulator.dashboard.happened import _WORDS
from simulator.journal.words import EVENTS
from tests.dashboard.conftest import HTMX, Reader
from tests.dashboard.test_certification import words
from tests.support import Till

CHANGES = {"PaymentChanged", "RefundChanged"}


def row(page: str, payment_id: str) -> str:
    """What the row of a payment says."""
    found = re.search(rf'<tr id="payment-{payment_id}">.*?</tr>', page, re.DOTALL)
    assert found
    return words(found[0])


def test_the_overview_tells_when_an_open_payment_was_created(reader: Reader, till: Till) -> None:
    payment_id = till.reserved()
    created = till.control("GET", f"/payments/{payment_id}")["createdAt"]
    assert f"Created {created[:10]} {created[11:23]}" in row(reader.text("/"), payment_id)


def test_the_overview_tells_when_a_payment_ended(reader: Reader, till: Till) -> None:
    payment_id = till.reserved()
    till.advance(days=8)
    ended = till.control("GET", f"/payments/{payment_id}")["endedAt"]
    said = row(reader.text("/"), payment_id)
    assert f"Ended {ended[:10]} {ended[11:23]}" in said
    assert "Created" not in said


def test_what_ended_last_comes_first(reader: Reader, till: Till) -> None:
    first = till.reserved()
    later = [till.captured() for _ in range(6)]
    till.advance(seconds=1)
    till.ok("POST", f"/payments/{first}/cancel")
    page = reader.text("/")
    shown = re.findall(r'<tr id="payment-([^"]+)">', page)
    assert shown[0] == first
    assert len(shown) == 6
    assert later[0] not in shown


def test_the_ledger_dates_each_event(reader: Reader, till: Till) -> None:
    payment_id = till.reserved(amount=10)
    till.advance(minutes=9)
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    till.advance(minutes=9)
    first, second = (till.refund(payment_id, amount) for amount in (1, 2))
    till.advance(seconds=1)
    for refund_id in (first, second):
        till.ok("POST", f"/refunds/{refund_id}/capture")
    seen = till.control("GET", f"/payments/{payment_id}")
    at = {name: f"{seen[name][:10]} {seen[name][11:23]}" for name in seen if name.endswith("At")}
    said = row(reader.text("/page/ledger"), payment_id)
    assert f"Created {at['createdAt']}" in said
    assert f"10.00 DKK {at['reservedAt']}" in said
    assert f"10.00 DKK {at['capturedAt']}" in said
    for amount, refund in zip(("1.00", "2.00"), seen["refunds"], strict=True):
        asked = f"{refund['createdAt'][:10]} {refund['createdAt'][11:23]}"
        assert f"{amount} DKK asked for {asked}" in said


def test_the_ledger_dates_a_release(reader: Reader, till: Till) -> None:
    payment_id = till.reserved(amount=10)
    till.advance(days=8)
    ended = till.control("GET", f"/payments/{payment_id}")["endedAt"]
    assert f"{ended[:10]} {ended[11:23]}" in row(reader.text("/page/ledger"), payment_id)


def test_a_jump_tells_steps_and_who_left_in_words(reader: Reader, till: Till) -> None:
    till.initiate(till.create_pos(), scenario="success")
    answer = reader.post("/page/clock", headers=HTMX, seconds="60")
    said = words(answer.text)
    assert "step 1 of the scenario success: check-in" in said
    assert "the scenario success ended" in said
    assert "left" in said
    assert not re.search(r"StepBegun|ScriptStopped|CheckedOut", said)


def test_each_kind_of_event_but_changes_of_state_has_words() -> None:
    assert set(_WORDS) == {each.__name__ for each in EVENTS} - CHANGES


def test_the_next_expiry_is_named_where_it_is_marked(reader: Reader, till: Till) -> None:
    till.reserved()
    assert re.search(r'<tr class="lit">.*?the next expiry', reader.text("/page/clock"), re.DOTALL)


def test_a_run_names_its_order(reader: Reader, till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="success", orderId="receipt-7")
    run = till.control("GET", f"/payments/{payment_id}")["run"]
    assert "success · order receipt-7" in words(reader.text(f"/page/runs/{run}"))
    assert "order receipt-7" in words(reader.text(f"/page/runs/{run}?part=head"))


def test_what_is_due_and_what_has_happened_name_orders_and_points_of_sale(
    reader: Reader, till: Till
) -> None:
    pos_id = till.create_pos(name="Till 7")
    till.captured(pos_id, orderId="receipt-1")
    payment_id = till.initiate(pos_id, orderId="receipt-7", scenario="success")
    for path in ("/page/clock?part=due", "/?part=time"):
        assert "order receipt-7" in words(reader.text(path))
    run = till.control("GET", f"/payments/{payment_id}")["run"]
    told = words(reader.post("/page/clock", headers=HTMX, seconds="60").text)
    assert "order receipt-7 :" in told
    assert "Till 7 :" in told
    assert "order receipt-7" in words(reader.text(f"/page/runs/{run}?part=run"))
    assert all(id[:8] not in told for id in (pos_id, payment_id))


def test_a_refund_that_is_due_names_its_order(reader: Reader, till: Till) -> None:
    till.refund(till.captured(orderId="receipt-8"))
    assert "refund of order receipt-8" in words(reader.text("/page/clock?part=due"))


def test_a_line_of_a_timeline_names_the_call_whose_key_it_has(reader: Reader, till: Till) -> None:
    payment_id = till.reserved(amount=10)
    for _ in range(2):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10}, key="again")
    page = words(reader.text(f"/page/timeline?paymentId={payment_id}&view=table"))
    first = re.search(r"#(\d+) CapturePayment", page)
    assert first
    assert f"same key as #{first[1]}" in page
