"""A sequence diagram as Mermaid text, which issue trackers draw."""

from collections.abc import Iterator

from ...engine.elapsed import steps
from .model import Lifeline, Row, SequenceArrow, SequenceCut, SequenceDiagram, SequenceNote

#: People are drawn as people.
_KINDS = {Lifeline.CUSTOMER: "actor"}
#: What has a meaning in Mermaid, by what stands for it there.
_ESCAPES = {ord("#"): "#35;", ord(";"): "#59;", ord("<"): "#60;", ord(">"): "#62;"}


def as_mermaid(diagram: SequenceDiagram) -> str:
    """Returns a diagram as Mermaid text, with a line break at its end."""
    return "".join(f"{line}\n" for line in _lines(diagram))


def _lines(diagram: SequenceDiagram) -> Iterator[str]:
    yield "sequenceDiagram"
    yield f"    accTitle: {_escaped(diagram.title)}"
    for each in diagram.lifelines:
        yield f"    {_KINDS.get(each, 'participant')} {each} as {each.label}"
    whole = f"{diagram.lifelines[0]},{diagram.lifelines[-1]}"
    for row, step in zip(diagram.rows, steps(row.at for row in diagram.rows), strict=True):
        if step.day:
            yield f"    Note over {whole}: {step.day:%Y-%m-%d}"
        time = "" if step.is_same or isinstance(row, SequenceCut) else f"{_time(row)} "
        yield f"    {_written(row, whole, time)}"


def _time(row: Row) -> str:
    return f"{row.at:%H:%M:%S}.{row.at.microsecond // 1000:03d}"


def _written(row: Row, whole: str, time: str) -> str:
    said = _escaped(f"{time}{row.text}" + (f" ({row.detail})" if row.detail else ""))
    match row:
        case SequenceArrow():
            head = "x" if row.is_lost else ">>"
            line = "--" if row.is_answer else "-"
            return f"{row.source}{line}{head}{row.target}: {said}"
        case SequenceNote():
            return f"Note over {row.line}: {said}"
        case SequenceCut():
            return f"Note over {whole}: {said}"


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(_ESCAPES)
