"""A crowd of clients that get into each other's way, and the history of what they were told.

Each merchant's part of the history can be judged by itself: merchants share nothing but the clock,
whose moves are in the history of each.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.model.answers import outcome_of
from tests.model.linearizability import Operation
from tests.model.requests import OPERATIONS, Style, request_of
from tests.model.service import Service
from tests.model.specification import calls
from tests.model.specification.calls import Terms
from tests.model.specification.model import step
from tests.model.specification.values import Caller, State
from tests.support import CLIENT_ID, OTHER_CLIENT_ID

__all__ = ["Crowd", "explains", "with_ids"]

CLIENTS = 32
BURSTS = 3
CALLS_IN_A_BURST = 4
MERCHANTS = ("DK12345678", "FI12345678")
PHONES = ("+4520031801", "+4520031805")
#: How far the clock moves while everybody calls, and when everybody is done, in milliseconds.
SMALL_MOVES = (1, 500, 60_000, 300_000)
LARGE_MOVES = (86_400_000, 7 * 86_400_000)

#: Calls that only look.
LOOKS = (
    calls.GetCheckIn | calls.GetPayment | calls.GetRefund | calls.FindPayments | calls.FindRefunds
)

_STRUCK = f"call: [{', '.join(OPERATIONS.values())}]"
#: What goes wrong with a call here and there.
FAULTS = (
    f"{{{_STRUCK}, chance: 0.06, cut: after_commit}}",
    f"{{{_STRUCK}, chance: 0.03, cut: mid_body}}",
    f"{{{_STRUCK}, chance: 0.06, cut: before_commit, by: reset}}",
    f"{{{_STRUCK}, chance: 0.2, delay: {{at_least: 1ms, at_most: 20ms}}, work: after}}",
    f"{{{_STRUCK}, chance: 0.1, delay: {{at_least: 1ms, at_most: 20ms}}}}",
)


@dataclass
class Board:
    """What the clients of a merchant know of."""

    merchant: str
    stores: list[str]
    beacons: list[str]
    tills: list[str] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    #: What each key is for: whoever comes to it first says it.
    keyed: dict[str, Any] = field(default_factory=dict)
    history: list[Operation] = field(default_factory=list)


class Crowd:
    """Clients, a customer of each merchant and somebody who moves the clock, all at once.

    Args:
        connect: gives a client's way to the service.
        seed: what they do follows from it, but for the order in which they come to it.
    """

    def __init__(self, connect: Callable[[ExitStack], Service], seed: int) -> None:
        self._connect = connect
        self._seed = seed
        self._ready = threading.Barrier(CLIENTS + len(MERCHANTS) + 1)
        self._broken: list[BaseException] = []
        with ExitStack() as stack:
            service = connect(stack)
            self.opening = service.opening(MERCHANTS)
            self._start = service.start
            self.boards = [self._board(number, vat) for number, vat in enumerate(MERCHANTS)]
            for number, board in enumerate(self.boards):
                Client(number, service, board, Random(seed)).open_the_shop()
            service.faults(*FAULTS)

    def _board(self, number: int, vat: str) -> Board:
        stores = [each for each, store in self.opening.stores.items() if store.merchant == vat]
        return Board(vat, stores, [f"{number}0000000000000{n}" for n in range(2)])

    def run(self) -> None:
        """Lets everybody do what they do."""
        work = [self._client] * CLIENTS + [self._customer] * len(MERCHANTS) + [self._clock]
        threads = [
            threading.Thread(target=self._guarded, args=(each, number))
            for number, each in enumerate(work)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        if self._broken:
            raise self._broken[0]
        assert not any(thread.is_alive() for thread in threads)

    def _guarded(self, work: Callable[["Client"], None], number: int) -> None:
        try:
            with ExitStack() as stack:
                board = self.boards[number % len(MERCHANTS)]
                random = Random(f"{self._seed} {number}")
                service = self._connect(stack)
                service.start = self._start
                client = Client(number, service, board, random)
                for burst in range(BURSTS):
                    client.burst = burst
                    service.forget_tokens()
                    self._ready.wait(60)
                    work(client)
        except BaseException as error:
            self._broken.append(error)
            self._ready.abort()

    def _client(self, client: "Client") -> None:
        for _ in range(CALLS_IN_A_BURST):
            client.do(client.think_of_something())
        self._ready.wait(60)

    def _customer(self, client: "Client") -> None:
        for _ in range(2 * CALLS_IN_A_BURST):
            beacon, phone = client.random.choice(client.board.beacons), client.random.choice(PHONES)
            client.do(calls.CheckInUser(beacon, phone))
            client.do(
                calls.CancelByUser(beacon) if client.chance(0.2) else calls.Accept(beacon, phone)
            )
        self._ready.wait(60)

    def _clock(self, client: "Client") -> None:
        """Moves the clock a little at the same time as the calls, and far once all are done."""
        for _ in range(2):
            self._move(client, client.random.choice(SMALL_MOVES))
        self._ready.wait(60)
        self._move(client, client.random.choice(LARGE_MOVES))
        client.service.forget_tokens()
        for number, board in enumerate(self.boards):
            Client(number, client.service, board, client.random).sell(board.beacons[0])

    def _move(self, client: "Client", by: int) -> None:
        moved = client.ask(calls.Advance(by))
        for board in self.boards:
            board.history.append(moved)


class Client:
    """A client: it thinks of calls, makes them, and writes down what it was told."""

    def __init__(self, number: int, service: Service, board: Board, random: Random) -> None:
        self.number = number
        self.service = service
        self.board = board
        self.random = random
        self.burst = 0
        integrator = OTHER_CLIENT_ID if number // len(MERCHANTS) % 8 == 7 else CLIENT_ID
        self.who = Caller(integrator, board.merchant)

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def do(self, call: Any) -> None:
        """Makes a call, and again, with the same key, where its answer was lost."""
        for _ in range(4):
            asked = self.ask(call)
            self.board.history.append(asked)
            if asked.outcome is not None:
                self._learn(call, asked.outcome.body.get("id"))
                return

    def ask(self, call: Any) -> Operation:
        request = request_of(call, self.service.token_of, Style.PLAIN)
        invoked = time.perf_counter()
        reply = self.service.send(request)
        while reply.finish is not None:
            reply = reply.finish()
        returned = time.perf_counter()
        if reply.is_lost:
            return Operation(self.number, invoked, returned, call, None)
        told = outcome_of(call, reply.status, reply.content, self.service.start)
        is_idle = told.status != 200 or isinstance(call, LOOKS)
        return Operation(self.number, invoked, returned, call, told, is_idle=is_idle)

    def _learn(self, call: Any, made: str | None) -> None:
        known = {calls.CreatePos: self.board.tills, calls.CreateRefund: self.board.refunds}
        ids = known.get(type(call), self.board.payments)
        if made is not None and made not in ids:
            ids.append(made)

    def open_the_shop(self) -> None:
        """Two tills; on the first a payment is captured, and then one reserved."""
        for beacon in self.board.beacons:
            name = f"till-{beacon[-1]}"
            store = self.board.stores[0]
            self.do(calls.CreatePos(self.who, f"opening-{name}", store, name, beacon))
        for _ in range(2):
            self.sell(self.board.beacons[0])
            self.do(calls.CapturePayment(self.who, self.board.payments[0], 1000))

    def sell(self, beacon: str) -> None:
        """Somebody pays at the till that was there first."""
        key, till = f"sold-{len(self.board.history)}", self.board.tills[0]
        self.do(calls.CheckInUser(beacon, PHONES[1]))
        self.do(calls.Initiate(self.who, key, till, "order-1", Terms(1000)))
        self.do(calls.Accept(beacon, PHONES[1]))

    def think_of_something(self) -> Any:
        board = self.board
        things: list[tuple[float, Callable[[], Any]]] = [
            (2, lambda: self._ready(self._newest(board.payments))),
            (6, lambda: self._capture(self._newest(board.payments))),
            (2, lambda: calls.CancelPayment(self.who, self._newest(board.payments))),
            (3, lambda: calls.GetPayment(self.who, self._newest(board.payments))),
            (6, lambda: self._refund(self._newest(board.payments))),
            (1, lambda: calls.FindRefunds(self.who, self._newest(board.payments))),
            (4, lambda: self._start(self._newest(board.tills))),
            (0.5, lambda: calls.DeletePos(self.who, self._newest(board.tills))),
            (2, self._create_pos),
            (1, lambda: calls.FindPayments(self.who, self._newest(board.tills))),
            (1, lambda: calls.GetCheckIn(self.who, self._newest(board.tills))),
        ]
        if board.refunds:
            things += [
                (2, lambda: calls.CaptureRefund(self.who, self._newest(board.refunds))),
                (2, lambda: calls.CancelRefund(self.who, self._newest(board.refunds))),
                (2, lambda: calls.GetRefund(self.who, self._newest(board.refunds))),
            ]
        weights = [weight for weight, _ in things]
        return self.random.choices(things, weights)[0][1]()

    def _newest(self, ids: list[str]) -> str:
        return self.random.choice(ids[-3:])

    def _keyed(self, call: Any) -> Any:
        """A call with a key that others use as well: for the same call, or rarely for another."""
        call = replace(call, key=f"{type(call).__name__}-{self.burst}-{self.random.randrange(4)}")
        agreed = self.board.keyed.setdefault(call.key, call)
        return replace(agreed, who=self.who) if self.chance(0.9) else call

    def _create_pos(self) -> Any:
        store, beacon = self.board.stores[0], self.random.choice(self.board.beacons)
        return self._keyed(calls.CreatePos(self.who, "", store, f"till-{beacon[-1]}", beacon))

    def _start(self, till: str) -> Any:
        order = f"order-{self.random.randrange(3)}"
        if self.chance(0.3):
            return self._keyed(calls.Prepare(self.who, "", till, order))
        return self._keyed(calls.Initiate(self.who, "", till, order, Terms(1000)))

    def _ready(self, payment: str) -> Any:
        return calls.Ready(self.who, payment, Terms(1000, label=f"of {self.number}"))

    def _capture(self, payment: str) -> Any:
        return calls.CapturePayment(self.who, payment, self.random.choice((1000, 1000, 600)))

    def _refund(self, payment: str) -> Any:
        amount = self.random.choice((300, 600))
        return self._keyed(calls.CreateRefund(self.who, "", payment, "refund", amount))


def explains(state: State, each: Operation) -> list[State]:
    """The states the model comes to by a call that was answered as it was, or not at all."""
    if each.outcome is None:
        return [after for _, after in step(state, each.call, each.made) if after != state]
    made = each.outcome.body.get("id")
    return [after for told, after in step(state, each.call, made) if told == each.outcome]


def with_ids(history: list[Operation]) -> list[Operation]:
    """The history with the ids of what calls made, also of those whose own answer was lost."""
    told = {
        each.call: each.outcome.body["id"]
        for each in history
        if isinstance(each.call, calls.Creating) and each.outcome and each.outcome.status == 200
    }
    return [
        replace(each, made=told.get(each.call, f"lost-{number}"))
        if isinstance(each.call, calls.Creating)
        else each
        for number, each in enumerate(history)
    ]
