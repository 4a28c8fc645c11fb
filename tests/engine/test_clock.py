"""The clock's timers: in order however far the jump, each at its own time, and once."""

import weakref
from datetime import UTC, datetime

from tests.engine.bench import SECOND, Bench
from tests.support import START

# --- timers -----------------------------------------------------------------------------------


def test_timers_run_in_order_each_at_its_own_time_in_one_jump() -> None:
    bench = Bench()
    for seconds in (30, 10, 20):
        bench.schedule(seconds, f"at {seconds}")
    bench.advance(60)

    assert bench.ran == [(10, "at 10"), (20, "at 20"), (30, "at 30")]
    assert bench.seconds == 60


def test_the_timers_that_run_next_are_told_in_their_order_and_no_more_than_wanted() -> None:
    bench = Bench()
    for seconds, command in ((3, "third"), (1, "first"), (2, "second"), (1, "gone")):
        bench.clock.schedule(START + seconds * SECOND, command)
    bench.clock.cancel("gone")
    assert bench.clock.upcoming(2) == [(START + SECOND, "first"), (START + 2 * SECOND, "second")]
    assert bench.clock.upcoming(9) == list(bench.clock.pending())


def test_timers_of_one_moment_run_in_the_order_they_were_set() -> None:
    bench = Bench()
    for command in ("b", "a", "c"):
        bench.schedule(1, command)
    bench.advance(1)

    assert [command for _, command in bench.ran] == ["b", "a", "c"]


def test_a_timer_runs_at_its_time_and_not_before_and_once() -> None:
    bench = Bench()
    bench.schedule(10, "it")
    bench.advance(9.999999)
    assert bench.ran == []
    bench.advance(0.000001)
    bench.advance(100)

    assert bench.ran == [(10, "it")]


def test_a_timer_set_by_a_timer_runs_in_the_same_jump() -> None:
    bench = Bench()
    bench.schedule(1, "first")
    bench.schedule(3, "third")
    bench.also["first"] = lambda: bench.schedule(2, "second")
    bench.advance(10)

    assert bench.ran == [(1, "first"), (2, "second"), (3, "third")]


def test_a_timer_can_cancel_a_later_one_in_the_same_jump() -> None:
    bench = Bench()
    bench.schedule(1, "first")
    bench.schedule(2, "second")
    bench.also["first"] = lambda: bench.clock.cancel("second")
    bench.advance(10)

    assert bench.ran == [(1, "first")]


def test_a_timer_that_is_past_runs_next_and_does_not_turn_time_back() -> None:
    bench = Bench()
    bench.advance(100)
    bench.schedule(1, "late")
    bench.clock.settle()

    assert bench.ran == [(100, "late")]


def test_setting_an_equal_timer_replaces_it() -> None:
    bench = Bench()
    bench.schedule(10, "it")
    bench.schedule(20, "it")
    assert bench.clock.due_at("it") == START + 20 * SECOND
    bench.advance(30)

    assert bench.ran == [(20, "it")]


def test_a_cancelled_timer_does_not_run() -> None:
    bench = Bench()
    bench.schedule(10, "it")
    bench.clock.cancel("it")
    bench.clock.cancel("never set")
    bench.advance(30)

    assert bench.ran == []
    assert bench.clock.due_at("it") is None


def test_what_is_pending_is_told_in_the_order_it_will_run() -> None:
    bench = Bench()
    for seconds, command in ((20, "b"), (10, "a"), (20, "c"), (5, "gone")):
        bench.schedule(seconds, command)
    bench.clock.cancel("gone")

    assert [command for _, command in bench.clock.pending()] == ["a", "b", "c"]
    assert bench.clock.next_due() == START + 10 * SECOND


def test_nothing_is_due_where_nothing_is_set() -> None:
    bench = Bench()
    assert bench.clock.next_due() is None
    assert not bench.clock.is_behind()
    assert list(bench.clock.pending()) == []


def test_what_became_due_this_very_moment_can_be_run_at_once() -> None:
    bench = Bench()
    bench.schedule(0, "now")
    bench.schedule(0.001, "soon")
    bench.clock.run_immediate()

    assert bench.ran == [(0, "now")]


def test_ten_thousand_timers_run_in_order() -> None:
    bench = Bench()
    # 7919 has no factor in common with 10,000, so this is every number once, well shuffled.
    shuffled = [number * 7919 % 10_000 for number in range(10_000)]
    for number in shuffled:
        bench.schedule(number, number)
    bench.advance(10_000)

    assert bench.ran == [(number, number) for number in range(10_000)]


class Command:
    """A timer's command that can be watched."""


def test_cancelled_timers_do_not_pile_up() -> None:
    bench = Bench()
    alive: weakref.WeakSet[Command] = weakref.WeakSet()
    for number in range(10_000):
        command = Command()
        alive.add(command)
        bench.schedule(1_000_000 + number, command)
        bench.clock.cancel(command)
        del command

    assert len(alive) < 200


def test_timers_run_in_order_once_the_cancelled_ones_are_swept_away() -> None:
    bench = Bench()
    shuffled = [number * 7919 % 1000 for number in range(1000)]
    for number in shuffled:
        bench.schedule(number, number)
    for number in range(1000):
        if number % 3:
            bench.clock.cancel(number)
    bench.schedule(1000, 1000)
    bench.advance(1000)

    assert [command for _, command in bench.ran] == [*range(0, 1000, 3), 1000]


def test_timers_that_are_set_again_and_again_do_not_pile_up() -> None:
    bench = Bench()
    kept = [Command() for _ in range(10)]
    due: weakref.WeakSet[object] = weakref.WeakSet()

    class Moment(datetime):
        """A due time that can be watched."""

    for number in range(10_000):
        moment = Moment(2025, 1, 1, tzinfo=UTC) + number * SECOND
        due.add(moment)
        bench.clock.schedule(moment, kept[number % 10])
        del moment

    assert len(due) < 200
    assert len(list(bench.clock.pending())) == 10
