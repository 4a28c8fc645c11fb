"""The token of the page's forms, which no other site can read; a restart makes a new one."""

from hmac import compare_digest

from flask import Request
from flask import Response as FlaskResponse

FIELD = "csrf"
HEADER = "X-CSRF-Token"
#: What an open page is told that has the token of an earlier server.
RESTARTED = "The simulator has restarted: nothing was done. Do it again."


def is_sent(request: Request, token: str) -> bool:
    """Whether a form comes with the token.

    Args:
        request: the form.
        token: that of this server.
    """
    given = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    return compare_digest(given.encode(), token.encode())


def may_be_renewed(request: Request) -> bool:
    """Whether a script of a page of ours sends a form, so that it can take a new token.

    Another site's script can't send the header of htmx unasked, nor read an answer of ours.
    """
    is_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return is_here and request.headers.get("HX-Request") == "true"


def renewed(token: str, refused: str) -> FlaskResponse:
    """Returns what gives an open page the token, and says that nothing was done.

    It is said where all pages say things, since not every press has a place for a refusal.

    Args:
        token: that of this server.
        refused: the header that keeps what was typed.
    """
    answer = FlaskResponse(RESTARTED, 200, content_type="text/html; charset=utf-8")
    answer.headers[HEADER] = token
    answer.headers[refused] = "true"
    answer.headers["HX-Retarget"] = "#said"
    answer.headers["HX-Reswap"] = "innerHTML"
    answer.headers["HX-Reselect"] = "unset"
    return answer
