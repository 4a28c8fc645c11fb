"""The desk: what all pages share, and how a request to one of them is served."""

import secrets
from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Any

from flask import Request, Response

from simulator.api.context import Context
from simulator.api.environ import SANDBOX_NAME
from simulator.api.recording import this_request
from simulator.dashboard.api import Api, ApiError, Waiting
from simulator.dashboard.rendering import Templates
from simulator.dashboard.tokens import TokenDrawer
from simulator.sandboxes import DEFAULT

__all__ = ["CSRF_FIELD", "THEME", "THEMES", "Desk", "Visit", "with_chosen"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
#: The cookie that keeps light or dark, where somebody has chosen.
THEME = "mobilepay_sim_theme"
THEMES = ("light", "dark")


class Visit:
    """One request to the page, and what is needed to answer it."""

    def __init__(self, desk: "Desk", request: Request) -> None:
        self.desk = desk
        self.request = request
        self.sandbox: str = request.environ.get(SANDBOX_NAME) or DEFAULT
        self.api = Api(desk.app, request, self.sandbox, desk.context.settings.control_token)
        self.base = request.script_root

    def url(self, path: str = "/") -> str:
        """Returns the URL of a path of this sandbox."""
        return self.base + path

    def arg(self, name: str) -> str:
        """Returns what a form or a query says of something; empty where it says nothing."""
        text: str = self.request.form.get(name) or self.request.args.get(name) or ""
        return text.strip()

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks, for a piece of the page."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def theme(self) -> str:
        """Light or dark where somebody has chosen; else empty."""
        chosen: str = self.request.cookies.get(THEME, "")
        return chosen if chosen in THEMES else ""

    @property
    def origin(self) -> str:
        """What clients put in front of their paths."""
        root: str = self.request.root_url
        return root.rstrip("/")

    def render(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """Returns a page, or a piece of one."""
        content = self.desk.templates.render(template, {"visit": self, **values})
        return Response(content, status, content_type="text/html; charset=utf-8")

    def page(
        self,
        view: str,
        template: str,
        read: Callable[[], Mapping[str, Any]],
        every: float = 0.5,
    ) -> Response:
        """Returns a whole page.

        Args:
            view: its name in the navigation.
            template: what it is made with.
            read: gives the values; called once it is known from where on changes are told, so that
                nothing is missed that happens meanwhile.
            every: real seconds between two looks for what has changed.
        """
        place = self.api.get("/changes")["id"]
        values = read()
        return self.render(
            template,
            view=view,
            place=place,
            every=every,
            clock=self.api.get("/clock"),
            sandboxes=self.api.get("/sandboxes")["sandboxes"][:50],
            **values,
        )

    def error(self, status: int, message: str) -> Response:
        """Returns a page that says what went wrong."""
        return self.render("error.html", status, code=status, message=message)

    def go(self, path: str) -> Response:
        """Sends the browser to another page of this sandbox."""
        return Response(b"", 303, {"Location": self.url(path)})


def with_chosen(
    things: list[dict[str, Any]], chosen: dict[str, Any] | None, key: str
) -> list[dict[str, Any]]:
    """Returns the newest things of a list, and the chosen one where it is none of these."""
    if chosen is None or any(each[key] == chosen[key] for each in things):
        return things
    return [*things, chosen]


View = Callable[..., Response]


class Desk:
    """What all requests to the page share.

    Args:
        app: the simulator as a WSGI application.
        context: its parts.
    """

    def __init__(self, app: Callable[..., Any], context: Context) -> None:
        self.app = app
        self.context = context
        self.templates = Templates()
        self.drawer = TokenDrawer(context)
        #: Proves that a form was on a page of ours, since no other site can read one.
        self.csrf = secrets.token_urlsafe(24)

    def serve(self, view: View, path: Mapping[str, str]) -> Response:
        """Answers a request by a view."""
        visit = Visit(self, this_request())
        if visit.request.method == "POST" and not self._is_ours(visit.request):
            return self._seal(self._stale(visit))
        try:
            answer = view(visit, **path)
        except ApiError as error:
            answer = self._refused(visit, error)
        except Waiting:
            answer = Response(b"", 503)
        return self._seal(answer)

    def _is_ours(self, request: Request) -> bool:
        given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD) or ""
        return compare_digest(given.encode(), self.csrf.encode())

    def _stale(self, visit: Visit) -> Response:
        message = "This page is older than the simulator that answers it; load it again."
        answer = visit.error(403, message)
        if visit.is_partial:
            answer.headers["HX-Refresh"] = "true"
        return answer

    def _refused(self, visit: Visit, error: ApiError) -> Response:
        if visit.is_partial:
            # htmx shows what comes with 200 only; the piece itself says what went wrong.
            return visit.render("parts/refusal.html", message=error.message)
        return visit.error(error.status, error.message)

    def _seal(self, answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        # With "no-referrer", browsers would not say of forms that they are ours.
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.vary.add("HX-Request")
        return answer
