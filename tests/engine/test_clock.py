"""The clock: one moment an operation, timers in order however far the jump."""

import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from simulator.engine.clock import LATEST, Clock
from tests.support import START

SECOND = timedelta(seconds=1)


@dataclass
class Wall:
    """A clock on the wall that moves when a test moves it."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Bench:
    """A clock, the wall it hangs on, and what it ran: seconds since the start, command."""

    scale: float = 0.0
    wall: Wall = field(default_factory=Wall)
    ran: list[tuple[float, Hashable]] = field(default_factory=list)
    also: dict[Hashable, Callable[[], None]] = field(default_factory=dict)
    start: datetime = START

    def __post_init__(self) -> None:
        self.clock = Clock(self.wall, self.start, self.scale, self._run)

    def _run(self, command: Hashable) -> None:
        self.ran.append((self.seconds, command))
        self.also.get(command, lambda: None)()

    @property
    def seconds(self) -> float:
        return (self.clock.now - self.start).total_seconds()

    def schedule(self, seconds: float, command: Hashable) -> None:
        self.clock.schedule(self.start + seconds * SECOND, command)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds * SECOND)


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
