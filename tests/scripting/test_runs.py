"""Runs: which of them a call belongs to, what goes wrong with it, and which runs are kept."""

from datetime import timedelta
from typing import Any

import pytest

from simulator.scripting import book
from simulator.scripting.book import RUNS_KEPT
from simulator.scripting.director import NoSuchRun
from simulator.scripting.runs import Cue, Incoming
from tests.scripting.theatre import Theatre
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
def broken(theatre: Theatre) -> Theatre:
    """A theatre with a scenario that breaks calls."""
    theatre.upload("breaks", BREAKS)
    return theatre


def starting(theatre: Theatre, pos_id: str, **details: Any) -> Incoming:
    values: dict[str, Any] = {"key": fresh("key"), "caller": theatre.caller, **details}
    return Incoming(
        name="InitiatePayment", method="POST", pos_id=pos_id, starts_payment=True, **values
    )


def cue(theatre: Theatre, incoming: Incoming) -> Cue:
    with theatre.world:
        return theatre.director.cue(incoming)


def run_of(theatre: Theatre, incoming: Incoming) -> str | None:
    found = cue(theatre, incoming).run
    return found.id if found else None


def poll(payment_id: str) -> Incoming:
    return Incoming(name="QueryPayment", payment_id=payment_id)


# --- which run --------------------------------------------------------------------------------


def test_a_call_that_no_scenario_looks_at_belongs_to_no_run(theatre: Theatre) -> None:
    assert not theatre.director.looks_at(None)
    assert cue(theatre, starting(theatre, theatre.create_pos())) == Cue()


def test_a_call_and_its_retry_belong_to_one_run_before_there_is_a_payment(
    broken: Theatre,
) -> None:
    call = starting(broken, broken.create_pos(), script="breaks")
    first, retry = cue(broken, call), cue(broken, call)

    assert first.run is not None and first.run is retry.run
    assert first.plan is not None and first.plan.part == 0
    assert retry.fault is None
    assert broken.director.looks_at(None)


def test_another_key_is_another_run(broken: Theatre) -> None:
    pos_id = broken.create_pos()
    first, second = (starting(broken, pos_id, script="breaks") for _ in range(2))

    assert run_of(broken, first) != run_of(broken, second)


def test_the_payment_belongs_to_the_run_of_the_call_that_made_it(broken: Theatre) -> None:
    pos_id = broken.create_pos()
    run_id = run_of(broken, starting(broken, pos_id, script="breaks"))
    payment_id = broken.start(pos_id, script=run_id)

    assert broken.played(payment_id) == "breaks"
    assert run_of(broken, poll(payment_id)) == run_id
    assert list(broken.director.run(run_id or "").cursors) == [payment_id]


def test_a_fault_strikes_what_it_names_and_the_client_is_watched(broken: Theatre) -> None:
    broken.queue("breaks")
    payment_id = broken.start()
    struck = cue(broken, poll(payment_id))
    spared = cue(broken, Incoming(name="CapturePayment", method="POST", payment_id=payment_id))

    assert struck.fault is not None and struck.fault.answer is not None
    assert spared.fault is None
    assert struck.seen is not None and struck.seen.is_struck
    assert spared.seen is not None and not spared.seen.is_struck


def test_calls_about_a_point_of_sale_belong_to_the_newest_run_on_it(broken: Theatre) -> None:
    pos_id = broken.create_pos()
    runs = []
    for _ in range(2):
        broken.queue("breaks", pos_id)
        broken.cancel(broken.start(pos_id))
        runs.append(run_of(broken, Incoming(name="GetCheckIn", pos_id=pos_id)))

    assert runs == ["R1", "R2"]
    assert run_of(broken, Incoming(name="GetCheckIn", pos_id=broken.create_pos())) is None


def test_calls_before_the_first_payment_belong_to_what_is_queued(broken: Theatre) -> None:
    broken.queue("breaks")
    pos_id = broken.create_pos()

    assert run_of(broken, Incoming(name="CreatePos", method="POST")) == "R1"
    assert run_of(broken, Incoming(name="GetCheckIn", pos_id=pos_id)) == "R1"
    assert run_of(broken, starting(broken, pos_id)) == "R1"


def test_a_call_that_is_in_the_way_of_a_runs_payment_belongs_to_that_run(broken: Theatre) -> None:
    broken.queue("breaks")
    pos_id = broken.create_pos()
    broken.start(pos_id)

    assert run_of(broken, starting(broken, pos_id)) == "R1"


def test_a_scenario_without_faults_and_expectations_is_told_no_more_than_the_run(
    theatre: Theatre,
) -> None:
    theatre.steps("plain", "do: check-in")
    theatre.queue("plain")
    found = cue(theatre, starting(theatre, theatre.create_pos()))

    assert found.run is not None and found.run.scenario.name == "plain"
    assert found == Cue(found.run)


def test_a_scenario_can_be_chosen_by_the_call(theatre: Theatre) -> None:
    theatre.upload(
        "branch", "summary: x\napplies_to: {operation: InitiatePayment, header: {x-branch: a*}}"
    )
    pos_id = theatre.create_pos()
    assert theatre.director.looks_at(None)

    taken = cue(theatre, starting(theatre, pos_id, headers={"x-branch": "abc"}))
    assert taken.run is not None and taken.run.scenario.name == "branch"
    assert run_of(theatre, starting(theatre, pos_id, headers={"x-branch": "b"})) is None


# --- several payments, and verdicts -----------------------------------------------------------


def test_each_payment_of_a_run_has_a_script_of_its_own(theatre: Theatre) -> None:
    theatre.upload(
        "two",
        "summary: x\npayments:\n  - steps: [{include: rejection}]\n  - steps: [{include: instant}]\n",
    )
    theatre.queue("two")
    pos_id = theatre.create_pos()
    first = theatre.start(pos_id)
    theatre.wait(seconds=5)
    elsewhere = theatre.start()
    second = theatre.start(pos_id)

    assert theatre.state(first) == "CancelledByUser"
    assert theatre.played(elsewhere) == "manual"
    assert theatre.state(second) == "Reserved"
    assert list(theatre.director.run("R1").cursors) == [first, second]
    assert theatre.director.queued() == []


def test_a_run_is_over_once_its_payments_and_their_scripts_are(theatre: Theatre) -> None:
    theatre.queue("rejection")
    payment_id = theatre.start()
    run = theatre.director.run("R1")
    now = theatre.world.clock.now
    assert (run.is_over, run.verdict(now)) == (False, "unfinished")
    theatre.wait(seconds=5)

    assert theatre.state(payment_id) == "CancelledByUser"
    assert (run.is_over, run.verdict(now), run.reason) == (True, "passed", None)


@pytest.mark.parametrize(
    ("act", "verdict"), [("capture", "passed"), ("cancel", "failed"), ("payment", "unfinished")]
)
def test_the_verdict_on_a_client_is_what_its_expectations_say(
    theatre: Theatre, act: str, verdict: str
) -> None:
    theatre.upload(
        "strict",
        "summary: x\nsteps: [{include: instant}]\n"
        "expect: [{final_state: Captured}, {not_called: DeletePos}]\n",
    )
    theatre.queue("strict")
    getattr(theatre, act)(theatre.start())

    assert theatre.director.run("R1").verdict(theatre.world.clock.now) == verdict


def test_a_script_that_was_stopped_tells_its_run_why(theatre: Theatre) -> None:
    theatre.steps("wrong", "do: accept")
    theatre.queue("wrong")
    theatre.start()

    assert "step 1 (accept)" in (theatre.director.run("R1").reason or "")


# --- what is kept -----------------------------------------------------------------------------


def test_an_unknown_run_is_refused(theatre: Theatre) -> None:
    with pytest.raises(NoSuchRun, match="no run 'R1'"):
        theatre.director.run("R1")


@pytest.mark.parametrize("name", ["plain", "breaks"])
def test_the_newest_runs_that_are_over_are_kept(broken: Theatre, name: str) -> None:
    broken.steps("plain")
    pos_id = broken.create_pos()
    payments = []
    for _ in range(RUNS_KEPT + 2):
        broken.queue(name, pos_id)
        payments.append(broken.start(pos_id))
        broken.cancel(payments[-1])
    kept = [run.id for run in broken.director.runs()]

    assert kept == [f"R{number}" for number in range(3, RUNS_KEPT + 3)]
    assert run_of(broken, poll(payments[0])) is None
    with pytest.raises(NoSuchRun):
        broken.director.run("R1")


def test_runs_that_are_not_over_are_kept_however_many_come_after(theatre: Theatre) -> None:
    theatre.queue("manual")
    first = theatre.start()
    pos_id = theatre.create_pos()
    for _ in range(RUNS_KEPT + 2):
        theatre.cancel(theatre.start(pos_id))

    assert list(theatre.director.run("R1").cursors) == [first]
    theatre.advance(timedelta(minutes=10))
    assert theatre.director.run("R1").is_over


def test_runs_of_calls_that_were_refused_are_forgotten_where_they_become_many(
    broken: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "RUNS_KEPT", 3)
    pos_id, elsewhere = broken.create_pos(), broken.create_pos()
    broken.queue("breaks", elsewhere)
    payment_id = broken.start(pos_id, "breaks")
    for _ in range(20):
        run_of(broken, starting(broken, broken.create_pos(), script="breaks"))
    kept = [run.id for run in broken.director.runs()]

    # What waits and what has a payment stays; of the rest the newest do.
    assert kept == ["R1", "R2", "R20", "R21", "R22"]
    assert run_of(broken, poll(payment_id)) == "R2"


def test_a_payment_more_than_a_run_has_scripts_for_plays_the_default(broken: Theatre) -> None:
    pos_id = broken.create_pos()
    run_id = run_of(broken, starting(broken, pos_id, script="breaks"))
    broken.cancel(broken.start(pos_id, run_id))

    assert broken.played(broken.start(pos_id, run_id)) == "manual"
