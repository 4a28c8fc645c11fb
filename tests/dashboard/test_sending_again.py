"""A call whose answer failed is offered to be sent again, as it was, until the next press."""

import re
from html import unescape
from typing import Any

import pytest

from tests.dashboard.conftest import Reader
from tests.dashboard.test_till import make_pos
from tests.support import OTHER_MERCHANT, Till

_CALL = re.compile(r'name="call" value="([^"]+)"')


def offered(said: str) -> str:
    """The call that the page offers to send again; empty where it offers none."""
    found = _CALL.search(said)
    return unescape(found[1]) if found else ""


def calls_of(till: Till, operation: str) -> list[dict[str, Any]]:
    """The calls of an operation, oldest first."""
    found: list[dict[str, Any]] = till.control("GET", f"/requests?operation={operation}")[
        "requests"
    ]
    return found


def own_headers(call: dict[str, Any]) -> dict[str, str]:
    """What a call carries, but for the token."""
    return {name: text for name, text in call["request"]["headers"] if name != "authorization"}


def fault(till: Till, operation: str, what: str) -> None:
    """Adds a fault of the next call."""
    till.control("POST", "/faults", {"call": operation, "fault": what})


def failed_start(reader: Reader, till: Till, what: str) -> tuple[str, str]:
    """A new point of sale, and what the page says of a start there that a fault strikes."""
    pos_id = make_pos(reader, till)
    fault(till, "InitiatePayment", what)
    return pos_id, reader.press("start", pos=pos_id, amount="10", scenario="manual")


@pytest.mark.parametrize("what", ["500", "429", "reset", "lost"])
def test_a_start_is_sent_again_with_its_key_its_scenario_and_its_body(
    reader: Reader, till: Till, what: str
) -> None:
    pos_id, said = failed_start(reader, till, what)
    again = unescape(reader.press("again", pos=pos_id, call=offered(said)))
    assert "Send again: InitiatePayment</b>" in again and ">200<" in again
    assert "manual" in again

    first, second = calls_of(till, "InitiatePayment")
    assert own_headers(second) == own_headers(first)
    assert second["request"]["body"] == first["request"]["body"]
    till.advance(seconds=60)
    (payment,) = till.control("GET", "/payments")["payments"]
    assert (payment["scenario"], payment["state"]) == ("manual", "Initiated")


def test_a_call_is_sent_again_by_the_client_that_made_it(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    fault(till, "CreatePos", "lost")
    store = re.findall(rf'value="({OTHER_MERCHANT} [^"]+)"', reader.text("/page/till"))[0]
    said = reader.press("create-pos", pos=pos_id, store=store, name="Till 2")
    reader.press("again", pos=pos_id, call=offered(said))
    first, second = calls_of(till, "CreatePos")[1:]
    assert (second["merchant"], second["clientId"]) == (OTHER_MERCHANT, first["clientId"])
    assert second["firstTry"] == first["id"]
    assert till.control("GET", "/points-of-sale")["total"] == 2


@pytest.mark.parametrize("number", ["0", "999", "x", "../faults", ""])
def test_a_call_that_is_not_in_the_journal_is_not_sent_again(
    reader: Reader, till: Till, number: str
) -> None:
    pos_id = make_pos(reader, till)
    said = reader.press("again", pos=pos_id, call=f"{number} 2026-01-01T00:00:00Z")
    assert "There is no payment or point of sale for that." in said
    assert till.control("GET", "/points-of-sale")["total"] == 1


@pytest.mark.parametrize("is_of_the_service", [False, True])
def test_nothing_but_what_tills_and_phones_press_is_sent_again(
    reader: Reader, till: Till, is_of_the_service: bool
) -> None:
    pos_id = make_pos(reader, till)
    if is_of_the_service:
        till.call("GET", "/stores")
    else:
        till.control("POST", "/clock/advance", {"seconds": 60})
    journal = till.control("GET", "/requests?control=true")["requests"]
    last = journal[-1]
    said = reader.press("again", pos=pos_id, call=f"{last['id']} {last['realAt']}")
    assert "There is no payment or point of sale for that." in said
    assert len(till.control("GET", "/requests?control=true")["requests"]) == len(journal)


@pytest.mark.parametrize("what", ["500", "429", "lost", "timeout"])
def test_a_failed_call_is_offered_again_after_other_pages(
    reader: Reader, till: Till, what: str
) -> None:
    pos_id, said = failed_start(reader, till, what)
    number = offered(said).split()[0]
    for path in (f"/page/requests/{number}", "/page/certification", "/"):
        assert not offered(reader.text(path))
    for path in ("/page/till", f"/page/till?pos={pos_id}"):
        page = reader.text(path)
        assert offered(page) == offered(said)
        assert "<b>Start</b>" in page
        assert ("The answer was lost" in page) is (what in ("lost", "timeout"))
    reader.press("again", pos=pos_id, call=offered(page))
    assert not offered(reader.text("/page/till"))
    assert till.control("GET", "/payments")["total"] == 1


def test_the_call_is_the_same_command_after_other_pages(reader: Reader, till: Till) -> None:
    pos_id, said = failed_start(reader, till, "500")
    command = re.search(r'<pre id="act-curl".*?</pre>', said, re.DOTALL)
    assert command and "X-MobilePay-Idempotency-Key" in command[0]
    assert command[0] in reader.text(f"/page/till?pos={pos_id}")
    number = offered(said).split()[0]
    assert command[0].partition(">")[2] in reader.text(f"/page/requests/{number}")


def test_the_next_press_ends_the_offer(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    fault(till, "InitiatePayment", "500")
    reader.press("start", pos=pos_id, amount="10")
    assert offered(reader.text("/page/till"))
    reader.press("start", pos=pos_id, amount="10")
    assert not offered(reader.text("/page/till"))


def test_a_refused_call_is_not_offered_again(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    reader.press("start", pos=pos_id, amount="-1")
    assert not offered(reader.text("/page/till"))


def test_a_point_of_sale_whose_answer_was_lost_is_shown_once_it_was_sent_again(
    reader: Reader, till: Till
) -> None:
    fault(till, "CreatePos", "lost")
    store = re.findall(r'<option value="(DK12345678 [^"]+)"', reader.text("/page/till"))[0]
    said = reader.press("create-pos", store=store, name="Till 1")
    page = reader.text("/page/till")
    assert offered(page) == offered(said)
    again = reader.post("/page/till/act", {"HX-Request": "true"}, act="again", call=offered(page))
    (pos,) = till.control("GET", "/points-of-sale")["pointsOfSale"]
    assert again.headers["HX-Push-Url"].endswith(f"?pos={pos['posId']}")
    assert (again.headers["HX-Retarget"], again.headers["HX-Reselect"]) == ("#main", "#main")
    assert f'name="pos" value="{pos["posId"]}"' in again.text


def test_a_failed_call_is_not_told_at_another_point_of_sale(reader: Reader, till: Till) -> None:
    pos_id, other_id = make_pos(reader, till), till.create_pos(name="Till 2")
    fault(till, "InitiatePayment", "lost")
    reader.press("start", pos=pos_id, amount="10")
    assert not offered(reader.text(f"/page/till?pos={other_id}"))
    assert offered(reader.text(f"/page/till?pos={pos_id}"))


def test_a_failed_call_is_told_again_after_a_press_at_another_point_of_sale(
    reader: Reader, till: Till
) -> None:
    pos_id, other_id = make_pos(reader, till), till.create_pos(name="Till 2")
    fault(till, "InitiatePayment", "lost")
    reader.press("start", pos=pos_id, amount="10")
    reader.press("start", pos=other_id, amount="10")
    assert not offered(reader.text(f"/page/till?pos={other_id}"))
    page = reader.text(f"/page/till?pos={pos_id}")
    assert offered(page).split()[0] == str(calls_of(till, "InitiatePayment")[0]["id"])


def test_of_two_failed_calls_each_point_of_sale_tells_its_own(reader: Reader, till: Till) -> None:
    both = make_pos(reader, till), till.create_pos(name="Till 2")
    for pos_id in both:
        fault(till, "InitiatePayment", "lost")
        reader.press("start", pos=pos_id, amount="10")
    numbers = [offered(reader.text(f"/page/till?pos={pos_id}")).split()[0] for pos_id in both]
    assert numbers == [str(each["id"]) for each in calls_of(till, "InitiatePayment")]


def test_a_point_of_sale_that_may_be_made_is_told_at_each_until_its_next_press(
    reader: Reader, till: Till
) -> None:
    pos_id, other_id = make_pos(reader, till), till.create_pos(name="Till 2")
    fault(till, "CreatePos", "500")
    store = re.findall(r'<option value="(DK12345678 [^"]+)"', reader.text("/page/till"))[0]
    said = reader.press("create-pos", pos=pos_id, store=store, name="Till 3")
    for each in (pos_id, other_id):
        assert offered(reader.text(f"/page/till?pos={each}")) == offered(said) != ""
    reader.press("start", pos=pos_id, amount="10")
    assert not offered(reader.text(f"/page/till?pos={pos_id}"))
    assert offered(reader.text(f"/page/till?pos={other_id}")) == offered(said)


def test_a_call_of_another_client_does_not_end_the_offer(reader: Reader, till: Till) -> None:
    pos_id, said = failed_start(reader, till, "500")
    till.ok("GET", f"/payments?posId={pos_id}")
    assert offered(reader.text("/page/till")) == offered(said)


def test_a_failed_call_of_another_client_is_not_offered(reader: Reader, till: Till) -> None:
    pos_id = make_pos(reader, till)
    fault(till, "QueryPaymentIds", "500")
    till.call("GET", f"/payments?posId={pos_id}")
    assert not offered(reader.text("/page/till"))


def test_after_a_reset_no_call_of_before_is_offered(reader: Reader, till: Till) -> None:
    for _ in range(2):
        till.control("POST", "/reset")
        pos_id = make_pos(reader, till)
        assert not offered(reader.text("/page/till"))
        fault(till, "InitiatePayment", "lost")
        reader.press("start", pos=pos_id, amount="10")


def test_the_chosen_point_of_sale_stays_chosen(reader: Reader, till: Till) -> None:
    pos_id, newer_id = till.create_pos(name="Till 1"), till.create_pos(name="Till 2")
    assert f'value="{newer_id}" selected' in reader.text("/page/till")
    reader.text(f"/page/till?pos={pos_id}")
    reader.text("/page/requests")
    assert f'value="{pos_id}" selected' in reader.text("/page/till")
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    assert f'value="{newer_id}" selected' in reader.text("/page/till")


def test_a_point_of_sale_that_is_made_on_the_page_is_the_chosen_one(
    reader: Reader, till: Till
) -> None:
    pos_id = make_pos(reader, till)
    till.create_pos(name="Till 2")
    assert f'value="{pos_id}" selected' in reader.text("/page/till")


@pytest.mark.parametrize("content", [b"no JSON", b"[]", b"{}", b'{"orderId": 7}', b'{"orderId": "'])
def test_a_clients_call_is_sent_again_whatever_its_body_is(
    reader: Reader, till: Till, content: bytes
) -> None:
    pos_id = make_pos(reader, till)
    kind = {**till.headers, "Content-Type": "application/json"}
    till.http.post("/pos/v10/payments", content=content, headers=kind)
    last = till.control("GET", "/requests")["requests"][-1]
    said = reader.press("again", pos=pos_id, call=f"{last['id']} {last['realAt']}")
    assert "Send again: InitiatePayment" in said
