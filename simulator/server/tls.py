"""HTTPS: which certificate is shown, which TLS versions are spoken, and why a client would not."""

import logging
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..engine.symptoms import Symptom
from ..settings.hosts import names_of
from ..settings.settings import Settings
from .authority import Authority, Unusable, open_authority, read_certificate, read_key
from .secure import SPEAKS_PLAIN

_log = logging.getLogger("simulator")

#: The longest that browsers and operating systems take from a CA of any kind.
LEAF_LIFETIME = timedelta(days=397)
#: Clocks of clients, virtual machines above all, may be behind ours.
LEEWAY = timedelta(days=1)

_NO_TRUST = (
    "it does not trust the certificate; give it the CA: mobilepay-sim ca export; "
    f"{Symptom.UNTRUSTED.on_server}"
)
#: Log messages for failed handshakes, by a part of OpenSSL's reason.
_REASONS = {
    "UNKNOWN_CA": _NO_TRUST,
    "BAD_CERTIFICATE": _NO_TRUST,
    "CERTIFICATE_UNKNOWN": _NO_TRUST,
    "HTTPS_PROXY_REQUEST": "it takes this port for a proxy",
    "HTTP_REQUEST": SPEAKS_PLAIN,
    "UNSUPPORTED_PROTOCOL": "it speaks TLS 1.1 or older; 1.2 and 1.3 are served",
    "VERSION": "it speaks TLS 1.1 or older; 1.2 and 1.3 are served",
}


@dataclass(frozen=True, slots=True)
class Tls:
    """How HTTPS is served.

    Args:
        context: versions, certificate and key.
        certificate: for people: where the certificate, or the CA that issued it, is.
        ca: the file of the CA's certificate; None where the certificate is the user's own.
    """

    context: ssl.SSLContext
    certificate: str
    ca: Path | None = None


def make_tls(settings: Settings, now: datetime) -> Tls:
    """Returns how HTTPS is served; makes a CA where one is needed and there is none yet.

    Args:
        settings: certificate, key, the CA's folder and names.
        now: the real time.

    Raises:
        Unusable: certificate, key or CA are no good, or a host name can't be in a certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.sslobject_class = _Handshake
    if settings.tls_cert is not None:
        _use_own(context, settings.tls_cert, settings.tls_key or settings.tls_cert, now)
        return Tls(context, str(settings.tls_cert))
    authority = open_authority(settings.tls_dir)
    if authority.certificate.not_valid_after_utc < now + LEEWAY:
        home = authority.path.parent
        raise Unusable(f"--tls-dir: the CA has expired; delete {home} to have a new one made")
    _use_issued(context, authority, settings, now)
    return Tls(context, f"issued by {authority.path}", authority.path.absolute())


def _use_own(context: ssl.SSLContext, certificate: Path, key: Path, now: datetime) -> None:
    try:
        found = read_certificate(certificate)
    except Unusable as error:
        raise Unusable(f"--tls-cert: {error}") from error
    try:
        if read_key(key).public_key() != found.public_key():
            raise Unusable(f"{key} is not the key of {certificate}")
    except Unusable as error:
        raise Unusable(f"--tls-key: {error}") from error
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        raise Unusable(f"--tls-cert: {certificate}: {reason}") from error
    if found.not_valid_after_utc < now:
        # Somebody may want to see what a client does about it.
        _log.warning("--tls-cert: %s expired at %s", certificate, found.not_valid_after_utc)


def _use_issued(
    context: ssl.SSLContext, authority: Authority, settings: Settings, now: datetime
) -> None:
    hosts = names_of(settings.public_url, settings.host, settings.tls_hosts)
    ends = min(now + LEAF_LIFETIME, authority.certificate.not_valid_after_utc)
    try:
        authority.issue(hosts, now - LEEWAY, ends).configure_cert(context)
    except Unusable as error:
        raise Unusable(f"--tls: {error}") from error
    except OSError as error:
        # The key passes through a file for a moment: Python can't read one from memory.
        raise Unusable(f"--tls: no temporary file for the key: {error.strerror}") from error


class _Handshake(ssl.SSLObject):
    """A TLS connection that says why it did not come about."""

    def do_handshake(self) -> None:
        """Goes on with the handshake."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            _log.warning("HTTPS: a client was not served: %s", _reason(error))
            raise


def _reason(error: ssl.SSLError) -> str:
    reason = error.reason or str(error)
    told = (text for part, text in _REASONS.items() if part in reason)
    return next(told, reason.replace("_", " ").lower())
