"""The report of a sweep as plain text, JSON and JUnit XML."""

import json
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from textwrap import wrap
from typing import Any

from ... import __version__
from ...client import LedgerEntry
from ...client.model import plain
from ...engine.values import count_of
from ...journal.junit import Case, Suite, suite_as_xml
from ...journal.sweeps import (
    FAILING,
    NOISY,
    PROVES_NOTHING,
    SweepEnd,
    SweepFault,
    SweepReport,
    SweepRun,
    SweepVerdict,
    SweptPayment,
)
from .outcomes import Outcome
from .planning import USUAL, Cell, FaultTarget, Kind
from .swept import SweepResult, Swept

#: What stands in the matrix where there was no run.
NO_RUN = "-"
#: How long a line of text is at most, but for what can't be broken.
WIDTH = 100
#: Of the cells that are left out, so many are named.
NAMED = 20

Paint = Callable[[str, SweepVerdict], str]


def again(swept: Swept, cell: Cell) -> str:
    """Returns the command line that makes one run again."""
    rare = [] if cell.kind.name in USUAL else ["--fault", cell.kind.name]
    options = [*rare, "--only", str(cell), *swept.options.again]
    return shlex.join(["mobilepay-sim", "sweep", *options, "--", *swept.options.command])


def word_of(result: SweepResult) -> str:
    """Returns a verdict as the matrix shows it."""
    judgement = result.judgement
    return NOISY if judgement.is_noisy else judgement.verdict.shown


def axes(swept: Swept) -> tuple[tuple[FaultTarget, ...], tuple[Kind, ...]]:
    """Returns the rows and the columns of the matrix.

    Suites make many calls: those of their tests none of which is struck have no row.
    """
    planned = {each.place for each in swept.cells}
    wanted = (each.place for each in swept.wanted)
    places = dict.fromkeys(each for each in wanted if not each.test or each in planned)
    return tuple(places), tuple(dict.fromkeys(each.kind for each in swept.wanted))


def summary(swept: Swept) -> str:
    """Returns what came of all runs in one line."""
    counts = Counter(word_of(each) for each in swept.results)
    words = [*(each.shown for each in SweepVerdict), NOISY]
    told = ", ".join(f"{counts[word]} {word}" for word in words if counts[word])
    runs = count_of(len(swept.results), "run")
    missing = len(swept.cells) - len(swept.results)
    also = f"; interrupted: {missing} were not made" if swept.was_interrupted else ""
    return f"{runs}: {told or 'nothing to tell'}{also}"


def left_out_in_words(swept: Swept) -> str:
    """Returns which runs were one too many, or nothing."""
    if not swept.left_out:
        return ""
    named = ", ".join(str(each) for each in swept.left_out[:NAMED])
    more = len(swept.left_out) - NAMED
    return (
        f"Left out: {len(swept.left_out)} of {len(swept.wanted)}, since --max-runs is "
        f"{swept.options.max_runs} (chosen by --seed {swept.options.seed}): {named}"
        + (f" and {more} more" if more > 0 else "")
    )


def out_of_reach_in_words(swept: Swept) -> str:
    """Returns which tests of a suite nothing can strike, or nothing."""
    if not swept.out_of_reach:
        return ""
    named = ", ".join(swept.out_of_reach)
    return (
        f"Out of reach: {named}: it drops or resets its sandbox with calls of its own, and with it "
        "what goes wrong; mobilepay.reset() does not"
    )


# --- text -----------------------------------------------------------------------------------------


def _plainly(text: str, _: SweepVerdict) -> str:
    return text


def as_text(swept: Swept, paint: Paint = _plainly) -> str:
    """Returns a report for people: the matrix, what went wrong, and the verdict at the end.

    Args:
        swept: what came of the sweep.
        paint: colours a cell's text by its verdict.
    """
    lines = [*_matrix(swept, paint), ""]
    advised: set[SweepVerdict] = set()
    for result in swept.results:
        verdict = result.judgement.verdict
        if verdict is SweepVerdict.SURVIVED and not result.judgement.is_noisy:
            continue
        lines += [*_details(swept, result, paint, is_advised=verdict in advised), ""]
        advised.add(verdict)
    lines += [line for line in (left_out_in_words(swept), out_of_reach_in_words(swept)) if line]
    return "\n".join([*lines, summary(swept)]) + "\n"


def _matrix(swept: Swept, paint: Paint) -> Iterator[str]:
    places, kinds = axes(swept)
    results = {(each.cell.place, each.cell.kind): each for each in swept.results}
    words = {key: word_of(each) for key, each in results.items()}
    left = max((len(str(each)) for each in places), default=0)
    widths = [
        max([len(kind.name), *(len(words.get((place, kind), NO_RUN)) for place in places)])
        for kind in kinds
    ]
    pairs = list(zip(kinds, widths, strict=True))
    yield "  ".join([" " * left, *(kind.name.ljust(width) for kind, width in pairs)]).rstrip()
    for place in places:
        row = [str(place).ljust(left)]
        for kind, width in pairs:
            result, word = results.get((place, kind)), words.get((place, kind), NO_RUN)
            # The spaces stay plain, so that a line never ends with one.
            painted = paint(word, result.judgement.verdict) if result else word
            row.append(painted + " " * (width - len(word)))
        yield "  ".join(row).rstrip()


def _details(
    swept: Swept, result: SweepResult, paint: Paint, *, is_advised: bool = False
) -> Iterator[str]:
    """Yields what is told of a run; the advice, unless it was given already."""
    judgement, ended = result.judgement, result.outcome.ended
    yield f"{paint(word_of(result), judgement.verdict)}: {result.cell}"
    yield from _wrapped(f"Here {result.cell.kind.words}.")
    yield from _wrapped(judgement.message)
    if judgement.advice and not is_advised:
        yield from _wrapped(f"What to do: {judgement.advice}")
    for finding in judgement.new_errors:
        yield from _wrapped(f"The audit: {finding}")
    shown = [each for each in result.outcome.exchanges if each.id in judgement.exchanges]
    for exchange in shown:
        yield f"    {exchange}"
    if result.sandbox:
        yield f"    Its sandbox: {result.sandbox}"
    yield f"    Again: {again(swept, result.cell)}"
    if not ended.is_fine and ended.output:
        yield "    The command's last lines:"
        yield from (f"      | {line}" for line in ended.output.splitlines()[-8:])


def _wrapped(text: str) -> list[str]:
    indent = " " * 4
    return wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


# --- JSON -----------------------------------------------------------------------------------------


def as_json(swept: Swept) -> str:
    """Returns a report for programs."""
    return json.dumps(plain(_report(swept)), indent=2) + "\n"


def _report(swept: Swept) -> SweepReport:
    options = swept.options
    places, kinds = axes(swept)
    verdicts = Counter(each.judgement.verdict for each in swept.results)
    return SweepReport(
        simulator=__version__,
        command=options.command,
        scenario=options.scenario,
        seed=options.seed,
        summary=summary(swept),
        counts={each.value: verdicts[each] for each in SweepVerdict},
        calls=tuple(map(str, places)),
        faults=tuple(SweepFault(each.name, each.words) for each in kinds),
        clean=SweepEnd(**_end(swept.clean)),
        runs=tuple(_run(swept, each) for each in swept.results),
        left_out=tuple(map(str, swept.left_out)),
        out_of_reach=swept.out_of_reach,
        interrupted=swept.was_interrupted,
        seconds=round(swept.seconds, 1),
    )


def _run(swept: Swept, result: SweepResult) -> SweepRun:
    judgement, place = result.judgement, result.cell.place
    return SweepRun(
        id=str(result.cell),
        test=place.test or None,
        call=place.operation,
        nth=place.nth,
        fault=result.cell.kind.name,
        verdict=judgement.verdict,
        noisy=judgement.is_noisy,
        message=judgement.message,
        advice=judgement.advice,
        requests=judgement.exchanges,
        new_errors=tuple(map(str, judgement.new_errors)),
        again=again(swept, result.cell),
        sandbox=result.sandbox or None,
        **_end(result.outcome),
    )


def _end(outcome: Outcome) -> dict[str, Any]:
    return {
        "exit_code": outcome.ended.exit_code,
        "seconds": round(outcome.ended.seconds, 1),
        "struck": outcome.struck,
        "payments": tuple(map(_payment, outcome.payments)),
        "request_log": tuple(map(str, outcome.exchanges)),
        "output": outcome.ended.output,
    }


def _payment(entry: LedgerEntry) -> SweptPayment:
    return SweptPayment(
        payment_id=entry.payment_id,
        order_id=entry.order_id,
        state=entry.state,
        currency_code=entry.currency_code,
        reserved=float(entry.reserved),
        captured=float(entry.captured),
        released=float(entry.released),
        refunded=float(entry.refunded),
        refunds_pending=float(entry.refunds_pending),
    )


# --- JUnit ----------------------------------------------------------------------------------------


def as_junit(swept: Swept, failing: Iterable[str] = ()) -> str:
    """Returns one test case a run; one that is left out or proves nothing is skipped.

    Args:
        swept: what came of the sweep.
        failing: the words of the verdicts that fail a case; by default all that are bad.
    """
    words = set(failing) or {each.value for each in FAILING}
    cases = [_case(swept, each, words) for each in swept.results]
    made = {each.cell for each in swept.results}
    for cell in swept.wanted:
        if cell not in made:
            reason = "interrupted" if cell in swept.cells else "left out: see --max-runs"
            cases.append(replace(_new_case(cell), skipped=reason))
    suite = Suite(name="mobilepay-sim sweep", cases=tuple(cases), seconds=swept.seconds)
    return suite_as_xml(suite)


def _new_case(cell: Cell) -> Case:
    return Case(classname=f"sweep.{cell.place}", name=cell.kind.name)


def _case(swept: Swept, result: SweepResult, failing: set[str]) -> Case:
    judgement = result.judgement
    case = replace(_new_case(result.cell), seconds=result.outcome.ended.seconds)
    text = "\n".join(_details(swept, result, _plainly))
    message = f"{word_of(result)}: {judgement.message}"
    is_bad = judgement.verdict.value in failing or (judgement.is_noisy and "noisy" in failing)
    if is_bad:
        return replace(case, failure=message, kind=word_of(result), text=text)
    if judgement.verdict in PROVES_NOTHING:
        return replace(case, skipped=f"{message} {judgement.advice}")
    if judgement.verdict is not SweepVerdict.SURVIVED or judgement.is_noisy:
        return replace(case, output=text)
    return case
