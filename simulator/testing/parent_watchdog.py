"""Stops a server when whoever started it is gone.

The starter holds the other end of the server's standard input. The input closes with the starter,
even where the starter is killed, and then the server stops as if it had been told to.
"""

import os
import signal
import sys
from threading import Thread


def watch() -> None:
    """Begins to watch standard input, in a thread of its own."""
    Thread(target=_stop_in_the_end, name="watch", daemon=True).start()


def _stop_in_the_end() -> None:
    # Not through `sys.stdin`, whose lock would be held when the process ends.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # Not `os.kill`, which on Windows ends the process there and then.
    signal.raise_signal(signal.SIGTERM)
