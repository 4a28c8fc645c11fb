"""The tools that prove a till: certification and fault sweep."""

from collections.abc import Mapping
from time import perf_counter
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ...client import Certification, ControlClient
from ...settings.data import SEEDED_INTEGRATORS
from ...settings.documents import nearest
from ..sweep.progress import CLEAN_RUN
from .choice import DEFAULT, SimulatorChoice
from .preparing import SandboxName
from .showing import answer, case_lines, certification_lines, limited
from .sweeping import SweepJob

#: Real seconds between two looks at a sweep.
LOOK = 0.2

Fault = Literal[
    "lost-response", "time-out", "500", "reset", "half-answer", "500-done", "503", "html",
    "late-work",
]  # fmt: skip
Step = Literal["cases", "begin", "status", "restart", "callback", "approve", "abandon"]


class ProvingTools:
    """The tools that prove a till.

    Args:
        choice: which simulator they use.
        may_run: whether whoever calls them may run commands here.
    """

    def __init__(self, choice: SimulatorChoice, *, may_run: bool) -> None:
        self._choice = choice
        self._may_run = may_run
        self._job: SweepJob | None = None

    def close(self) -> None:
        """Stops the sweep."""
        job, self._job = self._job, None
        if job is not None:
            job.close()

    def certify(
        self,
        action: Annotated[
            Step,
            Field(
                description="`cases` lists them; `begin` a certification, then let the till do "
                "what each case says, one by one; `status` shows each step; `restart` a case; "
                "`callback` sends the till a test check-in; `approve` or `abandon` ends it."
            ),
        ] = "status",
        cases: Annotated[
            list[str] | None, Field(description="For begin: only these; for restart: the one.")
        ] = None,
        sections: Annotated[
            list[str] | None, Field(description="For begin: only these sections.")
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Certify a till, case by case, as the service did before it let a till into shops."""
        control = self._choice.control(sandbox)
        known = control.certifications()
        names = [case.name for section in known.sections for case in section.cases]
        _check("case", cases, names)
        _check("section", sections, [each.name for each in known.sections])
        if action == "cases":
            return _cases(control)
        if action == "begin":
            begun = control.certify(
                sections=sections or (),
                cases=cases or (),
                client_ids=[SEEDED_INTEGRATORS[0].client_id],
                usual_paths=True,
            )
            return _standing(begun, sandbox)
        open_ones = [each.id for each in known.certifications if each.stage == "open"]
        if not open_ones:
            raise ToolError("No certification is open; certify(action='begin') begins one")
        return _acted(control, open_ones[-1], action, cases, sandbox)

    async def sweep(
        self,
        command: Annotated[
            list[str] | None,
            Field(
                description="Program and arguments of one whole payment that ends with exit code "
                "0, with {url} for the URL; without it, the sweep under way is waited for."
            ),
        ] = None,
        only: Annotated[
            list[str] | None,
            Field(description="Only these runs: 'CapturePayment#1:reset', 'Capture*', '*:500'."),
        ] = None,
        faults: Annotated[
            list[Fault] | None,
            Field(description="By default lost-response, time-out, 500, reset."),
        ] = None,
        max_runs: Annotated[int, Field(ge=1, le=1000)] = 100,
        time_scale: Annotated[
            float, Field(ge=0, description="Simulated seconds that pass in a real one.")
        ] = 10,
        wait: Annotated[
            float, Field(ge=0, le=600, description="Real seconds to wait for the end.")
        ] = 45,
        stop: Annotated[bool, Field(description="Stop the sweep under way.")] = False,
    ) -> str:
        """Find lost and double money: run a till's command once for each call and each fault.

        Answers are lost, late or 500, or connections reset; the ledger tells what became of the
        money. The sandboxes of runs that went wrong are kept, to be looked into.
        """
        if stop:
            await anyio.to_thread.run_sync(self.close)
            return "No sweep is under way."
        if command is not None:
            options = _options(only, faults, max_runs, time_scale)
            await anyio.to_thread.run_sync(self._start, command, options)
        job = self._job
        if job is None:
            raise ToolError("No sweep is under way; sweep(command=[...]) begins one")
        ends = perf_counter() + wait
        while not job.is_over and perf_counter() < ends:
            job.ask()
            await anyio.sleep(LOOK)
        if not job.is_over:
            return answer(f"under way: {job.last_words()}", then="sweep() waits for it.")
        report = job.report()
        if report is None:
            raise ToolError(f"The sweep has no verdict: {_reason(job)}")
        return _swept(report)

    def _start(self, command: list[str], options: list[str]) -> None:
        if not self._may_run:
            raise ToolError(
                "Sweeps run commands on this machine, which this server may not do over HTTP: it "
                "has to be started with --allow-commands"
            )
        if not command:
            raise ToolError("command: give the program and its arguments")
        if self._job is not None and not self._job.is_over:
            raise ToolError("A sweep is under way; sweep() waits for it, sweep(stop=true) ends it")
        target = self._choice.simulator().url
        self.close()
        options = ["--target", target, "--keep", *options]
        try:
            self._job = SweepJob(options, command, self._choice.token)
        except (OSError, ValueError) as error:
            raise ToolError(f"The sweep can't be started: {error}") from error


def _check(what: str, given: list[str] | None, known: list[str]) -> None:
    for each in given or ():
        if each not in known:
            raise ToolError(f"There is no {what} {each!r}; {nearest(each, known)}")


def _cases(control: ControlClient) -> str:
    lines: list[str] = []
    for section in control.certifications().sections:
        lines.append(
            f"{section.name}{' (mandatory)' if section.mandatory else ''}: {section.about}"
        )
        lines += [f"  {case.name}: {case.title}" for case in section.cases]
    return answer(*lines, then="certify(action='begin', cases=[...], sandbox=...)")


def _acted(
    control: ControlClient, id: str, action: Step, cases: list[str] | None, sandbox: str
) -> str:
    if action == "restart":
        if not cases or len(cases) != 1:
            raise ToolError("restart needs the one case to start again: cases=['...']")
        case = control.restart_case(id, cases[0])
        return answer(*case_lines(case), then=f"let the till do it, {_look(sandbox)}")
    if action == "callback":
        control.invoke_callback(id)
        return answer("The check-in is sent.", then=_look(sandbox))
    if action in ("approve", "abandon"):
        ended = control.approve(id) if action == "approve" else control.abandon(id)
        return answer(f"certification {ended.id}: {ended.stage}, {ended.state}")
    return _standing(control.certification(id), sandbox)


def _standing(shown: Certification, sandbox: str) -> str:
    wanted = next((each for each in shown.cases if each.name == shown.next), None)
    if wanted is None:
        then = (
            f"certify(action='approve', sandbox={sandbox!r})"
            if not shown.lack
            else "mend what is wrong, then certify(action='restart', cases=[...])"
        )
        return answer(*certification_lines(shown), then=then)
    then = f"let the till do this case, {_look(sandbox)}"
    return answer(*certification_lines(shown), *case_lines(wanted), then=then)


def _look(sandbox: str) -> str:
    return f"then certify(action='status', sandbox={sandbox!r})"


def _options(
    only: list[str] | None, faults: list[Fault] | None, max_runs: int, time_scale: float
) -> list[str]:
    options = ["--max-runs", str(max_runs), "--time-scale", f"{time_scale:g}"]
    for name, values in (("--only", only), ("--fault", faults)):
        for each in values or ():
            options += [name, each]
    return options


def _reason(job: SweepJob) -> str:
    """Returns why a sweep has no verdict: what its command wrote last, and its own message."""
    lines = job.last_words(12).splitlines()
    told = [line.removeprefix("mobilepay-sim: ") for line in lines if line != CLEAN_RUN]
    return "\n".join(told) or "it was stopped"


def _swept(report: Mapping[str, Any]) -> str:
    bad = [each for each in report["runs"] if each["verdict"] != "survived" or each["noisy"]]
    if not bad:
        then = "nothing to mend; certify(action='cases') lists more to prove."
        return answer(f"sweep: {report['summary']}", then=then)
    advice = dict.fromkeys(each["advice"] for each in bad if each["advice"])
    then = (
        "requests(sandbox=...) and explain(request_id=..., sandbox=...) in the sandbox of a run; "
        "after mending, sweep(command=..., only=['RUN']) makes one run again."
    )
    return answer(
        f"sweep: {report['summary']}",
        *limited((line for each in bad for line in _run_swept(each)), 120),
        *(f"what to do: {each}" for each in advice),
        then=then,
    )


def _run_swept(run: Mapping[str, Any]) -> list[str]:
    noisy = " but noisy" if run["noisy"] else ""
    requests = ", ".join(f"#{each}" for each in run["requests"])
    sandbox = (run["sandbox"] or "").rpartition("/sandboxes/")[2]
    return [
        f"{run['verdict']}{noisy}: {run['id']}: {run['message']}",
        *(f"  new in the audit: {each}" for each in run["newErrors"]),
        *([f"  see {requests} in the sandbox {sandbox}"] if sandbox else []),
    ]
