"""Who may look: the control token is asked for once, and the browser keeps what follows from it."""

from hmac import compare_digest
from urllib.parse import urlencode

from flask import Response

from ...api.answers import CONTROL_REALM, bearer
from ...control.access import SESSION, is_session, session_of
from ..asked import THEME, THEMES
from ..desk import Visit

YEAR = 365 * 24 * 3600


def show(visit: Visit) -> Response:
    """Asks for the token; leads on where there is none, or where it was given already."""
    token = visit.desk.context.settings.control_token
    if token is None or is_session(visit.request.cookies.get(SESSION, ""), token):
        return visit.go(_next(visit))
    mistake = "That is not the control token." if visit.arg("wrong") else ""
    status = 401 if mistake else 200
    answer = visit.render("login.html", status, mistake=mistake, next=_next(visit))
    if mistake:
        # What programs may send in the place of the form; browsers ask nobody for such a token.
        answer.headers.extend([bearer(realm=CONTROL_REALM)])
    return answer


def enter(visit: Visit) -> Response:
    """Takes the token, and lets the browser in."""
    token = visit.desk.context.settings.control_token
    if token is None:
        return visit.go("/")
    if not compare_digest(visit.arg("token").encode(), token.encode()):
        query = urlencode({"wrong": "yes", "next": _next(visit)})
        return visit.go(f"/page/login?{query}")
    answer = visit.go(_next(visit))
    secure = visit.request.environ["wsgi.url_scheme"] == "https"
    answer.set_cookie(
        SESSION, session_of(token), httponly=True, samesite="Strict", secure=secure, path="/"
    )
    return answer


def leave(visit: Visit) -> Response:
    """Lets the browser forget."""
    answer = visit.go("/page/login")
    answer.delete_cookie(SESSION, httponly=True, samesite="Strict", path="/")
    return answer


def set_theme(visit: Visit) -> Response:
    """Keeps whether somebody wants it light or dark, or as the system has it."""
    answer = visit.go(_next(visit))
    theme = visit.arg("theme")
    if theme in THEMES[1:]:
        answer.set_cookie(THEME, theme, max_age=YEAR, samesite="Strict", path="/")
    else:
        answer.delete_cookie(THEME, samesite="Strict", path="/")
    return answer


def _next(visit: Visit) -> str:
    """Returns where to go on: a page of this sandbox, never another site."""
    wanted = visit.arg("next")
    is_ours = wanted == "/" or wanted.startswith("/page/")
    return wanted if is_ours and not wanted.startswith("/page/log") else "/"
