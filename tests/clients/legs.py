"""The legs that every stack goes, and what must be so at the end of each."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

from mobilepay_simulator.client import Exchange, Sandbox
from mobilepay_simulator.testing.process import Simulator

from tests.clients.programs import Done, Failed, Programs
from tests.clients.proxies import FRONTS, direct
from tests.clients.relay import relay
from tests.clients.tools import Stack

__all__ = ["LEGS", "LEGS_THROUGH", "Leg", "Shop", "open_shop"]

#: What the journal has to show, polls of the same thing taken together.
CALLS = [
    *("Token", "GetStores", "CreatePos", "InitiatePayment", "QueryPayment", "CapturePayment"),
    *("CreateRefund", "GetRefund", "CaptureRefund", "QueryPayment", "DeletePos"),
]
KEY = "X-MobilePay-Idempotency-Key"


@dataclass(frozen=True)
class Shop:
    """A simulator in which ten seconds pass in one, and the programs that pay there.

    Args:
        front: the name of the proxy that calls go through; none where it is empty.
    """

    simulator: Simulator
    programs: Programs
    front: str = ""

    @property
    def port(self) -> int:
        """Where plain HTTP is served."""
        return urlsplit(self.simulator.url).port or 0

    @property
    def https_port(self) -> int:
        """Where HTTPS is served."""
        return urlsplit(self.simulator.https_url or "").port or 0

    @contextmanager
    def called_at(self, port: int) -> Iterator[int]:
        """Puts the proxy in front of a port, and gives the port to call."""
        with FRONTS.get(self.front, direct)(port) as front:
            yield front


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """Starts a simulator; programs and the CA are kept in the folder."""
    authority = folder / "tls"
    settings = {"time_scale": 10, "poll_delay": "100ms", "log_format": "none"}
    with Simulator(tls=True, tls_port=0, tls_dir=authority, **settings) as simulator:
        yield Shop(simulator, Programs(folder, authority))


def keep_alive(shop: Shop, stack: Stack) -> str:
    """It pays, captures and gives back, on one connection where the stack keeps its connections."""
    with shop.simulator.sandbox() as sandbox, relay(shop.port) as counted:
        with shop.called_at(counted.port) as port:
            done = shop.programs.run(stack, _url("http", port, sandbox))
        _check_till(stack, sandbox, done, again=0)
        _check_front(shop, sandbox)
        if not shop.front:
            _check_sent(stack, sandbox)
        return _check_connections(stack, sandbox, counted.connections, shared=bool(shop.front))


def lost_answer(shop: Shop, stack: Stack) -> str:
    """The answer to a payment is lost; it is asked for again with the same key, and made once."""
    with shop.simulator.sandbox() as sandbox, shop.called_at(shop.port) as port:
        run = sandbox.scenario("lost-response-initiate")
        done = shop.programs.run(stack, _url("http", port, sandbox))
        # A proxy answers in the place of the server: then nothing is lost to the stack.
        resent = stack.resends and not shop.front
        _check_till(stack, sandbox, done, again=0 if resent else 1)
        _check_front(shop, sandbox)
        tries = sandbox.requests(operation="InitiatePayment")
        _must(
            [each.status for each in tries] == [0, 200],
            f"not one lost answer and one good one: {_listed(tries)}",
        )
        keys = {each.request.header(KEY) for each in tries}
        _must(len(keys) == 1 and None not in keys, f"the retry has another key: {keys}")
        judged = run.wait(timeout=10)
        _must(judged.verdict == "passed", f"the scenario's verdict: {judged}")
        return "the stack itself" if resent else "the program"


def over_tls(shop: Shop, stack: Stack) -> str:
    """It pays over TLS once it is told of the CA, and makes no call before."""
    with shop.simulator.sandbox() as sandbox, relay(shop.https_port) as counted:
        url = _url("https", counted.port, sandbox, stack.https_host)
        if stack.verifies:
            untold = shop.programs.run(stack, url, trusts=False)
            calls = sandbox.requests()
            _must(untold.code != 0 and not calls, f"it trusts anybody: {_listed(calls)}")
            counted.connections = 0
        done = shop.programs.run(stack, url)
        _check_till(stack, sandbox, done, again=0)
        return _check_connections(stack, sandbox, counted.connections, shared=False)


Leg = Callable[[Shop, Stack], str]

LEGS: dict[str, Leg] = {"keep-alive": keep_alive, "lost answer": lost_answer, "TLS": over_tls}
#: The legs that are gone through a proxy.
LEGS_THROUGH = {name: LEGS[name] for name in ("keep-alive", "lost answer")}


def _url(scheme: str, port: int, sandbox: Sandbox, host: str = "127.0.0.1") -> str:
    return f"{scheme}://{host}:{port}/sandboxes/{sandbox.name}"


def _must(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise Failed(otherwise)


def _check_till(stack: Stack, sandbox: Sandbox, done: Done, *, again: int) -> None:
    """What the program says, what the journal says, and what became of the money are the same."""
    calls = sandbox.requests()
    shown = f"{done}\n{_listed(calls)}"
    _must(done.code == 0, shown)
    _must(done.facts.get("status") == "Captured", shown)
    _must(done.facts.get("again") == str(again), f"not asked again {again} times: {shown}")
    _check_login(stack, calls)
    answered = [each for each in calls if each.status == 200]
    operations = [name for name, _ in itertools.groupby(each.operation for each in answered)]
    _must(operations == CALLS, f"the calls are not {CALLS}: {shown}")
    entries = sandbox.ledger().payments
    money = [(each.payment_id, each.captured, each.refunded) for each in entries]
    right = [(done.facts.get("payment"), Decimal("10.5"), Decimal(4))]
    _must(money == right, f"the ledger says {money}, not {right}")
    # A stack that repeats a call by itself does so at once; the audit is right, but the till can't help.
    off = ["no-back-off"] if stack.resends else []
    found = sandbox.audit(off=off).at_least("warning")
    _must(not found, f"the audit finds {[str(each) for each in found]}")


def _check_login(stack: Stack, calls: Iterable[Exchange]) -> None:
    refused = [each for each in calls if each.status not in (0, 200)]
    right = [("Token", 401)] if stack.is_asked else []
    _must(
        [(each.operation, each.status) for each in refused] == right,
        f"refused were not {right}, but: {_listed(refused)}",
    )


def _check_front(shop: Shop, sandbox: Sandbox) -> None:
    """Every call came through the proxy, or none did."""
    said = {each.request.header("X-Forwarded-For") for each in sandbox.requests()}
    right = {"127.0.0.1"} if shop.front else {None}
    _must(said == right, f"the calls came by way of {said}")


def _check_sent(stack: Stack, sandbox: Sandbox) -> None:
    name, _, pattern = stack.sends.partition(": ")
    for each in sandbox.requests(operation="InitiatePayment") if name else ():
        value = each.request.header(name) or ""
        _must(fnmatch(value.lower(), pattern.lower()), f"{name} is {value!r}, not {pattern!r}")


def _check_connections(stack: Stack, sandbox: Sandbox, count: int, *, shared: bool) -> str:
    """Returns in words how many there were; behind a proxy that shares them, one."""
    calls = len(sandbox.requests())
    most = 1 if shared else stack.keeps
    # A program that makes one call and then ends may keep the connection on which it was asked who it is.
    least, most_of_all = (1, most) if most else (calls - stack.is_asked, calls)
    is_right = least <= count <= most_of_all
    _must(is_right, f"{count} connections for {calls} calls, not {most_of_all}")
    return f"{count} for {calls} calls" if most else "one for each call"


def _listed(calls: Iterable[Exchange]) -> str:
    return "\n".join(str(each) for each in calls)
