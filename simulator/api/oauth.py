"""Refusals of the token endpoint, in the shape of RFC 6749, section 5.2."""

from ..engine.operations import BY_NAME
from ..scripting.oauth_words import TOKEN_CALL as TOKEN_CALL
from ..scripting.oauth_words import oauth_word
from .answers import BASIC, Headers, Response, json_answer, refusal_headers

#: The path of the token endpoint.
TOKEN_PATH = BY_NAME[TOKEN_CALL].path
NO_STORE: Headers = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]


class OAuthError(Exception):
    """A refusal of the token endpoint.

    Args:
        error: OAuth's word for it.
        description: what is wrong, for the developer.
        status: the HTTP status.
    """

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(description)


def failure(status: int, description: str, code: str = "") -> OAuthError:
    """Returns a failure of any status as OAuth calls it.

    Args:
        code: OAuth's word for it; a code of the PoS API, or none, gives the word for the status.
    """
    return OAuthError(oauth_word(status, code), description, status)


def oauth_answer(error: OAuthError) -> Response:
    """Returns what a refusal of the token endpoint looks like on the wire."""
    asked_for = [BASIC] if error.status == 401 else []
    body = {"error": error.error, "error_description": error.description}
    headers = [*NO_STORE, *asked_for, *refusal_headers(error.status)]
    return json_answer(body, error.status, headers)
