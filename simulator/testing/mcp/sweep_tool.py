"""The tool that finds lost and double money: the fault sweep."""

import re
from collections.abc import Mapping
from time import perf_counter
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ..sweep.progress import CLEAN_RUN
from .choice import SimulatorChoice
from .showing import answer, limited
from .sweeping import SweepJob

#: Real seconds between two looks at a sweep.
LOOK = 0.2

Fault = Literal[
    "lost-response", "time-out", "500", "reset", "half-answer", "500-done", "503", "html",
    "late-work",
]  # fmt: skip

#: The tool's arguments by the options of `mobilepay-sim sweep` that they become.
ARGUMENTS = {
    "--only": "only",
    "--fault": "faults",
    "--max-runs": "max_runs",
    "--time-scale": "time_scale",
    "--stall": "stall",
    "--timeout": "timeout",
}
#: An option in a message, with a length of time behind it where one is proposed.
_OPTION = re.compile(rf"(?P<option>{'|'.join(ARGUMENTS)})(?![\w-])(?: (?P<value>\d[\d.]*m?s)\b)?")


class SweepingTools:
    """The tool that sweeps.

    Args:
        choice: which simulator it uses.
        may_run: whether whoever calls it may run commands here.
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
        stall: Annotated[
            str | None,
            Field(
                description="How late the answer is in a time-out, such as 12s, for a till that "
                "waits long; by default 3s, to a GET 0.75s."
            ),
        ] = None,
        timeout: Annotated[
            str | None,
            Field(description="Real time that one run may take; by default 60s."),
        ] = None,
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
            return await anyio.to_thread.run_sync(self._stop)
        if command is not None:
            lengths = {"--stall": stall, "--timeout": timeout}
            options = _options(only, faults, max_runs, time_scale, lengths)
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

    def _stop(self) -> str:
        was_under_way = self._job is not None and not self._job.is_over
        self.close()
        if was_under_way:
            return answer("The sweep is stopped.", then="sweep(command=[...]) begins another.")
        return answer("No sweep was under way.", then="sweep(command=[...]) begins one.")

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


def _options(
    only: list[str] | None,
    faults: list[Fault] | None,
    max_runs: int,
    time_scale: float,
    lengths: Mapping[str, str | None],
) -> list[str]:
    options = ["--max-runs", str(max_runs), "--time-scale", f"{time_scale:g}"]
    for name, values in (("--only", only), ("--fault", faults)):
        for each in values or ():
            options += [name, each]
    for name, length in lengths.items():
        options += [] if length is None else [name, length]
    return options


def _in_arguments(text: str) -> str:
    """Returns a message of the command line in which options are this tool's arguments.

    An agent has no command line to give `--stall 12s` on; it gives stall='12s'.
    """

    def argument(found: re.Match[str]) -> str:
        name, value = ARGUMENTS[found["option"]], found["value"]
        return f"{name}={value!r}" if value else name

    return _OPTION.sub(argument, text)


def _reason(job: SweepJob) -> str:
    """Returns why a sweep has no verdict: what its command wrote last, and its own message."""
    lines = job.last_words(12).splitlines()
    told = [line.removeprefix("mobilepay-sim: ") for line in lines if line != CLEAN_RUN]
    return _in_arguments("\n".join(told)) or "it was stopped"


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
        *(f"what to do: {_in_arguments(each)}" for each in advice),
        then=then,
    )


def _run_swept(run: Mapping[str, Any]) -> list[str]:
    noisy = " but noisy" if run["noisy"] else ""
    requests = ", ".join(f"#{each}" for each in run["requests"])
    sandbox = (run["sandbox"] or "").rpartition("/sandboxes/")[2]
    return [
        f"{run['verdict']}{noisy}: {run['id']}: {_in_arguments(run['message'])}",
        *(f"  new in the audit: {each}" for each in run["newErrors"]),
        *([f"  see {requests} in the sandbox {sandbox}"] if sandbox else []),
    ]
