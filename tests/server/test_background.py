"""Background work goes on whatever happens to it, says once what is broken, and health tells it."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from mobilepay_simulator.sandboxes.background import BackgroundWork
from mobilepay_simulator.server.chores import chores
from mobilepay_simulator.server.threads import in_thread

from tests import warm
from tests.support import ROOT, running_server, stop

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are POSIX files")

SCENARIO = "summary: It is {word}.\npayments: [{{steps: []}}]\n"


@contextmanager
def server_with(
    stderr: Any, *options: str, preexec: Callable[[], None] | None = None
) -> Iterator[tuple[httpx.Client, "subprocess.Popen[str]"]]:
    """A server that writes its messages to a file or descriptor."""
    process = warm.Popen(
        [sys.executable, "-m", "simulator", "serve", "--port", "0", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        preexec_fn=preexec,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            url = json.loads(process.stdout.readline())["url"]
            with httpx.Client(base_url=url) as http:
                yield http, process
        finally:
            stop(process)


def call(http: httpx.Client, count: int, length: int = 1000) -> None:
    for number in range(count):
        assert http.get(f"/{number}{'x' * length}").status_code == 404


def health(http: httpx.Client) -> Any:
    return http.get("/_simulator/health").json()


def health_once(http: httpx.Client, status: str) -> Any:
    """Health, once its status is this one."""
    for _ in range(1000):
        said = health(http)
        if said["status"] == status:
            return said
        time.sleep(0.01)
    raise AssertionError(f"not {status}: {said}")


def memory_of(process: "subprocess.Popen[str]") -> int:
    """What a process takes, in KiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith("VmRSS"))


def test_work_that_no_thread_can_do_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none_free(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def play() -> BackgroundWork:
        background = BackgroundWork(time.time)
        with monkeypatch.context() as patched, background.attempt("watch"):
            patched.setattr(Thread, "start", none_free)
            await in_thread(dict, "watch over scenario files")
        return background

    (broken,) = asyncio.run(play()).broken
    message = "no thread can be started: this user, or the machine, has as many as may be"
    assert broken.message == message
    (record,) = caplog.records
    assert record.getMessage() == f"watch: {message}"
    assert record.exc_info is None


def test_a_full_disk_under_the_request_log_is_told_and_lines_are_written_again_afterwards(
    tmp_path: Path,
) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, 64_000))

    log = tmp_path / "server.log"
    with log.open("a") as file, server_with(file, preexec=limit) as (http, _):
        call(http, 100)
        said = health_once(http, "degraded")
        (problem,) = said["problems"]
        assert problem["part"] == "standard error"
        assert "File too large" in problem["message"]
        assert 0 < problem["lost"] <= said["lostLogLines"]
        assert "standard error" in http.get("/?part=health", headers={"HX-Request": "true"}).text
        # Somebody makes room.
        os.truncate(log, 0)
        said = health_once(http, "ok")
        assert said["problems"] == []
        assert http.get("/last").status_code == 404
        lost = said["lostLogLines"]
    lines = log.read_text().splitlines()
    assert [each for each in lines if "left out here" in each] == [
        f"WARNING {lost} lines are left out here"
    ]
    assert "/last" in lines[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_messages_that_nobody_reads_hold_up_nobody_and_take_no_memory() -> None:
    reader, writer = os.pipe()
    with server_with(writer, "--journal-size", "10") as (http, process):
        os.close(writer)
        call(http, 300)
        before = memory_of(process)
        call(http, 2000)
        assert memory_of(process) - before < 10_000
        (problem,) = health(http)["problems"]
        assert (problem["part"], problem["lost"] > 500) == ("standard error", True)
        os.set_blocking(reader, False)
        read, told = b"", b"nobody reads what is written to it"
        for _ in range(1000):
            try:
                read += os.read(reader, 1 << 20)
            except BlockingIOError:
                # What was put in line before the gap is written after it is told.
                is_over = health(http)["status"] == "ok" and told in read
                if is_over and b"left out here" in read:
                    break
        lost = health(http)["lostLogLines"]
    assert f"WARNING {lost} lines are left out here".encode() in read
    assert read.count(told) == 1
    os.close(reader)


def test_a_server_stops_although_nobody_reads_its_messages() -> None:
    reader, writer = os.pipe()
    with server_with(writer) as (http, process):
        os.close(writer)
        call(http, 150)
        assert stop(process) == 0
    os.close(reader)


def test_standard_output_that_is_full_is_told_in_a_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = warm.run(
            [sys.executable, "-m", "simulator", "serve", "--port", "0"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "mobilepay-sim: standard output can't be written: No space left on device"
    ]


def _circle(folder: Path) -> None:
    (folder / "circle.yaml").symlink_to("circle.yaml")


def _circle_of_folders(folder: Path) -> None:
    (folder / "mine.yaml").unlink()
    folder.rmdir()
    folder.symlink_to(folder.name)


def _gone(folder: Path) -> None:
    (folder / "mine.yaml").unlink()
    folder.rmdir()


@pytest.mark.parametrize("spoil", [_circle, _circle_of_folders, _gone])
def test_the_watch_over_scenarios_outlives_a_folder_that_is_spoilt(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    folder, log = tmp_path / "scenarios", tmp_path / "log"
    folder.mkdir()
    (folder / "mine.yaml").write_text(SCENARIO.format(word="first"))
    with (
        running_server("--scenarios", str(folder), log=log) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        spoil(folder)
        # A link that leads nowhere may be an editor's; it is no change.
        is_told = spoil is not _circle
        if is_told:
            (problem,) = health_once(http, "degraded")["problems"]
            assert problem["part"] == "scenarios"
            assert str(folder) in problem["message"]
        assert http.get("/_simulator/scenarios/mine").json()["summary"] == "It is first."
        if folder.is_symlink():
            folder.unlink()
        folder.mkdir(exist_ok=True)
        (folder / "circle.yaml").unlink(missing_ok=True)
        (folder / "mine.yaml").write_text(SCENARIO.format(word="mended"))
        for _ in range(1000):
            if "mended" in http.get("/_simulator/scenarios/mine").json()["summary"]:
                break
            time.sleep(0.01)
        assert http.get("/_simulator/scenarios/mine").json()["summary"] == "It is mended."
        assert health(http)["status"] == "ok"
    assert log.read_text().count("the last good ones stay") == is_told


def test_an_action_without_its_fields_in_a_watched_file_is_told_until_it_is_mended(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(SCENARIO.format(word="first"))
    with (
        running_server("--scenarios", str(tmp_path)) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        file.write_text("summary: x\nsteps: [{after: 1s, do: jump}]")
        (problem,) = health_once(http, "degraded")["problems"]
        assert problem["part"] == "scenarios"
        assert "mine.yaml:2:25: steps[0].do" in problem["message"]
        file.write_text(SCENARIO.format(word="mended"))
        assert health_once(http, "ok")["problems"] in (None, [])


class _World:
    """A world in which something is due; doing it succeeds or not."""

    def __init__(self, error: Exception | None) -> None:
        self.error, self.done = error, 0
        self.clock = SimpleNamespace(is_behind=lambda: True)

    def __enter__(self) -> None:
        if self.error is not None:
            raise self.error
        self.done += 1

    def __exit__(self, *_: object) -> None: ...


def test_a_sandbox_whose_timers_fail_holds_up_no_other_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad, good = _World(ZeroDivisionError("1/0")), _World(None)
    sandboxes = [SimpleNamespace(name="bad", world=bad), SimpleNamespace(name="good", world=good)]
    background = BackgroundWork(lambda: 1.7e9)
    context = SimpleNamespace(sandboxes=sandboxes, library=None, background=background)
    collected: list[list[_World]] = []
    sender = SimpleNamespace(collect=lambda worlds: collected.append([*worlds]))
    part, pump, _ = next(chores(context, sender, None, SimpleNamespace(flush=None)))  # type: ignore[arg-type]
    pauses = iter(range(5))

    async def pause() -> None:
        number = next(pauses, None)
        if number is None:
            raise asyncio.CancelledError
        if number == 4:
            bad.error = None

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(background.repeat(part, pump, pause))
    assert (good.done, bad.done) == (5, 1)
    assert collected == [[bad, good]] * 5
    assert [each.levelname for each in caplog.records] == ["ERROR", "WARNING"]
    assert "sandbox bad" in caplog.messages[0]
    assert background.broken == ()
