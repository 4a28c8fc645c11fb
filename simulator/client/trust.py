"""How https servers are checked; what is wrong about that in the environment is named."""

import contextlib
import os
import ssl
from collections.abc import Callable, Iterator

#: Names the file to which Python writes the keys of TLS connections, for who looks into them.
KEY_LOG = "SSLKEYLOGFILE"


class BadTrust(OSError):
    """What the environment says about TLS is no good."""


def is_trust_needed(url: str) -> bool:
    """Returns whether a call of a URL needs a TLS context, which takes long to make."""
    return url.lower().startswith("https:")


def trusting(make: Callable[[], ssl.SSLContext], cas: str) -> ssl.SSLContext:
    """Returns a TLS context for clients.

    Args:
        make: makes it.
        cas: what is to blame where its CAs can't be read.

    Raises:
        BadTrust: the CAs can't be read, or the file for the keys can't be written.
    """
    try:
        with _opened_key_log():
            return make()
    except OSError as error:
        key_log = os.environ.get(KEY_LOG)
        is_of_keys = key_log is not None and error.filename == key_log
        where = f"{KEY_LOG}={key_log}" if is_of_keys else cas
        raise BadTrust(f"{where}: {error.strerror or error}") from error


@contextlib.contextmanager
def _opened_key_log() -> Iterator[None]:
    """Opens the file for the keys meanwhile: Python would wait for ever for a pipe's reader."""
    path = os.environ.get(KEY_LOG)
    if not path:
        yield
        return
    is_never_waited_for: int = getattr(os, "O_NONBLOCK", 0)
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | is_never_waited_for, 0o666)
    try:
        yield
    finally:
        os.close(opened)


def system_trust() -> ssl.SSLContext:
    """Returns a TLS context with the CAs of the system.

    Raises:
        BadTrust: they can't be read, or the file for the keys can't be written.
    """
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None:
        return trusting(ssl.create_default_context, "the trusted CAs")
    # By itself, Python would trust nobody where the file can't be read at the moment.
    return trusting(
        lambda: ssl.create_default_context(cafile=paths.cafile, capath=paths.capath), paths.cafile
    )
