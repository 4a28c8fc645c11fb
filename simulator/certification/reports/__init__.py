"""The report of a certification: gathered once, written as a page, as JSON and as JUnit XML."""

from .gathering import ReportData, gather
from .junit import as_junit
from .page import as_html
from .plain import as_model

__all__ = ["ReportData", "as_html", "as_junit", "as_model", "gather"]
