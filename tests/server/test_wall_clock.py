"""The machine's clock jumps: sandboxes, tokens and waits take no notice, and records stay in order."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.api.context import SteadyWallClock
from mobilepay_simulator.app import create_app
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.sandboxes.snapshots import load_snapshot, take_snapshot
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play
from mobilepay_simulator.testing.process import Simulator

from tests.support import Till, fresh

HOUR, DAY, NTP = -3600.0, 86_400.0, -0.005

#: Lets the server's clock differ from the machine's by what is in a file.
_OFFSET = """\
import time
real = time.time
def wall():
    with open({file!r}) as file:
        return real() + float(file.read() or 0)
time.time = wall
"""


class Jumps:
    """A server whose machine's clock can be set."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_text("0")

        class Jumping(Simulator):
            boot = _OFFSET.format(file=str(file)) + Simulator.boot

        self.simulator = Jumping(time_scale=1.0)

    def by(self, seconds: float) -> None:
        # A file that is read while it is written is empty, which is no jump.
        self._file.write_text(str(float(self._file.read_text() or 0) + seconds))


@pytest.fixture(scope="module")
def jumps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jumps]:
    found = Jumps(tmp_path_factory.mktemp("clock") / "offset")
    with found.simulator:
        yield found


@pytest.fixture
def till(jumps: Jumps) -> Iterator[Till]:
    base = f"{jumps.simulator.control.base_url}/sandboxes/{fresh('jump')}"
    with httpx.Client(base_url=base, timeout=20) as http:
        yield Till(http)


def now(till: Till) -> datetime:
    return datetime.fromisoformat(till.control("GET", "/clock")["now"])


@pytest.mark.parametrize("length", [HOUR, DAY, NTP], ids=["an hour back", "a day on", "NTP"])
def test_a_payment_and_its_token_outlive_a_jump(jumps: Jumps, till: Till, length: float) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    before = now(till)
    jumps.by(length)
    assert timedelta(0) <= now(till) - before < timedelta(seconds=30)
    till.advance(minutes=1)
    assert till.status(payment_id) == "Reserved"
    jumps.by(length)
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    jumps.by(-2 * length)
    assert till.status(payment_id) == "Captured"
    happened = till.control("GET", "/events")["events"]
    reached = Counter(each["after"] for each in happened if each["event"] == "PaymentChanged")
    assert {"Initiated", "Reserved", "Captured"} <= set(reached)
    assert max(reached.values()) == 1


@pytest.mark.parametrize("length", [HOUR, DAY], ids=["an hour back", "a day on"])
def test_a_delayed_call_takes_as_long_as_it_should(jumps: Jumps, till: Till, length: float) -> None:
    fault = "faults: [{call: CreatePos, delay: 700ms, work: after}]"
    till.http.put("/_simulator/faults", content=fault).raise_for_status()
    timer = threading.Timer(0.2, jumps.by, [length])
    timer.start()
    began = time.monotonic()
    till.create_pos()
    timer.join()
    jumps.by(-length)
    assert 0.7 <= time.monotonic() - began < 15


def test_records_stay_in_order(jumps: Jumps, till: Till) -> None:
    for length in (HOUR, NTP, NTP, -HOUR, DAY, -DAY, NTP):
        jumps.by(length)
        till.create_pos()
    calls = till.control("GET", "/requests")["requests"]
    times = [datetime.fromisoformat(each["realAt"]) for each in calls]
    assert len(times) > 6
    assert times == sorted(times)
    assert all(each["durationMs"] >= 0 for each in calls)
    snapshot = till.http.get("/_simulator/snapshot").content
    assert till.http.put("/_simulator/snapshot", content=snapshot).status_code == 200


def test_a_clock_that_steps_back_in_a_call_leaves_a_snapshot_that_loads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stepping = _stepping_back()
    monkeypatch.setattr(time, "time", stepping)
    app = create_app(Settings(time_scale=0))
    for name in ("success", "refund"):
        play(app.context.library.scenarios[name], Settings(), app)
    # `play` has a clock of its own; here are calls by the machine's.
    app.context.wall_time = SteadyWallClock(stepping, time.monotonic)
    sandbox = app.context.sandboxes.get(DEFAULT)
    for _ in range(5):
        app.test_client().get("/pos/v10/nowhere", headers={"Host": "localhost"})
    assert all(each.duration >= 0 for each in sandbox.journal)
    with sandbox.world:
        content = take_snapshot(sandbox)
    load_snapshot(content, app.context.sandboxes.fresh("other"))


def _stepping_back() -> Callable[[], float]:
    left = iter(range(2_000_000_000, 0, -1))
    return lambda: float(next(left))


@pytest.mark.parametrize(
    ("walls", "shown"),
    [
        ([100, 101, 102], [101, 102]),
        ([100, 99.9, 100.5], [100, 100.5]),
        ([100, 40, 41, 42], [101, 102, 103]),
        ([100, 86_500, 86_501], [86_500, 86_501]),
        ([100, 40, 200], [101, 200]),
    ],
    ids=["steady", "a little back", "far back", "forward", "back and forward"],
)
def test_the_time_of_day_never_runs_backwards(walls: list[float], shown: list[float]) -> None:
    wall, ticks = iter(walls), iter(range(len(walls)))
    clock = SteadyWallClock(lambda: next(wall), lambda: next(ticks))
    assert [clock() for _ in walls[1:]] == shown
