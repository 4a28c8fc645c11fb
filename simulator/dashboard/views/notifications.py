"""The check-ins that tills were to be told of, with every attempt."""

from typing import Any

from flask import Response

from ..desk import Visit

SHOWN = 100


def show(visit: Visit) -> Response:
    """Shows the newest notifications, and the URLs of the aliases."""
    if visit.arg("part") == "list":
        return visit.render("notifications/list.html", **_read(visit))
    return visit.page("notifications", "notifications/page.html", lambda: _read(visit))


def _read(visit: Visit) -> dict[str, Any]:
    found = visit.api.get("/notifications")["notifications"]
    return {
        "notifications": found[: -SHOWN - 1 : -1],
        "total": len(found),
        "callbacks": sorted(visit.api.get("/callbacks")["callbacks"].items()),
    }
