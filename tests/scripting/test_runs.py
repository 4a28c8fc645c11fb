"""Runs: which of them a call belongs to, what goes wrong with it, and which runs are kept."""

from datetime import timedelta
from typing import Any

import pytest
from mobilepay_simulator.scripting import run_store as book
from mobilepay_simulator.scripting.call import Call
from mobilepay_simulator.scripting.run_store import RUNS_KEPT
from mobilepay_simulator.scripting.runs import FaultDecision
from mobilepay_simulator.scripting.scenario_engine import NoSuchRun

from tests.scripting.scenario_shop import ScenarioShop
from tests.support import fresh

#: Breaks the first call that starts a payment, and every poll.
BREAKS = """
summary: x
faults:
  - {call: InitiatePayment, first: 1, cut: after_commit}
  - {call: QueryPayment, answer: {status: 503}}
  - {call: [CreatePos, GetCheckIn], delay: 1s}
expect:
  - final_state: Captured
"""


@pytest.fixture
def broken(shop: ScenarioShop) -> ScenarioShop:
    """A shop with a scenario that breaks calls."""
    shop.upload("breaks", BREAKS)
    return shop


def starting(shop: ScenarioShop, pos_id: str, **details: Any) -> Call:
    values: dict[str, Any] = {"key": fresh("key"), "caller": shop.caller, **details}
    return Call(name="InitiatePayment", method="POST", pos_id=pos_id, starts_payment=True, **values)


def decide(shop: ScenarioShop, incoming: Call) -> FaultDecision:
    with shop.world:
        return shop.scenario_engine.decide(incoming)


def run_of(shop: ScenarioShop, incoming: Call) -> str | None:
    found = decide(shop, incoming).run
    return found.id if found else None


def poll(payment_id: str) -> Call:
    return Call(name="QueryPayment", payment_id=payment_id)


# --- which run --------------------------------------------------------------------------------


def test_a_call_that_no_scenario_looks_at_belongs_to_no_run(shop: ScenarioShop) -> None:
    assert not shop.scenario_engine.looks_at(None)
    assert decide(shop, starting(shop, shop.create_pos())) == FaultDecision()


def test_a_call_and_its_retry_belong_to_one_run_before_there_is_a_payment(
    broken: ScenarioShop,
) -> None:
    call = starting(broken, broken.create_pos(), script="breaks")
    first, retry = decide(broken, call), decide(broken, call)

    assert first.run is not None and first.run is retry.run
    assert first.plan is not None and first.plan.part == 0
    assert retry.fault is None
    assert broken.scenario_engine.looks_at(None)


def test_another_key_is_another_run(broken: ScenarioShop) -> None:
    pos_id = broken.create_pos()
    first, second = (starting(broken, pos_id, script="breaks") for _ in range(2))

    assert run_of(broken, first) != run_of(broken, second)


def test_the_payment_belongs_to_the_run_of_the_call_that_made_it(broken: ScenarioShop) -> None:
    pos_id = broken.create_pos()
    run_id = run_of(broken, starting(broken, pos_id, script="breaks"))
    payment_id = broken.start(pos_id, script=run_id)

    assert broken.played(payment_id) == "breaks"
    assert run_of(broken, poll(payment_id)) == run_id
    assert list(broken.scenario_engine.run(run_id or "").cursors) == [payment_id]


def test_a_fault_is_injected_into_what_it_names_and_the_client_is_watched(
    broken: ScenarioShop,
) -> None:
    broken.queue("breaks")
    payment_id = broken.start()
    faulted = decide(broken, poll(payment_id))
    spared = decide(broken, Call(name="CapturePayment", method="POST", payment_id=payment_id))

    assert faulted.fault is not None and faulted.fault.answer is not None
    assert spared.fault is None
    assert faulted.seen is not None and faulted.seen.has_fault
    assert spared.seen is not None and not spared.seen.has_fault


def test_calls_about_a_point_of_sale_belong_to_the_newest_run_on_it(broken: ScenarioShop) -> None:
    pos_id = broken.create_pos()
    runs = []
    for _ in range(2):
        broken.queue("breaks", pos_id)
        broken.cancel(broken.start(pos_id))
        runs.append(run_of(broken, Call(name="GetCheckIn", pos_id=pos_id)))

    assert runs == ["R1", "R2"]
    assert run_of(broken, Call(name="GetCheckIn", pos_id=broken.create_pos())) is None


def test_calls_before_the_first_payment_belong_to_what_is_queued(broken: ScenarioShop) -> None:
    broken.queue("breaks")
    pos_id = broken.create_pos()

    assert run_of(broken, Call(name="CreatePos", method="POST")) == "R1"
    assert run_of(broken, Call(name="GetCheckIn", pos_id=pos_id)) == "R1"
    assert run_of(broken, starting(broken, pos_id)) == "R1"


def test_a_call_that_is_in_the_way_of_a_runs_payment_belongs_to_that_run(
    broken: ScenarioShop,
) -> None:
    broken.queue("breaks")
    pos_id = broken.create_pos()
    broken.start(pos_id)

    assert run_of(broken, starting(broken, pos_id)) == "R1"


def test_a_scenario_without_faults_and_expectations_is_told_no_more_than_the_run(
    shop: ScenarioShop,
) -> None:
    shop.steps("plain", "do: check-in")
    shop.queue("plain")
    found = decide(shop, starting(shop, shop.create_pos()))

    assert found.run is not None and found.run.scenario.name == "plain"
    assert found == FaultDecision(found.run)


def test_a_scenario_can_be_chosen_by_the_call(shop: ScenarioShop) -> None:
    shop.upload(
        "branch", "summary: x\napplies_to: {operation: InitiatePayment, header: {x-branch: a*}}"
    )
    pos_id = shop.create_pos()
    assert shop.scenario_engine.looks_at(None)

    taken = decide(shop, starting(shop, pos_id, headers={"x-branch": "abc"}))
    assert taken.run is not None and taken.run.scenario.name == "branch"
    assert run_of(shop, starting(shop, pos_id, headers={"x-branch": "b"})) is None


# --- several payments, and verdicts -----------------------------------------------------------


def test_each_payment_of_a_run_has_a_script_of_its_own(shop: ScenarioShop) -> None:
    shop.upload(
        "two",
        "summary: x\npayments:\n  - steps: [{include: rejection}]\n  - steps: [{include: instant}]\n",
    )
    shop.queue("two")
    pos_id = shop.create_pos()
    first = shop.start(pos_id)
    shop.wait(seconds=5)
    elsewhere = shop.start()
    second = shop.start(pos_id)

    assert shop.state(first) == "CancelledByUser"
    assert shop.played(elsewhere) == "manual"
    assert shop.state(second) == "Reserved"
    assert list(shop.scenario_engine.run("R1").cursors) == [first, second]
    assert shop.scenario_engine.runs.queue() == []


def test_a_run_is_over_once_its_payments_and_their_scripts_are(shop: ScenarioShop) -> None:
    shop.queue("rejection")
    payment_id = shop.start()
    run = shop.scenario_engine.run("R1")
    now = shop.world.clock.now
    assert (run.is_over, run.verdict(now)) == (False, "unfinished")
    shop.wait(seconds=5)

    assert shop.state(payment_id) == "CancelledByUser"
    assert (run.is_over, run.verdict(now), run.reason) == (True, "passed", None)


@pytest.mark.parametrize(
    ("act", "verdict"), [("capture", "passed"), ("cancel", "failed"), ("payment", "unfinished")]
)
def test_the_verdict_on_a_client_is_what_its_expectations_say(
    shop: ScenarioShop, act: str, verdict: str
) -> None:
    shop.upload(
        "strict",
        "summary: x\nsteps: [{include: instant}]\n"
        "expect: [{final_state: Captured}, {not_called: DeletePos}]\n",
    )
    shop.queue("strict")
    getattr(shop, act)(shop.start())

    assert shop.scenario_engine.run("R1").verdict(shop.world.clock.now) == verdict


def test_a_script_that_was_stopped_tells_its_run_why(shop: ScenarioShop) -> None:
    shop.steps("wrong", "do: accept")
    shop.queue("wrong")
    shop.start()

    assert "step 1 (accept)" in (shop.scenario_engine.run("R1").reason or "")


# --- what is kept -----------------------------------------------------------------------------


def test_an_unknown_run_is_refused(shop: ScenarioShop) -> None:
    with pytest.raises(NoSuchRun, match="no run 'R1'"):
        shop.scenario_engine.run("R1")


@pytest.mark.parametrize("name", ["plain", "breaks"])
def test_the_newest_runs_that_are_over_are_kept(broken: ScenarioShop, name: str) -> None:
    broken.steps("plain")
    pos_id = broken.create_pos()
    payments = []
    for _ in range(RUNS_KEPT + 2):
        broken.queue(name, pos_id)
        payments.append(broken.start(pos_id))
        broken.cancel(payments[-1])
    kept = [run.id for run in list(broken.scenario_engine.runs)]

    assert kept == [f"R{number}" for number in range(3, RUNS_KEPT + 3)]
    assert run_of(broken, poll(payments[0])) is None
    with pytest.raises(NoSuchRun):
        broken.scenario_engine.run("R1")


def test_runs_that_are_not_over_are_kept_however_many_come_after(shop: ScenarioShop) -> None:
    shop.queue("manual")
    first = shop.start()
    pos_id = shop.create_pos()
    for _ in range(RUNS_KEPT + 2):
        shop.cancel(shop.start(pos_id))

    assert list(shop.scenario_engine.run("R1").cursors) == [first]
    shop.advance(timedelta(minutes=10))
    assert shop.scenario_engine.run("R1").is_over


def test_runs_of_calls_that_were_refused_are_forgotten_where_they_become_many(
    broken: ScenarioShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "RUNS_KEPT", 3)
    pos_id, elsewhere = broken.create_pos(), broken.create_pos()
    broken.queue("breaks", elsewhere)
    payment_id = broken.start(pos_id, "breaks")
    for _ in range(20):
        run_of(broken, starting(broken, broken.create_pos(), script="breaks"))
    kept = [run.id for run in list(broken.scenario_engine.runs)]

    # What waits and what has a payment stays; of the rest the newest do.
    assert kept == ["R1", "R2", "R20", "R21", "R22"]
    assert run_of(broken, poll(payment_id)) == "R2"


def test_a_payment_more_than_a_run_has_scripts_for_plays_the_default(broken: ScenarioShop) -> None:
    pos_id = broken.create_pos()
    run_id = run_of(broken, starting(broken, pos_id, script="breaks"))
    broken.cancel(broken.start(pos_id, run_id))

    assert broken.played(broken.start(pos_id, run_id)) == "manual"
