"""What a starter forks is what exec would have made, and is the business of whoever asked for it."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import warm
from tests.support import ROOT, running_server

pytestmark = pytest.mark.skipif(warm.IS_EXEC_ONLY, reason="every command is started by exec")

#: Says all that a program can find of how it was started.
LOOK = """\
import atexit, gc, json, locale, os, signal, socket, sys, tempfile, threading, warnings
streams = [(each.name, each.mode, each.encoding, each.errors, each.newlines, each.line_buffering,
    each.write_through, each.isatty(), each.fileno(), each is getattr(sys, f"__{each.name[1:-1]}__"))
    for each in (sys.stdin, sys.stdout, sys.stderr)]
print(json.dumps({
    "argv": sys.argv, "orig_argv": sys.orig_argv, "flags": str(sys.flags), "path": sys.path,
    "main": (__name__, str(__loader__), str(__builtins__), vars(sys.modules["__main__"]) is globals()),
    "handlers": {number: str(signal.getsignal(number)).split(" at ")[0] for number in signal.valid_signals()},
    "mask": list(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "streams": streams, "environment": dict(os.environ), "cwd": os.getcwd(),
    "files": sorted(int(each) for each in os.listdir("/proc/self/fd"))[:-1],
    "group": os.getpgid(0) == os.getpid() or os.getpgid(0), "parent": os.getppid(),
    "session": os.getsid(0) == os.getpid() or os.getsid(0), "umask": os.umask(0o22), "nice": os.nice(0),
    "threads": threading.active_count(), "collects": (gc.isenabled(), gc.get_threshold()),
    "recursion": sys.getrecursionlimit(), "locale": locale.setlocale(locale.LC_ALL, None),
    "bytecode": sys.dont_write_bytecode, "time-out": socket.getdefaulttimeout(), "read": sys.stdin.read(),
}))
"""
GREET = 'print("hello")'


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-P", "-c", code, *words]


@pytest.fixture(scope="module")
def any_code() -> tuple[warm.Way, ...]:
    """A way to have a starter run any code; the starter is ended with the others."""
    return (warm.Way(("-P", "-c"), "mobilepay_simulator", ("-P", warm.__file__)),)


@pytest.fixture(autouse=True)
def _any_code(any_code: tuple[warm.Way, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "ways", lambda: any_code)


def started(code: str, *words: str, **options: Any) -> warm.Popen:
    process = warm.Popen(python(code, *words), **options)
    assert process.is_warm
    return process


def run(code: str, *words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    options = {"capture_output": True, "text": True, "timeout": 60} | options
    return warm.run(python(code, *words), **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cwd": "/"},
        {"cwd": Path("/tmp"), "start_new_session": True},
        {"process_group": 0},
        {"env": {**os.environ, "MOBILEPAY_SIM_SEED": "ø"}},
    ],
    ids=lambda it: ",".join(it) or "plain",
)
def test_it_finds_what_an_executed_one_finds(options: dict[str, Any]) -> None:
    # Libraries such as readline set variables that Python doesn't know of.
    kept = {"input": "what it reads", "capture_output": True, "text": True, "env": {**os.environ}}
    kept |= options
    expected = subprocess.run(python(LOOK, "one", ""), check=True, **kept)
    found = warm.run(python(LOOK, "one", ""), check=True, **kept)
    assert json.loads(found.stdout) == json.loads(expected.stdout)
    assert found.stderr == expected.stderr


def test_streams_that_are_not_given_are_those_of_the_one_who_asks(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with started("import os; os.write(1, b'out'); os.write(2, b'err')"):
        pass
    assert capfd.readouterr() == ("out", "err")


def test_output_and_errors_can_be_one_file(tmp_path: Path) -> None:
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr)"
    done = run(code, capture_output=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.stdout == "one\ntwo\n"


def test_what_is_written_comes_at_once() -> None:
    code = "import sys; print(input(), flush=True); print(input())"
    with started(code, stdin=-1, stdout=-1, text=True, bufsize=1) as process:
        for word in ("first", "second"):
            process.stdin.write(f"{word}\n")
            assert process.stdout.readline() == f"{word}\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", 0),
        ("raise SystemExit(7)", 7),
        ("import sys; sys.exit('no')", 1),
        ("import os; os._exit(130)", 130),
        ("raise ValueError('x')", 1),
        ("raise KeyboardInterrupt", -signal.SIGINT),
        ("import os; os.abort()", -signal.SIGABRT),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import atexit, os; atexit.register(os._exit, 3)", 3),
        ("import threading; threading.Timer(0.01, print, ['late']).start()", 0),
    ],
)
def test_it_ends_as_an_executed_one_does(code: str, expected: int) -> None:
    kept = {"capture_output": True, "text": True, "check": False}
    executed, forked = subprocess.run(python(code), **kept), run(code)
    assert forked.returncode == executed.returncode == expected
    assert forked.stdout == executed.stdout
    assert forked.stderr.splitlines()[-1:] == executed.stderr.splitlines()[-1:]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (subprocess.Popen.terminate, -signal.SIGTERM),
        (subprocess.Popen.kill, -signal.SIGKILL),
        (lambda it: it.send_signal(signal.SIGHUP), -signal.SIGHUP),
        (lambda it: it.send_signal(signal.SIGINT), -signal.SIGINT),
    ],
)
def test_signals_reach_it(act: Callable[[Any], None], expected: int) -> None:
    if signal.getsignal(-expected) is signal.SIG_IGN:
        pytest.skip("what `nohup` starts ignores it")
    with started("print(flush=True); input()", stdin=-1, stdout=-1, stderr=-1) as process:
        process.stdout.readline()
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        act(process)
        assert process.wait(20) == expected


def test_one_that_takes_too_long_is_killed() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run("import time; time.sleep(60)", timeout=0.1)


def test_a_failure_is_raised_where_that_is_asked_for() -> None:
    with pytest.raises(subprocess.CalledProcessError, match="status 7"):
        run("raise SystemExit(7)", check=True)


def test_random_numbers_are_its_own() -> None:
    code = "import random, os, secrets, ssl, uuid; print(random.random(), secrets.token_hex(), ssl.RAND_bytes(8), uuid.uuid4())"
    one, two = run(code).stdout.split(), run(code).stdout.split()
    assert not {*one} & {*two}


def files_of(process: object) -> list[str]:
    return [each.name for each in Path(f"/proc/{process}/fd").iterdir()]


def test_many_start_at_once_and_none_leaves_a_file_or_a_zombie() -> None:
    run(GREET)
    files = files_of("self")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda number: run(f"print({number})").stdout, range(24)))
    assert done == [f"{number}\n" for number in range(24)]
    assert files_of("self") == files
    # What has ended is let go of at the next start.
    run(GREET)
    for starter in warm._starters.values():
        children = Path(f"/proc/{starter.process.pid}/task/{starter.process.pid}/children")
        assert children.read_text() == ""
        assert len(files_of(starter.process.pid)) < 10


def test_nobody_but_the_asked_for_is_adopted() -> None:
    run(GREET)
    orphan = "import os\nif os.fork():\n    os._exit(0)\nprint(os.getpid(), flush=True); input()"
    with subprocess.Popen(python(orphan), stdin=-1, stdout=-1) as process:
        number = int(process.stdout.readline())
        process.wait()
        parent = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1]
        assert int(parent) != os.getpid()


@pytest.mark.parametrize(
    "options",
    [
        {"env": {**os.environ, "PYTHONHASHSEED": "7"}},
        {"env": {name: value for name, value in os.environ.items() if name != "PATH"}},
        {"preexec_fn": os.getpid},
        {"umask": 0o77},
        {"pass_fds": [2]},
    ],
    ids=lambda it: next(iter(it)),
)
def test_what_a_starter_can_not_follow_is_executed(options: dict[str, Any]) -> None:
    with warm.Popen(python(GREET), stdout=-1, **options) as process:
        assert not process.is_warm
        assert process.stdout.read() == b"hello\n"


def test_what_this_process_hands_on_is_handed_on() -> None:
    code = "import os; print(oct(os.umask(0)))"
    before = os.umask(0o77)
    try:
        assert run(code).stdout == "0o77\n"
    finally:
        os.umask(before)
    assert run(code).stdout == f"{oct(before)}\n"


def test_other_programs_and_mistakes_are_those_of_subprocess(tmp_path: Path) -> None:
    assert warm.run(["echo", "hello"], capture_output=True).stdout == b"hello\n"
    assert warm.run("echo $0", shell=True, capture_output=True).returncode == 0
    with pytest.raises(FileNotFoundError):
        run(GREET, cwd=tmp_path / "missing")
    with pytest.raises(ValueError, match="null byte"):
        run(GREET, "\0")


def test_whoever_is_killed_leaves_no_starter_and_no_command() -> None:
    code = (
        "from tests import warm; import sys, time\n"
        "warm.ways = lambda: (warm.Way(('-P', '-c'), 'json', ('-P', warm.__file__)),)\n"
        "process = warm.Popen([sys.executable, '-P', '-c', 'import time; time.sleep(600)'])\n"
        "(starter,) = warm._starters.values()\n"
        "print(int(process.is_warm), process.pid, starter.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=-1) as asking:
        is_warm, *others = map(int, asking.stdout.readline().split())
        watched = [os.pidfd_open(each) for each in others]
        asking.kill()
    assert is_warm
    for each in watched:
        # It is readable once the process has ended.
        assert select.select([each], [], [], 30)[0]
        os.close(each)


def test_commands_and_servers_of_tests_are_forked_and_say_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    for words in (["--help"], ["nonsense"], ["serve", "--port", "x"]):
        command = [sys.executable, "-m", "simulator", *words]
        kept = {"cwd": ROOT, "capture_output": True}
        with warm.Popen(command, cwd=ROOT, stdout=-1, stderr=-1) as process:
            assert process.is_warm
            told = process.communicate()
        executed = subprocess.run(command, check=False, **kept)
        assert (process.returncode, *told) == (
            executed.returncode,
            executed.stdout,
            executed.stderr,
        )
    with running_server() as server:
        assert server.process.is_warm
