"""Whom a call for a token names as its client, whether or not it gets one."""

from urllib.parse import parse_qsl


def named_client(authorization: str, form: str) -> str:
    """Returns the client id of the Basic credentials, else of the form; empty where there is none.

    Args:
        authorization: the header, with its secret masked.
        form: the body.
    """
    scheme, _, credentials = authorization.partition(" ")
    basic = credentials.partition(":")[0] if scheme.lower() == "basic" else ""
    return basic or dict(parse_qsl(form)).get("client_id", "")
