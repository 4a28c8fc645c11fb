"""What a run keeps of a client, and the verdict that it comes to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from mobilepay_simulator.engine.records import PaymentRecord
from mobilepay_simulator.engine.states import PaymentState
from mobilepay_simulator.scripting.call import Call
from mobilepay_simulator.scripting.fate import WirePlan
from mobilepay_simulator.scripting.observed_calls import Observation
from mobilepay_simulator.scripting.run_record import ExpectationResult, RunRecord, RunVerdict
from mobilepay_simulator.scripting.runs import ScenarioRun
from mobilepay_simulator.scripting.scenario import read_scenario

from tests.engine.full_shop import FullShop
from tests.scripting.witness import record
from tests.support import NO_DEBIT, START

MINUTE = timedelta(minutes=1)
PASSED, FAILED, UNFINISHED = RunVerdict.PASSED, RunVerdict.FAILED, RunVerdict.UNFINISHED


def a_run(
    expect: str = "[{not_called: DeletePos}, {final_state: Captured}]", more: str = ""
) -> ScenarioRun:
    text = f"summary: x\nfaults: [{{call: GetPos, delay: 2s}}]\nexpect: {expect}\n{more}"
    return ScenarioRun(id="R1", scenario=read_scenario(text, "x"), begun_at=START, seed=("x",))


@pytest.fixture
def payment() -> PaymentRecord:
    shop = FullShop()
    return shop.payment(shop.issued("12.00", restrictions=NO_DEBIT))


# --- calls ------------------------------------------------------------------------------------


def test_a_call_is_kept_with_all_that_is_known_of_it() -> None:
    run = a_run()
    incoming = Call(
        name="CapturePayment",
        payment_id="p",
        key="k",
        amount=Decimal("1.00"),
        body=("x", 1),
        real_at=5.0,
    )
    fault = run.scenario.faults[0]
    plain = run.observe(incoming, None, START)
    faulted = run.observe(incoming, (fault, WirePlan(delay=2.0)), START + MINUTE)
    assert plain is not None and faulted is not None

    assert (plain.number, plain.at, plain.call) == (1, START, "CapturePayment")
    assert (plain.payment_id, plain.key, plain.amount) == ("p", "k", Decimal("1.00"))
    assert (plain.fingerprint, plain.real_at) == (repr(("x", 1)), 5.0)
    assert (plain.has_fault, plain.waits, plain.status) == (False, 0.0, None)
    assert (faulted.number, faulted.has_fault, faulted.waits) == (2, True, 2.0)
    assert run.record.calls == [plain, faulted]


def test_nothing_is_kept_where_nothing_is_expected() -> None:
    run = a_run(expect="[]")
    assert run.observe(Call(name="GetPos"), None, START) is None
    assert run.record.calls == []


def test_calls_are_told_in_a_line() -> None:
    seen = record(("GetPos", 1, {}), ("CapturePayment", 2.5, {"amount": Decimal("3.00")})).calls
    assert seen[0].told() == "call 1, GetPos at 2024-01-31 12:00:01.000 (200)"
    assert seen[1].told() == "call 2, CapturePayment 3.00 at 2024-01-31 12:00:02.500 (200)"
    seen[0].status = 0
    assert seen[0].told() == "call 1, GetPos at 2024-01-31 12:00:01.000 (cut off)"


def test_what_was_observed_names_its_call_by_either_number() -> None:
    (call,) = record(("GetPos", 1, {"exchange": 17})).calls
    at = "GetPos at 2024-01-31 12:00:01.000 (200)"
    assert Observation(call=call).told() == f"call 1, {at}"
    assert Observation("had another key", call).told() == f"call 1, {at} had another key"
    assert Observation(call=call).told(by_request=True) == f"request 17, {at}"
    call.has_fault = True
    assert Observation(call=call).told().endswith("(200, not received yet)")
    assert Observation(call=call).told(is_over=True).endswith("(200, not received)")
    call.has_fault, call.exchange = False, 0
    assert Observation(call=call).told(by_request=True) == f"call 1, {at}"


def test_what_is_awaited_is_told_as_such_only_while_there_is_time() -> None:
    assert Observation("no such call", is_awaited=True).told() == "no such call yet"
    assert Observation("no such call", is_awaited=True).told(is_over=True) == "no such call"
    assert Observation("it is Reserved").told() == "it is Reserved"
    assert Observation().told() == ""


@pytest.mark.parametrize(
    ("status", "has_fault", "has_arrived", "has_succeeded"),
    [
        (200, False, None, True),
        (200, False, False, True),
        (200, True, None, False),
        (200, True, False, False),
        (200, True, True, True),
        (503, False, True, False),
    ],
)
def test_a_call_has_succeeded_where_its_answer_is_known_to_be_there(
    status: int, has_fault: bool, has_arrived: bool | None, has_succeeded: bool
) -> None:
    what = {"status": status, "has_fault": has_fault, "has_arrived": has_arrived}
    assert record(("GetPos", 1, what)).calls[0].has_succeeded is has_succeeded


@pytest.mark.parametrize(
    ("change", "is_same"),
    [({"key": "l"}, True), ({"payment_id": "q"}, False), ({"fingerprint": "g"}, False)],
)
def test_the_same_request_may_have_another_key(change: dict[str, str], is_same: bool) -> None:
    first, second, other = record(
        ("GetPos", 1, {}), ("GetPos", 2, change), ("GetStore", 3, {})
    ).calls
    assert first.is_same_request(second) is is_same
    assert not first.is_same_request(other)


def test_a_record_began_with_the_first_of_anything() -> None:
    states = ((PaymentState.INITIATED, 5), (PaymentState.RESERVED, 6))
    later = record(("GetPos", 7, {}), ("GetPos", 1, {}), states=states)
    assert RunRecord().began() is None
    assert later.began() == START + timedelta(seconds=5)
    assert record(("GetPos", 3, {}), states=states).began() == START + timedelta(seconds=3)
    assert later.reached(PaymentState.RESERVED) == START + timedelta(seconds=6)
    assert later.reached(PaymentState.CAPTURED) is None
    assert [each.number for each in later.of("GetPos")] == [1, 2]
    assert later.last_states() == {"p": PaymentState.RESERVED}


# --- payments ---------------------------------------------------------------------------------


def test_what_a_payment_asks_for_is_kept_as_soon_as_it_is_known(payment: PaymentRecord) -> None:
    run = a_run()
    prepared = replace(payment, amount=None, restrictions=None)
    run.note_state(prepared, PaymentState.PREPARED, START)
    assert (run.record.amounts, run.record.restricted) == ({}, [])
    run.note_state(payment, PaymentState.INITIATED, START + MINUTE)
    run.note_state(payment, PaymentState.RESERVED, START + 2 * MINUTE)

    assert run.record.amounts == {payment.id: Decimal("12.00")}
    assert run.record.restricted == [payment.id]
    assert run.record.states == [
        (START, payment.id, PaymentState.PREPARED),
        (START + MINUTE, payment.id, PaymentState.INITIATED),
        (START + 2 * MINUTE, payment.id, PaymentState.RESERVED),
    ]


def test_a_run_is_over_once_every_script_has_ended_and_every_payment_is_final(
    payment: PaymentRecord,
) -> None:
    run = a_run(more="payments: [{}, {}]\n")
    ids = ("p", "q")
    for payment_id in ids:
        assert run.wants_more and not run.is_over
        run.start_payment(payment_id)
        run.note_state(replace(payment, id=payment_id), PaymentState.INITIATED, START)
    assert not run.wants_more
    steps = [
        lambda: setattr(run.cursors["p"], "has_stopped", True),
        lambda: run.note_state(replace(payment, id="p"), PaymentState.CAPTURED, START),
        lambda: run.note_state(replace(payment, id="q"), PaymentState.CAPTURED, START),
        lambda: setattr(run.cursors["q"], "has_stopped", True),
    ]
    for step in steps:
        assert not run.is_over
        step()

    assert run.is_over
    assert run.reason is None
    run.cursors["q"].reason = "it broke"
    assert run.reason == "it broke"


# --- verdicts ---------------------------------------------------------------------------------


def over(run: ScenarioRun, payment: PaymentRecord, state: PaymentState) -> ScenarioRun:
    run.start_payment(payment.id).has_stopped = True
    run.note_state(payment, state, START)
    return run


def test_what_nothing_broke_has_passed_once_nothing_more_will_happen(
    payment: PaymentRecord,
) -> None:
    run = a_run()
    run.start_payment(payment.id)
    assert [each.verdict for each in run.results(START)] == [UNFINISHED, UNFINISHED]
    over(run := a_run(), payment, PaymentState.CAPTURED)
    assert [each.verdict for each in run.results(START)] == [PASSED, PASSED]
    assert run.verdict(START) is PASSED


def test_what_nothing_broke_is_undecided_while_a_payment_goes_on(payment: PaymentRecord) -> None:
    run = over(a_run("[{not_called: DeletePos}]"), payment, PaymentState.RESERVED)
    assert not run.is_over
    assert [each.verdict for each in run.results(START)] == [UNFINISHED]
    run.note_state(payment, PaymentState.CAPTURED, START)

    assert run.is_over
    assert [each.verdict for each in run.results(START)] == [PASSED]


def test_what_is_waited_for_keeps_a_run_that_is_over_undecided(payment: PaymentRecord) -> None:
    expect = "[{not_called: DeletePos}, {call: CreateRefund}]"
    run = over(a_run(expect), payment, PaymentState.CAPTURED)
    assert [each.verdict for each in run.results(START)] == [UNFINISHED, UNFINISHED]
    assert run.verdict(START) is UNFINISHED


@pytest.mark.parametrize(
    ("verdicts", "is_over", "verdict"),
    [
        ((), True, PASSED),
        ((), False, UNFINISHED),
        ((PASSED,), False, UNFINISHED),
        ((PASSED, UNFINISHED), True, UNFINISHED),
        ((UNFINISHED, FAILED, PASSED), False, FAILED),
        ((FAILED,), True, FAILED),
    ],
)
def test_a_run_has_failed_where_anything_has_and_passed_where_all_has(
    payment: PaymentRecord, verdicts: tuple[RunVerdict, ...], is_over: bool, verdict: RunVerdict
) -> None:
    run = over(a_run(), payment, PaymentState.CAPTURED) if is_over else a_run()
    assert run.verdict_on([ExpectationResult("x", each) for each in verdicts]) is verdict


@pytest.mark.parametrize("verdict", RunVerdict)
@pytest.mark.parametrize("must_happen", [True, False])
def test_only_what_holds_until_it_is_broken_passes_by_the_end(
    verdict: RunVerdict, must_happen: bool
) -> None:
    settled = ExpectationResult("x", verdict, must_happen=must_happen).settled().verdict
    is_unbroken = verdict is UNFINISHED and not must_happen
    assert settled is (PASSED if is_unbroken else verdict)
