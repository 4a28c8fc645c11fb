"""The report of a comparison as plain text, JSON and JUnit XML."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ... import __version__
from ...client.model import moment_as_text
from ...journal.junit import Case, Suite, suite_as_xml
from .comparison import ComparedCall, ComparedRecording


def summary(compared: ComparedRecording) -> str:
    """Returns what came of the recording in one line."""
    count, different = len(compared.compared), len(compared.different)
    calls = "1 call was" if count == 1 else f"{count} calls were"
    if not different:
        return f"{calls} compared; every answer is equal"
    kinds = Counter(each.kind.value for call in compared.different for each in call.differences)
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    return f"{calls} compared; {different} differ: {told}"


def title(result: ComparedCall) -> str:
    """Returns a call as people read it; its query and its headers may hold what is private."""
    exchange = result.call.exchange
    operation = exchange.operation or "an unknown path"
    return f"call {result.call.number}: {operation}: {exchange.method} {_path(exchange.path)}"


def verdict(result: ComparedCall) -> str:
    """Returns what came of a call in one word."""
    if result.left_out is not None:
        return "left out"
    return "differs" if result.differences else "equal"


def as_text(compared: ComparedRecording, *, is_quiet: bool = False) -> str:
    """Returns a report for people.

    Args:
        compared: what came of the recording.
        is_quiet: whether only what differs is told.
    """
    lines: list[str] = []
    if not is_quiet:
        lines += [f"left out: {count} {what}" for what, count in compared.others.items()]
        lines += [f"inferred: {each}" for each in compared.inferences]
    for result in compared.calls:
        lines += _lines(result, is_quiet=is_quiet)
    return "\n".join([*lines, summary(compared)]) + "\n"


def _lines(result: ComparedCall, *, is_quiet: bool) -> Iterator[str]:
    exchange = result.call.exchange
    if result.left_out is not None:
        if not is_quiet:
            yield f"left out: {title(result)}: {result.left_out}"
        return
    if result.differences:
        yield f"differs: {title(result)} at {exchange.at:%Y-%m-%d %H:%M:%S}"
        yield from (f"  {each.kind}: {each}" for each in result.differences)
    if result.note and not is_quiet:
        yield f"in part: {title(result)}: {result.note}"


def as_json(compared: ComparedRecording) -> str:
    """Returns a report for programs."""
    document = {
        "simulator": __version__,
        "recording": compared.name,
        "target": compared.target,
        "summary": summary(compared),
        "equal": not compared.different,
        "counts": {
            "compared": len(compared.compared),
            "different": len(compared.different),
            "leftOut": len(compared.calls) - len(compared.compared),
        },
        "inferred": [
            {"beforeCall": each.number, "what": each.what, "why": each.why}
            for each in compared.inferences
        ],
        "otherEntries": compared.others,
        "calls": [_call(each) for each in compared.calls],
    }
    return json.dumps(document, indent=2) + "\n"


def _call(result: ComparedCall) -> dict[str, Any]:
    exchange = result.call.exchange
    return {
        "number": result.call.number,
        "operation": exchange.operation,
        "method": exchange.method,
        "path": _path(exchange.path),
        "at": moment_as_text(exchange.at),
        "verdict": verdict(result),
        "recordedStatus": exchange.status or None,
        "status": result.status,
        "leftOut": result.left_out,
        "note": result.note,
        "differences": [
            {
                "kind": each.kind.value,
                "place": each.place,
                "recorded": each.recorded,
                "answered": each.answered,
            }
            for each in result.differences
        ],
    }


def as_junit(compared: ComparedRecording) -> str:
    """Returns one test case a call; one that is left out is skipped."""
    cases = tuple(_case(each) for each in compared.calls)
    return suite_as_xml(Suite(name="mobilepay-sim compare", cases=cases))


def _case(result: ComparedCall) -> Case:
    operation = result.call.exchange.operation or "unknown"
    text = "\n".join(f"{each.kind}: {each}" for each in result.differences)
    return Case(
        classname=f"compare.{operation}",
        name=title(result),
        failure=text.partition("\n")[0] or None,
        kind=result.differences[0].kind.value if result.differences else "",
        text=text,
        skipped=result.left_out,
        output=result.note or "",
    )


def _path(path: str) -> str:
    """Returns a path in one line, however a file has written it."""
    shown = "".join(each if each.isprintable() else "?" for each in path)
    return shown if len(shown) <= 200 else f"{shown[:197]}..."
