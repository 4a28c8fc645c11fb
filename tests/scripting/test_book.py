"""A director's book: which run is asked for how, what is forgotten, and the same book read again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from simulator.engine.callers import Caller
from simulator.scripting import book as books
from simulator.scripting.book import RunBook
from simulator.scripting.runs import Run
from simulator.scripting.scenario import Scenario, read_scenario
from tests.support import START

PLAIN = read_scenario("summary: x\nsteps: [{do: check-in}]", "plain")
WATCHED = read_scenario(
    "summary: x\nfaults: [{call: GetPos, delay: 1s}]\npayments: [{}, {}]", "watched"
)
KEY = (Caller("client", "DK12345678"), "key")


def a_run(book: RunBook, scenario: Scenario = PLAIN, pos_id: str | None = None) -> Run:
    number = book.next_number()
    run = Run(id=f"R{number}", scenario=scenario, begun_at=START, seed=("x",), pos_id=pos_id)
    book.add(run)
    return run


def begun(book: RunBook, run: Run, payment_id: str, pos_id: str = "pos") -> Run:
    run.begin(payment_id)
    book.begin(run, payment_id, pos_id)
    return run


def same(book: RunBook) -> RunBook:
    return book


def read_again(book: RunBook) -> RunBook:
    """A book whose tables were filled with another's, in whatever order."""
    again = RunBook()
    again.table.update(book.table)
    again.waiting.update(reversed(book.waiting.items()))
    again.by_pos.update(book.by_pos)
    again.texts.update(book.texts)
    again.restore(book.count)
    return again


kept = pytest.mark.parametrize("kept", [same, read_again])
Kept = Callable[[RunBook], RunBook]


@kept
def test_runs_wait_in_the_order_they_were_queued(kept: Kept) -> None:
    book = RunBook()
    runs = [a_run(book) for _ in range(3)]
    for run in (runs[2], runs[0], runs[1]):
        book.enqueue(run)
    book.enqueue(runs[2])
    book = kept(book)
    assert [run.id for run in book.queue()] == ["R1", "R2", "R3"]
    book.enqueue(a_run(book))
    assert [run.id for run in book.queue()] == ["R1", "R2", "R3", "R4"]
    book.dequeue("R2")
    book.dequeue("R2")

    assert [run.id for run in book.queue()] == ["R1", "R3", "R4"]
    assert book.count == 4


@kept
def test_a_payment_takes_what_waits_for_its_point_of_sale_before_what_waits_for_any(
    kept: Kept,
) -> None:
    book = RunBook()
    assert book.next_for("a") is None and book.first_to_strike("a") is None
    for pos_id in ("b", None, "a"):
        book.enqueue(a_run(book, pos_id=pos_id))
    book = kept(book)

    def found(run: Run | None) -> str | None:
        return run.id if run else None

    assert [found(book.next_for(each)) for each in ("a", "b", "c", None)] == [
        "R3",
        "R1",
        "R2",
        "R2",
    ]
    strikes = [found(book.first_to_strike(each)) for each in ("a", "b", None)]
    assert strikes == ["R2", "R1", "R2"]


@kept
def test_a_run_is_found_by_its_payments_its_keys_and_its_point_of_sale(kept: Kept) -> None:
    book = RunBook()
    run = book.remember(a_run(book, WATCHED), KEY)
    plain = begun(book, a_run(book), "plain payment", "elsewhere")
    assert (book.of_payment("payment"), book.on_pos("pos"), book.on_pos(None)) == (None,) * 3
    begun(book, run, "payment")
    book = kept(book)

    assert book.of_key(KEY) is run and book.of_payment("payment") is run
    assert book.on_pos("pos") is run
    assert book.of_payment("plain payment") is plain and book.on_pos("elsewhere") is None
    assert book.has_watched
    assert book.texts == {each.scenario.digest: each.scenario.texts for each in (run, plain)}


@kept
def test_a_run_that_wants_more_payments_waits_again_behind_the_others(kept: Kept) -> None:
    book = RunBook()
    first, second = a_run(book, WATCHED), a_run(book)
    for run in (first, second):
        book.enqueue(run)
    begun(book, first, "1")
    book = kept(book)
    assert [run.id for run in book.queue()] == ["R2", "R1"]
    begun(book, first, "2")
    begun(book, second, "3")

    assert book.queue() == []
    assert first.pos_id == "pos"


@kept
def test_nothing_is_left_of_a_run_that_is_forgotten(kept: Kept) -> None:
    book = RunBook()
    run = begun(book, book.remember(a_run(book, WATCHED), KEY), "payment")
    twin = a_run(book, WATCHED)
    book = kept(book)
    book.forget(run)
    assert list(book.table) == ["R2"]
    assert (book.of_key(KEY), book.of_payment("payment"), book.on_pos("pos")) == (None,) * 3
    assert not book.by_pos and not book.waiting
    assert book.has_watched and list(book.texts) == [twin.scenario.digest]
    book.forget(twin)

    assert not book.has_watched and not book.texts


@kept
def test_of_runs_that_are_over_and_of_those_never_paid_the_newest_are_kept(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "RUNS_KEPT", 2)
    book = RunBook()
    case = begun(book, a_run(book), "case")
    case.is_case = True
    book.retire(case)
    over = [begun(book, a_run(book), f"p{n}") for n in range(2)]
    for run in reversed(over):
        book.retire(run)
    assert [run.retired for run in (case, *over)] == [1, 3, 2]
    unpaid = [a_run(book) for _ in range(2)]
    for run in unpaid:
        book.add_unpaid(run)
    book = kept(book)

    newest = begun(book, a_run(book), "newest")
    book.retire(newest)
    assert newest.retired == 4
    book.add_unpaid(a_run(book))
    assert list(book.table) == ["R1", "R2", "R5", "R6", "R7"]


@kept
def test_of_runs_without_a_payment_only_those_of_refused_calls_are_forgotten(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "RUNS_KEPT", 2)
    book = RunBook()
    a_run(book).is_case = True
    book.enqueue(a_run(book))
    paid = a_run(book)
    book.add_unpaid(paid)
    begun(book, paid, "payment")
    book = kept(book)
    for _ in range(3):
        book.add_unpaid(a_run(book))

    assert list(book.table) == ["R1", "R2", "R3", "R5", "R6"]


def test_every_change_of_a_run_is_noted() -> None:
    book = RunBook()
    book.table.watch()
    run = a_run(book, WATCHED)
    assert book.table.take_changes() == ("R1",)
    changes: list[Callable[[], object]] = [
        lambda: book.touch(run),
        lambda: book.remember(run, KEY),
        lambda: begun(book, run, "payment"),
        lambda: book.retire(run),
        lambda: book.forget(run),
    ]
    for change in changes:
        change()
        assert book.table.take_changes() == ("R1",)


def test_what_a_run_draws_follows_from_its_seed() -> None:
    runs = [a_run(RunBook()) for _ in range(2)]
    assert runs[0].random.random() == runs[1].random.random()
    assert runs[0].random is runs[0].random
    assert runs[0].verdict(START + timedelta(days=1)) == "unfinished"
