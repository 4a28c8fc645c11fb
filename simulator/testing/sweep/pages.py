"""The report of a sweep as one HTML file, which needs nothing else, not even a script."""

from pathlib import Path
from typing import Any

from ... import __version__
from ...journal.sweeps import SweepVerdict
from ..page_template import page_template
from .outcomes import held
from .reports import again, axes, left_out_in_words, out_of_reach_in_words, summary, word_of
from .swept import Swept

#: What each verdict means, for the legend.
MEANINGS = {
    SweepVerdict.SURVIVED: "the command ended with 0; the money is where the clean run leaves it",
    SweepVerdict.DOUBLE_CHARGED: "more was captured or refunded, or more payments took money",
    SweepVerdict.CRASHED: "the command was ended by a signal, or killed for taking too long",
    SweepVerdict.STUCK: "a payment or refund was left that is neither captured nor cancelled",
    SweepVerdict.FALSE_SUCCESS: "the command ended with 0, but less money moved",
    SweepVerdict.FALSE_FAILURE: "the command failed, and yet the customer has paid",
    SweepVerdict.GAVE_UP: "the command failed, but nothing is stuck or taken too much",
    SweepVerdict.NOT_STRUCK: "the call was not made this time, so nothing is proved",
    SweepVerdict.NOT_TIMED_OUT: "the client waited for the late answer, so nothing is proved",
}


def as_html(swept: Swept) -> str:
    """Returns a report for a browser and for paper."""
    places, kinds = axes(swept)
    results = {(each.cell.place, each.cell.kind): each for each in swept.results}
    values: dict[str, Any] = {
        "swept": swept,
        "places": places,
        "kinds": kinds,
        "results": results,
        "meanings": MEANINGS,
        "summary": summary(swept),
        "left_out": left_out_in_words(swept),
        "out_of_reach": out_of_reach_in_words(swept),
        "again": lambda result: again(swept, result.cell),
        "word_of": word_of,
        "held": held,
        "money": lambda amount: f"{amount:.2f}",
        "version": __version__,
    }
    return page_template(Path(__file__).parent).render(values)
