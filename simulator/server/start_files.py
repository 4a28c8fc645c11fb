"""The files of a start: what it made is taken back where it fails, and what is odd is told."""

import logging
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..settings.files import is_missing
from ..settings.settings import Settings

_log = logging.getLogger("simulator")


def lost_key(settings: Settings) -> Path | None:
    """Returns where the signing key of a data dir was, if it is gone and the rest is there."""
    if settings.data_dir is None or settings.signing_key is not None:
        return None
    from ..sandboxes.store_file import FILE, KEY_FILE

    key, file = settings.data_dir / KEY_FILE, settings.data_dir / FILE
    return key if is_missing(key) and not is_missing(file) else None


def tell_open_files(settings: Settings) -> None:
    """Says which files of keys and payments others on this machine can read, as of copies."""
    if sys.platform == "win32":
        return
    for path in _private_files(settings):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            # Who can't look at a file of another's may read it all the same.
            continue
        if mode & stat.S_IRWXO:
            _log.warning(
                "%s: others on this machine may read it (mode %o); chmod 600 lets you alone",
                *(path, mode),
            )


def _private_files(settings: Settings) -> Iterator[Path]:
    """Yields the files that are their owner's alone where the simulator makes them."""
    if settings.data_dir is not None:
        from ..sandboxes.store_file import FILE, KEY_FILE

        yield settings.data_dir / FILE
        if settings.signing_key is None:
            yield settings.data_dir / KEY_FILE
    if settings.tls and settings.tls_cert is None:
        from .authority import files_in

        yield files_in(settings.tls_dir)[0]


def tell_new_key(path: Path) -> None:
    """Says that the tokens of earlier starts are no longer good."""
    _log.warning("%s was gone: a new key signs tokens, so clients need new ones", path)


def tell_mended(remarks: Iterable[str]) -> None:
    """Says what was mended in a data dir."""
    for remark in remarks:
        _log.warning("%s", remark)


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
