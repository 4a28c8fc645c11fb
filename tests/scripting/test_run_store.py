"""The run store: which run is found by what, which are forgotten, and a store that is read again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from mobilepay_simulator.engine.records import Caller
from mobilepay_simulator.scripting import run_store as books
from mobilepay_simulator.scripting.run_store import RunStore
from mobilepay_simulator.scripting.runs import ScenarioRun
from mobilepay_simulator.scripting.scenario import Scenario, read_scenario

from tests.support import START

PLAIN = read_scenario("summary: x\nsteps: [{do: check-in}]", "plain")
WATCHED = read_scenario(
    "summary: x\nfaults: [{call: GetPos, delay: 1s}]\npayments: [{}, {}]", "watched"
)
KEY = (Caller("client", "DK12345678"), "key")


def a_run(store: RunStore, scenario: Scenario = PLAIN, pos_id: str | None = None) -> ScenarioRun:
    number = store.next_number()
    run = ScenarioRun(
        id=f"R{number}", scenario=scenario, begun_at=START, seed=("x",), pos_id=pos_id
    )
    store.add(run)
    return run


def begun(store: RunStore, run: ScenarioRun, payment_id: str, pos_id: str = "pos") -> ScenarioRun:
    run.start_payment(payment_id)
    store.assign(run, payment_id, pos_id)
    return run


def same(store: RunStore) -> RunStore:
    return store


def read_again(store: RunStore) -> RunStore:
    """A store whose tables were filled with another's, in whatever order."""
    again = RunStore()
    again.table.update(store.table)
    again.waiting.update(reversed(store.waiting.items()))
    again.by_pos.update(store.by_pos)
    again.texts.update(store.texts)
    again.restore(store.count)
    return again


kept = pytest.mark.parametrize("kept", [same, read_again])
Kept = Callable[[RunStore], RunStore]


@kept
def test_runs_wait_in_the_order_they_were_queued(kept: Kept) -> None:
    store = RunStore()
    runs = [a_run(store) for _ in range(3)]
    for run in (runs[2], runs[0], runs[1]):
        store.enqueue(run)
    store.enqueue(runs[2])
    store = kept(store)
    assert [run.id for run in store.queue()] == ["R1", "R2", "R3"]
    store.enqueue(a_run(store))
    assert [run.id for run in store.queue()] == ["R1", "R2", "R3", "R4"]
    store.dequeue("R2")
    store.dequeue("R2")

    assert [run.id for run in store.queue()] == ["R1", "R3", "R4"]
    assert store.count == 4


@kept
def test_a_payment_takes_what_waits_for_its_point_of_sale_before_what_waits_for_any(
    kept: Kept,
) -> None:
    store = RunStore()
    assert store.next_for("a") is None and store.first_queued("a") is None
    for pos_id in ("b", None, "a"):
        store.enqueue(a_run(store, pos_id=pos_id))
    store = kept(store)

    def found(run: ScenarioRun | None) -> str | None:
        return run.id if run else None

    assert [found(store.next_for(each)) for each in ("a", "b", "c", None)] == [
        "R3",
        "R1",
        "R2",
        "R2",
    ]
    applies_to = [found(store.first_queued(each)) for each in ("a", "b", None)]
    assert applies_to == ["R2", "R1", "R2"]


@kept
def test_a_run_is_found_by_its_payments_its_keys_and_its_point_of_sale(kept: Kept) -> None:
    store = RunStore()
    run = store.remember(a_run(store, WATCHED), KEY)
    plain = begun(store, a_run(store), "plain payment", "elsewhere")
    assert (store.of_payment("payment"), store.on_pos("pos"), store.on_pos(None)) == (None,) * 3
    begun(store, run, "payment")
    store = kept(store)

    assert store.of_key(KEY) is run and store.of_payment("payment") is run
    assert store.on_pos("pos") is run
    assert store.of_payment("plain payment") is plain and store.on_pos("elsewhere") is None
    assert store.watched
    assert store.texts == {each.scenario.digest: each.scenario.texts for each in (run, plain)}


@kept
def test_a_run_that_wants_more_payments_waits_again_behind_the_others(kept: Kept) -> None:
    store = RunStore()
    first, second = a_run(store, WATCHED), a_run(store)
    for run in (first, second):
        store.enqueue(run)
    begun(store, first, "1")
    store = kept(store)
    assert [run.id for run in store.queue()] == ["R2", "R1"]
    begun(store, first, "2")
    begun(store, second, "3")

    assert store.queue() == []
    assert first.pos_id == "pos"


@kept
def test_nothing_is_left_of_a_run_that_is_forgotten(kept: Kept) -> None:
    store = RunStore()
    run = begun(store, store.remember(a_run(store, WATCHED), KEY), "payment")
    twin = a_run(store, WATCHED)
    store = kept(store)
    store.forget(run)
    assert list(store.table) == ["R2"]
    assert (store.of_key(KEY), store.of_payment("payment"), store.on_pos("pos")) == (None,) * 3
    assert not store.by_pos and not store.waiting
    assert store.watched and list(store.texts) == [twin.scenario.digest]
    store.forget(twin)

    assert not store.watched and not store.texts


@kept
def test_of_runs_that_are_over_and_of_those_never_paid_the_newest_are_kept(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "RUNS_KEPT", 2)
    store = RunStore()
    case = begun(store, a_run(store), "case")
    case.is_case = True
    store.retire(case)
    over = [begun(store, a_run(store), f"p{n}") for n in range(2)]
    for run in reversed(over):
        store.retire(run)
    assert [run.retired for run in (case, *over)] == [1, 3, 2]
    unpaid = [a_run(store) for _ in range(2)]
    for run in unpaid:
        store.add_unpaid(run)
    store = kept(store)

    newest = begun(store, a_run(store), "newest")
    store.retire(newest)
    assert newest.retired == 4
    store.add_unpaid(a_run(store))
    assert list(store.table) == ["R1", "R2", "R5", "R6", "R7"]


@kept
def test_of_runs_without_a_payment_only_those_of_refused_calls_are_forgotten(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "RUNS_KEPT", 2)
    store = RunStore()
    a_run(store).is_case = True
    store.enqueue(a_run(store))
    paid = a_run(store)
    store.add_unpaid(paid)
    begun(store, paid, "payment")
    store = kept(store)
    for _ in range(3):
        store.add_unpaid(a_run(store))

    assert list(store.table) == ["R1", "R2", "R3", "R5", "R6"]


def test_every_change_of_a_run_is_noted() -> None:
    store = RunStore()
    store.table.watch()
    run = a_run(store, WATCHED)
    assert store.table.take_changes() == ("R1",)
    changes: list[Callable[[], object]] = [
        lambda: store.touch(run),
        lambda: store.remember(run, KEY),
        lambda: begun(store, run, "payment"),
        lambda: store.retire(run),
        lambda: store.leave(run.id, START),
        lambda: store.forget(run),
    ]
    for change in changes:
        change()
        assert store.table.take_changes() == ("R1",)


def test_what_a_run_draws_follows_from_its_seed() -> None:
    runs = [a_run(RunStore()) for _ in range(2)]
    assert runs[0].random.random() == runs[1].random.random()
    assert runs[0].random is runs[0].random
    assert runs[0].verdict(START + timedelta(days=1)) == "unfinished"


def test_what_is_known_of_runs_tells_of_those_that_are_gone() -> None:
    store = RunStore()
    assert store.known() == "there are none yet"
    first = a_run(store)
    assert store.known() == "there is only R1"
    middle, last = a_run(store), a_run(store)
    assert store.known() == "there are R1 to R3"
    store.forget(middle)
    assert store.known() == "there are 2 of R1 to R3"
    assert (first.id, last.id) == ("R1", "R3")
