"""A new state is one row of `engine/states.py`: page, explanations, model client and sweep know it."""

import subprocess
import sys
from pathlib import Path

from mobilepay_simulator.engine import states

from tests.support import ROOT

#: Runs in a process of its own: imports everything with one more state in the table.
SCRIPT = """
import importlib.util
import sys

import mobilepay_simulator.engine

name = "mobilepay_simulator.engine.states"
spec = importlib.util.spec_from_file_location(name, sys.argv[1])
states = importlib.util.module_from_spec(spec)
sys.modules[name] = mobilepay_simulator.engine.states = states
spec.loader.exec_module(states)

from types import SimpleNamespace

from mobilepay_simulator.app import create_app
from mobilepay_simulator.control.events import show_states
from mobilepay_simulator.dashboard.actions import ACTS
from mobilepay_simulator.dashboard.diagram import state_diagram
from mobilepay_simulator.dashboard.rendering import Templates
from mobilepay_simulator.engine.poll_pace import DECIDED
from mobilepay_simulator.journal.explain import facts
from mobilepay_simulator.scripting.schema import scenario_schema
from mobilepay_simulator.playing import model_client
from mobilepay_simulator.testing.sweep import outcomes


def next_step(state):
    payment = SimpleNamespace(state=state)
    world = SimpleNamespace(payments={"1": payment}, refunds={})
    exchange = SimpleNamespace(refund_id=None, payment_id="1", seen_status=200)
    call = SimpleNamespace(exchange=exchange, world=world)
    return [each.text for each in facts.next_step(call)]


frozen, waiting = states.PaymentState.FROZEN, states.PaymentState.ASKED_AGAIN
table = show_states(None).raw["payments"]
assert {"name": "Frozen", "final": True}.items() <= table["states"][-2].items()
drawing = str(state_diagram("payments", table, [], "states"))
assert 'x="956"' in drawing and ">Frozen</text>" in drawing
filters = Templates()._environment.filters
assert filters["label"]("Frozen") == "Frozen by the bank" and filters["tone"]("Frozen") == "held"
assert "Frozen" in ACTS["start"].states and "AskedAgain" not in ACTS["start"].states
assert next_step(frozen) == ["Call the bank."]
assert frozen in DECIDED and waiting not in DECIDED
assert "Frozen" in model_client.DECIDED and "AskedAgain" not in model_client.DECIDED
assert "AskedAgain" in outcomes.ACTIVE and "Frozen" not in outcomes.ACTIVE
assert "Frozen" in str(scenario_schema())
answer = create_app().test_client().get("/openapi.json")
assert answer.status_code == 200
"""

ROWS = """
    FROZEN = (
        "Frozen", "Frozen by the bank", Phase.CANCELLED, Tone.HELD, (4, 1), "Call the bank.")
    ASKED_AGAIN = (
        "AskedAgain", "Asked again", Phase.ACTIVE, Tone.LIVE, (4, 0), "Poll QueryPayment.")


class RefundState("""


def test_a_new_state_is_known_everywhere_by_its_row_alone(tmp_path: Path) -> None:
    source = Path(states.__file__).read_text()
    assert source.count("\n\n\nclass RefundState(") == 1
    patched = tmp_path / "states.py"
    patched.write_text(source.replace("\n\n\nclass RefundState(", ROWS))
    command = [sys.executable, "-c", SCRIPT, str(patched)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
