"""A bundle is enough to get every answer again, here or elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.sandboxes.bundles import read_bundle, take_bundle
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play
from mobilepay_simulator.testing.replay import replay
from mobilepay_simulator.testing.replay.stages import ReplayInProcess

from tests.support import (
    LOYAL,
    OTHER_CLIENT_ID,
    OTHER_SECRET,
    RunningServer,
    Till,
    cli,
    running_server,
    shipped_scenarios,
)


@pytest.mark.parametrize("name", shipped_scenarios())
def test_every_shipped_scenario_is_answered_the_same_again(app: SimulatorApp, name: str) -> None:
    play(app.context.library.scenarios[name], Settings(), app)
    sandbox = app.context.sandboxes.get(DEFAULT)
    with sandbox.world:
        content = take_bundle(sandbox, app.context.settings, app.context.data, app.context.library)
    bundle = read_bundle(content)
    replayed = replay(bundle, ReplayInProcess.of_bundle(bundle))
    assert replayed.difference is None
    assert replayed.count == sandbox.journal.count > 3


# --- over HTTP and by the command line ----------------------------------------------------------


def bundle_of(till: Till, folder: Path) -> Path:
    answer = till.http.get("/_simulator/bundle")
    assert answer.status_code == 200, answer.text
    file = folder / "calls.json"
    file.write_bytes(answer.content)
    return file


def busy(till: Till) -> None:
    """What a client, its test and a phone may do."""
    till.http.put("/_simulator/scenarios/mine", content="summary: x\nsteps: [{include: rejection}]")
    pos_id = till.create_pos()
    captured = till.captured(pos_id, 12.5)
    refund = till.refund(captured)
    till.advance(seconds=1)
    till.ok("POST", f"/refunds/{refund}/capture")
    till.control("POST", "/scenarios/next", {"scenario": "mine"})
    rejected = till.initiate(pos_id)
    till.advance(minutes=1)
    assert till.status(rejected) == "CancelledByUser"
    till.user("checkin", pos_id, LOYAL)
    till.call("POST", "/payments", {"posId": pos_id})
    till.http.get("/pos/v10/paymants")
    till.call("GET", f"/payments/{captured}", headers={"Authorization": "Bearer nonsense"})
    till.http.post("/integrator-authentication/connect/token", data={"grant_type": "x"})
    till.http.post(
        "/integrator-authentication/connect/token",
        data={"grant_type": "client_credentials"},
        auth=(OTHER_CLIENT_ID, "not-this"),
    )
    other = till.as_other_integrator()
    other.call("GET", f"/payments/{captured}")
    till.advance(days=8)
    assert till.call("GET", f"/payments/{captured}").status_code == 401


def test_a_busy_sandbox_is_answered_the_same_again(till: Till, tmp_path: Path) -> None:
    busy(till)
    done = cli("replay", str(bundle_of(till, tmp_path)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every answer is the same" in done.stdout


@pytest.fixture(scope="module")
def target() -> Iterator[RunningServer]:
    """A server with another default scenario, and with time that runs."""
    with running_server("--scenario", "rejection") as server:
        yield server


def test_another_server_answers_the_same(till: Till, target: RunningServer, tmp_path: Path) -> None:
    pos_id = till.create_pos()
    till.captured(pos_id, 12.5)
    reserved = till.reserved(pos_id)
    till.advance(days=6)
    till._token = None
    till.status(reserved)
    till.call("POST", "/payments", {"posId": pos_id})
    done = cli("replay", str(bundle_of(till, tmp_path)), "--target", target.url)
    assert done.returncode == 0, done.stdout + done.stderr


def test_faults_and_races_are_played_against_another_server(
    app: SimulatorApp, target: RunningServer, tmp_path: Path
) -> None:
    for name in ("lost-response-capture", "customer-cancels-while-ready-in-flight"):
        play(app.context.library.scenarios[name], Settings(), app)
        sandbox = app.context.sandboxes.get(DEFAULT)
        with sandbox.world:
            content = take_bundle(
                sandbox, app.context.settings, app.context.data, app.context.library
            )
        (tmp_path / f"{name}.json").write_bytes(content)
        done = cli("replay", str(tmp_path / f"{name}.json"), "--target", target.url)
        assert done.returncode == 0, done.stdout + done.stderr


def spoilt(file: Path, change: Any) -> Path:
    document = json.loads(file.read_bytes())
    change(document)
    file.write_text(json.dumps(document))
    return file


def test_the_first_answer_that_differs_is_shown_with_the_place(till: Till, tmp_path: Path) -> None:
    payment_id = till.captured()
    till.status(payment_id)
    till.status(payment_id)

    def capture_elsewhere(document: Any) -> None:
        for exchange, _ in document["exchanges"]:
            if exchange["operation"] == "CapturePayment":
                exchange["status"] = 409

    done = cli("replay", str(spoilt(bundle_of(till, tmp_path), capture_elsewhere)))
    assert done.returncode == 1
    assert "another answer, after 4 the same" in done.stdout
    assert f"CapturePayment: POST /pos/v10/payments/{payment_id}/capture" in done.stdout
    assert "status: was 409, is 200" in done.stdout


def test_another_setting_shows(till: Till, tmp_path: Path) -> None:
    till.status(till.captured())

    def poll_slowly(document: Any) -> None:
        document["settings"]["poll_delay"] = "3s"

    done = cli("replay", str(spoilt(bundle_of(till, tmp_path), poll_slowly)))
    assert done.returncode == 1
    assert "body.pollDelayInMs: was 1000, is 3000" in done.stdout


def test_there_is_nothing_secret_in_a_bundle(till: Till, tmp_path: Path) -> None:
    token = till.token()
    text = bundle_of(till, tmp_path).read_text()
    for secret in (token, till.secret, OTHER_SECRET):
        assert secret not in text


def test_a_bundle_needs_the_whole_journal() -> None:
    with (
        running_server("--journal-size", "3", "--time-scale", "0") as server,
        httpx.Client(base_url=server.url, verify=False) as http,
    ):
        till = Till(http)
        for _ in range(5):
            till.token()
        answer = http.get("/_simulator/bundle")
    assert answer.status_code == 400
    assert "has dropped 2 calls" in answer.json()["error"]
    assert "--journal-size" in answer.json()["error"]


BROKEN = [
    (lambda it: it.update(format="har"), "this is not a bundle of the simulator: its format is 'har'"),
    (lambda it: it.update(version=9), "is of version 9 (simulator 0.1.0)"),
    (lambda it: it.update(surprise=1), "unknown field `surprise`"),
    (lambda it: it["settings"].update(pol_delay="3s"), "'pol_delay' is not a setting"),
    (lambda it: it["settings"].update(poll_delay="soon"), "settings: poll_delay: expected a time"),
    (lambda it: it["scenarios"].update(success="summary:"), "summary: must not be empty"),
    (lambda it: it["settings"].update(scenario="nothing"), "no scenario 'nothing'"),
    (lambda it: it["exchanges"].append([{}, []]), "exchanges[1]: Object missing required field"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_spoilt_bundle_is_refused_in_a_line(
    till: Till, tmp_path: Path, change: Any, said: str
) -> None:
    till.token()
    done = cli("replay", str(spoilt(bundle_of(till, tmp_path), change)))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_half_a_bundle_is_refused_in_a_line(till: Till, tmp_path: Path) -> None:
    till.token()
    file = bundle_of(till, tmp_path)
    file.write_bytes(file.read_bytes()[:-50])
    done = cli("replay", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert "the bundle is not JSON, or only a part of it" in done.stderr


def test_a_bundle_that_is_no_text_is_refused_in_a_line(till: Till, tmp_path: Path) -> None:
    till.token()
    file = bundle_of(till, tmp_path)
    file.write_bytes(file.read_bytes().replace(b'"scenarios":{', b'"scenarios":{"\xd0": "",'))
    done = cli("replay", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert "the bundle can't be read: 'utf-8' codec" in done.stderr


TARGETS = [
    (["--target", "http://127.0.0.1:9"], "http://127.0.0.1:9 does not answer"),
    (["--target", "nonsense"], "nonsense does not answer"),
    (["--sandbox", "x"], "--sandbox goes with --target"),
    (["--target", "http://127.0.0.1:9", "--integrator", "me"], "--integrator: expected ID:SECRET"),
]


@pytest.mark.parametrize(("options", "said"), TARGETS, ids=[said for _, said in TARGETS])
def test_a_target_that_can_not_be_played_against_is_told_in_a_line(
    till: Till, tmp_path: Path, options: list[str], said: str
) -> None:
    till.token()
    done = cli("replay", str(bundle_of(till, tmp_path)), *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_clock_can_be_advanced_to_a_time(till: Till) -> None:
    till.control("POST", "/clock/advance", {"to": "2999-01-01T00:00:00Z"})
    assert till.control("GET", "/clock")["now"] == "2999-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"to": "2000-01-01T00:00:00Z"}, "time only moves forward"),
        ({"to": "tomorrow"}, "to: expected a time such as"),
        ({"to": "2999-01-01T00:00:00"}, "to: the time needs a zone"),
        ({"to": 5}, "to: expected a time such as"),
        ({}, "give seconds or to"),
        ({"seconds": 1, "to": "2999-01-01T00:00:00Z"}, "give seconds or to"),
    ],
)
def test_a_bad_time_to_advance_to_is_refused(till: Till, body: Any, said: str) -> None:
    answer = till.http.post("/_simulator/clock/advance", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
