"""Look-ups of host names: one that hangs keeps no other sandbox and no stop waiting."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Iterator

import pytest
from mobilepay_simulator.server import name_lookups
from mobilepay_simulator.server.name_lookups import OF_SANDBOX, Addresses, NameLookups, addresses_of

ADDRESS = ("192.0.2.1",)


class NameServer:
    """Answers for names that begin with `good`, and keeps all others waiting."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.free = threading.Event()

    def look_up(self, host: str) -> Addresses:
        self.asked.append(host)
        if not host.startswith("good"):
            self.free.wait(20)
        return ADDRESS


@pytest.fixture
def names() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.free.set()


async def _patient(finding: Awaitable[Addresses], seconds: float = 0.2) -> Addresses:
    async with asyncio.timeout(seconds):
        return await finding


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_an_address_is_not_looked_up(names: NameServer, host: str) -> None:
    found = asyncio.run(NameLookups(names.look_up).find("a", host))
    assert (found, names.asked) == ((host,), [])


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost."])
def test_localhost_is_this_machine_and_not_looked_up(names: NameServer, host: str) -> None:
    found = asyncio.run(NameLookups(names.look_up).find("a", host))
    assert (set(found), names.asked) == ({"127.0.0.1", "::1"}, [])


def test_names_that_hang_take_no_place_of_another_sandbox(names: NameServer) -> None:
    async def play() -> Addresses:
        lookups = NameLookups(names.look_up)
        hanging = [_patient(lookups.find("evil", f"bad{number}")) for number in range(100)]
        results = await asyncio.gather(*hanging, return_exceptions=True)
        assert all(isinstance(each, TimeoutError) for each in results)
        return await _patient(lookups.find("neighbour", "good"), 20)

    assert asyncio.run(play()) == ADDRESS
    assert len(names.asked) == OF_SANDBOX + 1


def test_a_name_that_hangs_takes_one_thread_however_often_it_is_asked_for(
    names: NameServer,
) -> None:
    async def play() -> Addresses:
        lookups = NameLookups(names.look_up)
        for _ in range(OF_SANDBOX + 1):
            with pytest.raises(TimeoutError):
                await _patient(lookups.find("a", "bad"), 0.05)
        return await _patient(lookups.find("a", "good"), 20)

    assert asyncio.run(play()) == ADDRESS
    assert names.asked == ["bad", "good"]


def test_sandboxes_take_turns(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_lookups, "AT_ONCE", 1)

    async def play() -> None:
        lookups = NameLookups(names.look_up)
        first = asyncio.ensure_future(lookups.find("a", "bad"))
        await asyncio.sleep(0.05)
        wanted = [("a", "good1"), ("a", "good2"), ("a", "good3"), ("b", "good4")]
        others = [asyncio.ensure_future(lookups.find(*each)) for each in wanted]
        await asyncio.sleep(0)
        names.free.set()
        await asyncio.gather(first, *others)

    asyncio.run(play())
    assert names.asked == ["bad", "good1", "good4", "good2", "good3"]


def test_what_nobody_waits_for_any_more_is_not_looked_up(names: NameServer) -> None:
    async def play() -> None:
        lookups = NameLookups(names.look_up)
        hanging = [_patient(lookups.find("a", f"bad{number}")) for number in range(OF_SANDBOX)]
        late = _patient(lookups.find("a", "good-but-late"))
        await asyncio.gather(*hanging, late, return_exceptions=True)
        names.free.set()
        assert await _patient(lookups.find("a", "good"), 20) == ADDRESS

    asyncio.run(play())
    assert "good-but-late" not in names.asked


def test_a_look_up_that_hangs_does_not_keep_the_end_of_the_loop_waiting(names: NameServer) -> None:
    async def play() -> None:
        with pytest.raises(TimeoutError):
            await _patient(NameLookups(names.look_up).find("a", "bad"))

    begun = time.monotonic()
    asyncio.run(play())
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".test"])
def test_a_name_that_there_can_not_be_is_an_error(host: str) -> None:
    with pytest.raises(OSError, match=r"."):
        asyncio.run(NameLookups(addresses_of).find("a", host))


def test_an_address_of_each_kind_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from socket import AF_INET, AF_INET6

    found = [(AF_INET, "192.0.2.1"), (AF_INET6, "2001:db8::1"), (AF_INET6, "2001:db8::2")]
    answer = [(kind, 1, 6, "", (address, 0)) for kind, address in found]
    monkeypatch.setattr(name_lookups.socket, "getaddrinfo", lambda *_, **__: answer)
    assert addresses_of("x.test") == ("2001:db8::1", "192.0.2.1", "2001:db8::2")
