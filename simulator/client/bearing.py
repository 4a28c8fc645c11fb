"""The control token: what it may be, and the header it is sent in."""

import re

#: What can stand behind `Bearer` (RFC 6750, section 2.1).
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class BadControlToken(ValueError):
    """A control token that can't be sent. The message does not show it."""


def as_control_token(text: str) -> str:
    """Returns a text that can be a control token.

    Raises:
        BadControlToken: it can't.
    """
    if not _TOKEN.fullmatch(text):
        raise BadControlToken("only letters, digits and -._~+/= are allowed")
    return text


def authorization(token: str | None) -> dict[str, str]:
    """Returns the header for a control token; none for no token.

    Raises:
        BadControlToken: it can't be sent.
    """
    if not token:
        return {}
    try:
        return {"Authorization": f"Bearer {as_control_token(token)}"}
    except BadControlToken as error:
        hint = "given as --token or MOBILEPAY_SIM_CONTROL_TOKEN"
        raise BadControlToken(f"the control token, {hint}: {error}") from error
