"""`python -m simulator` is the console script `mobilepay-sim`."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Runs the command line."""
    if sys.argv[1:2] == ["serve"]:
        # A server that is told to stop ends with 0, also while it is still imported.
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _stop)
    elif signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C while it is imported ends it as it ends any program, without a trace of the import.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli.main import main as run

    run()


def _stop(_: int, __: FrameType | None) -> None:
    # Nothing is held yet, and an exception would end in a trace of the import.
    os._exit(0)


if __name__ == "__main__":
    main()
