"""Answers that take long: sandboxes take turns, and nothing is made for whoever has left."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest
from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.server.long_answers import LEFT, STOPS, LongAnswers
from mobilepay_simulator.server.turns import MOST, MOST_OF_ONE


@dataclass
class Somebody:
    """What is looked at of a connection, and of a sandbox."""

    name: str = "busy"
    has_left: bool = False
    is_gone: bool = False
    is_half_closed: bool = False
    on_silence: Callable[[], None] | None = None


def fail(status: int, message: str) -> Response:
    return Response(status, message.encode())


def asked(
    answers: LongAnswers,
    later: Callable[[], Response],
    of: Somebody,
    client: Somebody,
    *,
    is_play: bool = False,
) -> Awaitable[Response]:
    sandbox: Any = of
    protocol: Any = client
    waiting = Response()
    waiting.later, waiting.sandbox, waiting.is_play = later, sandbox, is_play
    return answers.make(waiting, protocol, fail)


def test_a_sandbox_with_many_of_them_does_not_keep_another_waiting() -> None:
    async def play() -> tuple[int, int]:
        answers, free = LongAnswers(asyncio.Event()), Event()
        made: list[int] = []

        def slow() -> Response:
            free.wait()
            made.append(1)
            return Response()

        busy = [
            asyncio.ensure_future(asked(answers, slow, Somebody(), Somebody())) for _ in range(20)
        ]
        await asyncio.sleep(0)
        other = await asked(answers, Response, Somebody("other"), Somebody())
        before = len(made)
        free.set()
        await asyncio.gather(*busy)
        assert len(made) == 20
        return other.status, before

    assert asyncio.run(play()) == (200, 0)


@pytest.mark.parametrize(
    ("sandbox", "client", "is_stopping", "status"),
    [
        (Somebody(), Somebody(), False, 200),
        (Somebody(is_gone=True), Somebody(), False, 503),
        (Somebody(), Somebody(has_left=True), False, 503),
        (Somebody(), Somebody(), True, 503),
    ],
    ids=["all are there", "no sandbox", "no client", "no server"],
)
def test_nothing_is_made_for_whoever_has_left(
    sandbox: Somebody, client: Somebody, is_stopping: bool, status: int
) -> None:
    made: list[int] = []

    def later() -> Response:
        made.append(1)
        return Response()

    async def play() -> Response:
        stopping = asyncio.Event()
        if is_stopping:
            stopping.set()
        return await asked(LongAnswers(stopping), later, sandbox, client)

    assert asyncio.run(play()).status == status
    assert len(made) == (status == 200)


def test_scenarios_that_are_played_keep_nobody_waiting_who_reads() -> None:
    async def play() -> tuple[list[int], int, int]:
        answers, free = LongAnswers(asyncio.Event()), Event()
        begun: list[int] = []

        def endless() -> Response:
            begun.append(1)
            free.wait()
            return Response()

        plays = [
            asyncio.ensure_future(
                asked(answers, endless, Somebody(f"s{number}"), Somebody(), is_play=True)
            )
            for number in range(8)
        ]
        await asyncio.sleep(0)
        readers = [
            (await asked(answers, Response, Somebody(name), Somebody())).status
            for name in ("other", "s0", "")
        ]
        at_once = len(begun)
        free.set()
        await asyncio.gather(*plays)
        return readers, at_once, len(begun)

    assert asyncio.run(play()) == ([200, 200, 200], 1, 8)


def test_a_server_that_stops_does_not_wait_for_one() -> None:
    async def play() -> int:
        stopping, begun, free = asyncio.Event(), Event(), Event()
        answers = LongAnswers(stopping)

        def slow() -> Response:
            begun.set()
            free.wait()
            return Response()

        making = asyncio.ensure_future(asked(answers, slow, Somebody(), Somebody()))
        while not begun.is_set():
            await asyncio.sleep(0)
        stopping.set()
        answer = await making
        free.set()
        return answer.status

    assert asyncio.run(play()) == 503


def test_one_that_fails_is_a_failure_and_lets_the_next_be_made() -> None:
    async def play() -> tuple[int, int]:
        answers = LongAnswers(asyncio.Event())

        def broken() -> Response:
            raise ArithmeticError

        first = await asked(answers, broken, Somebody(), Somebody())
        second = await asked(answers, Response, Somebody(), Somebody())
        return first.status, second.status

    assert asyncio.run(play()) == (500, 200)


def test_the_end_of_the_loop_waits_for_no_answer_that_is_still_being_made() -> None:
    stopping, begun, free, ended = asyncio.Event(), Event(), Event(), Event()

    def endless() -> Response:
        begun.set()
        free.wait()
        ended.set()
        return Response()

    async def play() -> int:
        answers = LongAnswers(stopping)
        making = asyncio.ensure_future(asked(answers, endless, Somebody(), Somebody()))
        while not begun.is_set():
            await asyncio.sleep(0)
        stopping.set()
        return (await making).status

    assert asyncio.run(play()) == 503
    assert not ended.is_set()
    free.set()
    assert ended.wait(60)


def test_what_a_thread_makes_is_made_as_the_call_was_served() -> None:
    told: ContextVar[str] = ContextVar("told")

    async def play() -> Response:
        told.set("here")
        later = lambda: Response(content=told.get().encode())  # noqa: E731
        return await asked(LongAnswers(asyncio.Event()), later, Somebody(), Somebody())

    assert asyncio.run(play()).content == b"here"


@dataclass
class Crowd:
    """Calls for long answers that wait while the first is being made, and what was made."""

    answers: LongAnswers
    free: Event = field(default_factory=Event)
    made: list[str] = field(default_factory=list)

    def ask(self, name: str, client: Somebody | None = None) -> "asyncio.Future[Response]":
        def later() -> Response:
            self.free.wait()
            self.made.append(name)
            return Response()

        client = client or Somebody()
        making = asked(self.answers, later, Somebody(name), client, is_play=True)
        return asyncio.ensure_future(making)


@pytest.mark.parametrize("when", ["before it waits", "while it waits"])
@pytest.mark.parametrize("way", ["closed", "half closed"])
def test_who_may_have_left_waits_for_no_turn_and_keeps_nobody_waiting(way: str, when: str) -> None:
    async def play() -> tuple[list[Response], list[str]]:
        crowd = Crowd(LongAnswers(asyncio.Event()))
        first = crowd.ask("first")
        await asyncio.sleep(0)
        gone = [Somebody() for _ in range(12)]

        def leave() -> None:
            for client in gone:
                client.is_half_closed, client.has_left = way == "half closed", way == "closed"
                if client.on_silence is not None:
                    client.on_silence()

        if when == "before it waits":
            leave()
        waiting = [crowd.ask(f"s{number}", client) for number, client in enumerate(gone)]
        await asyncio.sleep(0)
        last = crowd.ask("last")
        await asyncio.sleep(0)
        if when == "while it waits":
            leave()
        # They are answered while the first is still being made.
        answers = await asyncio.wait_for(asyncio.gather(*waiting), 20)
        assert not any(client.on_silence for client in gone)
        crowd.free.set()
        await asyncio.gather(first, last)
        return answers, crowd.made

    answers, made = asyncio.run(play())
    assert {(each.status, each.content.decode()) for each in answers} == {(503, LEFT)}
    assert made == ["first", "last"]


def test_who_only_sends_no_more_is_answered_where_nobody_comes_first() -> None:
    async def play() -> Response:
        client = Somebody(is_half_closed=True)
        return await asked(LongAnswers(asyncio.Event()), Response, Somebody(), client)

    assert asyncio.run(play()).status == 200


def test_sandboxes_take_turns() -> None:
    async def play() -> list[str]:
        crowd = Crowd(LongAnswers(asyncio.Event()))
        calls = []
        for name in ("busy", "busy", "busy", "busy", "other", "third", "other"):
            calls.append(crowd.ask(name))
            await asyncio.sleep(0)
        crowd.free.set()
        await asyncio.gather(*calls)
        return crowd.made

    assert asyncio.run(play()) == ["busy", "busy", "other", "third", "busy", "other", "busy"]


@pytest.mark.parametrize(
    ("names", "most", "other"),
    [
        (["busy"] * (MOST_OF_ONE + 5), MOST_OF_ONE, 200),
        ([f"s{number}" for number in range(MOST + 5)], MOST, 503),
    ],
    ids=["of one sandbox", "of all"],
)
def test_only_so_many_wait(names: list[str], most: int, other: int) -> None:
    async def play() -> list[Response]:
        crowd = Crowd(LongAnswers(asyncio.Event()))
        calls = [crowd.ask("first")]
        await asyncio.sleep(0)
        calls += [crowd.ask(name) for name in names]
        await asyncio.sleep(0)
        calls.append(crowd.ask("other"))
        await asyncio.sleep(0)
        crowd.free.set()
        answers = await asyncio.gather(*calls)
        # They have all had their turn: there is room again.
        assert (await crowd.ask("other")).status == 200
        return list(answers)

    *answers, last = asyncio.run(play())
    refused = [each for each in answers if each.status == 503]
    assert len(answers) - len(refused) == most + 1
    assert all(each.content.startswith(b"%d calls" % most) for each in refused)
    assert len(refused) == 5
    assert last.status == other


def test_who_waits_for_a_turn_is_answered_when_the_server_stops() -> None:
    async def play() -> list[Response]:
        stopping = asyncio.Event()
        crowd = Crowd(LongAnswers(stopping))
        calls = [crowd.ask(name) for name in ("first", "busy", "busy", "other")]
        await asyncio.sleep(0)
        stopping.set()
        answers = await asyncio.wait_for(asyncio.gather(*calls), 20)
        crowd.free.set()
        return list(answers)

    answers = asyncio.run(play())
    assert [(each.status, each.content.decode()) for each in answers] == [(503, STOPS)] * 4


def test_an_answer_that_no_thread_can_make_is_refused_until_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_free(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def play() -> list[Response]:
        answers = LongAnswers(asyncio.Event())
        with monkeypatch.context() as patched:
            patched.setattr(Thread, "start", none_free)
            refused = await asked(answers, Response, Somebody(), Somebody())
        # It has given its turn back.
        return [refused, await asked(answers, Response, Somebody(), Somebody())]

    refused, later = asyncio.run(play())
    assert (refused.status, later.status) == (503, 200)
    assert refused.content == b"The simulator can start no more threads now; try again."
    assert ("Retry-After", "1") in refused.headers
