"""What a director is asked and told about calls, by whom it lets itself be overruled, and restarts."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from simulator.engine import notifications
from simulator.scripting.director import Director
from simulator.scripting.faults import Fault
from simulator.scripting.playing import PlaysStep, ScriptStopped
from simulator.scripting.runs import Cue, Incoming, Run
from simulator.scripting.scenario import read_scenario
from tests.scripting.theatre import Theatre

WATCHES = """
summary: x
steps: [{when: Captured, after: 1h, do: leave}]
faults: [{call: QueryPayment, nth: 2, answer: {status: 503}}]
expect: [{final_state: Captured}]
"""


@dataclass
class FixedUsher:
    """Claims the calls of some operations for a run."""

    is_busy: bool = True
    claims: dict[str, Run] = field(default_factory=dict)

    def claim(self, incoming: Incoming) -> Run | None:
        return self.claims.get(incoming.name)


@pytest.fixture
def watched(theatre: Theatre) -> Theatre:
    """A theatre with a scenario that looks at calls."""
    theatre.upload("watches", WATCHES)
    return theatre


def cue(theatre: Theatre, incoming: Incoming) -> Cue:
    with theatre.world:
        return theatre.director.cue(incoming)


def poll(payment_id: str) -> Incoming:
    return Incoming(name="QueryPayment", payment_id=payment_id)


def standing() -> Fault:
    return read_scenario("summary: x\nfaults: [{call: QueryPayment, delay: 1s}]", "x").faults[0]


# --- what became of a call --------------------------------------------------------------------


def test_what_became_of_a_call_is_noted_with_the_call(watched: Theatre) -> None:
    watched.queue("watches")
    found = cue(watched, poll(watched.start()))
    director = watched.director
    director.book.table.watch()
    assert found.seen is not None
    assert (found.seen.status, found.seen.has_arrived, found.seen.exchange) == (None, None, 0)
    with watched.world:
        director.note_answer(found, 200)
        assert director.book.table.take_changes() == ("R1",)
        director.note_exchange(found, 7, "1301")
        assert director.book.table.take_changes() == ("R1",)
        director.note_arrival(found, has_arrived=True)
        assert director.book.table.take_changes() == ("R1",)

    assert director.run("R1").record.calls == [found.seen]
    assert (found.seen.status, found.seen.has_arrived) == (200, True)
    assert (found.seen.exchange, found.seen.code) == (7, "1301")


def test_nothing_is_noted_of_a_call_that_nobody_looks_at(theatre: Theatre) -> None:
    theatre.steps("plain", "do: check-in")
    theatre.queue("plain")
    plain = cue(theatre, poll(theatre.start()))
    theatre.director.book.table.watch()
    assert plain == Cue(theatre.director.run("R1"))
    for each in (Cue(), plain):
        theatre.director.note_answer(each, 200)
        theatre.director.note_exchange(each, 1, "")
        theatre.director.note_arrival(each, has_arrived=True)

    assert theatre.director.book.table.take_changes() == ()


def test_every_call_of_a_run_and_every_step_of_its_script_is_a_change(watched: Theatre) -> None:
    table = watched.director.book.table
    table.watch()
    watched.queue("watches")
    assert table.take_changes() == ("R1",)
    payment_id = watched.start()
    assert table.take_changes() == ("R1",)
    cue(watched, poll(payment_id))
    assert table.take_changes() == ("R1",)
    watched.cancel(payment_id)
    assert table.take_changes() == ("R1",)
    cue(watched, poll("another"))
    assert table.take_changes() == ()


def test_a_step_that_leaves_its_payment_as_it_is_is_a_change_of_the_run(theatre: Theatre) -> None:
    theatre.steps("keeps", "after: 1s, do: keep-active", "after: 1h, do: leave")
    theatre.start(script="keeps")
    theatre.director.book.table.watch()
    theatre.wait(seconds=1)

    assert theatre.director.book.table.take_changes() == ("R1",)


def test_a_script_that_is_stopped_leaves_no_timer_and_is_a_change(theatre: Theatre) -> None:
    theatre.steps("slow", "after: 1s, do: check-in", "after: 1h, do: accept")
    payment_id = theatre.start(script="slow")
    table = theatre.director.book.table
    table.watch()
    assert any(isinstance(command, PlaysStep) for _, command in theatre.world.clock.pending())
    theatre.wait(seconds=20)
    assert table.take_changes() == ("R1",)
    with theatre.world:
        theatre.director.hand_over(theatre.payment(payment_id).pos_id)

    assert table.take_changes() == ("R1",)
    assert not any(isinstance(command, PlaysStep) for _, command in theatre.world.clock.pending())


def test_how_a_notification_was_taken_is_noted_with_the_run_on_its_point_of_sale(
    watched: Theatre,
) -> None:
    watched.world.callback_urls["told"] = "http://127.0.0.1:9000/"
    pos_id = watched.create_pos(callback_alias="told")
    watched.queue("watches")
    watched.start(pos_id)
    watched.director.book.table.watch()
    watched.check_in(pos_id)
    watched.director.book.table.take_changes()
    (letter,) = watched.world.notifications
    with watched.world as world:
        notifications.note_attempt(world, letter, 200)

    assert watched.director.run("R1").record.notified == [(world.clock.now, 200)]
    assert watched.director.book.table.take_changes() == ("R1",)


# --- who else has a say -----------------------------------------------------------------------


def test_a_fault_of_the_sandbox_goes_before_the_runs_own_which_counts_all_the_same(
    watched: Theatre,
) -> None:
    watched.queue("watches")
    payment_id = watched.start()
    fault = standing()
    watched.director.standing.put([fault])
    found = cue(watched, poll(payment_id))
    assert found.fault is fault and found.seen is not None and found.seen.is_struck
    second = cue(watched, poll(payment_id))
    assert second.fault is fault
    watched.director.standing.put([])

    assert cue(watched, poll(payment_id)).fault is None
    assert watched.director.standing.calls_of(0) == 0


def test_a_director_looks_at_no_calls_until_something_may_strike_or_watch_them(
    theatre: Theatre,
) -> None:
    director = theatre.director
    assert director.looks_at(None) is False
    director.usher = FixedUsher(is_busy=False)
    assert director.looks_at(None) is False
    director.usher.is_busy = True
    assert director.looks_at(None) is True
    director.usher = None
    director.standing.put([standing()])
    assert director.looks_at(None) is True
    director.standing.put([])
    assert director.looks_at(None) is False
    director.play_by_default(read_scenario(WATCHES, "watches"))
    assert director.looks_at(None) is True


def test_calls_about_a_payment_are_looked_at_where_its_own_run_watches_them(
    watched: Theatre,
) -> None:
    plain = watched.start()
    watched.queue("watches")
    payment_id = watched.start()
    director = watched.director

    assert director.looks_at(payment_id) is True
    assert director.looks_at(plain) is False
    assert director.looks_at("no payment") is False
    assert director.looks_at(None) is True


def test_standing_faults_and_ushers_look_at_calls_about_any_payment(theatre: Theatre) -> None:
    payment_id, director = theatre.start(), theatre.director
    director.standing.put([standing()])
    assert director.looks_at(payment_id) is True
    director.standing.put([])
    director.usher = FixedUsher()
    assert director.looks_at(payment_id) is True


def test_an_usher_is_asked_first_whose_a_call_is(watched: Theatre) -> None:
    watched.queue("watches")
    payment_id = watched.start()
    with watched.world:
        case = watched.director.open_case(read_scenario(WATCHES, "case"))
    watched.director.usher = FixedUsher(claims={"GetPos": case})

    assert cue(watched, Incoming(name="GetPos")).run is case
    assert cue(watched, poll(payment_id)).run is watched.director.run("R1")
    assert case.is_case and case.pos_id is None
    assert watched.director.runs() == [watched.director.run("R1"), case]


def test_a_payment_can_be_taken_over_by_a_case_and_nobody_plays_its_customer(
    theatre: Theatre,
) -> None:
    payment_id = theatre.start(script="slow-customer")
    with theatre.world as world:
        case = theatre.director.open_case(read_scenario(WATCHES, "case"))
        theatre.director.adopt(case, theatre.payment(payment_id))
        now = world.clock.now
    stopped = theatre.stopped(payment_id)

    assert theatre.director.run_of(payment_id) is case
    assert case.cursors[payment_id].has_stopped
    assert stopped is not None and "certification" in (stopped.reason or "")
    assert case.record.states == [(now, payment_id, "Initiated")]
    assert theatre.director.playing(payment_id) is None


# --- asking -----------------------------------------------------------------------------------


def test_the_scenario_at_work_on_a_payment_is_told_until_it_has_stopped(theatre: Theatre) -> None:
    payment_id = theatre.start(script="rejection")
    assert theatre.director.playing(payment_id) == "rejection"
    assert theatre.director.playing("nothing") is None
    assert theatre.director.run_of("nothing") is None
    theatre.wait(minutes=1)

    assert theatre.director.playing(payment_id) is None
    assert theatre.of(ScriptStopped, payment_id)
    assert theatre.director.run_of(payment_id) is theatre.director.run("R1")


def test_another_scenario_can_become_the_default_and_is_put_on_the_shelf(theatre: Theatre) -> None:
    theatre.director.play_by_default(read_scenario("summary: x", "mine"))
    assert theatre.director.default == "mine" and "mine" in theatre.director.shelf
    assert theatre.played(theatre.start()) == "mine"
    theatre.director.play_by_default(theatre.shelf.get("success"))

    assert theatre.played(theatre.start()) == "success"
    assert list(theatre.shelf.uploads) == ["mine"]


@pytest.mark.parametrize("name", ["InitiatePayment", "GetCheckIn"])
def test_only_a_callers_call_that_starts_a_payment_begins_a_run(
    watched: Theatre, name: str
) -> None:
    pos_id = watched.create_pos()
    calls = [
        Incoming(name=name, pos_id=pos_id, script="watches", starts_payment=True),
        Incoming(name=name, pos_id=pos_id, script="watches", caller=watched.caller),
    ]
    assert [cue(watched, each).run for each in calls] == [None, None]


# --- going on ---------------------------------------------------------------------------------


def test_a_director_goes_on_with_the_scripts_that_were_playing(theatre: Theatre) -> None:
    payment_id, over = theatre.start(script="success"), theatre.start(script="rejection")
    theatre.wait(milliseconds=1500)
    theatre.cancel(over)
    again = Director(theatre.world, theatre.shelf, "manual")
    theatre.world.subscribers[:] = theatre.world.subscribers[-1:]
    again.book.table.update(theatre.director.book.table)
    with theatre.world:
        again.restore(2)
    theatre.director = again
    assert again.playing(payment_id) == "success" and again.playing(over) is None
    theatre.wait(minutes=1)

    assert theatre.state(payment_id) == "Reserved"
    with theatre.world:
        assert again.queue("success")[0].id == "R3"


def test_a_run_is_over_where_its_script_stops_after_its_payment(watched: Theatre) -> None:
    watched.queue("watches")
    payment_id = watched.start()
    watched.check_in(watched.payment(payment_id).pos_id)
    watched.accept(payment_id)
    watched.capture(payment_id)
    run = watched.director.run("R1")
    assert (run.is_over, run.retired) == (False, 0)
    watched.advance(timedelta(hours=1))

    assert (run.is_over, run.retired) == (True, 1)


def test_requests_are_told_apart_by_what_they_ask_for_or_by_their_point_of_sale() -> None:
    asked = [
        *({"fingerprint": ("pay", 1)}, {"fingerprint": ("pay", 2)}),
        *({"pos_id": "p"}, {"pos_id": "q"}, {}),
    ]
    texts = [Incoming(name="x", **each).in_short for each in asked]

    assert len(set(texts)) == len(texts)
    assert texts[-1] == ""
    assert Incoming(name="x", fingerprint=("pay", 1), pos_id="p").in_short == texts[0]
