"""A certificate authority of this user's own: made on first use, kept in a folder, told to clients.

Its folder is there as a whole or not at all, so that servers that start for the first time at
once agree on one CA, and a crash leaves no half of one.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ..settings.files import MOST_OF_PEM, create_file, is_missing, read_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

ORGANIZATION = "MobilePay PoS simulator"
CERTIFICATE, KEY = "ca.pem", "ca-key.pem"
#: What Java's own trust store has; there is nothing secret in ours.
TRUST_STORE_PASSWORD = "changeit"  # noqa: S105


class Unusable(ValueError):
    """A certificate, a key or the folder of the CA is no good; the message names it in one line."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA, and where its certificate is."""

    path: Path
    certificate: x509.Certificate
    _ca: trustme.CA

    def issue(self, hosts: Iterable[str], begins: datetime, ends: datetime) -> trustme.LeafCert:
        """Returns a new certificate for a server.

        Args:
            hosts: names, patterns and addresses it is for.
            begins: from when on it is valid.
            ends: until when it is valid.

        Raises:
            Unusable: a name can't be in a certificate, or the CA's can't be the issuer.
        """
        try:
            return self._ca.issue_cert(
                *hosts, organization_name=ORGANIZATION, not_before=begins, not_after=ends
            )
        except (ValueError, x509.ExtensionNotFound) as error:
            raise Unusable(f"{self.path} can't issue the certificate: {error}") from error

    def export(self, form: str) -> bytes:
        """Returns the certificate as `pem`, `der`, or as a `p12` trust store that Java reads."""
        return _FORMS[form](self.certificate)


def _as_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _as_der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _as_trust_store(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization.pkcs12 import (
        PKCS12Certificate,
        serialize_java_truststore,
    )

    entry = PKCS12Certificate(certificate, ORGANIZATION.encode())
    return serialize_java_truststore(
        [entry], BestAvailableEncryption(TRUST_STORE_PASSWORD.encode())
    )


_FORMS: dict[str, Callable[[x509.Certificate], bytes]] = {
    "pem": _as_pem,
    "der": _as_der,
    "p12": _as_trust_store,
}


def default_folder() -> Path:
    """Returns the folder where this user's CA is kept unless `--tls-dir` says otherwise."""
    return Path(click.get_app_dir("mobilepay-sim"))


def files_in(folder: Path | None = None) -> tuple[Path, Path]:
    """Returns the files of the CA that is kept in a folder."""
    home = (folder or default_folder()) / "ca"
    return home / KEY, home / CERTIFICATE


def open_authority(folder: Path | None = None) -> Authority:
    """Returns the CA that is kept in a folder; one is made where there is none yet.

    Raises:
        Unusable: the folder can't be written to, or what is in it is no CA.
    """
    folder = folder or default_folder()
    home = folder / "ca"
    try:
        if folder.exists() and not folder.is_dir():
            raise Unusable(f"--tls-dir: {folder} is a file, not a folder")
        if not home.exists():
            _make(home)
    except OSError as error:
        where = error.filename or folder
        raise Unusable(f"--tls-dir: {where}: {error.strerror or error}") from error
    try:
        return _load(home)
    except Unusable as error:
        hint = f"delete {home} to have a new CA made, which clients must trust again"
        raise Unusable(f"--tls-dir: {error}; {hint}") from error


def _make(home: Path) -> None:
    """Puts a new CA in its place, in one step; one that got there first stays."""
    made = [each for each in (home.parent, *home.parent.parents) if is_missing(each)]
    try:
        _make_in(home)
    except OSError:
        for each in made:
            # What another server has put something into stays.
            with suppress(OSError):
                each.rmdir()
        raise


def _make_in(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    ca = trustme.CA(organization_name=ORGANIZATION, path_length=0)
    new = Path(tempfile.mkdtemp(prefix=".new-ca-", dir=home.parent))
    try:
        create_file(new / KEY, ca.private_key_pem.bytes(), 0o600)
        create_file(new / CERTIFICATE, ca.cert_pem.bytes(), 0o644)
        # Clients of other users may read the certificate, whatever the umask has taken away.
        (new / CERTIFICATE).chmod(0o644)
        new.chmod(0o755)
        new.rename(home)
    except OSError:
        # A folder never replaces one that has something in it: another server was first.
        if not home.is_dir():
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _load(home: Path) -> Authority:
    certificate, key = read_certificate(home / CERTIFICATE), read_key(home / KEY)
    if key.public_key() != certificate.public_key():
        raise Unusable(f"{home / KEY} is not the key of {CERTIFICATE}")
    if not _may_sign(certificate):
        raise Unusable(f"{home / CERTIFICATE} is no certificate of a CA")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    ca = trustme.CA.from_pem(_as_pem(certificate), pem)
    return Authority(home / CERTIFICATE, certificate, ca)


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def read_certificate(path: Path) -> x509.Certificate:
    """Returns the certificate in a PEM file; where there is a chain, its first.

    Raises:
        Unusable: it can't be read, or holds none.
    """
    certificate: x509.Certificate = _read(path, x509.load_pem_x509_certificate, "certificate")
    return certificate


def read_key(path: Path) -> "PrivateKeyTypes":
    """Returns the private key in a PEM file.

    Raises:
        Unusable: it can't be read, holds none, or wants a passphrase.
    """
    try:
        key: PrivateKeyTypes = _read(path, lambda pem: load_pem_private_key(pem, None), "key")
    except TypeError as error:
        hint = "take the passphrase off with `openssl pkey`"
        raise Unusable(f"{path}: the key is encrypted; {hint}") from error
    return key


def _read(path: Path, parse: Callable[[bytes], Any], what: str) -> Any:
    try:
        return parse(read_file(path, MOST_OF_PEM))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise Unusable(f"{path}: there is no {what} in PEM in it") from error
