"""A world with a scenario engine: scenarios play in it without a server."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mobilepay_simulator.engine import payments
from mobilepay_simulator.engine.events import PaymentChanged, WorldEvent
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.scripting.scenario_engine import ScenarioEngine
from mobilepay_simulator.scripting.script_runner import ScriptStarted, ScriptStopped

from tests.engine.full_shop import FullShop
from tests.support import fresh

#: Read once: it does not change, and every shop has a catalog of its own before it.
LIBRARY = ScenarioLibrary([shipped_folder()])


@dataclass
class ScenarioShop(FullShop):
    """A shop whose customers are played; where nothing else is chosen, nobody acts."""

    default: str = "manual"
    catalog: ScenarioCatalog = field(default_factory=lambda: ScenarioCatalog(LIBRARY))

    def __post_init__(self) -> None:
        self.scenario_engine = ScenarioEngine(self.world, self.catalog, self.default)

    def upload(self, name: str, text: str) -> None:
        self.catalog.put(read_scenario(text, name))

    def steps(self, name: str, *steps: str) -> None:
        """Uploads a scenario of steps, each a line of YAML."""
        lines = "".join(f"  - {{{step}}}\n" for step in steps)
        self.upload(name, f"summary: x\nsteps:\n{lines}" if steps else "summary: x\n")

    def queue(self, name: str, pos_id: str | None = None, times: int = 1) -> None:
        with self.world:
            self.scenario_engine.queue(name, pos_id, times)

    def start(
        self,
        pos_id: str | None = None,
        script: str | None = None,
        *,
        amount: str = "10.00",
        order_id: str | None = None,
        key: str | None = None,
        **terms: Any,
    ) -> str:
        """Initiates a payment, perhaps asking for a scenario by name."""
        wanted = replace(self.terms(amount), **terms)
        request = payments.InitiatePayment(
            pos_id or self.create_pos(), order_id or fresh("order"), wanted
        )
        with self.world as world:
            return payments.initiate(world, self.caller, key or fresh("key"), request, script)

    def start_prepared(self, script: str) -> str:
        """Prepares a payment, asking for a scenario by name."""
        request = payments.PreparePayment(self.create_pos(), fresh("order"))
        with self.world as world:
            return payments.prepare(world, self.caller, fresh("key"), request, script)

    # --- looking ---

    def of(self, kind: type[WorldEvent], payment_id: str) -> list[WorldEvent]:
        return [
            event
            for event in self.world.events
            if isinstance(event, kind) and getattr(event, "payment_id", None) == payment_id
        ]

    def played(self, payment_id: str) -> str | None:
        """The scenario that was chosen for a payment."""
        started = self.of(ScriptStarted, payment_id)
        assert len(started) <= 1
        return getattr(started[0], "scenario", None) if started else None

    def stopped(self, payment_id: str) -> ScriptStopped | None:
        """How the script of a payment ended, if it has."""
        found = [
            each for each in self.of(ScriptStopped, payment_id) if isinstance(each, ScriptStopped)
        ]
        assert len(found) <= 1
        return found[0] if found else None

    def timeline(self, payment_id: str) -> list[tuple[timedelta, str]]:
        """The states of a payment, and how long after its beginning it came to them."""
        changes = [
            event
            for event in self.of(PaymentChanged, payment_id)
            if isinstance(event, PaymentChanged)
        ]
        begun: datetime = changes[0].at
        return [(event.at - begun, str(event.after)) for event in changes]
