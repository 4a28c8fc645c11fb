"""WHO MAY CALL: the checks before a control call or a page. See `GUARDED`.

The control API can do anything to everybody's payments. So neither everybody who reaches the port
may use it, nor every web page that a developer's browser shows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest, digest
from html import escape
from urllib.parse import SplitResult, quote, urlsplit

from flask import Request, g, request
from flask import Response as FlaskResponse

from ..api.answers import CONTROL_REALM, INVALID_TOKEN, Response, bearer, json_answer
from ..api.carried import carried
from ..api.door import without_prefix
from ..api.misrouted import CONTROL_BASE
from ..api.request import Request as Sent
from ..engine.symptoms import Symptom
from ..settings.hosts import address_of, host_in, is_listed, is_local, names_of
from ..settings.settings import Settings

BASE = CONTROL_BASE
HEALTH = f"{BASE}/health"
SNAPSHOT = f"{BASE}/snapshot"

#: The page that asks for the token.
LOGIN = "/page/login"
#: The cookie of a browser that is logged in.
SESSION = "mobilepay_sim_session"

#: Only proxies send these. Nobody can know whose call they pass on.
PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal: its status, message and headers."""

    status: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()


Check = Callable[[Request, Settings], Denial | None]


def known_host(request: Request, settings: Settings) -> Denial | None:
    """Refuses a host name that somebody else may have pointed here (DNS rebinding).

    An address, a name of this machine and a name without a dot can't be such a name.
    """
    header: str = request.environ.get("HTTP_HOST", "")
    host = host_in(header)
    if "." not in host or address_of(host) is not None or is_local(host):
        return None
    names = names_of(settings.public_url, settings.host, settings.tls_hosts)
    if is_listed(host, (*names, *settings.allowed_hosts)):
        return None
    shown = host[:100]
    hint = f"--allowed-hosts adds it; {Symptom.NOT_ALLOWED.in_docs}"
    return Denial(403, f"Host: {shown!r} is not a name of this server; {hint}")


def same_origin(request: Request, _: Settings) -> Denial | None:
    """Refuses calls that a page of another site makes a browser send."""
    return _of_other_site(carried().request)


def _of_other_site(sent: Sent) -> Denial | None:
    origin, asked = sent.headers.get("origin"), (sent.headers.get("host") or "").lower()
    is_other = origin is not None and origin.partition("://")[2].lower() != asked
    if is_other or (sent.headers.get("sec-fetch-site") or "").lower() == "cross-site":
        return Denial(403, "Origin: cross-site requests to the control API are refused")
    return None


def known_caller(request: Request, settings: Settings) -> Denial | None:
    """Refuses callers without the token; where none is set, callers on other machines."""
    return _of_stranger(carried().request, settings)


def may_load_snapshot(sent: Sent, settings: Settings) -> bool:
    """Whether a call loads a snapshot, and its caller may: only then its body may be that large.

    Args:
        sent: the call, whose body need not have come.
        settings: say who may.
    """
    try:
        path = without_prefix(sent).path
    except ValueError:
        return False
    is_route = sent.method == "PUT" and path == SNAPSHOT
    return is_route and (_of_other_site(sent) or _of_stranger(sent, settings)) is None


def _of_stranger(sent: Sent, settings: Settings) -> Denial | None:
    if settings.control_token is not None:
        return _with_token(sent, settings.control_token)
    if settings.allow_remote_control:
        return None
    headers = sent.headers
    proxied = next((name for name in PROXY_HEADERS if headers.get(name) is not None), None)
    if proxied is not None:
        who = f"it came through a proxy ({proxied}), so its origin is not known"
    elif not _is_of_this_machine(sent):
        who = "it came from another machine"
    else:
        return None
    hint = "use --control-token TEXT or --allow-remote-control to allow it; "
    hint += Symptom.NOT_ALLOWED.on_server
    return Denial(403, f"{who}; {hint}")


def known_browser(request: Request, settings: Settings) -> Denial | None:
    """Refuses a page to callers that `known_caller` refuses, unless their browser is logged in."""
    if _is_logged_in(request, settings):
        return None
    return known_caller(request, settings)


def own_forms(request: Request, settings: Settings) -> Denial | None:
    """Refuses calls that a page of another site makes a browser send; its links may lead here."""
    return None if request.method == "GET" else same_origin(request, settings)


def reading_browser(request: Request, settings: Settings) -> Denial | None:
    """Refuses as `known_caller`; a browser that is logged in may read, but change nothing."""
    if request.method == "GET" and _is_logged_in(request, settings):
        return None
    return known_caller(request, settings)


def session_of(token: str) -> str:
    """Returns the cookie's value: it follows from the token, and does not disclose it."""
    return digest(token.encode(), b"the page of mobilepay-sim", "sha256").hex()


def is_session(kept: str, token: str) -> bool:
    """Whether a cookie's value is that of a browser that gave the token."""
    return compare_digest(kept.encode(), session_of(token).encode())


def _is_logged_in(request: Request, settings: Settings) -> bool:
    if settings.control_token is None:
        return False
    return is_session(request.cookies.get(SESSION, ""), settings.control_token)


def _with_token(call: Sent, token: str) -> Denial | None:
    sent = call.headers.all("authorization")
    scheme, _, given = (sent[0] if len(sent) == 1 else "").partition(" ")
    if scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode()):
        return None
    wrong = "is wrong" if sent else "is missing"
    message = f"Authorization: the control token {wrong}; send Bearer TOKEN"
    challenge = bearer(INVALID_TOKEN if sent else "", message, realm=CONTROL_REALM)
    return Denial(401, message, (challenge,))


def _is_of_this_machine(sent: Sent) -> bool:
    """Whether the caller is on this machine. Who calls the WSGI application itself is."""
    if sent.peer is None:
        return True
    peer = address_of(sent.peer)
    return peer is not None and peer.is_loopback


#: THE TABLE: the guarded paths, and their checks in order.
GUARDED: tuple[tuple["re.Pattern[str]", tuple[Check, ...]], ...] = (
    (re.compile(rf"{BASE}(/|$)"), (known_host, same_origin, reading_browser)),
    (re.compile(r"/(docs|guide)(/|$)"), (known_host,)),
    (re.compile(rf"{LOGIN}$|/page/static/"), (known_host, own_forms)),
    (re.compile(r"/$|/page(/|$)"), (known_host, own_forms, known_browser)),
)


def guard(settings: Settings) -> Callable[[], FlaskResponse | Response | None]:
    """Returns the function that Flask runs before each request: None lets it pass.

    Health answers everybody, since load balancers ask for it; `is_stranger` limits its answer.
    """

    def check() -> FlaskResponse | Response | None:
        this: Request = request._get_current_object()  # type: ignore[attr-defined]
        denial = _denial(this, settings)
        if this.path == HEALTH:
            g.is_stranger = denial is not None
            return None
        if denial is None:
            return None
        if this.path.startswith((BASE, "/docs")):
            return json_answer({"error": denial.message}, denial.status, denial.headers)
        return _page_of(denial, this)

    return check


def _page_of(denial: Denial, request: Request) -> FlaskResponse:
    """Returns a refusal as a page; where the token is missing, the page that asks for it."""
    if denial.status == 401:
        login = f"{request.script_root}{LOGIN}?next={quote(_page_to_return_to(request))}"
        if request.headers.get("HX-Request") == "true":
            # htmx would load what a 303 leads to into a part of the page.
            return FlaskResponse(b"", 401, {"HX-Redirect": login})
        return FlaskResponse(b"", 303, {"Location": login})
    title = "Access denied"
    content = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>"
    return FlaskResponse(
        f"{content}<p>{escape(denial.message)}",
        denial.status,
        {"Content-Security-Policy": "default-src 'none'"},
        content_type="text/html; charset=utf-8",
    )


def _page_to_return_to(request: Request) -> str:
    """Returns the page to go on with after the login: never a press, nor a part of a page."""
    is_part = request.headers.get("HX-Request") == "true"
    if request.method == "GET" and not is_part:
        query = request.query_string.decode("latin-1")
        return f"{request.path}?{query}" if query else request.path
    url = request.headers.get("HX-Current-URL") or request.referrer or ""
    page = page_of_sandbox(request, url)
    return page.geturl() if page else "/"


def page_of_sandbox(request: Request, url: str) -> SplitResult | None:
    """Returns the page of the request's sandbox that a URL is of, as a path of that sandbox.

    Args:
        request: the request.
        url: the URL, of which anybody may be the author.
    """
    parts = urlsplit(url)
    root, path = request.script_root, parts.path.removeprefix(request.script_root)
    is_ours = parts.netloc == request.host and parts.path.startswith(root)
    if not is_ours or not (path == "/" or path.startswith("/page/")):
        return None
    return SplitResult("", "", path, parts.query, "")


def is_stranger() -> bool:
    """Whether the caller of health may not call the rest of the control API."""
    return bool(g.get("is_stranger", False))


def _denial(request: Request, settings: Settings) -> Denial | None:
    for pattern, checks in GUARDED:
        if pattern.match(request.path):
            found = (check(request, settings) for check in checks)
            return next((denial for denial in found if denial is not None), None)
    return None
