"""The desk: what all pages share, and how a request to one of them is served."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Request, request
from flask import Response as FlaskResponse
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri

from ..api.answers import Response
from ..api.carried import CARRIED, Carried
from ..api.context import Context
from ..api.request import Request as SentRequest
from ..sandboxes.registry import DEFAULT
from . import form_token
from .api import Api, ApiError, Held, WaitNeeded
from .asked import ASKED, BY_PAGE, Asked
from .curl import CurlTarget
from .fetching import Fetched, ThreadNeeded
from .form_words import in_words_of_form
from .kept_files import KeptFiles
from .kept_presses import KeptPresses
from .long_forms import is_unread, reading
from .navigation import OPEN, path_of, view_at
from .questions import Question
from .rendering import Templates
from .sealing import sealed
from .standing import generation_in, in_force
from .suggestions import parts_of
from .tokens import TokenDrawer
from .told import SAID, KeptTold, ToldPress
from .too_large import why_too_large

HTML = "text/html; charset=utf-8"
#: Says that a form was refused, so that its fields keep what was typed.
REFUSED = "X-Form-Refused"


class LatePage(FlaskResponse):
    """A page whose values took long, and whose text a thread makes with `make`, too."""

    def __init__(self, make: Callable[[], str], status: int) -> None:
        super().__init__(b"", status, content_type=HTML)
        self.make = make


class Visit(Asked):
    """One request to the page, and what is needed to answer it."""

    def __init__(
        self,
        desk: "Desk",
        request: Request,
        held: Held | None = None,
        fetched: Fetched | None = None,
    ) -> None:
        super().__init__(request)
        self.desk = desk
        outer: Carried = request.environ[CARRIED]
        # What a press has changed is told with its answer, which no thread makes.
        self._may_come_later = outer.request.may_come_later and request.method == "GET"
        #: Why the form was not read; empty where it was.
        self.why_too_large = ""
        if outer.request.is_too_large:
            self.why_too_large = why_too_large(outer.request, desk.context.settings.max_body)
        self.sandbox: str = outer.request.sandbox or DEFAULT
        token = desk.context.settings.control_token
        self.api = Api(desk.respond, outer.request, self.sandbox, token, held, fetched)
        #: What clients put in front of their paths.
        self.origin = outer.request.root
        self.server = CurlTarget(self.origin, token is not None)

    def refuse(self, message: str) -> dict[str, Any]:
        """Returns what a template says of a form that was not taken; its fields keep their texts.

        Args:
            message: why it was not.
        """
        self.is_refused = True
        return {"mistake": in_words_of_form(message)}

    def render(self, template: str, status: int = 200, /, **values: Any) -> FlaskResponse:
        """Returns a page, or a piece of one."""
        make = partial(self.desk.templates.render, template, {"visit": self, **values})
        is_new = self._may_come_later and self.desk.templates.is_new(template)
        if self.api.is_long or is_new:
            answer: FlaskResponse = LatePage(make, status)
        else:
            answer = FlaskResponse(make(), status, content_type=HTML)
        if self.is_refused:
            answer.headers[REFUSED] = "true"
        return answer

    def page(
        self,
        view: str,
        template: str,
        read: Callable[[], Mapping[str, Any]],
        every: float = 0.5,
    ) -> FlaskResponse:
        """Returns a whole page.

        Args:
            view: its name in the navigation.
            template: what it is made with.
            read: gives the values; called once it is known from where on changes are told, so that
                nothing is missed that happens meanwhile.
            every: polling interval in real seconds for what has changed.
        """
        return self.render(template, **self.around(view, read, every))

    def around(
        self, view: str, read: Callable[[], Mapping[str, Any]], every: float = 0.5
    ) -> dict[str, Any]:
        """Returns all values of a whole page, as `page` reads them."""
        place = self.api.get("/changes")["id"]
        values = read()
        sandboxes = self.api.get("/sandboxes")["sandboxes"]
        return {
            "view": view,
            "place": place,
            "every": every,
            "clock": self.api.get("/clock/due", limit=1),
            "generation": generation_in(sandboxes, self.sandbox),
            "standing": in_force(self.api),
            "sandboxes": sandboxes[:50],
            **values,
        }

    def error(self, status: int, message: str, back: str | None = None) -> FlaskResponse:
        """Returns a page that says what went wrong; of a press, the way to that page.

        Args:
            status: the page's status.
            message: what went wrong.
            back: the page to go back to; by default the one that led here.
        """
        back = self.origin_page if back is None else back
        view = view_at(self.request.path)
        is_open = self.request.path.startswith(OPEN)
        if self.is_press and not self.is_partial and not is_open:
            return self.tell(path_of(view), lambda visit: visit.error(status, message, back))
        parts = parts_of(self.api, message)
        values = {"code": status, "parts": parts, "back": back, "has_views": True}
        # Strangers, too, see what is open to all: nothing about the sandbox around it.
        if not is_open:
            with suppress(ApiError, ThreadNeeded):
                values |= self.around(view, dict)
        return self.render("error.html", status, **values)

    def ask(self, question: Question) -> FlaskResponse | None:
        """Returns the way to a page that asks; None where somebody was asked already.

        Args:
            question: what is asked, and what is pressed then.
        """
        if self.is_partial or self.request.form.get(ASKED):
            return None
        again = {"action": self.url(self.place), "fields": self.sent_fields, "asked": BY_PAGE}
        values = {**again, "question": question, "back": self.url(self.before or "/")}
        view = view_at(self.request.path)
        return self.tell(
            path_of(view), lambda visit: visit.page(view, "asking.html", lambda: values)
        )

    def tell(
        self, path: str, show: Callable[["Visit"], FlaskResponse] | None = None, **also: Any
    ) -> FlaskResponse:
        """Sends the browser to a page that tells what became of a press, also when loaded again.

        Args:
            path: the page, as a path of this sandbox.
            show: makes it; by default it is as always.
            also: what is told beside that, as `ToldPress` has it.
        """
        page, form = urlsplit(path), self.form if show else MultiDict()
        told = ToldPress(self.sandbox, unquote(page.path), form, self.is_refused, show, **also)
        said = f"{SAID}={self.desk.told.keep(told)}"
        return self.go(page._replace(query=f"{page.query}&{said}".lstrip("&")).geturl())

    def go(self, path: str, words: str = "") -> FlaskResponse:
        """Sends the browser to another page of this sandbox, with words where no script has any."""
        if words and not self.is_told_by_script:
            return self.tell(path, words=words)
        return self.leave(self.url(path))

    def leave(self, url: str) -> FlaskResponse:
        """Sends the browser to another page, of whichever sandbox."""
        if self.is_partial:
            # htmx would load what a 303 leads to into the place of the form's answer.
            return FlaskResponse(b"", 204, {"HX-Redirect": iri_to_uri(url)})
        # What it names may have come from a form: a header takes no line breaks, nor all letters.
        return FlaskResponse(b"", 303, {"Location": iri_to_uri(url)})


View = Callable[..., FlaskResponse]


def _fetch(needed: ThreadNeeded, fetched: Fetched, again: Callable[..., Response]) -> Response:
    """Makes an answer that takes long, in a thread; the page is then served again with it."""
    waits = Response(503)
    waits.resume = partial(again, fetched={**fetched, needed.call: needed.fetch()})
    return waits


class Desk:
    """What all requests to the page share.

    Args:
        respond: the simulator.
        context: its parts.
    """

    def __init__(self, respond: Callable[[SentRequest], Response], context: Context) -> None:
        self.respond = respond
        self.context = context
        self.templates = Templates()
        self.drawer = TokenDrawer(context)
        self.files = KeptFiles()
        self.told = KeptTold()
        self.presses = KeptPresses()
        #: Proves that a form was on a page of ours, since no other site can read one.
        self.csrf = secrets.token_urlsafe(24)

    def serve(self, view: View, path: Mapping[str, str]) -> Response:
        """Answers the request that Flask is serving by a view."""
        return self._serve(request._get_current_object(), view, path)  # type: ignore[attr-defined]

    def _serve(
        self,
        request: Request,
        view: View,
        path: Mapping[str, str],
        held: Held | None = None,
        fetched: Fetched | None = None,
    ) -> Response:
        visit = Visit(self, request, held, fetched)
        visit.is_press = request.method == "POST"
        if visit.why_too_large:
            return sealed(self._refused(visit, ApiError(413, visit.why_too_large)))
        if is_unread(request):
            return reading(request, partial(self._serve, request, view, path))
        if held is None and request.method == "POST" and not form_token.is_sent(request, self.csrf):
            return sealed(self._stale(visit))
        try:
            answer = self._viewed(visit, view, path)
        except ApiError as error:
            answer = self._refused(visit, error)
        except WaitNeeded as waiting:
            waits = Response(503)
            waits.plan = replace(waiting.plan, dribble=0.0, part=1.0)
            waits.resume = partial(self._serve, request, view, path, waiting.held)
            return waits
        except ThreadNeeded as needed:
            again = partial(self._serve, request, view, path, held)
            waits = Response(503)
            waits.later = partial(_fetch, needed, fetched or {}, again)
            waits.is_play, waits.is_preparing = needed.is_play, True
            return waits
        if isinstance(answer, LatePage):
            late = Response(answer.status_code)
            late.later = partial(self._written, answer)
            return late
        reply = sealed(answer)
        reply.plan, reply.sandbox = visit.api.plan, visit.api.changed
        return reply

    def _viewed(self, visit: Visit, view: View, path: Mapping[str, str]) -> FlaskResponse:
        """Returns what a view shows, or what a press without JavaScript has left to be told."""
        said = visit.request.args.get(SAID, "") if visit.request.method == "GET" else ""
        told = self.told.find(said, visit.sandbox, visit.request.path) if said else None
        if told is None:
            return view(visit, **path)
        visit.told, visit.is_refused = told, told.is_refused
        return told.show(visit) if told.show else view(visit, **path)

    def _written(self, page: LatePage) -> Response:
        page.set_data(page.make())
        return sealed(page)

    def _stale(self, visit: Visit) -> FlaskResponse:
        if form_token.may_be_renewed(visit.request):
            return form_token.renewed(self.csrf, REFUSED)
        # Of a form that no page of ours has sent, nothing is kept to be told.
        visit.is_press = bool(visit.origin_page)
        return visit.error(403, form_token.RESTARTED)

    def _refused(self, visit: Visit, error: ApiError) -> FlaskResponse:
        visit.is_refused = True
        if visit.is_partial:
            # htmx shows what comes with 200 only; the piece itself says what went wrong.
            message = in_words_of_form(error.message)
            return visit.render("parts/refusal.html", message=message)
        return visit.error(error.status, in_words_of_form(error.message))
