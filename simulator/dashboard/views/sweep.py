"""The results of a fault sweep: a file that somebody chooses, as a table. Nothing of it is kept."""

import json
from typing import Any

import msgspec
from flask import Response

from ...client.model import decode
from ...control.mistakes import in_words
from ...engine.errors import SimulatorError
from ...journal.sweeps import SweepReport
from ..api import ApiError
from ..desk import Visit

WRITTEN = "mobilepay-sim sweep --json sweep.json -- python till.py --url {url} pay 10.50"


def show(visit: Visit) -> Response:
    """Shows where a file is chosen."""
    return _page(visit, {})


def read(visit: Visit) -> Response:
    """Shows the results that a file has."""
    result: dict[str, Any]
    try:
        result = {"report": _report(visit)}
    except ApiError as error:
        result = visit.refuse(error.message)
    if visit.is_partial:
        return visit.render("sweep/result.html", result=result)
    return _page(visit, result)


def _page(visit: Visit, result: dict[str, Any]) -> Response:
    return visit.page("sweep", "sweep/page.html", lambda: {"result": result, "written": WRITTEN})


def _report(visit: Visit) -> SweepReport:
    """Returns the results in the file that was sent.

    Raises:
        ApiError: they are none; the message names the file and the place in it.
    """
    file = visit.request.files.get("file")
    if file is None or not file.filename:
        raise ApiError(400, "Choose a file that `mobilepay-sim sweep --json` has written.")
    try:
        return report_of(file.read())
    except ValueError as error:
        raise ApiError(400, f"{file.filename[:60]}: {error}") from error


def report_of(content: bytes) -> SweepReport:
    """Returns the results of a sweep that some JSON describes.

    Raises:
        ValueError: it describes none; the message names the place of what is wrong.
    """
    given = decode(Any, content, parse_float=float)
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("it has half a character, which is no text") from error
    if not isinstance(given, dict):
        raise ValueError(f"expected an object, got {json.dumps(given)[:60]}")
    try:
        return msgspec.convert(given, SweepReport)
    except msgspec.ValidationError as error:
        wrong: SimulatorError = in_words(SweepReport, given, str(error), None)
        raise ValueError(wrong.detail) from error
