"""Simulators are started from anywhere: threads, a running event loop, a process without stdin."""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.client import ClientError, ControlClient, SimulatorInUse, StartFailed

from tests.support import ROOT, RunningServer, cli

STARTS = {"a server": Simulator, "in process": Simulator.in_process}


def use(simulator: SimulatorInUse) -> str:
    """Uses a simulator as a test does; returns the id of a point of sale of its own."""
    with simulator.sandbox() as sandbox:
        sandbox.clock.advance(seconds=1)
        return sandbox.pos.id


# --- the environment --------------------------------------------------------------------------

WRONG = [
    ("SEED", "abc"),
    ("TLS", "perhaps"),
    ("MAX_BODY", "0"),
    ("DATA", "/nowhere.yaml"),
    ("SIGNING_KEY", "/nowhere.pem"),
    ("CONFIG", "/nowhere.yaml"),
    ("CONTROL_TOKEN", "not so secret"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_bad_variable_is_named_where_a_server_can_not_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"MOBILEPAY_SIM_{name}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(StartFailed) as error:
        Simulator().start()
    assert variable in str(error.value)
    assert "\n" not in str(error.value)
    with Simulator.in_process() as simulator:
        assert use(simulator)


def test_what_a_machine_prints_before_the_server_does_is_not_the_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello'); print('[1]'); print('{}')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Simulator() as simulator:
        assert use(simulator)


@pytest.mark.parametrize("token", ["æble", "a\nb", "two words"])
def test_a_control_token_that_can_not_be_sent_is_told_without_being_shown(
    token: str, server: RunningServer
) -> None:
    with pytest.raises(ClientError) as error:
        ControlClient(server.url, token=token)
    done = cli("audit", server.url, env={"MOBILEPAY_SIM_CONTROL_TOKEN": token})
    assert done.returncode == 2
    for said in (str(error.value), done.stderr.removesuffix("\n")):
        assert "MOBILEPAY_SIM_CONTROL_TOKEN" in said
        assert "\n" not in said
        assert token not in said


#: What others have set for programs of their own.
OTHERS = {
    "PYTHONWARNINGS": "error",
    "PYTHONSAFEPATH": "1",
    "PYTHONIOENCODING": "ascii",
    "PYTHONOPTIMIZE": "2",
    "PYTHONSTARTUP": "/nowhere.py",
    "PYTHONUNBUFFERED": "1",
    "FLASK_APP": "nowhere",
    "WERKZEUG_RUN_MAIN": "true",
    "LC_ALL": "C",
    "TZ": "Pacific/Kiritimati",
}


def test_what_is_set_for_other_programs_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OTHERS.items():
        monkeypatch.setenv(name, value)
    with Simulator() as simulator:
        assert use(simulator)


SCRIPT = """
from mobilepay_simulator import Simulator
with Simulator() as one, Simulator.in_process() as two:
    for simulator in (one, two):
        with simulator.sandbox() as sandbox:
            assert sandbox.pos
    pid = one.pid
print("used", pid)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "</dev/null"])
def test_a_process_without_standard_input_starts_one(closed: str) -> None:
    command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, SCRIPT]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("used ")


# --- threads, event loops, several at once ----------------------------------------------------


@pytest.mark.parametrize("kind", STARTS)
def test_several_are_started_at_once_by_threads(kind: str) -> None:
    def started(_: int) -> str:
        with STARTS[kind]() as simulator:
            return use(simulator)

    with ThreadPoolExecutor(3) as threads:
        assert len(list(threads.map(started, range(3)))) == 3


@pytest.mark.parametrize("kind", STARTS)
def test_it_outlives_the_thread_that_started_it(kind: str) -> None:
    with ExitStack() as stack:
        simulators: list[SimulatorInUse] = []
        thread = threading.Thread(
            target=lambda: simulators.append(stack.enter_context(STARTS[kind]()))
        )
        thread.start()
        thread.join()
        (simulator,) = simulators
        with ThreadPoolExecutor(4) as threads:
            ids = list(threads.map(lambda _: use(simulator), range(8)))
    assert len(set(ids)) == 8


@pytest.mark.parametrize("kind", STARTS)
def test_it_is_used_within_a_running_event_loop(kind: str) -> None:
    async def main() -> str:
        with STARTS[kind]() as simulator:
            return use(simulator)

    async def beside() -> str:
        with STARTS[kind]() as simulator:
            return await asyncio.to_thread(use, simulator)

    async def both() -> list[str]:
        return await asyncio.gather(main(), beside())

    assert len(set(asyncio.run(both()))) == 2


def test_two_at_once_share_nothing() -> None:
    with (
        Simulator(seed=1) as one,
        Simulator(seed=2) as two,
        one.sandbox("mine") as mine,
        two.sandbox("mine") as theirs,
    ):
        mine.clock.advance(days=1)
        assert mine.pos.id != theirs.pos.id
        assert theirs.payments == mine.payments == ()
        assert mine.clock.now > theirs.clock.now
