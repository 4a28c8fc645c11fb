"""Answers that take long: sandboxes take turns, and nothing is made for whoever has left."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.server.long_answers import LongAnswers


@dataclass
class Somebody:
    """What is looked at of a connection, and of a sandbox."""

    name: str = "busy"
    has_left: bool = False
    is_gone: bool = False


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
        stopping, free = asyncio.Event(), Event()
        answers = LongAnswers(stopping)

        def slow() -> Response:
            free.wait()
            return Response()

        making = asyncio.ensure_future(asked(answers, slow, Somebody(), Somebody()))
        while not answers._waiting:
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
    stopping, free, ended = asyncio.Event(), Event(), Event()

    def endless() -> Response:
        free.wait()
        ended.set()
        return Response()

    async def play() -> int:
        answers = LongAnswers(stopping)
        making = asyncio.ensure_future(asked(answers, endless, Somebody(), Somebody()))
        while not answers._waiting:
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
