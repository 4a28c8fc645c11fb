"""OAuth's words for failures of the token endpoint, which has no codes of the service."""

#: The operation of the token endpoint.
TOKEN_CALL = "Token"  # noqa: S105 - a name

#: What OAuth calls a failure by its status. RFC 6749, section 5.2, has no words for a service that
#: fails, so these two are those of section 4.1.2.1.
_ERRORS = {401: "invalid_client", 429: "temporarily_unavailable", 503: "temporarily_unavailable"}


def oauth_word(status: int, code: str = "") -> str:
    """Returns the `error` of an answer.

    Args:
        status: its status.
        code: OAuth's word itself; a code of the PoS API, or none, gives the word for the status.
    """
    if code.replace("_", "").isalpha():
        return code
    return _ERRORS.get(status, "server_error" if status >= 500 else "invalid_request")
