"""WHO MAY CALL: what is checked before a control call or a page is looked at. See `GUARDED`.

The control API can do anything to everybody's payments, so it is neither for whoever can reach the
port nor for the web pages that a developer's browser happens to show.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest, digest
from html import escape
from urllib.parse import quote

from flask import Request, Response, g

from simulator.api.answers import Reply, json_answer
from simulator.api.pipeline import headers_of
from simulator.api.recording import this_request
from simulator.config import Settings
from simulator.hosts import address_of, host_in, is_listed, is_local, names_of

__all__ = ["BASE", "SESSION", "guard", "is_stranger", "session_of"]

BASE = "/_simulator"
HEALTH = f"{BASE}/health"

#: Where the page asks for the token.
LOGIN = "/page/login"
#: The cookie of a browser that was let in.
SESSION = "mobilepay_sim_session"

#: Only proxies send these; whose call they pass on, nobody can know.
PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

CHALLENGE = (("WWW-Authenticate", "Bearer"),)


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a call is refused, and what it is answered with."""

    status: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()


Check = Callable[[Request, Settings], Denial | None]


def known_host(request: Request, settings: Settings) -> Denial | None:
    """Refuses a name that somebody else may have made lead here (DNS rebinding).

    What can't be such a name: an address, a name of this machine, one without a dot.
    """
    header: str = request.environ.get("HTTP_HOST", "")
    host = host_in(header)
    if "." not in host or address_of(host) is not None or is_local(host):
        return None
    names = names_of(settings.public_url, settings.host, settings.tls_hosts)
    if is_listed(host, (*names, *settings.allowed_hosts)):
        return None
    shown = host[:100]
    return Denial(403, f"Host: {shown!r} is no name of this server; --allowed-hosts makes it one")


def same_origin(request: Request, _: Settings) -> Denial | None:
    """Refuses what the page of another site makes a browser send."""
    origin: str | None = request.environ.get("HTTP_ORIGIN")
    asked: str = request.environ.get("HTTP_HOST", "").lower()
    is_other = origin is not None and origin.partition("://")[2].lower() != asked
    if is_other or request.environ.get("HTTP_SEC_FETCH_SITE", "").lower() == "cross-site":
        return Denial(403, "Origin: pages of other sites may not call the control API")
    return None


def known_caller(request: Request, settings: Settings) -> Denial | None:
    """Refuses who has no token; where there is none, who is on another machine."""
    if settings.control_token is not None:
        return _with_token(request, settings.control_token)
    if settings.allow_remote_control:
        return None
    headers = headers_of(request.environ)
    proxied = next((name for name in PROXY_HEADERS if headers.get(name) is not None), None)
    if proxied is not None:
        who = f"it came through a proxy ({proxied}), so from where is not known"
    elif not _is_of_this_machine(request):
        who = "it came from another machine"
    else:
        return None
    return Denial(403, f"{who}; --control-token TEXT or --allow-remote-control lets it in")


def known_browser(request: Request, settings: Settings) -> Denial | None:
    """Refuses a page to whoever may not call the control API, but for browsers that were let in."""
    if _was_let_in(request, settings):
        return None
    return known_caller(request, settings)


def own_forms(request: Request, settings: Settings) -> Denial | None:
    """Refuses what another site's page makes a browser send; a link from there may be followed."""
    return None if request.method == "GET" else same_origin(request, settings)


def reading_browser(request: Request, settings: Settings) -> Denial | None:
    """Refuses as `known_caller`; a browser that was let in may read, but change nothing."""
    if request.method == "GET" and _was_let_in(request, settings):
        return None
    return known_caller(request, settings)


def session_of(token: str) -> str:
    """Returns what a browser keeps in the token's place: it follows from it, and tells nothing."""
    return digest(token.encode(), b"the page of mobilepay-sim", "sha256").hex()


def _was_let_in(request: Request, settings: Settings) -> bool:
    if settings.control_token is None:
        return False
    kept = request.cookies.get(SESSION, "")
    return compare_digest(kept.encode(), session_of(settings.control_token).encode())


def _with_token(request: Request, token: str) -> Denial | None:
    sent = headers_of(request.environ).all("authorization")
    scheme, _, given = (sent[0] if len(sent) == 1 else "").partition(" ")
    if scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode()):
        return None
    wrong = "is wrong" if sent else "is missing"
    return Denial(401, f"Authorization: the control token {wrong}; send Bearer TOKEN", CHALLENGE)


def _is_of_this_machine(request: Request) -> bool:
    """Whether the socket's peer is on this machine; whoever calls the WSGI app itself is."""
    if "REMOTE_ADDR" not in request.environ:
        return True
    peer = address_of(request.environ["REMOTE_ADDR"])
    return peer is not None and peer.is_loopback


#: THE TABLE: what is guarded, and the checks in their order.
GUARDED: tuple[tuple["re.Pattern[str]", tuple[Check, ...]], ...] = (
    (re.compile(rf"{BASE}(/|$)"), (known_host, same_origin, reading_browser)),
    (re.compile(r"/docs(/|$)"), (known_host,)),
    (re.compile(rf"{LOGIN}$|/page/static/"), (known_host, own_forms)),
    (re.compile(r"/$|/page(/|$)"), (known_host, own_forms, known_browser)),
)


def guard(settings: Settings) -> Callable[[], Response | Reply | None]:
    """Returns what Flask is to run before each request: None lets it pass.

    Health is answered whoever asks, since load balancers do; `is_stranger` tells how much of it.
    """

    def check() -> Response | Reply | None:
        this = this_request()
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


def _page_of(denial: Denial, request: Request) -> Response:
    """Returns a refusal for people; whoever lacks the token is asked for it."""
    if denial.status == 401:
        wanted = f"{LOGIN}?next={quote(request.path)}"
        return Response(b"", 303, {"Location": request.script_root + wanted})
    title = "Not for you"
    content = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>"
    return Response(
        f"{content}<p>{escape(denial.message)}",
        denial.status,
        {"Content-Security-Policy": "default-src 'none'"},
        content_type="text/html; charset=utf-8",
    )


def is_stranger() -> bool:
    """Whether whoever asks for health may not call the rest of the control API."""
    return bool(g.get("is_stranger", False))


def _denial(request: Request, settings: Settings) -> Denial | None:
    for pattern, checks in GUARDED:
        if pattern.match(request.path):
            found = (check(request, settings) for check in checks)
            return next((denial for denial in found if denial is not None), None)
    return None
