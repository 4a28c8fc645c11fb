"""What carries the model client's calls over real HTTP, and what tells it of check-ins."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

from ..client.errors import Unreachable
from ..client.outgoing import new_client
from ..client.receiving import AS_IT_IS, answer_of
from ..playing.transport import NoAnswer, TransportAnswer


class HttpWire:
    """Carries calls to a server.

    Args:
        base_url: what comes before the paths.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._client = new_client(base_url)

    def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> TransportAnswer:
        """Makes a call."""
        url = self._base_url + path
        try:
            answer = answer_of(
                self._client, url, method, url, timeout, headers=AS_IT_IS | headers, content=body
            )
        except (httpx.HTTPError, Unreachable) as error:
            raise NoAnswer(str(error) or type(error).__name__) from error
        return TransportAnswer(answer.status_code, answer.content)

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


@contextmanager
def listening(take_notice: Callable[[], None]) -> Iterator[str]:
    """Listens for notifications; gives the URL they are to be posted to.

    Args:
        take_notice: called with each.
    """

    class Till(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            take_notice()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:
            """Says nothing: the certification tells what happens."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Till)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
