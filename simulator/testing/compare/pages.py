"""The report of a comparison as one HTML file, which needs nothing else, not even a script."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ... import __version__
from .comparison import ComparedRecording
from .reports import summary, title, verdict


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def as_html(compared: ComparedRecording) -> str:
    """Returns a report for a browser and for paper."""
    return _template().render(
        compared=compared,
        summary=summary(compared),
        title=title,
        verdict=verdict,
        version=__version__,
    )
