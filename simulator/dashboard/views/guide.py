"""The guide: the site that `make docs-site` builds, which a released wheel has in it."""

import re
from pathlib import Path

from flask import Response
from werkzeug.security import safe_join

from ..desk import Visit
from ..guide_site import FOLDER, FRONT, is_built, is_file
from ..sealing import POLICY
from .files import YEAR

#: Of a site of files nobody has written into, styles in the HTML are harmless, and it has some.
GUIDE_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
#: The name of a file that says what is in it, so that it never changes.
_LASTING = re.compile(r"\.[0-9a-f]{8}\.min\.(js|css)$")
NO_SUCH_PAGE = "The guide has no such page; its search is at the top of /guide/."
NOT_BUILT = (
    "This simulator was installed without the guide. In a checkout, `make docs-site` builds it, "
    "and this address shows it from then on. Until then, read the pages in the folder docs."
)


def show(visit: Visit, name: str = "") -> Response:
    """Sends a file of the site. For a folder it leads to its page, to which links are relative."""
    joined = safe_join(str(FOLDER), name)
    if joined is None:
        return visit.error(404, NO_SUCH_PAGE)
    if not is_built():
        return visit.error(404, NOT_BUILT)
    path = Path(joined)
    if is_file(path / FRONT):
        return visit.go("/".join(filter(None, ("/guide", name, FRONT))))
    kind = TYPES.get(path.suffix)
    if kind is None or not is_file(path):
        return visit.error(404, NO_SUCH_PAGE)
    answer = Response(path.read_bytes(), content_type=kind)
    answer.headers["Content-Security-Policy"] = GUIDE_POLICY
    if _LASTING.search(path.name):
        answer.headers["Cache-Control"] = f"max-age={YEAR}, immutable"
    return answer
