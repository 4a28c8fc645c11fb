"""The files the page loads: style, scripts, and what is vendored."""

from flask import Response

from ..desk import Visit
from ..rendering import asset_version, static_file

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
YEAR = 365 * 24 * 3600


def send(visit: Visit, name: str) -> Response:
    """Sends a file; one that is asked for by its version may be kept."""
    content = static_file(name)
    kind = TYPES.get(name.rpartition(".")[2])
    if content is None or kind is None:
        return visit.error(404, "There is no such file.")
    answer = Response(content, content_type=f"{kind}; charset=utf-8")
    if visit.request.args.get("v") == asset_version(name):
        answer.headers["Cache-Control"] = f"max-age={YEAR}, immutable"
    return answer


def send_icon(visit: Visit) -> Response:
    """Sends the icon to browsers that ask for it where no page names one."""
    return send(visit, "icon.svg")


def miss(visit: Visit, name: str = "") -> Response:
    """Says that there is no such page; what is above all of them is the overview."""
    if not name:
        return visit.go("/")
    return visit.error(404, f"There is no page /page/{name[:100]}.")
