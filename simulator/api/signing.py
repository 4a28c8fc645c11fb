"""The RSA key that signs access tokens: made, read from a file, or kept in one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ..settings.files import MOST_OF_PEM, is_missing, read_file, replace_file

__all__ = ["BadSigningKey", "keep_key", "signing_key"]


class BadSigningKey(ValueError):
    """A file that holds no usable signing key; the message says why."""


def signing_key(path: Path | None) -> Callable[[], RSAPrivateKey]:
    """Returns what gives the RSA key of a PEM file, or a new one, which is made meanwhile.

    Raises:
        BadSigningKey: the file can't be read, or is no unencrypted RSA key of 2048 bits or more.
    """
    if path is not None:
        key = _read_key(path)
        return lambda: key
    pool = ThreadPoolExecutor(1)
    making = pool.submit(_make_key)
    pool.shutdown(wait=False)
    return making.result


def _make_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _read_key(path: Path) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(read_file(path, MOST_OF_PEM, may_be_pipe=True), password=None)
    except OSError as error:
        raise BadSigningKey(f"{path}: can't be read: {error.strerror}") from error
    except (TypeError, ValueError) as error:
        raise BadSigningKey(
            f"{path}: expected a PEM file with an unencrypted private key"
        ) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise BadSigningKey(f"{path}: expected an RSA key of at least 2048 bits")
    return key


def keep_key(path: Path) -> None:
    """Makes a signing key and keeps it in a PEM file, unless there is one.

    Raises:
        BadSigningKey: the file can't be written.
    """
    if not is_missing(path):
        return
    key = _make_key()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        replace_file(path, content, 0o600)
    except OSError as error:
        raise BadSigningKey(f"{path}: can't be written: {error.strerror}") from error
