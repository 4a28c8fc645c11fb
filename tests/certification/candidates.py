"""Clients that go through a certification on the virtual wire, and what it says of them."""

import json
from collections.abc import Iterable
from typing import Any

from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.till_script import ALIAS, go_through
from mobilepay_simulator.playing.virtual_wire import VirtualWire
from mobilepay_simulator.sandboxes.registry import DEFAULT

CLIENT_ID, SECRET = "11111111-2222-4333-8444-555555555555", "sandbox-secret"
BASE = "/_simulator/certifications"


class Hall:
    """Where candidates are examined: an app of its own world for each of them.

    Args:
        app: the simulator; its default sandbox is reset.
        client: what kind of client goes through it.
    """

    def __init__(self, app: SimulatorApp, client: type[ModelClient] = ModelClient) -> None:
        self.sandbox = app.context.sandboxes.reset(DEFAULT)
        self.wire = VirtualWire(app)
        self.client = client(self.wire, CLIENT_ID, SECRET, "DK90000028")
        self.wire.on_notified = self.client.take_notice
        self.ask("PUT", f"/_simulator/callbacks/{ALIAS}", url="http://till.test/")

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Makes a call of the control API; returns what is answered, or the error."""
        content = json.dumps(body).encode() if body else b""
        answer = self.wire.ask(method, path, content)
        return json.loads(answer.body)

    def open(self, **wanted: Any) -> str:
        """Begins a certification of the client under its usual paths; returns its id."""
        wanted.setdefault("clientIds", [CLIENT_ID])
        return str(self.ask("POST", BASE, **wanted)["id"])

    def go_through(self, names: Iterable[str] | None = None, session: str = "C1") -> Any:
        """Lets the client go through cases, in this order; returns the certification then."""
        cases = self.sandbox.certifications.cases
        wanted = list(names) if names is not None else list(self.states(session))
        go_through(self.client, [cases[name] for name in wanted])
        # Longer than a right client ever waits.
        self.wire.sleep(120)
        return self.show(session)

    def show(self, session: str = "C1") -> Any:
        """Returns a certification."""
        return self.ask("GET", f"{BASE}/{session}")

    def cases(self, session: str = "C1") -> dict[str, Any]:
        """Returns the cases of a certification, by name."""
        shown = self.show(session)
        return {case["name"]: case for section in shown["sections"] for case in section["cases"]}

    def states(self, session: str = "C1") -> dict[str, str]:
        """Returns how the cases of a certification stand."""
        return {name: case["state"] for name, case in self.cases(session).items()}
