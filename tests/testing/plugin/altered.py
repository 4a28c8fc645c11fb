"""The simulator, but for some answers of its control API that a test wants otherwise."""

import json
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mobilepay_simulator.testing.in_process import InProcess
from werkzeug.serving import make_server

NO_SUCH_PATH = (404, {"error": "There is no such path."})


@contextmanager
def altered_simulator(**answers: tuple[int, Any]) -> Iterator[str]:
    """Serves a simulator; gives its URL.

    Args:
        answers: status and JSON of whatever is asked at a path that ends with this word.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with InProcess(scenario="manual") as simulator:

        def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            word = environ["PATH_INFO"].rpartition("/_simulator/")[2]
            if word not in answers:
                return simulator.wsgi(environ, start_response)
            status, body = answers[word]
            start_response(f"{status} As wanted", [("Content-Type", "application/json")])
            return [json.dumps(body).encode()]

        server = make_server("127.0.0.1", 0, app)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)
