"""Makes every HTTP client of this program, so that each call goes straight to its server.

No proxy of the environment is used: a simulator is on this machine or beside it, a proxy could not
reach it, and would be told the control token. Of the environment only `SSL_CERT_FILE` and
`SSL_CERT_DIR` count, which say which CAs are trusted, and `SSLKEYLOGFILE`, for the keys of TLS.
"""

import os
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from .deadlines import BoundedTransport
from .trust import is_trust_needed, trusting

if TYPE_CHECKING:
    from .resolved import LookUp

#: The types of what `new_client` and `new_async_client` make, for annotations.
Client = httpx.Client
AsyncClient = httpx.AsyncClient


def new_client(
    url: str, *, transport: httpx.BaseTransport | None = None, **options: Any
) -> httpx.Client:
    """Returns a client for the server at a URL.

    Args:
        url: where the server is.
        transport: what carries the calls in place of the network.
        options: such as `timeout` in seconds and `headers`, as `httpx.Client` takes them.

    Raises:
        BadTrust: the URL is https, and what the environment says about TLS is no good.
    """
    carrier = transport or BoundedTransport(_trust(url))
    return httpx.Client(transport=carrier, trust_env=False, **options)


def new_async_client(
    trust: ssl.SSLContext | None, look_up: "LookUp", **options: Any
) -> httpx.AsyncClient:
    """Returns a client for one call to any server, of whose answer the head alone is read.

    Args:
        trust: how https servers are checked; None where no server is one.
        look_up: finds the addresses of hosts.
        options: as of `new_client`.
    """
    # Only servers need it.
    from .resolved import ResolvedTransport

    carrier = ResolvedTransport(trust, look_up)
    return httpx.AsyncClient(transport=carrier, trust_env=False, **options)


def proxy_hint(url: str) -> str:
    """Returns what to do where other programs' calls of a URL go to a proxy; empty if they don't.

    Args:
        url: what they call.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    kind = next((each for each in (parts.scheme, "all") if each in proxies), None)
    if kind is None or proxy_bypass(parts.netloc):
        return ""
    names = (f"{kind}_proxy", f"{kind.upper()}_PROXY")
    found = (f"the variable {each} leads" for each in names if os.environ.get(each))
    leads = next(found, "the settings of this machine lead")
    proxy = _without_secrets(proxies[kind])
    return f"{leads} HTTP clients to {proxy}; set NO_PROXY={parts.hostname}"


def _without_secrets(proxy: str) -> str:
    """Returns a proxy's URL without user name and password."""
    scheme, colon, rest = proxy.rpartition("://")
    return scheme + colon + rest.rpartition("@")[2]


def _trust(url: str) -> ssl.SSLContext | None:
    """Returns how the server at a URL is checked; None where it is not https."""
    if not is_trust_needed(url):
        return None
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    found = (f"{name}={os.environ[name]}" for name in names if os.environ.get(name))
    return trusting(httpx.create_ssl_context, next(found, "the trusted CAs"))
