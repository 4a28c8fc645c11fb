"""Every shipped scenario, played with the model client; and wrong clients, each caught."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.playing import play as playing
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.play import Played
from mobilepay_simulator.playing.transport import NoAnswer, TransportAnswer
from mobilepay_simulator.scripting.files import amounts_folder, shipped_folder
from mobilepay_simulator.scripting.library import CaseCatalog, ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.schema import scenario_schema
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play

from tests import warm
from tests.support import ROOT, Till, running_server

LIBRARY = ScenarioLibrary([shipped_folder(), amounts_folder()])
CASES = CaseCatalog(LIBRARY)()
NAMES = [*LIBRARY.scenarios, *CASES]
FIXED = [
    "manual", "success", "rejection", "expiry", "partial-capture", "partial-capture-refused",
    "cancelled-by-mobilepay", "slow-customer", "loyalty", "prepared-success", "platform-sunset",
    "lost-response-initiate", "timeout-then-500-then-success", "reset-on-capture",
    "half-body-on-poll", "slow-answers",
]  # fmt: skip


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    return create_app(Settings(time_scale=0, magic_amounts=True))


def played(name: str, app: SimulatorApp) -> Played:
    scenario = CASES.get(name) or ScenarioCatalog(LIBRARY).get(name)
    return play(scenario, Settings(time_scale=0), app)


@pytest.mark.parametrize("name", NAMES)
def test_the_model_client_comes_through_every_shipped_scenario(
    name: str, app: SimulatorApp
) -> None:
    result = played(name, app)
    assert result.gave_up is None
    assert [each for each in result.findings if each.verdict != "passed"] == []
    assert result.has_passed


EMPTY_HANDED = """
summary: One call is answered with 200, and with the body of an error.
steps: [{{include: success}}]
faults: [{{call: {call}, first: 1, answer: {{status: 200}}}}]
expect: [{{final_state: Captured}}]
"""


@pytest.mark.parametrize(
    "call", ["Token", "GetStores", "CreatePos", "InitiatePayment", "QueryPayment"]
)
def test_the_model_client_asks_again_where_an_answer_lacks_what_it_needs(
    call: str, app: SimulatorApp
) -> None:
    catalog = ScenarioCatalog(LIBRARY)
    catalog.put(read_scenario(EMPTY_HANDED.format(call=call), "empty-handed"))
    assert play(catalog.get("empty-handed"), Settings(time_scale=0), app).has_passed


def test_the_scenarios_with_fixed_names_are_there() -> None:
    assert set(FIXED) <= set(NAMES)
    assert len(NAMES) >= 30


def test_a_scenario_is_played_the_same_each_time(app: SimulatorApp) -> None:
    first, second = played("flaky-network", app), played("flaky-network", app)
    assert [each.text for each in first.lines] == [each.text for each in second.lines]


def test_a_week_is_played_in_a_moment(app: SimulatorApp) -> None:
    result = played("capture-after-expiry", app)
    assert (result.lines[-1].at - result.lines[0].at).days >= 7


class NewKeyOnEachRetry(ModelClient):
    """Sends a retry under another key, and so pays twice where an answer was lost."""

    def _send(
        self, method: str, path: str, body: Any = None, key: str = "", needs: str = ""
    ) -> Any:
        carry = self.transport.call

        def call(method: str, path: str, headers: dict[str, str], *rest: Any) -> TransportAnswer:
            if "X-MobilePay-Idempotency-Key" in headers:
                headers = {**headers, "X-MobilePay-Idempotency-Key": self._key()}
            return carry(method, path, headers, *rest)

        self.transport.call = call  # type: ignore[method-assign]
        try:
            return ModelClient._send(self, method, path, body, key, needs)
        finally:
            self.transport.call = carry  # type: ignore[method-assign]


class NeverCaptures(ModelClient):
    """Waits for the reservation and leaves it at that."""

    def capture(self, amount: float) -> None:
        self.wait_until_decided()


class PollsTooFast(ModelClient):
    """Does not care for pollDelayInMs."""

    def _poll(self, path: str, states: set[str]) -> Any:
        while (answer := self._get(path, "status"))["status"] not in states:
            self.transport.sleep(0.1)
        return answer


class CancelsWhenAPollFails(ModelClient):
    """Takes the first poll that fails for the end of it."""

    def capture(self, amount: float) -> None:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "X-MobilePay-Client-System-Version": "1.0.0",
        }
        try:
            answer = self.transport.call(
                "GET", f"/pos/v10/payments/{self.payment_id}", headers, b"", 0.5
            )
            if answer.status == 200:
                ModelClient.capture(self, amount)
                return
        except NoAnswer:
            pass
        self.cancel()


WRONG_CLIENTS = [
    (NewKeyOnEachRetry, "lost-response-initiate", "InitiatePayment is retried with the same key"),
    (
        NeverCaptures,
        "lost-response-initiate",
        "CapturePayment is called within 1m of the state Reserved and answered with 200",
    ),
    (PollsTooFast, "inactive-too-long", "polls are at least pollDelayInMs apart"),
    (CancelsWhenAPollFails, "html-error-page", "CancelPayment is not called"),
]


@pytest.mark.parametrize(("client", "scenario", "broken"), WRONG_CLIENTS)
def test_a_wrong_client_fails_the_expectation_it_breaks(
    client: type[ModelClient],
    scenario: str,
    broken: str,
    app: SimulatorApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(playing, "ModelClient", client)
    result = played(scenario, app)
    assert not result.has_passed
    first = next(each for each in result.findings if each.verdict == "failed")
    assert first.expected == broken
    assert first.seen


def test_every_shipped_file_fits_the_published_schema() -> None:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in sorted(shipped_folder().rglob("*.yaml")):
        found = [error.message for error in validator.iter_errors(yaml.safe_load(path.read_text()))]
        assert found == [], path


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []},
        {"summary": "x", "stpes": []},
        {"summary": "x", "steps": [{"do": "acept"}]},
        {"summary": "x", "faults": [{"on": "Initiate", "cut": "after_commit"}]},
        {"summary": "x", "expect": [{"final_state": "Gone"}]},
        {"summary": "x", "till": ["jump"]},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(wrong: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(scenario_schema())
    assert list(validator.iter_errors(wrong))


AMOUNTS = [
    (13.37, "CancelledByUser"),
    (3.37, "CancelledByUser"),
    (13.38, "CancelledByMobilePay"),
    (13.39, "ExpiredAndCancelled"),
    (13.40, "CancelledByMobilePay"),
    (13.36, "Reserved"),
]


@pytest.mark.parametrize(("amount", "state"), AMOUNTS)
def test_last_digits_choose_a_scenario_where_that_is_wanted(amount: float, state: str) -> None:
    with (
        running_server("--magic-amounts", "--time-scale", "0") as server,
        httpx.Client(base_url=server.url, verify=False) as http,
    ):
        till = Till(http)
        payment_id = till.initiate(till.create_pos(), amount)
        till.advance(minutes=11)
        assert till.status(payment_id) == state


def test_amounts_choose_nothing_by_default(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), 13.37)
    till.advance(minutes=5)
    assert till.status(payment_id) == "Initiated"


def simulate(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return warm.run(
        [sys.executable, "-m", "simulator", "scenario", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_play_prints_a_timeline_and_records_it(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    done = simulate("play", "reset-on-capture", "--record", str(record))
    assert done.returncode == 0, done.stderr
    assert "no answer" in done.stdout
    assert "payment Reserved -> Captured: capture" in done.stdout
    assert done.stdout.endswith("reset-on-capture passed\n")
    recorded = json.loads(record.read_text())
    assert recorded["verdict"] == "passed"
    assert len(recorded["timeline"]) > 10


def test_play_exits_with_1_where_an_expectation_is_not_met(tmp_path: Path) -> None:
    (tmp_path / "strict.yaml").write_text(
        "summary: never\nsteps:\n  - include: rejection\nexpect:\n  - final_state: Captured\n"
    )
    done = simulate("play", "strict", "--scenarios", str(tmp_path))
    assert done.returncode == 1
    assert "failed: the payment ends as Captured (seen: it ended as CancelledByUser)" in done.stdout


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    done = simulate("play", "sucess")
    assert done.returncode == 2
    assert "did you mean 'success'" in done.stderr


def test_explain_says_what_a_scenario_does() -> None:
    said = simulate("explain", "lost-response-initiate").stdout
    assert "the first InitiatePayment is worked on, but its response is lost" in said
    assert "after 1s: check-in" in said
    assert "InitiatePayment is retried with the same key" in said


def test_the_schema_is_printed() -> None:
    assert json.loads(simulate("schema").stdout) == scenario_schema()


@pytest.mark.parametrize(("end", "begin"), [(".svg", "<svg"), (".mmd", "sequenceDiagram")])
def test_what_was_played_is_drawn(tmp_path: Path, end: str, begin: str) -> None:
    drawing = tmp_path / f"played{end}"
    done = simulate("play", "lost-response-capture", "--draw", str(drawing))
    assert done.returncode == 0, done.stderr
    drawn = drawing.read_text(encoding="utf-8")
    assert drawn.startswith(begin)
    for words in ("Scenario lost-response-capture", "checks in", "Reserved", "answer lost"):
        assert words in drawn


def test_a_drawing_of_an_unknown_kind_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    done = simulate("play", "success", "--draw", str(tmp_path / "played.png"))
    assert done.returncode == 2
    assert ".svg or .mmd" in done.stderr
    assert not done.stdout
