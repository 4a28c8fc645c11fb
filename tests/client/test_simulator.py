"""`Simulator`: a real server for as long as a test needs it."""

import os
import signal
import ssl
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import trustme
from mobilepay_simulator import Simulator
from mobilepay_simulator.client import (
    ControlClient,
    ControlError,
    RemoteSimulator,
    StartFailed,
    Unreachable,
)
from mobilepay_simulator.testing import process

from tests.support import ROOT


@pytest.fixture(autouse=True)
def by_exec(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `Simulator()` does for its users: it starts a Python of its own."""
    monkeypatch.setattr(process, "subprocess", subprocess)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_simulator/health").is_success
    except httpx.TransportError:
        return False


def test_a_server_is_there_within_the_block_and_gone_after_it() -> None:
    with Simulator() as simulator:
        url = simulator.url
        assert answers(url)
        assert simulator.exit_code is None
    assert not answers(url)


def test_it_can_be_started_and_closed_by_hand_and_again() -> None:
    simulator = Simulator()
    first = simulator.start().url
    with pytest.raises(RuntimeError, match="started already"):
        simulator.start()
    simulator.close()
    simulator.close()
    assert not answers(first)
    with simulator:
        assert answers(simulator.url)


def test_it_says_that_it_is_not_started() -> None:
    with pytest.raises(RuntimeError, match="with"):
        _ = Simulator().url


def test_its_time_stands_still_and_customers_pay() -> None:
    with Simulator() as simulator:
        assert simulator.control.clock().scale == 0
        assert simulator.control.health().scenario == "success"


def test_settings_are_given_as_values_or_as_texts(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("summary: mine")
    settings = {
        "scenario": "manual",
        "scenarios": tmp_path,
        "seed": "7",
        "time_scale": 2,
        "magic_amounts": True,
        "require_system_name": "false",
        "check_in_lifetime": timedelta(minutes=1),
        "reservation_lifetime": "1d",
        "integrator": ["a:b", "c:d"],
        "blocked_versions": "1.0,2.0",
    }
    with Simulator(**settings) as simulator:
        health = simulator.control.health()
        assert (health.seed, health.scenario) == (7, "manual")
        assert simulator.control.clock().scale == 2
        names = [each.name for each in simulator.control.scenarios().scenarios]
        assert {"mine", "amount-3-37"} <= set(names)
        with simulator.sandbox(client_id="c", client_secret="d") as sandbox:
            assert sandbox.token()


WRONG = [
    ({"scenrio": "x"}, "unknown setting 'scenrio'; did you mean 'scenario'?"),
    ({"scenario": "sucess"}, "--scenario: no scenario 'sucess'; did you mean 'success'?"),
    ({"time_scale": "fast"}, "--time-scale: expected a number, got 'fast'"),
    ({"time_scale": -1}, "--time-scale: must be 0 to 1000000, not -1"),
    ({"signing_key": "/nowhere.pem"}, "/nowhere.pem: can't be read: No such file or directory"),
]


@pytest.mark.parametrize("way", [Simulator, Simulator.in_process])
@pytest.mark.parametrize(("settings", "said"), WRONG)
def test_what_is_wrong_with_a_setting_is_said_in_one_line(
    way: "type[Simulator]", settings: dict[str, object], said: str
) -> None:
    with pytest.raises(StartFailed) as error, way(**settings):
        pass
    assert str(error.value) == said


def test_a_port_can_not_be_chosen() -> None:
    with pytest.raises(StartFailed, match="port"):
        Simulator(port=8080)


def test_all_mistakes_in_a_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("summary: x\nstep: []\ntil: []\n")
    with pytest.raises(StartFailed) as error, Simulator(scenarios=tmp_path):
        pass
    assert len(str(error.value).splitlines()) == 2
    assert "mine.yaml:2:1" in str(error.value)


def test_variables_count_for_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOBILEPAY_SIM_SEED", "9")
    monkeypatch.setenv("MOBILEPAY_SIM_SCENARIO", "rejection")
    monkeypatch.setenv("MOBILEPAY_SIM_PORT", "1")
    with Simulator() as simulator:
        health = simulator.control.health()
    assert (health.seed, health.scenario) == (9, "success")


def test_a_folder_of_our_name_where_tests_run_is_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "simulator.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    with Simulator() as simulator:
        assert answers(simulator.url)


def test_it_serves_https_too_where_that_is_wanted(tmp_path: Path) -> None:
    with Simulator(tls=True, tls_dir=tmp_path) as simulator:
        url = simulator.https_url
        assert url
        assert simulator.ca_file == tmp_path / "ca" / "ca.pem"
        trusted = ssl.create_default_context(cafile=simulator.ca_file)
        assert httpx.get(f"{url}/_simulator/health", verify=trusted).is_success
        with simulator.sandbox("mine") as sandbox:
            assert sandbox.https_url == f"{url}/sandboxes/mine"
            assert sandbox.ca_file == simulator.ca_file
        with RemoteSimulator(simulator.url) as remote:
            assert (remote.https_url, remote.ca_file) == (url, simulator.ca_file)
        with ControlClient(url, sandbox="x", transport=httpx.HTTPTransport(verify=trusted)) as same:
            assert same.https_url == f"{url}/sandboxes/x"


def test_it_serves_no_https_unless_that_is_wanted() -> None:
    with Simulator() as simulator:
        assert (simulator.https_url, simulator.ca_file) == (None, None)
        with simulator.sandbox() as sandbox:
            assert (sandbox.https_url, sandbox.ca_file) == (None, None)


def test_several_that_serve_https_run_at_once(tmp_path: Path) -> None:
    with Simulator(tls=True, tls_dir=tmp_path) as one, Simulator(tls=True, tls_dir=tmp_path) as two:
        assert one.https_url != two.https_url
        assert one.ca_file == two.ca_file


def test_a_certificate_of_ones_own_has_no_ca_of_ours(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "cert.pem"))
    with Simulator(tls=True, tls_cert=tmp_path / "cert.pem") as simulator:
        assert simulator.https_url
        assert simulator.ca_file is None


@pytest.mark.parametrize("name", ["TLS_PORT", "PORT", "PORT_FILE"])
def test_where_a_server_at_the_desk_listens_is_not_its_business(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = str(tmp_path / "port") if name == "PORT_FILE" else "1"
    monkeypatch.setenv(f"MOBILEPAY_SIM_{name}", value)
    with Simulator(tls=True, tls_dir=tmp_path) as simulator:
        assert simulator.https_url
    with Simulator() as simulator:
        assert answers(simulator.url)
    assert not (tmp_path / "port").exists()


TOKEN = "the-token-of-these-tests"


def test_the_control_token_is_given_and_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Simulator(control_token=TOKEN) as simulator, simulator.sandbox() as sandbox:
        assert sandbox.pos
        with ControlClient(simulator.url) as stranger, pytest.raises(ControlError) as error:
            stranger.clock()
        assert error.value.status == 401
    with Simulator.in_process(control_token=TOKEN) as simulator, simulator.sandbox() as sandbox:
        assert sandbox.pos
    monkeypatch.setenv("MOBILEPAY_SIM_CONTROL_TOKEN", TOKEN)
    with Simulator() as simulator, simulator.sandbox() as sandbox:
        assert sandbox.pos


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_server_that_died_is_told() -> None:
    with Simulator() as simulator:
        process = simulator._process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        with pytest.raises(Unreachable):
            simulator.sandbox()
        assert simulator.exit_code == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_server_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilepay_simulator.testing.process.PATIENCE_TO_STOP", 0.1)
    with Simulator() as simulator:
        process = simulator._process
        assert process is not None
        # It can't act on SIGTERM while it is stopped.
        process.send_signal(signal.SIGSTOP)
    assert process.returncode == -signal.SIGKILL


def test_a_server_that_does_not_start_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilepay_simulator.testing.process.PATIENCE_TO_START", 0.0)
    with pytest.raises(StartFailed, match="did not start within 0 s"), Simulator():
        pass


ORPHAN = """
import sys
from mobilepay_simulator import Simulator
print(Simulator().start().url, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_server_ends_with_the_tests_even_where_these_are_killed() -> None:
    tests = subprocess.Popen(
        [sys.executable, "-c", ORPHAN],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with tests:
        assert tests.stdout is not None
        url = tests.stdout.readline().strip()
        assert answers(url)
        tests.kill()
    assert any(not answers(url) or threading.Event().wait(0.05) for _ in range(200))


def test_the_name_is_imported_when_it_is_asked_for() -> None:
    code = (
        "import mobilepay_simulator, sys; assert 'mobilepay_simulator.testing.process' not in sys.modules; "
        "assert 'httpx' not in sys.modules; from mobilepay_simulator import Simulator; "
        "assert 'flask' not in sys.modules, 'flask'"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env={**os.environ})


def test_a_name_that_is_not_there_is_refused() -> None:
    import mobilepay_simulator

    with pytest.raises(AttributeError, match="has no attribute 'Simulater'"):
        _ = mobilepay_simulator.Simulater
