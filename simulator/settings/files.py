"""The files that users name: read with bounds, and written so that no good file is lost."""

import errno
import os
import select
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

#: Of keys and certificates, in bytes; a bundle of every CA that systems trust has 0.3 MB.
MOST_OF_PEM = 2 * 1024 * 1024
#: How long a pipe may be silent, in seconds.
PATIENCE = 5.0
#: How often it is looked whether somebody reads a pipe, in seconds.
_PAUSE = 0.05
#: What is read of a pipe at once, in bytes.
_PIECE = 64 * 1024
#: Folders in which a name stands for what a process has open.
_DESCRIPTORS = ("/dev/", "/proc/")
#: Why nothing can be opened: the process, or its machine, has as many files open as it may have.
_SHORTAGES = (errno.EMFILE, errno.ENFILE)
#: Why a file can be written to and yet not be replaced: its folder is closed, or it is mounted.
_ONLY_AS_IT_IS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY)


def read_file(path: Path, most: int, *, may_be_pipe: bool = False) -> bytes:
    """Returns what is in a file.

    Args:
        path: the file.
        most: how many bytes it may have.
        may_be_pipe: whether a pipe or a device will do too, such as what a shell makes of `<(...)`;
            one that is silent for some seconds is given up.

    Raises:
        OSError: it can't be read, is no regular file, is silent, or is larger (`errno.EFBIG`).
    """
    with open(path, "rb", opener=_open_at_once) as file:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode):
            content = file.read(most + 1) if status.st_size <= most else b""
            size = max(len(content), status.st_size)
        elif may_be_pipe:
            content = _read_pipe(file.fileno(), most)
            size = len(content)
        else:
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
    if size > most:
        unit, name = (1024**2, "MB") if most >= 1024**2 else (1024, "KB")
        raise OSError(errno.EFBIG, f"is larger than {most // unit} {name}", str(path))
    return content


def _open_at_once(path: str, flags: int) -> int:
    """Opens a file without waiting for somebody at the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read_pipe(descriptor: int, most: int) -> bytes:
    """Returns what comes until the end, or one byte more than may come."""
    content = bytearray()
    while len(content) <= most:
        # Windows can wait for sockets only, and has no pipes among its files.
        if sys.platform != "win32" and not select.select([descriptor], [], [], PATIENCE)[0]:
            raise OSError(errno.ETIMEDOUT, f"is a pipe that was silent for {PATIENCE:g} s")
        piece = os.read(descriptor, min(_PIECE, most + 1 - len(content)))
        if not piece:
            break
        content += piece
    return bytes(content)


def create_file(path: Path, content: bytes, mode: int, *, is_synced: bool = True) -> None:
    """Writes a new file; one that is half written is taken away.

    Args:
        path: where there must be nothing yet, not even a link.
        content: what is to be in it.
        mode: its mode, of which the umask takes its part.
        is_synced: whether it is to be on disk then.

    Raises:
        OSError: it can't be written, or there is something.
    """
    only_new = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    # Windows would write other line ends than it is given.
    only_new |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, only_new, mode), "wb") as file:
        try:
            file.write(content)
            file.flush()
            if is_synced:
                os.fsync(file.fileno())
        except BaseException:
            path.unlink()
            raise


def replace_file(path: Path, content: bytes, mode: int = 0o666, *, is_synced: bool = True) -> None:
    """Writes a file; nobody ever sees half of it, and where that fails an earlier one stays.

    It is written beside its place and renamed. What is no regular file, such as `/dev/stdout`, a
    pipe or a device, and a file that can't be replaced by another, is written to as it is.

    Args:
        path: the file; of a link, what it leads to.
        content: what is to be in it.
        mode: the mode of a new file, of which the umask takes its part.
        is_synced: whether it is to be on disk then.

    Raises:
        OSError: it can't be written.
    """
    place = Path(os.path.realpath(path))
    there = _status_of(place)
    if _is_open_file(path) or (there is not None and not _is_replaceable(there)):
        _write_as_it_is(path, content)
        return
    try:
        _put_in_place(place, content, mode, there, is_synced=is_synced)
    except OSError as error:
        if there is None or error.errno not in _ONLY_AS_IT_IS:
            raise
        _write_as_it_is(path, content)


def _write_as_it_is(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=_open_once_read) as file:
        if sys.platform != "win32":
            os.set_blocking(file.fileno(), True)
        file.write(content)


def _open_once_read(path: str, flags: int) -> int:
    """Opens a file to write; a pipe once somebody reads it, or never."""
    for _ in range(round(PATIENCE / _PAUSE)):
        try:
            return _open_at_once(path, flags)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        time.sleep(_PAUSE)
    raise OSError(errno.ETIMEDOUT, f"is a pipe that nobody read for {PATIENCE:g} s", path)


def _put_in_place(
    place: Path, content: bytes, mode: int, there: os.stat_result | None, *, is_synced: bool
) -> None:
    beside = place.with_name(f".{os.urandom(6).hex()}.part")
    create_file(beside, content, mode, is_synced=is_synced)
    try:
        if there is not None:
            beside.chmod(stat.S_IMODE(there.st_mode))
        beside.replace(place)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise


def _is_open_file(path: Path) -> bool:
    """Whether a name stands for what a process has open: nothing may take the place of that."""
    return str(path.absolute()).startswith(_DESCRIPTORS)


def _is_replaceable(there: os.stat_result) -> bool:
    """Whether a file is a plain one, with no other name, of this user."""
    is_own = sys.platform == "win32" or there.st_uid == os.geteuid()
    return stat.S_ISREG(there.st_mode) and there.st_nlink == 1 and is_own


def _status_of(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def is_shortage(error: BaseException) -> bool:
    """Whether something failed for want of free files, so that it works once some are closed."""
    return isinstance(error, OSError) and error.errno in _SHORTAGES


def is_missing(path: Path) -> bool:
    """Whether there is nothing; what can't be looked at, as in a closed folder, is not missing."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False
