"""How requests are read: the parser of uvicorn's protocol, and what it makes of a head."""

from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .head_rules import (
    Headers,
    Unwanted,
    absolute,
    check_codings,
    check_host,
    other_version,
    refusal_of,
)

_SPOKEN = ("1.1", "1.0")

#: How many bytes may be around a body, beside its head.
MOST_AROUND = 64 * 1024
#: The least around a chunk: one digit, and two ends of lines.
_AROUND_A_CHUNK = 5
#: Around a body there may be one more byte for so many of it.
_BODY_TO_ONE_AROUND = 8
_SMALL_CHUNKS = "the body comes in too many small chunks; send chunks of 1 KiB or more"


class Reading(HttpToolsProtocol):
    """Reads requests, one after the other, and tells of each: `on_head`, `on_body`, `on_end`.

    A request may offer to go on in another protocol, HTTP/2 or WebSocket. Only HTTP/1.1 is spoken
    here, so it is a request like any other (RFC 9110, section 7.8). The parser stops behind the
    head of such a one, and takes what follows for the other protocol's bytes. Then it is given the
    same head again, without the offer; so whatever makes it find the end of a body does so here.
    """

    #: The headers of the request whose head the parser is given again.
    _offering: Headers | None = None
    #: The Host that was looked at last, and is one: most connections never send another.
    _host: bytes | None = None
    #: How many bytes may still come around the chunks of a body, and of those right behind it.
    _left_around = MOST_AROUND

    def parse(self, data: bytes | memoryview) -> Unwanted | None:
        """Reads some bytes; returns what they are refused with where they are no request."""
        try:
            while (end := self._feed(data)) is not None:
                data = memoryview(data)[end:]
                head, self._offering = self._head_without_offer(), self.headers
                # It would take the request for one that is over, and perhaps for the last.
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
                self.parser.feed_data(head)
        except httptools.HttpParserError as error:
            return refusal_of(error, self.parser.get_method(), bytes(data))
        return None

    def on_head(self) -> None:
        """A request's head was read."""
        raise NotImplementedError

    def on_end(self) -> None:
        """A request was read to its end."""
        raise NotImplementedError

    def on_message_begin(self) -> None:
        """A request begins, or its head is read again."""
        super().on_message_begin()
        self.scope["state"]["protocol"] = self

    def on_headers_complete(self) -> None:
        """The parser has come to the end of a head."""
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":
            # What follows would be meant for somebody else.
            raise Unwanted("CONNECT asks for a tunnel, and this is no proxy")
        if version not in _SPOKEN:
            raise other_version()
        if self.parser.should_upgrade():
            return
        self._check_headers(version)
        if self._offering is not None:
            self.headers[:], self._offering = self._offering, None
        self._complete_scope(method.decode("ascii"), version)
        self.on_head()
        # What comes behind a body is no header (RFC 9110, section 6.5.1).
        self.headers = []

    def on_chunk_header(self) -> None:
        """The parser has come to a chunk of a body: each costs time, however small it is."""
        self._left_around -= _AROUND_A_CHUNK
        if self._left_around < 0:
            raise Unwanted(_SMALL_CHUNKS, 431)

    def on_body(self, body: bytes) -> None:
        """A piece of a request's body was read."""
        self._left_around += len(body) // _BODY_TO_ONE_AROUND
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The parser has come to the end of a request."""
        if not self.parser.should_upgrade():
            super().on_message_complete()
            self.on_end()

    @property
    def head_size(self) -> int:
        """How long the head is that was read last, or so far, in bytes."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _feed(self, data: bytes | memoryview) -> int | None:
        """Returns where the head ends behind which the parser has stopped; None if it has not."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            end: int = stopped.args[0]
            return end
        return None

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % pair for pair in self.headers if pair[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _check_headers(self, version: str) -> None:
        told = dict(self.headers)
        host = told.get(b"host")
        if host is None or host != self._host or len(told) < len(self.headers):
            check_host(version, self._all(b"host"))
            self._host = host
        if b"transfer-encoding" in told:
            check_codings(self._all(b"transfer-encoding"))

    def _all(self, name: bytes) -> list[bytes]:
        return [value for each, value in self.headers if each == name]

    def _complete_scope(self, method: str, version: str) -> None:
        target = self.url.partition(b"#")[0]
        if not target.startswith(b"/"):
            target = self._from_path_on(target, method)
        path, _, query = target.partition(b"?")
        self.scope["method"] = method
        self.scope["http_version"] = version
        self.scope["raw_path"] = path
        try:
            self.scope["path"] = unquote(path.decode("ascii"))
        except UnicodeDecodeError as error:
            raise Unwanted("the path has bytes that are not ASCII; percent-encode them") from error
        self.scope["query_string"] = query

    def _from_path_on(self, target: bytes, method: str) -> bytes:
        """Returns a target that is no path from its path on; its host counts, not the header's."""
        if target == b"*":
            if method != "OPTIONS":
                raise Unwanted("* in the place of a path is for OPTIONS only")
            return target
        host, rest = absolute(target)
        others = [pair for pair in self.headers if pair[0] != b"host"]
        self.headers[:] = [(b"host", host), *others]
        # Of an address without a path it is the root (RFC 9112, section 3.2.1).
        return rest if rest.startswith(b"/") else b"/" + rest
