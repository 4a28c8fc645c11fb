"""Host names and addresses: those of a server, and those in headers."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from ..engine.values import as_url

#: The hosts of the real service.
PRODUCTION_HOST, SANDBOX_HOST = "api.mobilepay.dk", "api.sandbox.mobilepay.dk"
REAL_HOSTS = (PRODUCTION_HOST, SANDBOX_HOST)
#: The names of the host machine inside the containers of Docker and Podman.
CONTAINER_HOSTS = ("host.docker.internal", "host.containers.internal")
LOCAL = ("localhost", "127.0.0.1", "::1")
#: Addresses to listen on that are not the address of a host.
WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104  # nosec B104

_NAME = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.I)

#: The scheme of apps with pages of their own, such as capacitor://, is one as well.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?P<host>[^/?#\s@*]+)", re.ASCII)

#: A host and perhaps a port (RFC 3986, section 3.2): an address in brackets, or a name.
_HOST_AND_PORT = re.compile(
    r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?:[a-z0-9._~!$&'()*+,;=-]|%[0-9a-f]{2})+)"
    r"(?::(?P<port>[0-9]{0,5}))?",
    re.IGNORECASE | re.ASCII,
)
#: Names have 253 characters at most, ports five.
_LONGEST = 260
#: A label of a name that can be looked up; of those in containers, some have underscores.
_LABEL = re.compile(r"[a-z0-9_-]{1,63}", re.IGNORECASE | re.ASCII)
#: So many characters the URL of a callback alias may have.
LONGEST_URL = 2048


def as_host(text: str) -> str:
    """Returns a host name, a pattern such as `*.example.test`, or an IP address, in lower case.

    Raises:
        ValueError: it is neither.
    """
    is_name = _NAME.fullmatch(text) and max(map(len, text.split("."))) < 64 and len(text) < 254
    if not is_name and address_of(text) is None:
        raise ValueError(
            f"expected a host name, a pattern such as *.example.test, or an IP address, "
            f"got {text[:60]!r}"
        )
    return text.lower()


def as_origin(text: str) -> str:
    """Returns the origin of web pages as browsers write it (RFC 6454), in lower case.

    Raises:
        ValueError: it is none, or stands for all of them.
    """
    origin = text.lower()
    found = _ORIGIN.fullmatch(origin)
    if origin == "null" or (found and is_host_and_port(found["host"])):
        for scheme, port in (("http", ":80"), ("https", ":443")):
            if origin.startswith(f"{scheme}://"):
                origin = origin.removesuffix(port)
        return origin
    wanted = "expected an origin such as http://localhost:5173, without a path, or null"
    raise ValueError(f"{wanted}, got {text[:60]!r}")


def names_of(public_url: str | None, host: str, more: Iterable[str]) -> tuple[str, ...]:
    """Returns the names and addresses of a server, each once.

    Args:
        public_url: the URL that clients use, if it is set.
        host: the address that the server listens on.
        more: further names and addresses.
    """
    public = urlsplit(public_url or "").hostname
    found = (*LOCAL, *REAL_HOSTS, *CONTAINER_HOSTS, public, host, *more)
    return tuple(dict.fromkeys(each.lower() for each in found if each and each not in WILDCARDS))


def host_in(header: str) -> str:
    """Returns the host of a Host header, without its port and brackets, in lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower().removesuffix(".")


def is_host_and_port(header: str) -> bool:
    """Whether a Host header is what it should be: a host, perhaps a port, or nothing at all."""
    return len(header) <= _LONGEST and _is_host_and_port(header)


@lru_cache(maxsize=256)
def _is_host_and_port(header: str) -> bool:
    found = _HOST_AND_PORT.fullmatch(header)
    if found is None:
        return not header
    address, port = found["address"], found["port"]
    is_address = address is None or isinstance(_ip_address(address), IPv6Address)
    return is_address and int(port or 0) < 65_536


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Returns the IP address in a text, or None; an IPv4-mapped one as IPv4."""
    address = _ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _ip_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def as_callback_url(text: str) -> str:
    """Returns an http or https URL that can be called.

    Raises:
        ValueError: it is none, is too long, or has a host that there can't be.
    """
    if len(text) > LONGEST_URL:
        raise ValueError(f"at most {LONGEST_URL:,} characters are taken, got {len(text):,}")
    host = urlsplit(as_url(text)).hostname or ""
    if _ip_address(host) is None and not _can_be_looked_up(host):
        raise ValueError(f"there can be no host {host[:60]!r}")
    return text


def _can_be_looked_up(name: str) -> bool:
    try:
        ascii_name = name.encode("idna").decode()
    except UnicodeError:
        return False
    return len(ascii_name) < 254 and all(
        map(_LABEL.fullmatch, ascii_name.removesuffix(".").split("."))
    )


def is_local(host: str) -> bool:
    """Whether a name always means this machine."""
    return host == "localhost" or host.endswith(".localhost")


def is_listed(host: str, names: Collection[str]) -> bool:
    """Whether a host is one of some names, or matches one of the patterns among them."""
    return host in names or any(host.endswith(each[1:]) for each in names if each.startswith("*."))


def plain_callback_warning(alias: str, url: str) -> str | None:
    """Returns a warning where the URL of a callback alias is plain http to another machine.

    The service asked for HTTPS. On this machine plain http does no harm in tests.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    address = address_of(host)
    is_here = is_local(host) or host in CONTAINER_HOSTS or (address and address.is_loopback)
    if parts.scheme != "http" or is_here:
        return None
    return (
        f"callback alias {alias!r}: {url} is plain http; the service posted check-ins to https "
        "only. Give the receiver an https URL"
    )
