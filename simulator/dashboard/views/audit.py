"""The audit: what clients did wrong, with the exchanges that show it."""

from typing import Any

from flask import Response

from ..desk import Visit

SHOWN = 100
#: All calls are judged anew each time, so not too often, in real seconds.
EVERY = 5.0
#: Of one finding, so many requests are named.
NAMED = 12


def show(visit: Visit) -> Response:
    """Shows the findings, the worst first."""
    if visit.arg("part") == "findings":
        return visit.render("audit/findings.html", **_read(visit))
    return visit.page("audit", "audit/page.html", lambda: _read(visit), EVERY)


def _read(visit: Visit) -> dict[str, Any]:
    report = visit.api.get("/audit", format="json")
    return {"report": report, "shown": report["findings"][:SHOWN], "named": NAMED}
