"""What a 401 asks for: every one of them says it (RFC 9110, section 15.5.2).

Many clients send no credentials before they are asked, so without it they never would.
"""

import re

__all__ = ["BASIC", "CONTROL", "INVALID_REQUEST", "INVALID_TOKEN", "bearer"]

Header = tuple[str, str]

_NAME = "WWW-Authenticate"
#: Whose tokens are asked for: those of the service's calls, and the control token.
_SERVICE, CONTROL = "mobilepay", "mobilepay-sim"

#: What the token endpoint asks for.
BASIC: Header = (_NAME, f'Basic realm="{_SERVICE}"')

#: The errors of RFC 6750, section 3.1, that come with 401 here.
INVALID_REQUEST, INVALID_TOKEN = "invalid_request", "invalid_token"

#: What a description must not have.
_NO_DESCRIPTION = re.compile(r"[^\x20-\x7e]")


def bearer(error: str = "", description: str = "", *, realm: str = _SERVICE) -> Header:
    """Returns what asks for a bearer token (RFC 6750, section 3).

    Args:
        error: what is wrong with the token that was sent; empty where none was, and then no
            description goes with it.
        description: the same for people.
        realm: whose token is asked for.
    """
    parameters = f'Bearer realm="{realm}"'
    if error:
        text = description.replace('"', "'").replace("\\", "/")
        text = _NO_DESCRIPTION.sub("?", text)
        parameters += f', error="{error}", error_description="{text}"'
    return _NAME, parameters
