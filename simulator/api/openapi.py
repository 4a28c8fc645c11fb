"""The OpenAPI description of the API, made from routes, schemas, header rules and error catalogue;
and a Swagger UI that works offline.
"""

from functools import cache
from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, abort, request

from simulator.api.answers import Reply, json_answer

__all__ = ["openapi_blueprint", "openapi_document"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>MobilePay PoS simulator: API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  validatorUrl: null});
"""
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}


def openapi_blueprint() -> Blueprint:
    """Returns the routes of the description and of the page that shows it."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def document() -> Reply:
        return json_answer(
            {**openapi_document(), "servers": [{"url": request.root_url.rstrip("/")}]}
        )

    @routes.get("/docs")
    def page() -> Response:
        return Response(_PAGE, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})

    @routes.get("/docs/start.js")
    def start() -> Response:
        return Response(_START, content_type="text/javascript; charset=utf-8")

    @routes.get("/docs/<name>")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            abort(404)
        content = _swagger_ui().joinpath(name).read_bytes()
        return Response(content, content_type=_ASSETS[name])

    return routes


@cache
def _swagger_ui() -> Any:
    vendor = files("swagger_ui_bundle").joinpath("vendor")
    return next(each for each in vendor.iterdir() if each.name.startswith("swagger-ui"))


@cache
def openapi_document() -> dict[str, Any]:
    """Returns the OpenAPI 3.0 document, but for `servers`."""
    # Only needed when somebody asks for the document: it must not slow the start.
    from simulator.api.description import describe

    return describe()
