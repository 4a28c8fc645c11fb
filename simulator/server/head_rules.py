"""What the head of a request must be like, and what it is refused with where it is not."""

import re

import httptools

from ..settings.hosts import is_host_and_port

Headers = list[tuple[bytes, bytes]]

_NO_HTTP_1 = "only HTTP/1.1 and HTTP/1.0 are spoken here"
_CODING = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_ABSOLUTE = re.compile(rb"([a-z][a-z0-9+.-]*)://([^/?#]*)", re.IGNORECASE).match
#: The beginning of a request, as far as its line has come.
_REQUEST_LINE = re.compile(
    rb"(?:\A|\n)([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}) "
    rb"(?:/|\*|[A-Za-z][A-Za-z0-9+.-]*://)[!-~]*(?: HTTP/[0-9]\.[0-9]\r|\Z)"
)
#: What the parser says, word for word, of versions and methods that it refuses.
_OTHER_VERSION = "Invalid HTTP version"
_OTHER_PROTOCOLS_METHOD = "Invalid method for HTTP/x.x request"


class Unwanted(ValueError):
    """A request that is not taken.

    Args:
        message: why.
        status: the HTTP status it is answered with.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


def check_host(version: str, hosts: list[bytes]) -> None:
    """Checks the Host headers of a request (RFC 9112, section 3.2).

    Args:
        version: of HTTP, such as `1.1`.
        hosts: their values.

    Raises:
        Unwanted: there is more than one, or none in HTTP/1.1, or it is no host.
    """
    if len(hosts) > 1:
        # Whoever stands in front may go by the other one.
        raise Unwanted("there is more than one Host")
    if not hosts and version != "1.0":
        raise Unwanted("there is no Host; HTTP/1.1 needs one, such as Host: localhost:8080")
    if hosts and not is_host_and_port(hosts[0].strip(b" \t").decode("latin-1")):
        wanted = "expected a name or an address, and perhaps a port, such as localhost:8080"
        raise Unwanted(f"Host: {wanted}, got {_shown(hosts[0])}")


def check_codings(values: list[bytes]) -> None:
    """Checks the Transfer-Encoding headers of a request (RFC 9112, sections 6.1 and 6.3).

    Args:
        values: their values.

    Raises:
        Unwanted: there are other codings than `chunked`, or where the body ends is not clear.
    """
    codings = [each.strip(b" \t").lower() for each in b",".join(values).split(b",")]
    if codings == [b"chunked"]:
        return
    if not all(map(_CODING, codings)) or b"chunked" in codings[:-1]:
        told = _shown(b", ".join(values))
        raise Unwanted(f"Transfer-Encoding: expected chunked, got {told}")
    other = next(each for each in codings if each != b"chunked")
    raise Unwanted(f"Transfer-Encoding: only chunked is known here, not {_shown(other)}", 501)


def absolute(target: bytes) -> tuple[bytes, bytes]:
    """Returns the host of a request line's absolute target, and all of it from the path on.

    Raises:
        Unwanted: it is no address of a server (RFC 9112, section 3.2.2).
    """
    found = _ABSOLUTE(target)
    if found is None or found[1].lower() not in (b"http", b"https"):
        raise Unwanted(f"the request line asks for {_shown(target)}, which is no http address")
    host = found[2]
    if b"@" in host:
        raise Unwanted("the address in the request line has a user; leave it out")
    if not host:
        raise Unwanted(f"the address in the request line, {_shown(target)}, has no host")
    if not is_host_and_port(host.decode("latin-1")):
        raise Unwanted(f"the address in the request line has no valid host, but {_shown(host)}")
    return host, target[found.end() :]


def refusal_of(error: httptools.HttpParserError, method: bytes, data: bytes) -> Unwanted:
    """Returns what a request is refused with that could not be parsed.

    Args:
        error: what the parser has said.
        method: the method as the parser knows it.
        data: what has come last, where the parser has stopped.
    """
    if isinstance(error.__context__, Unwanted):
        return error.__context__
    if method == b"PRI":
        return Unwanted(f"this is HTTP/2, and {_NO_HTTP_1}", 505)
    if str(error) == _OTHER_VERSION:
        return other_version()
    if str(error) == _OTHER_PROTOCOLS_METHOD:
        return _unknown(method)
    if isinstance(error, httptools.HttpParserInvalidMethodError):
        lines = _REQUEST_LINE.finditer(data)
        others = (line[1] for line in lines if not _is_known(line[1]))
        if other := next(others, None):
            return _unknown(other)
    return Unwanted(f"this is no HTTP request: {error}")


def other_version() -> Unwanted:
    """Returns what a request in another version of HTTP is refused with."""
    return Unwanted(f"the request line names another version of HTTP, and {_NO_HTTP_1}", 505)


def _is_known(method: bytes) -> bool:
    """Whether the parser knows a method: requests before and behind the wrong one may be fine."""
    try:
        httptools.HttpRequestParser(object()).feed_data(method + b" ")
    except httptools.HttpParserInvalidMethodError:
        return False
    return True


def _unknown(method: bytes) -> Unwanted:
    hint = "; methods are written in capitals" if method != method.upper() else ""
    return Unwanted(f"the method {_shown(method)} is not known here{hint}", 501)


def _shown(value: bytes) -> str:
    return repr(value[:60].decode("latin-1"))
