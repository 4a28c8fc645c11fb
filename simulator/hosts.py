"""Host names and addresses: those a server goes by, and what a header or a socket says."""

import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

__all__ = [
    "CONTAINER_HOSTS",
    "LOCAL",
    "REAL_HOSTS",
    "WILDCARDS",
    "address_of",
    "as_host",
    "host_in",
    "is_listed",
    "is_local",
    "names_of",
]

#: Where the real service was.
REAL_HOSTS = ("api.mobilepay.dk", "api.sandbox.mobilepay.dk")
#: How Docker and Podman call the machine they run on, inside a container.
CONTAINER_HOSTS = ("host.docker.internal", "host.containers.internal")
LOCAL = ("localhost", "127.0.0.1", "::1")
#: What a server can listen on that no client could ask for.
WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104  # nosec B104

_NAME = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.I)


def as_host(text: str) -> str:
    """Returns a host name, a pattern such as `*.example.test`, or an IP address, in lower case.

    Raises:
        ValueError: it is none.
    """
    is_name = _NAME.fullmatch(text) and max(map(len, text.split("."))) < 64 and len(text) < 254
    if not is_name and address_of(text) is None:
        raise ValueError(
            f"expected a host name, a pattern such as *.example.test, or an IP address, "
            f"got {text[:60]!r}"
        )
    return text.lower()


def names_of(public_url: str | None, host: str, more: Iterable[str]) -> tuple[str, ...]:
    """Returns the names and addresses by which clients may know a server, each once.

    Args:
        public_url: the URL clients use, if it was set.
        host: the address the server listens on.
        more: what else was set.
    """
    public = urlsplit(public_url or "").hostname
    found = (*LOCAL, *REAL_HOSTS, *CONTAINER_HOSTS, public, host, *more)
    return tuple(dict.fromkeys(each.lower() for each in found if each and each not in WILDCARDS))


def host_in(header: str) -> str:
    """Returns the name or address in a Host header: no port, no brackets, in lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower().removesuffix(".")


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Returns an IP address, an IPv4 one that is dressed up as IPv6 as what it is; else None."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_local(host: str) -> bool:
    """Whether a name means the very machine that asks, whatever a name server says."""
    return host == "localhost" or host.endswith(".localhost")


def is_listed(host: str, names: Collection[str]) -> bool:
    """Whether a host is one of some names, or below one of the patterns among them."""
    return host in names or any(host.endswith(each[1:]) for each in names if each.startswith("*."))
