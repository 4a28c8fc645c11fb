"""The clock's time: it stands still within an operation, passes, is moved, and goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from mobilepay_simulator.engine.clock import LATEST

from tests.engine.bench import SECOND, Bench
from tests.support import START

# --- time that stands still, passes, or is moved ----------------------------------------------


def test_a_clock_that_stands_still_moves_only_when_it_is_moved() -> None:
    bench = Bench(scale=0)
    bench.wall.seconds += 1_000_000
    bench.clock.settle()
    assert bench.seconds == 0
    bench.advance(5)

    assert bench.seconds == 5


@pytest.mark.parametrize(("scale", "passed"), [(1, 10), (60, 600), (0.5, 5)])
def test_time_passes_as_many_times_as_fast_as_its_scale_says(scale: float, passed: float) -> None:
    bench = Bench(scale=scale)
    bench.wall.seconds += 10
    bench.clock.settle()

    assert bench.seconds == passed
    assert bench.clock.scale == scale


def test_time_stands_still_during_an_operation() -> None:
    bench = Bench(scale=1)
    bench.clock.settle()
    bench.wall.seconds += 10

    assert bench.seconds == 0
    assert bench.clock.present() == START + 10 * SECOND
    assert bench.seconds == 0


def test_timers_of_the_time_that_passed_run_at_their_own_times() -> None:
    bench = Bench(scale=2)
    for seconds in (7, 3, 21):
        bench.schedule(seconds, seconds)
    bench.wall.seconds += 10
    assert bench.clock.is_behind()
    bench.clock.settle()

    assert bench.ran == [(3, 3), (7, 7)]
    assert bench.seconds == 20
    assert not bench.clock.is_behind()


def test_time_that_passes_can_be_moved_forward_too() -> None:
    bench = Bench(scale=1)
    bench.wall.seconds += 10
    bench.advance(100)
    assert bench.seconds == 110
    bench.wall.seconds += 10
    bench.clock.settle()

    assert bench.seconds == 120


def test_a_wall_clock_that_goes_back_does_not_take_time_along() -> None:
    bench = Bench(scale=1)
    bench.wall.seconds += 10
    bench.clock.settle()
    bench.wall.seconds -= 100
    bench.clock.settle()

    assert bench.seconds == 10


def test_a_new_scale_holds_from_now_on() -> None:
    bench = Bench(scale=1)
    bench.wall.seconds += 10
    bench.clock.rescale(100)
    assert bench.seconds == 10
    bench.wall.seconds += 10
    bench.clock.settle()
    assert bench.seconds == 1010
    bench.clock.rescale(0)
    bench.wall.seconds += 10
    bench.clock.settle()
    assert bench.seconds == 1010
    bench.clock.rescale(1)
    bench.wall.seconds += 10
    bench.clock.settle()

    assert bench.seconds == 1020


def test_rescaling_first_runs_what_fell_due() -> None:
    bench = Bench(scale=10)
    bench.schedule(50, "it")
    bench.wall.seconds += 6
    bench.clock.rescale(0)

    assert bench.ran == [(50, "it")]
    assert bench.seconds == 60


def test_time_is_not_turned_back() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="time only moves forward"):
        bench.advance(-1)

    assert bench.seconds == 0


def test_time_can_be_moved_up_to_its_end_and_not_past_it() -> None:
    bench = Bench()
    bench.schedule(1, "it")
    for length in (LATEST - START + timedelta(microseconds=1), timedelta.max):
        with pytest.raises(ValueError, match="the clock stops at 9000-01-01"):
            bench.clock.advance(length)
    assert (bench.ran, bench.seconds) == ([], 0)
    bench.clock.advance(LATEST - START)

    assert bench.clock.now == LATEST
    assert bench.ran == [(1, "it")]


@pytest.mark.parametrize(("scale", "passed"), [(1, 1e6), (1e6, 300), (1e6, 3e5), (1e6, 1e9)])
def test_time_that_passes_stops_at_its_end(scale: float, passed: float) -> None:
    bench = Bench(scale=scale, start=datetime(8999, 12, 31, tzinfo=UTC))
    bench.wall.seconds += passed
    bench.clock.settle()

    assert bench.clock.now == LATEST


def test_time_that_is_pinned_stands_still_until_it_is_let_go() -> None:
    bench = Bench(scale=1)
    bench.wall.seconds += 10
    assert bench.clock.pin() == START + 10 * SECOND
    bench.wall.seconds += 10
    bench.clock.settle()
    assert bench.seconds == 10
    bench.clock.unpin()
    bench.clock.settle()

    assert bench.seconds == 20


def test_time_that_is_pinned_can_be_moved() -> None:
    bench = Bench(scale=1)
    bench.clock.pin()
    bench.advance(60)
    bench.wall.seconds += 5
    bench.clock.settle()
    assert bench.seconds == 60
    bench.advance(60)

    assert bench.seconds == 120


# --- going on from what was written down -------------------------------------------------------


def gone_on(now: float, present: float) -> Bench:
    """A clock whose table was filled: `now` and `present` are seconds after its start."""
    bench = Bench()
    for command, seconds, number in (("b", 20, 4), ("early", 10, 7), ("a", 20, 2)):
        bench.clock.timers[command] = (START + seconds * SECOND, number)
    bench.clock.restore(START + now * SECOND, START + present * SECOND, 2.0)
    return bench


def test_a_clock_goes_on_where_it_was_and_runs_what_fell_due_since() -> None:
    bench = gone_on(5, 15)
    assert (bench.seconds, bench.clock.scale) == (5, 2.0)
    assert bench.clock.next_due() == START + 10 * SECOND
    bench.clock.settle()
    assert (bench.seconds, bench.ran) == (15, [(10, "early")])
    bench.wall.seconds += 2
    bench.clock.settle()

    assert bench.seconds == 19


def test_timers_set_after_that_come_behind_those_that_were_there() -> None:
    bench = gone_on(5, 5)
    bench.schedule(20, "new")
    bench.advance(60)

    assert [command for _, command in bench.ran] == ["early", "a", "b", "new"]


def test_a_clock_without_timers_goes_on_as_well() -> None:
    bench = Bench()
    bench.clock.restore(START + SECOND, START + SECOND, 1.0)
    bench.schedule(1, "it")
    bench.clock.settle()

    assert bench.ran == [(1, "it")]


def test_time_is_not_turned_back_by_going_on() -> None:
    bench = gone_on(15, 5)
    bench.clock.settle()

    assert bench.clock.now == START + 15 * SECOND


def test_what_is_cancelled_is_not_behind() -> None:
    bench = Bench(scale=1)
    bench.schedule(5, "gone")
    bench.schedule(10, "it")
    bench.clock.cancel("gone")
    bench.wall.seconds += 7
    assert not bench.clock.is_behind()
    bench.wall.seconds += 3

    assert bench.clock.is_behind()
