"""A wrong command line, a lost network, a missing program: one line, exit code 2, nothing left."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.cli.main import cli
from mobilepay_simulator.server import runtime
from mobilepay_simulator.settings.settings import settings_table

from tests.defaults.machine import ALONE, PORT, Leavings, Machine
from tests.defaults.test_commands import COMMANDS

pytestmark = ALONE

MISSING = "http://127.0.0.1:1"
#: No network leads there (RFC 5737), and no name server knows it (RFC 6761).
UNREACHABLE, UNKNOWN = "http://192.0.2.1:8080", "http://simulator.invalid:8080"


@pytest.fixture
def program(sources: Path) -> Path:
    """The command as it was installed."""
    return sources / ".venv" / "bin" / "mobilepay-sim"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of the wrong kind."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "text").write_text("This is no YAML: it is\n\t- text\n")
    (folder / "empty.json").write_text("{}")
    (folder / "books.csv").write_text("what,ever\n1,2\n")
    (folder / "not-a-program").write_bytes(b"\x00\x01")
    (folder / "not-a-program").chmod(0o755)
    return folder


WRONG = [
    ("", "Usage: "),
    ("sevre", "did you mean|No such command 'sevre'"),
    ("serve now", "unexpected extra argument"),
    ("serve --prot 1", "--prot"),
    ("serve --port", "--port"),
    ("serve --data no-such.yaml", "no-such.yaml"),
    ("serve --data text", "text:"),
    ("serve --scenarios text", "text"),
    ("serve --data-dir text", "--data-dir: text"),
    ("serve --tls --tls-cert text", "--tls-cert: text"),
    ("scenario", "Usage: "),
    ("scenario lst", "No such command 'lst'"),
    ("scenario play", "NAME|FILE"),
    ("scenario play nobody", "no scenario 'nobody'"),
    ("scenario play success --record .", "--record"),
    ("scenario play success --draw played.png", "--draw"),
    ("scenario play success --record no/file", "--record: no/file"),
    ("scenario play success --seed one", "--seed"),
    ("scenario check", "FILE"),
    ("scenario check text", "text:"),
    ("scenario list --scenarios nowhere", "nowhere"),
    ("ca", "Usage: "),
    ("ca export --format jks", "--format"),
    ("ca export --output no/file", "--output: no/file"),
    ("ca path --tls-dir text", "--tls-dir: text is a file"),
    ("audit", "URL"),
    ("audit nowhere", "URL: "),
    (f"audit {MISSING} --sandbox ../x", "--sandbox"),
    (f"ledger {MISSING} --against no.csv", "--against"),
    (f"explain {MISSING}", "ID"),
    (f"explain {MISSING} zero", "ID"),
    ("fault CapturePayment", "CapturePayment: say what goes wrong"),
    ("fault --clear Token lost", "--clear"),
    ("fault --times 2", "CALL"),
    ("fault Token lost --times 2 --always", "--always"),
    ("arrange", "WHAT"),
    ("arrange paymnt Captured", "did you mean 'payment'"),
    ("arrange payment Captured --url nowhere", "URL: "),
    ("advance", "--next"),
    ("advance 2x", "TIME: "),
    ("advance --to yesterday", "--to"),
    ("queue", "SCENARIO"),
    ("advace 2s", "did you mean 'advance'"),
    ("customer acept", "acept"),
    ("replay", "FILE"),
    ("replay no-such.json", "no-such.json"),
    ("replay empty.json", "empty.json"),
    ("replay text", "text: "),
    ("replay empty.json --sandbox x", "--target"),
    ("compare", "RECORDING.har"),
    ("compare no-such.har", "no-such.har"),
    ("compare text", "text: it is not JSON"),
    ("compare empty.json --sandbox x", "--target"),
    ("certify --section payment", "did you mean 'payments'"),
    ("certify --html no/report.html", "--html: no/report.html"),
    ("certify -- no-such-program", "no program 'no-such-program'"),
    ("certify --case certify-create-pos -- ./not-a-program", "not-a-program can't be run"),
    ("certify --port 65536", "--port"),
    ("certify --host 192.0.2.1", "192.0.2.1"),
    ("certify --host no.such.host.invalid", "--host: 'no.such.host.invalid'"),
    ("sweep", "COMMAND"),
    ("sweep -- no-such-program", "no program 'no-such-program'"),
    ("sweep --quiet -- ./not-a-program", "not-a-program can't be run"),
    ("sweep --fault flood -- true", "--fault"),
    ("sweep --quiet -- true", "made no call"),
    ("sweep --quiet -- false", "ended with 1"),
    ("sweep --keep -- true", "--keep goes with --target"),
    ("sweep --output-dir text -- true", "--output-dir"),
]


@pytest.mark.parametrize(("line", "told"), WRONG, ids=[line for line, _ in WRONG])
def test_what_is_wrong_is_told_in_one_line(
    machine: Machine, leavings: Leavings, program: Path, folder: Path, line: str, told: str
) -> None:
    done = machine.run((program, *line.split()), folder, leavings.env)
    assert "Traceback" not in done.stderr
    if told == "Usage: ":
        # Whoever asks for nothing is shown what there is.
        assert told in done.stdout + done.stderr
        return
    assert done.returncode == 2
    (said,) = done.stderr.splitlines()
    assert any(each in said for each in (told, *told.split("|")))
    assert said.startswith(("mobilepay-sim: ", "text:"))


ASKING = [
    "audit {}",
    "ledger {}",
    "explain {} 1",
    "advance 2s --url {}",
    "reset --url {}",
    "certify --target {}",
    "certify --list --target {}",
    "sweep --target {} -- true",
    "replay {bundle} --target {}",
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with a call in it."""
    path: Path = tmp_path_factory.mktemp("bundle") / "calls.json"
    with Simulator.in_process() as here, here.sandbox() as sandbox:
        sandbox.token()
        path.write_text(json.dumps(sandbox.control.bundle()))
    return path


@pytest.mark.parametrize("url", [MISSING, UNREACHABLE, UNKNOWN])
@pytest.mark.parametrize("line", ASKING)
def test_a_simulator_that_can_not_be_reached_is_told_in_one_line(
    machine: Machine,
    leavings: Leavings,
    program: Path,
    tmp_path: Path,
    bundle: Path,
    line: str,
    url: str,
) -> None:
    if url != MISSING and not machine.enters:
        pytest.skip("no network of its own can be had here, and this one may lead anywhere")
    command = line.format(url, bundle=bundle)
    done = machine.run((program, *command.split()), tmp_path, leavings.env)
    assert (done.returncode, done.stdout) == (2, "")
    (said,) = done.stderr.splitlines()
    assert url in said


def test_a_program_at_the_port_that_is_no_simulator_is_told(
    machine: Machine, program: Path, leavings: Leavings, tmp_path: Path
) -> None:
    server = ("python3", "-m", "http.server", "--bind", "127.0.0.1", str(PORT))
    with machine.start(
        server, tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            url = f"http://127.0.0.1:{PORT}"
            machine.run(
                ["curl", "-s", "--retry-connrefused", "--retry", "30", "--retry-delay", "1", url],
                tmp_path,
            )
            for line in ("audit {}", "ledger {}", "explain {} 1", "certify --target {}"):
                command = line.format(url).split()
                done = machine.run((program, *command), tmp_path, leavings.env)
                assert (done.returncode, done.stdout) == (2, "")
                (said,) = done.stderr.splitlines()
                assert url in said
            for line in ("serve", "certify"):
                done = machine.run((program, line), tmp_path, leavings.env)
                assert (done.returncode, done.stdout) == (2, "")
                (said,) = done.stderr.splitlines()
                assert f"127.0.0.1:{PORT} is in use" in said
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_port_of_https_that_is_in_use_is_told(
    machine: Machine, program: Path, leavings: Leavings, tmp_path: Path
) -> None:
    with machine.serving((program, "serve", "--tls"), tmp_path):
        command = (program, "serve", "--tls", "--port", "0", "--tls-port", "8443")
        done = machine.run(command, tmp_path, leavings.env)
    assert (done.returncode, done.stdout) == (2, "")
    (said,) = done.stderr.splitlines()
    assert "127.0.0.1:8443 is in use" in said
    assert "--tls-port" in said


# --- every option ---------------------------------------------------------------------------------


#: Settings that are whatever is written: texts, names, paths.
TEXTS = {
    each.name for each in settings_table() if "str" in str(each.type) or "Path" in str(each.type)
}


def is_text(name: tuple[str, ...], option: click.Option) -> bool:
    """Whether an option takes whatever is written."""
    if name == ("serve",):
        return option.name in {*TEXTS, "config"}
    if isinstance(option.type, click.Path):
        return not option.type.exists
    return isinstance(option.type, click.types.StringParamType) and not option.callback


TYPED = [
    (name, option)
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag and not is_text(name, option)
]


@pytest.mark.parametrize(
    ("name", "option"), TYPED, ids=[f"{' '.join(n)} {o.opts[0]}" for n, o in TYPED]
)
def test_a_value_that_is_none_is_refused_with_the_option_s_name(
    name: tuple[str, ...], option: click.Option, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("it was taken")

    monkeypatch.setattr(runtime, "run", never)
    words = [*name, option.opts[0], "no such value"]
    needed = ["1" for each in COMMANDS[name].params if isinstance(each, click.Argument)]
    with pytest.raises(click.ClickException) as refused:
        cli.main([*words, *needed], standalone_mode=False)
    message = refused.value.format_message()
    assert option.opts[0] in message
    assert "\n" not in message


def test_there_are_options_of_every_kind() -> None:
    names = {each.opts[0] for _, each in TYPED}
    assert {"--port", "--seed", "--timeout", "--fail-on", "--start-time", "--stall"} <= names
