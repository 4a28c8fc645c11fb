"""Throws odd requests at every route of a started server, and counts what is answered.

    python -m tests.security.odd_requests --calls 20000 --seed 1

Method and path are right, and most of a body is; a few parts of a request are odd: texts with
surrogates and NUL, numbers of thousands of digits, nesting, percent-encodings, content types and
charsets, headers twice. An answer of 5xx, none within twenty seconds, and an error in the log are
findings; the command ends with 1 where there is any, and shows the requests.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import quote

import httpx
from mobilepay_simulator.app import create_app
from mobilepay_simulator.settings.settings import Settings

from tests.fuzzing.test_service_calls import RIGHT
from tests.security.oddities import HEADERS, JSON_BODIES, NAMES, RAW_VALUES, TEXTS, YAML
from tests.security.sockets import HOST, PATIENCE, opened
from tests.support import MERCHANT, Till, running_server

#: A method nobody knows; so many sandboxes at once. Both are no mistakes of the simulator.
RIGHT_ANSWERS = {501, 503}


@dataclass
class Found:
    """What came of the requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


class Thrower:
    """Makes odd requests.

    Args:
        seed: what they follow from.
        ids: ids that are there, to get further than "not found".
        token: a right access token.
        csrf: the page's token for forms, and the cookies that go with it.
    """

    def __init__(self, seed: int, ids: list[str], token: str, csrf: tuple[str, str]) -> None:
        self.drawn = Random(seed)
        self.ids, self.token, self.csrf = ids, token, csrf
        self.routes = sorted(_routes())

    def request(self) -> tuple[str, bytes]:
        """Returns the name of a route, and a request of it, byte for byte."""
        drawn = self.drawn
        method, rule = drawn.choice(self.routes)
        path = "/".join(self._segment(each) for each in rule.split("/"))
        prefixes = ["", "", "", "/sandboxes/odd"]
        # A certification lets other calls time out and fail on purpose.
        prefixes += ["/pos-self-certification-api"] if method == "GET" else []
        prefix = drawn.choice(prefixes)
        target = prefix + path + self._query()
        if drawn.random() < 0.03:
            method = drawn.choice(("HEAD", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE", "FOO"))
        kind, body = self._body(rule) if method not in ("GET", "HEAD") else (b"", b"")
        lines = [f"{method} {target} HTTP/1.1\r\n".encode(), HOST, b"Connection: close\r\n"]
        lines += [b"%b: %b\r\n" % pair for pair in self._headers(kind, rule)]
        lines.append(b"Content-Length: %d\r\n\r\n" % len(body))
        return f"{method} {rule}", b"".join(lines) + body

    def _text(self) -> str:
        return self.drawn.choice(TEXTS if self.drawn.random() < 0.7 else self.ids)

    def _quoted(self, text: str) -> str:
        if self.drawn.random() < 0.1:
            return self.drawn.choice(
                ("%", "%z", "%00", "%ff", "%c0%af", "%ed%a0%80", "+", "%2e%2e")
            )
        return quote(text.encode("utf-8", "surrogatepass"), safe="")

    def _segment(self, segment: str) -> str:
        return self._quoted(self._text()) if segment.startswith("<") else segment

    def _query(self) -> str:
        drawn = self.drawn
        if drawn.random() < 0.4:
            return ""
        if drawn.random() < 0.02:
            return "?" + "&".join(f"a{number}=1" for number in range(3000))
        names = drawn.choices(NAMES, k=drawn.randint(1, 4))
        pairs = [f"{each}={self._quoted(self._text())}" for each in names]
        return "?" + drawn.choice(("&", "&", "&", ";", "&&", "&=&")).join(pairs)

    def _headers(self, kind: bytes, rule: str) -> Iterator[tuple[bytes, bytes]]:
        drawn, names = self.drawn, drawn_names(self.drawn)
        if rule.startswith("/pos/"):
            yield b"Authorization", b"Bearer " + self.token.encode()
            yield b"X-MobilePay-Client-System-Version", b"1.2.3"
            yield b"X-MobilePay-Idempotency-Key", b"%d" % drawn.randrange(1000)
        if rule.startswith("/page") and drawn.random() < 0.8:
            yield b"Cookie", self.csrf[1].encode()
        if kind and "Content-Type" not in names:
            yield b"Content-Type", kind
        for name in names:
            value = drawn.choice(RAW_VALUES)
            for _ in range(2 if drawn.random() < 0.1 else 1):
                yield name.encode(), value

    def _body(self, rule: str) -> tuple[bytes, bytes]:
        drawn = self.drawn
        if drawn.random() < 0.2:
            return b"application/json", drawn.choice(JSON_BODIES)
        if rule.startswith(("/page", "/integrator")):
            return self._form(rule)
        if "scenarios" in rule or "faults" in rule:
            return b"application/yaml", drawn.choice(YAML)
        if "compare" in rule:
            return b"text/csv", drawn.choice(
                (b"a,b\n", b'"', b"\xff", self._text().encode("utf-8", "replace"))
            )
        if rule.startswith("/pos/"):
            body = dict(drawn.choice([*RIGHT.values()]))
        else:
            body = {name: self._text() for name in drawn.choices(NAMES, k=3)}
        for name in drawn.choices([*body, *NAMES], k=drawn.randint(0, 2)):
            body[name] = drawn.choice(
                (
                    self._text(),
                    [self._text()],
                    {self._text(): 1},
                    None,
                    True,
                    10**400,
                    -1,
                    1e308,
                    [[]] * 9,
                )
            )
        return b"application/json", json.dumps(body).encode()

    def _form(self, rule: str) -> tuple[bytes, bytes]:
        drawn = self.drawn
        pairs = [("csrf", self.csrf[0])] if drawn.random() < 0.9 else []
        if rule.startswith("/integrator"):
            pairs = [("grant_type", "client_credentials"), ("merchant_vat", MERCHANT)]
        pairs += [(name, self._text()) for name in drawn.choices(NAMES, k=drawn.randint(0, 5))]
        content = "&".join(f"{name}={self._quoted(value)}" for name, value in pairs)
        return b"application/x-www-form-urlencoded", content.encode()


def drawn_names(drawn: Random) -> list[str]:
    """The names of the odd headers of a request."""
    return drawn.sample(HEADERS, k=drawn.choice((0, 0, 1, 1, 2, 3)))


def _routes() -> Iterator[tuple[str, str]]:
    for rule in create_app(Settings()).url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            # A stream has no end, and a wait is as long as it is told to be.
            if not rule.rule.endswith(("/stream", "/wait")):
                yield method, rule.rule


def throw(port: int, thrower: Thrower, calls: int, found: Found) -> None:
    """Makes so many requests, and adds what came of them."""
    for _ in range(calls):
        route, request = thrower.request()
        found.routes[route] += 1
        began = perf_counter()
        shown = repr(request[:600])
        try:
            with opened(port) as connection:
                connection.sendall(request)
                content = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        except TimeoutError:
            found.wrong.append(f"no answer within {PATIENCE:g} s: {shown}")
            continue
        except ConnectionError:
            content = b""
        took = perf_counter() - began
        found.slowest = max(found.slowest, (took, shown))
        status = int(content[9:12]) if content.startswith(b"HTTP/1.1 ") else 0
        found.statuses[status] += 1
        if status >= 500 and status not in RIGHT_ANSWERS:
            found.wrong.append(f"{status} {content[-300:]!r}: {shown}")


def attack(calls: int, seed: int) -> Found:
    """Starts a server, throws so many requests at it, and returns what came of them."""
    found = Found()
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        options = ("--log-format", "none", "--max-sandboxes", "10")
        with running_server(*options, log=log) as server:
            for round_ in range(0, calls, 500):
                with httpx.Client(base_url=server.url) as http:
                    http.post("/_simulator/reset")
                    throw(
                        server.port, _thrower(http, seed + round_), min(500, calls - round_), found
                    )
            assert httpx.get(f"{server.url}/_simulator/health").is_success
        logged = log.read_text(errors="replace")
    if "Traceback" in logged or "ERROR" in logged:
        found.wrong.append(f"in the log: {logged[-5000:]}")
    return found


def _thrower(http: httpx.Client, seed: int) -> Thrower:
    till = Till(http)
    pos_id = till.create_pos()
    ids = [pos_id, till.initiate(pos_id), till.captured(), till.reserved(), till.store_id()]
    ids.append(till.refund(ids[2]))
    page = http.get("/page/clock").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    return Thrower(seed, ids, till.token(), (csrf, cookies))


def main() -> int:
    """Attacks, and says what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = attack(given.calls, given.seed)
    print(f"{sum(found.routes.values())} calls of {len(found.routes)} routes and methods")  # noqa: T201
    print(dict(sorted(found.statuses.items())))  # noqa: T201
    print(f"slowest {found.slowest[0]:.1f} s: {found.slowest[1]}")  # noqa: T201
    print("\n".join(found.wrong) or "nothing found")  # noqa: T201
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
