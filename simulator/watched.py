"""The console script for a server that ends with whoever started it.

Who starts it holds the other end of its stdin. That closes with them, even where they are killed,
and then the server stops as if it had been told to.
"""

import os
import signal
import sys
from threading import Thread

__all__ = ["main"]


def main() -> None:
    """Runs `mobilepay-sim` with the arguments of this process."""
    from simulator.cli import main as run

    Thread(target=_stop_in_the_end, name="watch", daemon=True).start()
    run()


def _stop_in_the_end() -> None:
    # Not through `sys.stdin`, whose lock would be held when the process ends.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # Not `os.kill`, which on Windows ends the process there and then.
    signal.raise_signal(signal.SIGTERM)
