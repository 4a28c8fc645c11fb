"""The sequence diagram of a time line: who sends what to whom, what is lost, and what time does."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from mobilepay_simulator.client import Event, Timeline, TimelineEntry
from mobilepay_simulator.engine.states import Tone
from mobilepay_simulator.journal.sequence.building import sequence_of
from mobilepay_simulator.journal.sequence.file import as_svg
from mobilepay_simulator.journal.sequence.layout import laid_out
from mobilepay_simulator.journal.sequence.mermaid import as_mermaid
from mobilepay_simulator.journal.sequence.model import (
    Lifeline,
    NoteKind,
    Row,
    SequenceArrow,
    SequenceCut,
    SequenceNote,
)

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
PAYMENT = "11111111-1111-4111-8111-111111111111"
CLIENT, SERVICE, CUSTOMER, RECEIVER = Lifeline


def call(number: int, operation: str = "CapturePayment", **more: Any) -> TimelineEntry:
    """A call of a client, so many seconds after noon as its number says."""
    at = NOON + timedelta(seconds=number)
    given = {"kind": "call", "at": at, "real_at": at, "text": f"POST /{operation}"}
    given |= {"status": 200, "delivery": "whole", "duration_ms": 2.0, "operation": operation}
    return TimelineEntry(**{**given, **more}, request=number)


def poll(number: int, **more: Any) -> TimelineEntry:
    """A poll of the payment."""
    return call(number, "QueryPayment", **{"text": f"GET /payments/{PAYMENT}", **more})


def happened(
    number: int, event: str, *, seconds: float = 0, caused_by: int | None = None, **more: Any
) -> TimelineEntry:
    """An event, so many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    said = Event(event=event, at=at, **more)
    kind = "customer" if event in ("CheckedIn", "CheckedOut") else "state"
    return TimelineEntry(
        kind=kind, at=at, real_at=None, text=event, event=said, number=number, caused_by=caused_by
    )


def became(number: int, after: str, trigger: str = "capture", **more: Any) -> TimelineEntry:
    """The payment changed its state."""
    return happened(number, "PaymentChanged", after=after, trigger=trigger, **more)


def rows_of(*entries: TimelineEntry, payment_id: str | None = PAYMENT) -> tuple[Row, ...]:
    return sequence_of(Timeline(payment_id, "pos", entries)).rows


def arrows(*entries: TimelineEntry) -> list[SequenceArrow]:
    return [row for row in rows_of(*entries) if isinstance(row, SequenceArrow)]


def ways(*entries: TimelineEntry) -> list[tuple[str, str, str]]:
    """From whom, to whom, and what, of each arrow."""
    return [(str(each.source), str(each.target), each.text) for each in arrows(*entries)]


def test_a_call_is_answered_after_what_it_changed() -> None:
    asked, state, answered = rows_of(call(1), became(7, "Captured", caused_by=1))
    assert (asked.key, state.key, answered.key) == ("r1", "e7", "a1")
    assert isinstance(answered, SequenceArrow)
    assert (answered.source, answered.target, answered.text) == (SERVICE, CLIENT, "200")
    assert answered.is_answer
    assert answered.answer_to == "r1"


def test_a_refusal_tells_its_code() -> None:
    _, answered = arrows(call(1, status=409, code="1304"))
    assert answered.text == "409, code 1304"
    assert answered.is_bad
    assert not answered.is_lost


@pytest.mark.parametrize(
    ("delivery", "words"),
    [("nothing", "answer lost"), ("part", "answer broke off"), ("abandoned", "answer too late")],
)
def test_an_answer_that_did_not_arrive_is_a_broken_arrow(delivery: str, words: str) -> None:
    _, answered = arrows(call(1, status=0, delivery=delivery, fault="its response is lost"))
    assert answered.is_lost
    assert answered.text == words
    assert answered.detail == "its response is lost"


def test_a_call_that_waits_for_its_answer_has_none_yet() -> None:
    assert [row.key for row in rows_of(call(1, delivery="pending", status=0))] == ["r1"]


def test_a_retry_is_tied_to_its_first_try() -> None:
    entries = call(1, status=0, delivery="nothing"), call(2, first_try=1)
    retry = arrows(*entries)[2]
    assert retry.first_try == 1
    assert "same key as #1" in retry.detail
    layout = laid_out(sequence_of(Timeline(PAYMENT, "pos", entries)))
    (tie,) = layout.ties
    tops = [each.top + each.middle for each in layout.rows]
    assert (tie.top, tie.bottom) == (tops[0], tops[2])


def test_a_retry_whose_first_try_is_no_longer_there_is_drawn_without_a_tie() -> None:
    layout = laid_out(sequence_of(Timeline(PAYMENT, "pos", (call(5, first_try=1),))))
    assert layout.ties == ()


def test_a_late_answer_comes_after_what_happened_meanwhile() -> None:
    slow = call(1, "InitiatePayment", duration_ms=5000.0)
    drawn = rows_of(slow, call(3), call(9))
    assert [row.key for row in drawn] == ["r1", "r3", "a3", "a1", "r9", "a9"]
    assert drawn[3].text == "200 after 5 s"


def test_what_scripts_let_the_customer_do_comes_from_the_customer() -> None:
    checked_in = happened(1, "CheckedIn", phone="+4520031801")
    cancelled = became(2, "CancelledByUser", "the customer cancels")
    assert ways(checked_in, cancelled) == [
        ("customer", "service", "checks in"),
        ("customer", "service", "cancels"),
    ]
    assert arrows(checked_in)[0].detail == "+4520031801"


def test_an_act_by_a_call_is_drawn_once() -> None:
    act = call(4, "UserSimulationAcceptPayment", kind="customer")
    reserved = became(9, "Reserved", "the customer accepts and the amount is reserved", caused_by=4)
    assert ways(act, reserved) == [("customer", "service", "accepts")]


def test_an_act_that_is_refused_is_answered() -> None:
    act = call(4, "UserSimulationAcceptPayment", kind="customer", status=409, code="1302")
    assert ways(act)[1] == ("service", "customer", "409, code 1302")


def test_states_have_their_tone_and_each_row_the_state_of_its_moment() -> None:
    drawn = rows_of(
        became(1, "Initiated", "initiate"),
        call(2),
        became(3, "Captured", caused_by=2, seconds=2),
    )
    assert [row.state for row in drawn] == ["Initiated", "Initiated", "Captured", "Captured"]
    states = [row for row in drawn if isinstance(row, SequenceNote)]
    assert [each.tone for each in states] == [Tone.WAITING, Tone.GOOD]
    assert {each.kind for each in states} == {NoteKind.STATE}


def test_a_refund_is_told_from_its_payment() -> None:
    (note,) = rows_of(happened(1, "RefundChanged", after="Reserved", refund_id="r", trigger="x"))
    assert note.text == "Refund: Reserved"
    assert note.state == ""


def test_payments_at_one_point_of_sale_are_told_apart() -> None:
    change = became(1, "Reserved", payment_id=PAYMENT)
    (note,) = rows_of(change, payment_id=None)
    assert note.text == "Payment 11111111: Reserved"


def test_a_jump_of_the_clock_is_one_cut_with_its_length() -> None:
    moved = TimelineEntry(
        kind="clock",
        at=NOON,
        real_at=NOON,
        text="the clock was moved",
        request=2,
        moved_to=NOON + timedelta(days=8),
    )
    week = timedelta(days=7).total_seconds()
    expired = became(5, "ExpiredAndCancelled", "not captured or cancelled in time", seconds=week)
    later = call(3, at=NOON + timedelta(days=8, seconds=1))
    cuts = [row for row in rows_of(moved, expired, later) if isinstance(row, SequenceCut)]
    assert [(cut.text, cut.is_jump) for cut in cuts] == [("clock moved by 8 days", True)]


def test_time_that_passes_by_itself_is_a_cut_too() -> None:
    cut = rows_of(call(1), call(3601))[2]
    assert isinstance(cut, SequenceCut)
    assert (cut.text, cut.is_jump) == ("1 h later", False)


def test_what_comes_after_a_cut_has_its_time() -> None:
    diagram = sequence_of(Timeline(PAYMENT, "pos", (call(1), call(3601))))
    placed = laid_out(diagram).rows
    assert [(each.row.key, each.has_time) for each in placed][2:4] == [
        ("g3601", False),
        ("r3601", True),
    ]
    assert "13:00:01.000 CapturePayment" in as_mermaid(diagram)


def test_another_pace_of_time_is_a_note_and_no_cut() -> None:
    paced = TimelineEntry(
        kind="clock", at=NOON, real_at=NOON, text="time runs 60 times as fast", request=1
    )
    (note,) = rows_of(paced)
    assert isinstance(note, SequenceNote)
    assert note.kind is NoteKind.CLOCK


def test_a_pace_that_time_has_already_is_told_once() -> None:
    still, runs = "time stands still", "time runs as fast as real time"
    told = (still, still, runs, still)
    paces = [
        TimelineEntry(kind="clock", at=NOON, real_at=NOON, text=text, request=number)
        for number, text in enumerate(told)
    ]
    rows = rows_of(paces[0], call(9), *paces[1:])
    assert [row.text for row in rows if row.key != "r9" and row.key != "a9"] == [still, runs, still]


def test_a_notification_goes_to_its_receiver_and_is_answered() -> None:
    tried = {"event": "NotificationTried", "notification_id": "N"}
    due = TimelineEntry(kind="notification", at=NOON, real_at=None, text="due", notification="N")
    failed = happened(1, error="refused", **tried)
    arrived = happened(2, status=200, **tried)
    first, second, answered = arrows(due, failed, arrived)
    assert (first.source, first.target, first.is_lost) == (SERVICE, RECEIVER, True)
    assert first.detail == "refused"
    assert (second.is_lost, second.detail) == (False, "try 2")
    assert (answered.source, answered.target, answered.text) == (RECEIVER, SERVICE, "200")


def test_a_notification_that_was_not_sent_yet_is_a_note() -> None:
    due = TimelineEntry(kind="notification", at=NOON, real_at=None, text="due", notification="N")
    (note,) = rows_of(due)
    assert isinstance(note, SequenceNote)


def test_only_those_who_take_part_have_a_lifeline() -> None:
    assert sequence_of(Timeline(PAYMENT, "pos", (call(1),))).lifelines == (CLIENT, SERVICE)
    checked_in = happened(1, "CheckedIn", phone="+4520031801")
    diagram = sequence_of(Timeline(PAYMENT, "pos", (checked_in,)))
    assert diagram.lifelines == (CLIENT, SERVICE, CUSTOMER)


def test_many_polls_that_were_answered_alike_are_one_row() -> None:
    drawn = rows_of(*(poll(number) for number in range(1, 11)))
    assert [row.key for row in drawn] == ["r1", "a1", "p2"]
    assert drawn[2].text.startswith("9 more times")


def test_a_poll_that_was_answered_otherwise_is_drawn() -> None:
    odd = poll(5, status=500)
    drawn = rows_of(*(poll(number) for number in range(1, 5)), odd, poll(6))
    assert [row.key for row in drawn] == ["r1", "a1", "p2", "r5", "a5", "r6", "a6"]


def test_captures_are_never_folded() -> None:
    assert len(rows_of(*(call(number) for number in range(1, 7)))) == 12


def test_a_moment_keeps_its_key_while_the_time_line_grows() -> None:
    entries = [call(1), became(7, "Captured", caused_by=1), call(2), poll(3)]
    keys = [row.key for row in rows_of(*entries)]
    assert [row.key for row in rows_of(*entries, poll(4), call(9))][: len(keys)] == keys


def test_mermaid_text_has_an_arrow_for_each_arrow() -> None:
    lost = call(1, status=0, delivery="nothing", fault="lost; #1")
    text = as_mermaid(
        sequence_of(Timeline(PAYMENT, "pos", (lost, became(3, "Captured", caused_by=1, seconds=1))))
    )
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "sequenceDiagram"
    assert "client->>service: 12:00:01.000 CapturePayment (#35;1)" in lines
    assert "service--xclient: answer lost (lost#59; #35;1)" in lines
    assert "Note over client,service: 2024-01-31" in lines


def test_the_file_is_svg_of_its_own_without_scripts_or_variables() -> None:
    odd = call(1, "CapturePayment", fault='<script> & "quotes"', text="POST /<b>")
    text = as_svg(sequence_of(Timeline(PAYMENT, "pos", (odd, became(3, "Captured"))), "a <title>"))
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert root.findtext("{*}title") == "a <title>"
    assert "var(" not in text
    assert not [each for each in root.iter() if each.tag.endswith("script")]


@pytest.mark.parametrize("length", [3, 20, 60])
def test_a_fault_is_told_whole_however_long_it_is(length: int) -> None:
    words = [f"word{number}" for number in range(length)]
    entries = [call(1, fault=" ".join(words), delivery="lost"), call(2)]
    diagram = sequence_of(Timeline(PAYMENT, "pos", tuple(entries)))
    texts = [
        "".join(each.itertext())
        for each in ElementTree.fromstring(as_svg(diagram)).iter("{http://www.w3.org/2000/svg}text")
    ]
    told = [word for text in texts for word in text.split() if word in words]
    assert told == words
    first, second = (
        each
        for each in laid_out(diagram).rows
        if isinstance(each.row, SequenceArrow) and each.row.is_call
    )
    assert second.top - first.top > len(words) * len("word1 ") / 44 * 17
