"""The files of a start: what it made is taken back where it fails, and what is odd is told."""

import logging
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from ..settings.files import is_missing

_log = logging.getLogger("simulator")


def tell_open_files(paths: Iterable[Path]) -> None:
    """Says which of some files others on this machine can read; they may be keys that were copied.

    Args:
        paths: files that are their owner's alone where the simulator makes them.
    """
    if sys.platform == "win32":
        return
    for path in paths:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            # What is not there yet is made for its owner; what can't be read is told where it is.
            continue
        if mode & stat.S_IRWXO:
            _log.warning(
                "%s: others on this machine may read it (mode %o); chmod 600 lets you alone",
                *(path, mode),
            )


def tell_new_key(path: Path) -> None:
    """Says that the tokens of earlier starts are no longer good."""
    _log.warning("%s was gone: a new key signs tokens, so clients need new ones", path)


def missing(paths: Iterable[Path]) -> list[Path]:
    """Returns those of some files, and of the folders above them, that are not there yet."""
    found: dict[Path, None] = {}
    for path in paths:
        for each in (*reversed(path.parents), path):
            if is_missing(each):
                found[each] = None
    return list(found)


def remove(paths: list[Path]) -> None:
    """Removes what has been made of what was missing; a folder with files of others stays."""
    for each in reversed(paths):
        if each.is_file():
            each.unlink()
        elif each.is_dir() and not any(each.iterdir()):
            each.rmdir()
