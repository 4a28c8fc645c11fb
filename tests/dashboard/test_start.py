"""The page costs nothing before somebody opens it."""

import json
import subprocess
import sys

from tests.support import ROOT

CODE = """
import json, sys
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.server.runtime import Server
Server(Settings(port=0))
print(json.dumps([name for name in sys.modules]))
"""


def test_a_server_that_is_warm_has_loaded_nothing_of_the_page_but_its_routes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    ours = {name for name in loaded if name.startswith("mobilepay_simulator.dashboard")}
    assert ours == {"mobilepay_simulator.dashboard", "mobilepay_simulator.dashboard.routes"}
    late = {"changes", "listings", "state_tables", "pictures", "scenarios", "timelines", "timing"}
    assert not loaded & {"segno", *(f"mobilepay_simulator.control.{name}" for name in late)}
