"""`python -m simulator` is the console script `mobilepay-sim`.

Until a signal is taken care of, Ctrl-C ends in a trace of whatever import is under way. So this
module imports next to nothing: `_signal` is part of Python itself, where `signal` loads half a
dozen modules.
"""

import _signal  # type: ignore[import-not-found]
import os
import sys


def main() -> None:
    """Runs the command line."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(_signal, name, None)
        # What a shell starts in the background ignores Ctrl-C, and what `nohup` starts its SIGHUP.
        if number is not None and _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _stop)
    from .cli.main import main as run

    run()


def _stop(number: int, _: object) -> None:
    """Ends the program at once, with the exit code that the command would have later.

    Nothing is held yet, and an exception would end in a trace of the import. A server that is told
    to stop ends with 0.
    """
    command = sys.argv[1:2]
    try:
        if command in (["certify"], ["compare"], ["sweep"]):
            # It is there unless it was just about to be imported.
            said = getattr(sys.modules.get(f"{__package__}.cli"), "NOTHING_REPORTED", "")
            os.write(2, f"{said}\n".encode())
    finally:
        os._exit(0 if command == ["serve"] else 128 + number)


if __name__ == "__main__":
    main()
