"""What a scenario engine is asked and told about calls, by whom it lets itself be overruled, and restarts."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from mobilepay_simulator.engine import notifications
from mobilepay_simulator.scripting.call import Call
from mobilepay_simulator.scripting.faults import Fault
from mobilepay_simulator.scripting.runs import FaultDecision, ScenarioRun
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.scenario_engine import ScenarioEngine
from mobilepay_simulator.scripting.script_runner import RunStep, ScriptStopped

from tests.scripting.scenario_shop import ScenarioShop

WATCHES = """
summary: x
steps: [{when: Captured, after: 1h, do: leave}]
faults: [{call: QueryPayment, nth: 2, answer: {status: 503}}]
expect: [{final_state: Captured}]
"""


@dataclass
class FixedResolver:
    """Claims the calls of some operations for a run."""

    is_busy: bool = True
    runs: dict[str, ScenarioRun] = field(default_factory=dict)

    def resolve(self, incoming: Call) -> ScenarioRun | None:
        return self.runs.get(incoming.name)


@pytest.fixture
def watched(shop: ScenarioShop) -> ScenarioShop:
    """A shop with a scenario that looks at calls."""
    shop.upload("watches", WATCHES)
    return shop


def decide(shop: ScenarioShop, incoming: Call) -> FaultDecision:
    with shop.world:
        return shop.scenario_engine.decide(incoming)


def poll(payment_id: str) -> Call:
    return Call(name="QueryPayment", payment_id=payment_id)


def standing() -> Fault:
    return read_scenario("summary: x\nfaults: [{call: QueryPayment, delay: 1s}]", "x").faults[0]


# --- what became of a call --------------------------------------------------------------------


def test_what_became_of_a_call_is_noted_with_the_call(watched: ScenarioShop) -> None:
    watched.queue("watches")
    found = decide(watched, poll(watched.start()))
    scenario_engine = watched.scenario_engine
    scenario_engine.runs.table.watch()
    assert found.seen is not None
    assert (found.seen.status, found.seen.has_arrived, found.seen.exchange) == (None, None, 0)
    with watched.world:
        scenario_engine.note_answer(found, 200, code="1301", number=7)
        assert scenario_engine.runs.table.take_changes() == ("R1",)
        assert found.seen.has_arrived is None
        scenario_engine.note_arrival(found, has_arrived=True, waited=0.5)
        assert scenario_engine.runs.table.take_changes() == ("R1",)

    assert scenario_engine.run("R1").record.calls == [found.seen]
    seen = found.seen
    assert (seen.status, seen.has_arrived, seen.waited) == (200, True, 0.5)
    assert (found.seen.exchange, found.seen.code) == (7, "1301")


def test_nothing_is_noted_of_a_call_that_nobody_looks_at(shop: ScenarioShop) -> None:
    shop.steps("plain", "do: check-in")
    shop.queue("plain")
    plain = decide(shop, poll(shop.start()))
    shop.scenario_engine.runs.table.watch()
    assert plain == FaultDecision(shop.scenario_engine.run("R1"))
    for each in (FaultDecision(), plain):
        shop.scenario_engine.note_answer(each, 200, number=1)
        shop.scenario_engine.note_arrival(each, has_arrived=True, waited=0.0)

    assert shop.scenario_engine.runs.table.take_changes() == ()


def test_every_call_of_a_run_and_every_step_of_its_script_is_a_change(
    watched: ScenarioShop,
) -> None:
    table = watched.scenario_engine.runs.table
    table.watch()
    watched.queue("watches")
    assert table.take_changes() == ("R1",)
    payment_id = watched.start()
    assert table.take_changes() == ("R1",)
    decide(watched, poll(payment_id))
    assert table.take_changes() == ("R1",)
    watched.cancel(payment_id)
    assert table.take_changes() == ("R1",)
    decide(watched, poll("another"))
    assert table.take_changes() == ()


def test_a_step_that_leaves_its_payment_as_it_is_is_a_change_of_the_run(shop: ScenarioShop) -> None:
    shop.steps("keeps", "after: 1s, do: keep-active", "after: 1h, do: leave")
    shop.start(script="keeps")
    shop.scenario_engine.runs.table.watch()
    shop.wait(seconds=1)

    assert shop.scenario_engine.runs.table.take_changes() == ("R1",)


def test_a_script_that_is_stopped_leaves_no_timer_and_is_a_change(shop: ScenarioShop) -> None:
    shop.steps("slow", "after: 1s, do: check-in", "after: 1h, do: accept")
    payment_id = shop.start(script="slow")
    table = shop.scenario_engine.runs.table
    table.watch()
    assert any(isinstance(command, RunStep) for _, command in shop.world.clock.pending())
    shop.wait(seconds=20)
    assert table.take_changes() == ("R1",)
    with shop.world:
        shop.scenario_engine.stop_script(shop.payment(payment_id).pos_id)

    assert table.take_changes() == ("R1",)
    assert not any(isinstance(command, RunStep) for _, command in shop.world.clock.pending())


def test_how_a_notification_was_taken_is_noted_with_the_run_on_its_point_of_sale(
    watched: ScenarioShop,
) -> None:
    watched.world.callback_urls["told"] = "http://127.0.0.1:9000/"
    pos_id = watched.create_pos(callback_alias="told")
    watched.queue("watches")
    watched.start(pos_id)
    watched.scenario_engine.runs.table.watch()
    watched.check_in(pos_id)
    watched.scenario_engine.runs.table.take_changes()
    (letter,) = watched.world.notifications
    with watched.world as world:
        notifications.note_attempt(world, letter, 200)

    assert watched.scenario_engine.run("R1").record.notified == [(world.clock.now, 200)]
    assert watched.scenario_engine.runs.table.take_changes() == ("R1",)


# --- who else has a say -----------------------------------------------------------------------


def test_a_fault_of_the_sandbox_goes_before_the_runs_own_which_counts_all_the_same(
    watched: ScenarioShop,
) -> None:
    watched.queue("watches")
    payment_id = watched.start()
    fault = standing()
    watched.scenario_engine.sandbox_faults.put([fault])
    found = decide(watched, poll(payment_id))
    assert found.fault is fault and found.seen is not None and found.seen.has_fault
    second = decide(watched, poll(payment_id))
    assert second.fault is fault
    watched.scenario_engine.sandbox_faults.put([])

    assert decide(watched, poll(payment_id)).fault is None
    assert watched.scenario_engine.sandbox_faults.calls_of(0) == 0


def test_a_scenario_engine_looks_at_no_calls_until_something_may_strike_or_watch_them(
    shop: ScenarioShop,
) -> None:
    scenario_engine = shop.scenario_engine
    assert scenario_engine.looks_at(None) is False
    scenario_engine.assignment.run_resolver = FixedResolver(is_busy=False)
    assert scenario_engine.looks_at(None) is False
    scenario_engine.assignment.run_resolver.is_busy = True
    assert scenario_engine.looks_at(None) is True
    scenario_engine.assignment.run_resolver = None
    scenario_engine.sandbox_faults.put([standing()])
    assert scenario_engine.looks_at(None) is True
    scenario_engine.sandbox_faults.put([])
    assert scenario_engine.looks_at(None) is False
    scenario_engine.set_default(read_scenario(WATCHES, "watches"))
    assert scenario_engine.looks_at(None) is True


def test_calls_about_a_payment_are_looked_at_where_its_own_run_watches_them(
    watched: ScenarioShop,
) -> None:
    plain = watched.start()
    watched.queue("watches")
    payment_id = watched.start()
    scenario_engine = watched.scenario_engine

    assert scenario_engine.looks_at(payment_id) is True
    assert scenario_engine.looks_at(plain) is False
    assert scenario_engine.looks_at("no payment") is False
    assert scenario_engine.looks_at(None) is True


def test_standing_faults_and_ushers_look_at_calls_about_any_payment(shop: ScenarioShop) -> None:
    payment_id, scenario_engine = shop.start(), shop.scenario_engine
    scenario_engine.sandbox_faults.put([standing()])
    assert scenario_engine.looks_at(payment_id) is True
    scenario_engine.sandbox_faults.put([])
    scenario_engine.assignment.run_resolver = FixedResolver()
    assert scenario_engine.looks_at(payment_id) is True


def test_an_usher_is_asked_first_whose_a_call_is(watched: ScenarioShop) -> None:
    watched.queue("watches")
    payment_id = watched.start()
    with watched.world:
        case = watched.scenario_engine.open_case(read_scenario(WATCHES, "case"))
    watched.scenario_engine.assignment.run_resolver = FixedResolver(runs={"GetPos": case})

    assert decide(watched, Call(name="GetPos")).run is case
    assert decide(watched, poll(payment_id)).run is watched.scenario_engine.run("R1")
    assert case.is_case and case.pos_id is None
    assert list(watched.scenario_engine.runs) == [watched.scenario_engine.run("R1"), case]


def test_a_payment_can_be_taken_over_by_a_case_and_nobody_plays_its_customer(
    shop: ScenarioShop,
) -> None:
    payment_id = shop.start(script="slow-customer")
    with shop.world as world:
        case = shop.scenario_engine.open_case(read_scenario(WATCHES, "case"))
        shop.scenario_engine.adopt(case, shop.payment(payment_id))
        now = world.clock.now
    stopped = shop.stopped(payment_id)

    assert shop.scenario_engine.runs.of_payment(payment_id) is case
    assert case.cursors[payment_id].has_stopped
    assert stopped is not None and "certification" in (stopped.reason or "")
    assert case.record.states == [(now, payment_id, "Initiated")]
    assert shop.scenario_engine.active_scenario(payment_id) is None


# --- asking -----------------------------------------------------------------------------------


def test_the_scenario_at_work_on_a_payment_is_told_until_it_has_stopped(shop: ScenarioShop) -> None:
    payment_id = shop.start(script="rejection")
    assert shop.scenario_engine.active_scenario(payment_id) == "rejection"
    assert shop.scenario_engine.active_scenario("nothing") is None
    assert shop.scenario_engine.runs.of_payment("nothing") is None
    shop.wait(minutes=1)

    assert shop.scenario_engine.active_scenario(payment_id) is None
    assert shop.of(ScriptStopped, payment_id)
    assert shop.scenario_engine.runs.of_payment(payment_id) is shop.scenario_engine.run("R1")


def test_another_scenario_can_become_the_default_and_is_put_on_the_shelf(
    shop: ScenarioShop,
) -> None:
    shop.scenario_engine.set_default(read_scenario("summary: x", "mine"))
    assert shop.scenario_engine.default == "mine" and "mine" in shop.scenario_engine.catalog
    assert shop.played(shop.start()) == "mine"
    shop.scenario_engine.set_default(shop.catalog.get("success"))

    assert shop.played(shop.start()) == "success"
    assert list(shop.catalog.uploads) == ["mine"]


@pytest.mark.parametrize("name", ["InitiatePayment", "GetCheckIn"])
def test_only_a_callers_call_that_starts_a_payment_begins_a_run(
    watched: ScenarioShop, name: str
) -> None:
    pos_id = watched.create_pos()
    calls = [
        Call(name=name, pos_id=pos_id, script="watches", starts_payment=True),
        Call(name=name, pos_id=pos_id, script="watches", caller=watched.caller),
    ]
    assert [decide(watched, each).run for each in calls] == [None, None]


# --- going on ---------------------------------------------------------------------------------


def test_a_scenario_engine_goes_on_with_the_scripts_that_were_playing(shop: ScenarioShop) -> None:
    payment_id, over = shop.start(script="success"), shop.start(script="rejection")
    shop.wait(milliseconds=1500)
    shop.cancel(over)
    again = ScenarioEngine(shop.world, shop.catalog, "manual")
    shop.world.subscribers[:] = shop.world.subscribers[-1:]
    again.runs.table.update(shop.scenario_engine.runs.table)
    with shop.world:
        again.restore(2)
    shop.scenario_engine = again
    assert again.active_scenario(payment_id) == "success" and again.active_scenario(over) is None
    shop.wait(minutes=1)

    assert shop.state(payment_id) == "Reserved"
    with shop.world:
        assert again.queue("success")[0].id == "R3"


def test_a_run_is_over_where_its_script_stops_after_its_payment(watched: ScenarioShop) -> None:
    watched.queue("watches")
    payment_id = watched.start()
    watched.check_in(watched.payment(payment_id).pos_id)
    watched.accept(payment_id)
    watched.capture(payment_id)
    run = watched.scenario_engine.run("R1")
    assert (run.is_over, run.retired) == (False, 0)
    watched.advance(timedelta(hours=1))

    assert (run.is_over, run.retired) == (True, 1)


def test_requests_are_told_apart_by_what_they_ask_for_or_by_their_point_of_sale() -> None:
    asked = [
        *({"body": ("pay", 1)}, {"body": ("pay", 2)}),
        *({"pos_id": "p"}, {"pos_id": "q"}, {}),
    ]
    texts = [Call(name="x", **each).digest for each in asked]

    assert len(set(texts)) == len(texts)
    assert texts[-1] == ""
    assert Call(name="x", body=("pay", 1), pos_id="p").digest == texts[0]
