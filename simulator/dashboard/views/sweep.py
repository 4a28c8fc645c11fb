"""The results of a fault sweep: a file that somebody chooses, as a table with a URL of its own."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from flask import Response
from markupsafe import Markup

from ...client.model import decode
from ...control.mistakes import as_model, half_character
from ...engine.errors import SimulatorError
from ...journal.sweeps import MOST_RUNS, SweepEnd, SweepReport, SweepRun
from ..api import ApiError
from ..desk import Visit
from ..fetching import ControlAnswer
from ..kept_files import SentFile, sent_file
from ..rendering import show_linked

WRITTEN = "mobilepay-sim sweep --json sweep.json -- python till.py --url {url} pay 10.50"

#: So much of what a sweep came to is shown in the list of those that are kept.
_LONGEST_SUMMARY = 200

NOT_KEPT = (
    "These results are not kept any more: the newest few are, until the simulator ends. "
    "Choose the file again."
)

#: How a line of a log of calls begins.
_NUMBERED = re.compile(r"#(\d+) ").match
#: How a text names a call by its number; `InitiatePayment#1` is none.
_REFERENCE = re.compile(r"(?<![\w#])((?:requests? |#)(\d+))(?!\d)")


class LoggedLine(NamedTuple):
    """A call of a run, as its line in the log.

    Args:
        number: its number in the run's sandbox; empty where the line has none.
        line: the line.
        is_shown: whether the verdict names it.
    """

    number: str
    line: str
    is_shown: bool


class MatrixRow(NamedTuple):
    """A row of the matrix: a call, and the run of each fault, None where there was none."""

    call: str
    runs: tuple[SweepRun | None, ...]


def show(visit: Visit) -> Response:
    """Shows where a file is chosen."""
    return _page(visit, {})


def read(visit: Visit) -> Response:
    """Takes the file of a sweep, and leads to its results."""
    try:
        file = _file(visit)
    except ApiError as error:
        result = visit.refuse(error.message)
        if visit.is_partial:
            return visit.render("parts/refusal.html", message=result["mistake"])
        return visit.tell("/page/sweep", lambda visit: _page(visit, result))
    visit.desk.files.keep(file)
    return visit.go(f"/page/sweep/{file.digest}")


def show_kept(visit: Visit, digest: str) -> Response:
    """Shows the results of a file that was sent, while it is kept."""
    file = visit.desk.files.find(digest)
    if file is None:
        return _page(visit, {"mistake": NOT_KEPT}, 404)
    report = visit.api.read_aside(lambda: file.content, _report)
    return _page(visit, {"file": file.name, "digest": digest, **_shown(visit, report)})


def _page(visit: Visit, result: dict[str, Any], status: int = 200) -> Response:
    kept = visit.desk.files.newest_first()
    values = visit.around("sweep", lambda: {"result": result, "written": WRITTEN, "kept": kept})
    return visit.render("sweep/page.html", status, **values)


def _shown(visit: Visit, report: SweepReport) -> dict[str, Any]:
    scenario = report.scenario
    return {
        "report": report,
        "has_scenario": bool(scenario) and visit.api.find("/scenarios", scenario) is not None,
        "matrix": tuple(_matrix(report)),
        "places": {each.id: number for number, each in enumerate(report.runs, 1)},
        "calls_of": _calls,
        "numbers_of": _numbers,
        "linked": _linked,
    }


def _matrix(report: SweepReport) -> Iterator[MatrixRow]:
    """Yields a row for each call; none where there are more cells than a sweep has runs."""
    if len(report.calls) * len(report.faults) > MOST_RUNS:
        return
    runs = {each.id: each for each in report.runs}
    for call in report.calls:
        yield MatrixRow(call, tuple(runs.get(f"{call}:{each.name}") for each in report.faults))


def _calls(end: SweepEnd) -> list[LoggedLine]:
    """Returns the calls of a run, or of the clean one."""
    shown = {str(each) for each in end.requests} if isinstance(end, SweepRun) else set()
    found = ((_NUMBERED(line), line) for line in end.request_log)
    numbered = ((number[1] if number else "", line) for number, line in found)
    return [LoggedLine(number, line, number in shown) for number, line in numbered]


def _numbers(calls: list[LoggedLine]) -> frozenset[str]:
    """Returns the numbers of a run's calls: looked up for each of its texts, which may be many."""
    return frozenset(each.number for each in calls)


def _linked(text: str, run: int, known: frozenset[str]) -> Markup:
    """Returns a text in which the numbers of a run's calls lead to these.

    Args:
        text: the message, the advice or a finding.
        run: the number of the run on the page.
        known: the numbers of its calls.
    """
    return show_linked(
        text, _REFERENCE, lambda number: f"#run-{run}-call-{number}" if number in known else None
    )


def _file(visit: Visit) -> SentFile:
    """Returns the file that was sent, which has the results of a sweep.

    Raises:
        ApiError: it has none; the message names the file and the place in it.
    """
    given = visit.request.files.get("file")
    if given is None or not given.filename:
        raise ApiError(400, "Choose a file that `mobilepay-sim sweep --json` has written.")
    check = partial(_checked, given.filename[:60], visit.desk.context.wall_time())
    file: SentFile = visit.api.read_aside(given.read, check)
    return file


def _checked(name: str, at: float, content: bytes) -> ControlAnswer:
    """Returns a file that has the results of a sweep, or why it has none, which names the file."""
    try:
        report = report_of(content)
    except ValueError as error:
        return 400, {"error": f"{name}: {error}"}
    ended = "interrupted; " if report.interrupted else ""
    return 200, sent_file(name, content, at, f"{ended}{report.summary}"[:_LONGEST_SUMMARY])


def _report(content: bytes) -> ControlAnswer:
    """Returns the results in a file that was checked."""
    return 200, report_of(content)


def report_of(content: bytes) -> SweepReport:
    """Returns the results of a sweep that some JSON describes.

    Raises:
        ValueError: it describes none; the message names the place of what is wrong.
    """
    given = decode(Any, content, parse_float=float)
    if place := half_character(given):
        raise ValueError(f"{place}: it has half a character, which is no text")
    if not isinstance(given, dict):
        raise ValueError(f"expected an object, got {json.dumps(given)[:60]}")
    try:
        return as_model(SweepReport, given)
    except SimulatorError as error:
        raise ValueError(error.detail) from error
