"""The report of a certification: gathered once, written as a page, as JSON and as JUnit XML."""

from simulator.certification.reports.gathering import Report, report_of
from simulator.certification.reports.junit import as_junit
from simulator.certification.reports.page import as_html
from simulator.certification.reports.plain import as_json

__all__ = ["Report", "as_html", "as_json", "as_junit", "report_of"]
