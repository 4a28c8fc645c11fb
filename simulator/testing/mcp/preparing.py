"""The tools that prepare a test: simulator, sandbox, scenarios."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ...client import (
    ControlClient,
    ControlError,
    Problem,
    Sandbox,
    ScenarioInfo,
    ScenarioStep,
    ScenarioWhole,
)
from ...engine.values import as_sandbox_name
from ...settings.echoes import without_long
from .choice import DEFAULT, SimulatorChoice
from .showing import answer, clock_line, limited

SandboxName = Annotated[
    str, Field(description="Name of the sandbox, as `sandbox` gave it; `default` is shared by all.")
]


class PreparingTools:
    """The tools that prepare a test.

    Args:
        choice: which simulator they use.
    """

    def __init__(self, choice: SimulatorChoice) -> None:
        self._choice = choice

    def simulator(
        self,
        start: Annotated[
            bool,
            Field(
                description="Start one, unless one is in use or runs at the usual place; there "
                "none is looked for where this server has settings for one (--option)."
            ),
        ] = False,
        url: Annotated[
            str | None, Field(description="Use the simulator that runs here, without a sandbox.")
        ] = None,
        stop: Annotated[
            bool, Field(description="Stop the one that was started here, or let go of another.")
        ] = False,
    ) -> str:
        """Begin here: which simulator is in use, or start one. All tools use the same one.

        Without arguments it says which simulator is in use. A simulator that is started here ends
        with this server.
        """
        if stop:
            was_own = self._choice.close()
            return "It was stopped." if was_own else "No simulator is in use any more."
        if url is not None:
            used = self._choice.use(url)
        else:
            used = self._choice.start() if start else self._choice.simulator()
        health = used.control.health()
        names = [each.name for each in used.control.sandboxes()]
        origin = "started here" if self._choice.is_own else "it ran already"
        return answer(
            f"simulator: {used.url} ({origin}), version {health.version}, {health.status}",
            f"page for people: {used.url}/",
            f"sandboxes: {', '.join(limited(names, 20))}",
            then="sandbox(name=...) makes an isolated sandbox with credentials and a till.",
        )

    def sandbox(
        self,
        name: Annotated[
            str | None, Field(description="Its name, such as `my-test`; a new one by default.")
        ] = None,
        action: Annotated[
            Literal["open", "reset", "drop"],
            Field(description="`open` makes it where it is not there; `reset` empties it first."),
        ] = "open",
    ) -> str:
        """Make or open a sandbox: its URL, credentials, token, a store and a point of sale.

        A sandbox has its own payments, clock and scenarios. What a till needs is in the answer.
        """
        if name is not None:
            as_sandbox_name(name)
        simulator = self._choice.simulator()
        if action == "drop":
            if name is None:
                raise ToolError("drop needs the sandbox's name")
            self._choice.control(name).drop(name)
            return f"The sandbox {name} is dropped."
        there = {each.name for each in simulator.control.sandboxes()}
        if name in there and action == "open":
            made = Sandbox(simulator.control, name, is_lent=True)
        else:
            made = simulator.sandbox(name)
        return _shown(made)

    def scenarios(
        self,
        name: Annotated[
            str | None, Field(description="One scenario whole: steps, faults, YAML.")
        ] = None,
        search: Annotated[
            str | None, Field(description="Words to look for in names, summaries and themes.")
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """List or read the scenarios: what customers do, and what goes wrong with calls.

        Without arguments it lists all names by theme; with `search` also what they do.
        """
        control = self._choice.control(sandbox)
        if name is not None:
            with _no_case(control, name, sandbox):
                return _whole(control.scenario(name))
        listed = control.scenarios()
        words = (search or "").lower().split()
        found = [each for each in listed.scenarios if _fits(each, words)]
        then = f"scenarios(name=...) reads one; queue_scenario(scenario=..., sandbox={sandbox!r})"
        if words:
            sought = without_long(" ".join(words), words)
            lines = [f"{each.name}: {each.summary}" for each in found]
            none = "" if lines else f"no scenario has all of these words: {sought}"
            return answer(none, *limited(lines), then=then)
        themes: dict[str, list[str]] = {}
        for each in found:
            themes.setdefault(each.theme or "other", []).append(each.name)
        queued = ", ".join(each.scenario for each in listed.queued) or "none"
        return answer(
            *(f"{theme}: {', '.join(names)}" for theme, names in sorted(themes.items())),
            f"by default: {listed.default}; queued: {queued}",
            then=then,
        )

    def write_scenario(
        self,
        yaml: Annotated[str, Field(description="The scenario as YAML.")],
        name: Annotated[
            str | None,
            Field(description="Upload it under this name; without one it is only checked."),
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Check a scenario of your own, and upload it to the sandbox where it has a name.

        Mistakes are told with line and field. The resource `scenario-language.md` has the
        language; scenarios(name=...) shows the YAML of shipped ones.
        """
        control = self._choice.control(sandbox)
        checked = control.check(yaml, name)
        if not checked.valid:
            raise ToolError("\n".join(["It is not right:", *map(_problem, checked.problems)]))
        lines = [f"It is right: {checked.summary}", *_scripts(checked.scripts)]
        lines += [f"fault: {each}" for each in checked.faults]
        if name is None:
            return answer(*lines, then="call it again with a name to upload it.")
        control.upload(yaml, name)
        then = f"queue_scenario(scenario={name!r}, sandbox={sandbox!r})"
        return answer(*lines, f"uploaded as {name}", then=then)

    def queue_scenario(
        self,
        scenario: Annotated[str, Field(description="Its name.")],
        times: Annotated[int, Field(ge=1, le=1000, description="For how many payments.")] = 1,
        pos_id: Annotated[
            str | None, Field(description="Only for payments of this point of sale.")
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Choose the scenario of the next payments; its verdict on the till is in `review`."""
        control = self._choice.control(sandbox)
        with _no_case(control, scenario, sandbox):
            runs = control.queue(scenario, pos_id=pos_id, times=times)
        number = "the next payment" if times == 1 else f"the next {times} payments"
        return answer(
            f"queued: {scenario} for {number}; runs: {', '.join(limited(runs))}",
            then="let the till pay, move on with clock(advance=...), then "
            f"review(sandbox={sandbox!r}) says whether the till did right.",
        )


@contextmanager
def _no_case(control: ControlClient, name: str, sandbox: str) -> Iterator[None]:
    """Says which tool is right where a scenario is refused since it is a case."""
    try:
        yield
    except ControlError as error:
        sections = control.certifications().sections
        if name not in {case.name for section in sections for case in section.cases}:
            raise
        raise ToolError(
            f"{name!r} is a case of the certification, which only `certify` plays: "
            f"certify(action='begin', cases=[{name!r}], sandbox={sandbox!r})"
        ) from error


def _shown(sandbox: Sandbox) -> str:
    pos = sandbox.pos
    return answer(
        f"sandbox: {sandbox.name}",
        f"url: {sandbox.base_url}",
        f"https_url: {sandbox.https_url}" if sandbox.https_url else "",
        f"token_url: {sandbox.base_url}/integrator-authentication/connect/token",
        f"client_id: {sandbox.client_id}",
        f"client_secret: {sandbox.client_secret}",
        f"merchant_vat: {sandbox.merchant}",
        f"store_id: {sandbox.store_id}",
        f"pos_id: {pos.id}",
        f"beacon_id: {pos.beacon_id}",
        f"token: {sandbox.token()}",
        clock_line(sandbox.control.clock()),
        "headers of each call: Authorization: Bearer TOKEN, X-IBM-Client-Id: CLIENT_ID, "
        "X-MobilePay-Client-System-Version: 1.0.0; X-MobilePay-Idempotency-Key where something is "
        "made",
        then="point the till at the url (its calls go to URL/pos/v10/...), then "
        f"requests(sandbox={sandbox.name!r}).",
    )


def _fits(info: ScenarioInfo, words: list[str]) -> bool:
    text = f"{info.name} {info.summary} {info.theme}".lower()
    return all(word in text for word in words)


def _whole(scenario: ScenarioWhole) -> str:
    return answer(
        f"{scenario.name}: {scenario.summary}",
        *_scripts(scenario.scripts),
        *(f"fault: {each}" for each in scenario.faults),
        *(f"expects: {each}" for each in scenario.expect),
        f"yaml:\n{scenario.yaml.rstrip()}" if scenario.yaml else "",
        then=f"queue_scenario(scenario={scenario.name!r})",
    )


def _scripts(scripts: tuple[tuple[ScenarioStep, ...], ...]) -> list[str]:
    return [
        f"payment {number}: {step.words}"
        for number, steps in enumerate(scripts, 1)
        for step in steps
    ]


def _problem(problem: Problem) -> str:
    field = f"{problem.field}: " if problem.field else ""
    if problem.field == "name" and (problem.line, problem.column) == (1, 1):
        return f"{field}{problem.message}"
    return f"line {problem.line}, column {problem.column}: {field}{problem.message}"
