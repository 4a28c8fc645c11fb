"""The report of a comparison as one HTML file, which needs nothing else, not even a script."""

from pathlib import Path

from ... import __version__
from ..page_template import page_template
from .comparison import ComparedRecording
from .reports import summary, title, verdict


def as_html(compared: ComparedRecording) -> str:
    """Returns a report for a browser and for paper."""
    return page_template(Path(__file__).parent).render(
        compared=compared,
        summary=summary(compared),
        title=title,
        verdict=verdict,
        version=__version__,
    )
