"""The peers: where each is from, and what a call does there.

None of them knows the service: a payment is whatever they were told, or what comes nearest of
theirs. Each is started as its documentation says, its own log off where that can be had.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mobilepay_simulator import __version__

from benchmarks.peers import commands
from benchmarks.peers.calls import (
    FORM,
    READ,
    VERSION,
    Calls,
    just,
    of_localstripe,
    of_moto,
    of_ours,
)
from benchmarks.peers.commands import Place
from benchmarks.repeat import Step

__all__ = ["NPM", "OURS", "PEERS", "PYPI", "Peer"]

NPM, PYPI = "npm", "pypi"


@dataclass(frozen=True)
class Peer:
    """A server to compare, and ours.

    Args:
        name: its name.
        registry: where it is installed from.
        package: its package.
        version: pinned.
        command: returns what starts it; writes its files.
        prepare: makes what is to be read at a URL, and returns what is asked of it.
        does: what a call does there.
    """

    name: str
    registry: str
    package: str
    version: str
    command: Callable[[Place], list[str]]
    prepare: Callable[[str], Calls]
    does: str


OURS = Peer(
    "this simulator",
    "",
    "mobilepay-pos-simulator",
    __version__,
    commands.ours,
    of_ours,
    "checks token, headers and owner, looks the payment up, keeps the exchange in the journal",
)
PEERS = (
    Peer(
        "Prism",
        NPM,
        "@stoplight/prism-cli",
        "5.16.0",
        commands.prism,
        just(Calls(Step("read", "GET", READ.path, {"Authorization": "Bearer token", **VERSION}))),
        "answers the example of our own OpenAPI description, once path and headers fit",
    ),
    Peer(
        "Mockoon",
        NPM,
        "@mockoon/cli",
        "9.9.0",
        commands.mockoon,
        just(Calls(READ)),
        "answers its route's fixed body",
    ),
    Peer(
        "mountebank",
        NPM,
        "mountebank",
        "2.9.1",
        commands.mountebank,
        just(Calls(READ)),
        "answers a fixed body where the predicate fits",
    ),
    Peer(
        "WireMock",
        NPM,
        "wiremock",
        "3.13.2",
        commands.wiremock,
        just(Calls(READ)),
        "answers a fixed body where the pattern fits, and keeps the request",
    ),
    Peer(
        "json-server",
        NPM,
        "json-server",
        "0.17.4",
        commands.json_server,
        just(Calls(Step("read", "GET", "/payments/1"))),
        "reads a record of a JSON file",
    ),
    Peer(
        "moto",
        PYPI,
        "moto[server]",
        "5.2.5",
        commands.moto,
        of_moto,
        "reads an object of its S3, which has state; signatures are not checked",
    ),
    Peer(
        "localstripe",
        PYPI,
        "localstripe",
        "1.15.10",
        commands.localstripe,
        of_localstripe,
        "reads a payment intent, which has state; the secret key is looked at, not checked",
    ),
    Peer(
        "oauth2-mock-server",
        NPM,
        "oauth2-mock-server",
        "9.3.0",
        commands.oauth,
        just(Calls(token=Step("token", "POST", "/token", FORM, "grant_type=client_credentials"))),
        "signs a token for whoever asks",
    ),
)
