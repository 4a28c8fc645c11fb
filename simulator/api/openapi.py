"""The OpenAPI description of the API, made from routes, schemas, header rules and error catalogue;
and a reader of both documents, and of the error codes, that works offline.
"""

from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from flask import Blueprint, abort, request
from flask import Response as FlaskResponse

from ..engine.error_rows import NO_CODE
from ..engine.refusals import Refusal
from ..settings.data import SEEDED_INTEGRATORS
from .answers import STATUSES, Response, json_answer
from .carried import carried

#: That of the page.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_CSS, _SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
_ASSETS = {
    "reader.css": ("reader.css", _CSS),
    "reader.js": ("reader.js", _SCRIPT),
    "swagger-ui.css": ("swagger-ui/swagger-ui.css", _CSS),
    "swagger-ui-bundle.js": ("swagger-ui/swagger-ui-bundle.js", _SCRIPT),
}


def openapi_blueprint() -> Blueprint:
    """Returns the routes of the description and of the pages that show it."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def document() -> Response:
        return json_answer({**openapi_document(), "servers": [{"url": carried().request.root}]})

    @routes.get("/docs")
    def page() -> FlaskResponse:
        # Everybody knows these; those of a data file are shown to nobody.
        seeded = SEEDED_INTEGRATORS[0]
        return _page("index.html", client_id=seeded.client_id, secret=seeded.secret)

    @routes.get("/docs/errors")
    def errors() -> FlaskResponse:
        return _page("errors.html", rows="\n".join(_rows()))

    @routes.get("/docs/<name>")
    def asset(name: str) -> FlaskResponse:
        if name not in _ASSETS:
            abort(404)
        path, content_type = _ASSETS[name]
        return FlaskResponse(_file(path), content_type=content_type)

    @routes.after_request
    def seal(answer: FlaskResponse) -> FlaskResponse:
        """Gives what is shown in a browser the headers that the page has."""
        if request.path.startswith("/docs"):
            answer.headers.setdefault("Content-Security-Policy", _POLICY)
            answer.headers["X-Content-Type-Options"] = "nosniff"
            answer.headers["Referrer-Policy"] = "same-origin"
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return routes


def _file(path: str) -> bytes:
    return files(__package__).joinpath("reader", path).read_bytes()


def _page(name: str, **values: str) -> FlaskResponse:
    """Returns a page with values put in, which are written as HTML already."""
    text = Template(_file(name).decode()).substitute(values)
    return FlaskResponse(text, mimetype="text/html")


def _rows() -> Iterator[str]:
    """Yields the rows of the table of error codes; the first of each code can be linked to."""
    seen: set[str] = set()
    for row in sorted((each.value for each in Refusal), key=lambda row: row.code or NO_CODE):
        code = row.code or "no body"
        anchor = "" if code in seen else f' id="{code.replace(" ", "-")}"'
        seen.add(code)
        facts = (code, str(STATUSES[row.kind]), row.message, row.advice, ", ".join(row.where))
        yield f"<tr{anchor}>{''.join(f'<td>{escape(each)}</td>' for each in facts)}</tr>"


@cache
def openapi_document() -> dict[str, Any]:
    """Returns the OpenAPI 3.0 document, but for `servers`."""
    # Only needed when somebody asks for the document: it must not slow the start.
    from .description import describe

    return describe()
