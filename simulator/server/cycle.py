"""One request and its answer: uvicorn's, but for how the answer is written."""

import asyncio
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ..api.answers import BODILESS, internal_error
from .heads import CLOSE, Pair, head_of, written

#: Takes the place of the scope of an exchange that is over.
_OVER: Any = {}
_CHUNKED: Pair = ("Transfer-Encoding", "chunked")


class Cycle(RequestResponseCycle):
    """A request and its answer.

    The head of the answer waits for the first piece of its body, so that both leave in one packet.
    """

    #: What is to be sent with the first piece of the body.
    _head = b""
    #: How many bytes of the body are still to come; None where that was not told.
    _left: int | None = None
    #: Whether it is answered without the body that the client has waited to be asked for.
    is_unasked = False

    async def run_asgi(self, app: Any) -> None:
        """Lets the application answer, until the end of the server."""
        await super().run_asgi(partial(self._until_cancelled, app))
        self.let_go()

    def let_go(self) -> None:
        """Forgets the connection once all is over, or never begins: it may still know the cycle."""
        self.scope, self.on_response = _OVER, _nothing

    async def _until_cancelled(self, app: Any, *of_asgi: Any) -> None:
        """Gives up an answer that the end of the server doesn't wait for; no error is logged."""
        try:
            await app(*of_asgi)
        except asyncio.CancelledError:
            self.disconnected = True
            self.transport.abort()

    async def send(self, message: Any) -> None:
        """Takes a message of ASGI.

        Raises:
            RuntimeError: the messages come in a wrong order, or with more or less of a body than
                the head has told.
            ValueError: the value of a header has a control character.
        """
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.transport.is_closing():
            self.disconnected = True
        if self.disconnected:
            return
        wanted = "http.response.body" if self.response_started else "http.response.start"
        if self.response_complete or message["type"] != wanted:
            raise RuntimeError(f"{message['type']} comes at a wrong time")
        if self.response_started:
            self._go_on(message.get("body", b""), is_last=not message.get("more_body"))
        else:
            self._begin(message)

    async def send_500_response(self) -> None:
        """Answers for an application that has failed before it answered."""
        reply = internal_error(self.scope["state"]["protocol"].correlate())
        reply.headers.append(CLOSE)
        await self.send(head_of(reply))
        await self.send({"type": "http.response.body", "body": reply.content})

    def _begin(self, message: Any) -> None:
        status = message["status"]
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
        ]
        told = {name.lower(): value for name, value in headers}
        has_body = self.scope["method"] != "HEAD" and status not in BODILESS
        self.chunked_encoding = False
        self.is_unasked = self.is_unasked or self.waiting_for_100_continue
        if self.is_unasked:
            # Whether the body comes all the same, nobody knows (RFC 9110, section 10.1.1).
            self.keep_alive = False
        if not has_body:
            self._left = 0
        elif "content-length" in told:
            self._left = int(told["content-length"])
        elif self.scope["http_version"] == "1.0":
            # Such a client knows no chunks: the end of the connection is the end of the body.
            self.keep_alive = False
        else:
            self.chunked_encoding = True
            headers.append(_CHUNKED)
        if told.get("connection", "").lower() == "close":
            self.keep_alive = False
        elif not self.keep_alive:
            headers.append(CLOSE)
        self._head = written(status, self.default_headers, headers)
        self.response_started, self.waiting_for_100_continue = True, False

    def _go_on(self, body: bytes, *, is_last: bool) -> None:
        if self.scope["method"] == "HEAD":
            body = b""
        if self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (is_last and self._left):
                raise RuntimeError("the body is not as long as the head has told")
        elif self.chunked_encoding:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n" * is_last
        head, self._head = self._head, b""
        if head or body:
            self.transport.write(head + body)
        if is_last:
            self._end()

    def _end(self) -> None:
        self.response_complete = True
        self.message_event.set()
        if self.is_unasked:
            self.scope["state"]["protocol"].close_unheard()
        elif not self.keep_alive:
            self.transport.close()
        self.on_response()


def _nothing() -> None:
    """Takes the place of the callback of an exchange that is over."""
