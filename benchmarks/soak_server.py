"""The server of the soak, which counts its memory exactly when it is asked to."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any, NamedTuple

from mobilepay_simulator.testing.process import Simulator

#: Names the file that the server writes its memory to.
FILE_VARIABLE = "SOAK_MEMORY_FILE"
#: Real seconds in which it answers.
PATIENCE = 60.0

#: Collects all garbage, and then adds a line about what is in use to the file.
_COUNTING = f"""\
import ctypes, gc, json, os, re, signal, sys, tempfile

class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]

def large():
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Mallinfo
    found = mallinfo()
    return found.uordblks + found.hblkhd

def small():
    with tempfile.TemporaryFile() as told:
        stderr = os.dup(2)
        os.dup2(told.fileno(), 2)
        sys._debugmallocstats()
        os.dup2(stderr, 2)
        os.close(stderr)
        told.seek(0)
        text = told.read().decode()
    found = re.search(r"# bytes in allocated blocks += +([0-9,]+)", text)
    return int(found[1].replace(",", ""))

def count(*_):
    # What watches collections must not take this one for one of its own.
    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    gc.unfreeze()
    gc.collect()
    line = {{"objects": len(gc.get_objects()), "small": small(), "large": large()}}
    gc.freeze()
    gc.callbacks[:] = callbacks
    with open(os.environ["{FILE_VARIABLE}"], "a") as file:
        print(json.dumps(line), file=file)

signal.signal(signal.SIGUSR1, count)
"""


class Memory(NamedTuple):
    """What a server has in use once its garbage is collected.

    Args:
        objects: how many objects can refer to others.
        small: bytes in blocks of up to 512 bytes, which Python hands out itself.
        large: bytes in all other blocks, those of libraries in C too.
    """

    objects: int
    small: int
    large: int

    @property
    def used(self) -> int:
        """Bytes in use."""
        return self.small + self.large


class SoakedSimulator(Simulator):
    """A simulator that counts its memory exactly when it is asked to.

    Args:
        file: what the server writes to.
        settings: as of `Simulator`.
    """

    boot = _COUNTING + Simulator.boot

    def __init__(self, file: Path, **settings: Any) -> None:
        super().__init__(**settings)
        self._file = file
        os.environ[FILE_VARIABLE] = str(file)
        file.touch()

    def memory(self) -> Memory:
        """Lets the server collect its garbage, and returns what is left.

        Raises:
            RuntimeError: it does not answer in time.
        """
        before = self._file.read_text(encoding="utf-8")
        os.kill(self.pid, signal.SIGUSR1)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            line = self._file.read_text(encoding="utf-8")[len(before) :]
            if line.endswith("\n"):
                return Memory(**json.loads(line))
            time.sleep(0.02)
        raise RuntimeError(f"the server did not count its memory within {PATIENCE:g} s")
