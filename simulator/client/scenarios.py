"""Scenarios, and the faults of a whole sandbox: models and calls."""

from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from .calling import ControlCalls, as_sent, quoted
from .events import Timeline
from .model import Input, Model, given
from .runs import Expectation, Verdict

YAML = {"Content-Type": "application/yaml"}


class ScenarioInfo(Model, frozen=True):
    """A scenario; `theme` is the folder of its file, `sandbox` for an upload."""

    name: str
    summary: str
    theme: str = ""


class QueuedScenario(Model, frozen=True):
    """A scenario that waits for a payment, of one point of sale or of any; `run` is its run."""

    scenario: str
    pos_id: str | None = None
    run: str = ""


class Scenarios(Model, frozen=True):
    """All scenarios, the default one, and those that wait for payments."""

    default: str
    scenarios: tuple[ScenarioInfo, ...]
    queued: tuple[QueuedScenario, ...]


class QueueScenario(Input, frozen=True):
    """The scenario of the next payments, of one point of sale or of any."""

    scenario: Annotated[str, Meta(description="its name")]
    pos_id: Annotated[str | None, Meta(description="the point of sale; by default any")] = None
    times: Annotated[int, Meta(ge=1, le=1000, description="for how many payments")] = 1


class Queued(Model, frozen=True):
    """A scenario that was queued, and the ids of its runs."""

    scenario: str
    pos_id: str | None
    times: int
    runs: tuple[str, ...]


class ScenarioStep(Model, frozen=True):
    """A step of a script: `after` so many seconds, once the payment is in the state `when`."""

    line: int
    words: str
    action: str | None
    after: float
    when: str | None = None


class ScenarioWhole(Model, frozen=True):
    """A scenario in words; it `hides` one of a file that has its name. `scripts` are by payment."""

    name: str
    summary: str
    scripts: tuple[tuple[ScenarioStep, ...], ...]
    faults: tuple[str, ...]
    expect: tuple[str, ...]
    till: tuple[str, ...]
    theme: str = ""
    uploaded: bool = False
    yaml: str = ""
    hides: bool = False


class Problem(Model, frozen=True):
    """A mistake in a scenario's YAML."""

    line: int
    column: int
    field: str
    message: str


class ScenarioChecked(Model, frozen=True):
    """Whether a text is a scenario, and what is wrong with it; a right one in words."""

    valid: bool
    problems: tuple[Problem, ...]
    name: str = ""
    summary: str = ""
    scripts: tuple[tuple[ScenarioStep, ...], ...] = ()
    faults: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    till: tuple[str, ...] = ()


class ScenarioPreview(Model, frozen=True):
    """What came of playing a scenario with the model client, in virtual time.

    `gave_up` says why the client gave up, if it did; `remarks` tell what the verdict hides;
    `timeline` is what happened, null where no payment was made.
    """

    scenario: str
    verdict: Verdict
    gave_up: str | None = None
    remarks: tuple[str, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    timeline: Timeline | None = None


class TextQuery(Input, frozen=True):
    """The name that a text is to be saved under."""

    name: Annotated[
        str, Meta(description="the scenario's name; a wrong one is a mistake like another")
    ] = ""


class StandingFault(Model, frozen=True):
    """A fault of a whole sandbox in words; `calls` counts those that it names so far.

    `left` is into how many more calls it can be injected; null where no count says.
    """

    id: int
    fault: str
    call: tuple[str, ...]
    calls: int = 0
    left: int | None = None


class Faults(Model, frozen=True):
    """The faults of a whole sandbox."""

    faults: tuple[StandingFault, ...]


class AddFault(Input, frozen=True):
    """A fault of the next calls of an operation, by a word."""

    call: Annotated[str, Meta(description="the operation, such as `CapturePayment`")]
    fault: Annotated[
        str,
        Meta(
            description="`lost`: the work is done, the answer is lost; `timeout`: it is done, the "
            "answer comes too late; `reset`: it is not done, the connection is reset; or the "
            "status of an answer instead of the work, `400` to `599`"
        ),
    ]
    times: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="for how many calls; null for all"),
    ] = 1


class ScenarioCalls(ControlCalls):
    """The calls about scenarios and faults."""

    def scenarios(self) -> Scenarios:
        """Returns all scenarios, and those that wait for payments."""
        return self.call(Scenarios, "GET", "/scenarios")

    def scenario(self, name: str) -> ScenarioWhole:
        """Returns a scenario in words, with its YAML.

        Args:
            name: its name.
        """
        return self.call(ScenarioWhole, "GET", f"/scenarios/{quoted(name)}")

    def check(self, yaml: str, name: str | None = None) -> ScenarioChecked:
        """Returns whether a text is a scenario, and what is wrong with it.

        Args:
            yaml: the text.
            name: the name that it is to be saved under; it is checked as well.
        """
        path, content, query = (
            "/scenarios/check",
            as_sent(yaml, "yaml"),
            given(TextQuery, name=name),
        )
        return self.call(ScenarioChecked, "POST", path, content=content, headers=YAML, query=query)

    def preview(self, scenario: str) -> ScenarioPreview:
        """Plays a scenario with the model client in virtual time, and in no sandbox.

        Args:
            scenario: its name.
        """
        return self.call(ScenarioPreview, "GET", f"/scenarios/{quoted(scenario)}/preview")

    def preview_text(self, yaml: str, name: str | None = None) -> ScenarioPreview:
        """Plays what a text is a scenario of, as `preview` does; nothing is saved.

        Args:
            yaml: the text.
            name: the name that it is to be saved under.
        """
        path, content, query = (
            "/scenarios/preview",
            as_sent(yaml, "yaml"),
            given(TextQuery, name=name),
        )
        return self.call(ScenarioPreview, "POST", path, content=content, headers=YAML, query=query)

    def scenario_schema(self) -> dict[str, Any]:
        """Returns the JSON Schema of scenario files, for editors."""
        return self._document("GET", "/scenario.schema.json")

    def queue(self, scenario: str, *, pos_id: str | None = None, times: int = 1) -> tuple[str, ...]:
        """Chooses the scenario of the next payments; returns the ids of their runs.

        Args:
            scenario: its name.
            pos_id: the point of sale of the payments; any where it is None.
            times: how many payments.
        """
        body = QueueScenario(scenario, pos_id, times)
        return self.call(Queued, "POST", "/scenarios/next", body=body).runs

    def unqueue(self, run: str | None = None) -> None:
        """Takes a queued scenario back.

        Args:
            run: the id of its run, as `queue` returns it; all that are queued where it is None.
        """
        path = "/scenarios/next" if run is None else f"/scenarios/next/{quoted(run)}"
        self.send("DELETE", path)

    def upload(self, source: str | Path, name: str | None = None) -> ScenarioInfo:
        """Uploads a scenario to the sandbox.

        Args:
            source: its YAML, or the file that holds it.
            name: its name; by default that of the file.
        """
        if isinstance(source, Path):
            name, content = name or source.stem, source.read_bytes()
        else:
            content = as_sent(source, "source")
        if name is None:
            raise TypeError("upload() needs the name of a scenario that is given as text")
        path = f"/scenarios/{quoted(name)}"
        return self.call(ScenarioInfo, "PUT", path, content=content, headers=YAML)

    def remove_scenario(self, name: str) -> None:
        """Removes a scenario that was uploaded; one of a file that it hid is there again.

        Args:
            name: its name.
        """
        self.send("DELETE", f"/scenarios/{quoted(name)}")

    def faults(self) -> tuple[StandingFault, ...]:
        """Returns the faults of the whole sandbox."""
        return self.call(Faults, "GET", "/faults").faults

    def put_faults(self, source: str | Path) -> None:
        """Sets the faults of the whole sandbox, beside those of scenarios.

        Args:
            source: the faults as YAML, `faults:` and a list as in a scenario; or its file.
        """
        content = source.read_bytes() if isinstance(source, Path) else as_sent(source, "source")
        self.send("PUT", "/faults", content=content, headers=YAML)

    def add_fault(
        self, call: str, fault: str, *, times: int | None = 1
    ) -> tuple[StandingFault, ...]:
        """Adds a fault to the whole sandbox; returns all of them.

        Args:
            call: the operation, such as `CapturePayment`.
            fault: `lost`, `timeout`, `reset`, or a status such as `500`.
            times: for how many calls; None for all.
        """
        body = AddFault(call, fault, times)
        return self.call(Faults, "POST", "/faults", body=body).faults

    def drop_faults(self) -> None:
        """Removes the faults of the whole sandbox; those of scenarios stay."""
        self.send("DELETE", "/faults")

    def remove_fault(self, fault_id: int) -> None:
        """Removes one fault of the whole sandbox; the others keep their counts.

        Args:
            fault_id: its id, as `faults` tells it.
        """
        self.send("DELETE", f"/faults/{fault_id}")
