"""The simulator beside the model: every call goes to both, and what is told must be allowed."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant
from mobilepay_simulator.app import SimulatorApp

from tests.model.answers import outcome_of
from tests.model.choices import (
    CALLERS,
    FAULTS,
    MERCHANTS,
    NOT_DONE,
    SECOND,
    TOKEN_LIFETIME,
    chosen_defects,
)
from tests.model.requests import OPERATIONS, Style, request_of
from tests.model.service import Inside, Reply
from tests.model.specification import calls
from tests.model.specification.defects import Spoilt
from tests.model.specification.model import step
from tests.model.specification.values import Caller, Outcome, State
from tests.support import fresh

__all__ = ["Beside"]


@dataclass(frozen=True)
class Underway:
    """A call that is kept on its way, and how to let it arrive."""

    call: Any
    finish: Callable[[], Reply]
    token_at: int


class Beside(RuleBasedStateMachine):
    """A sandbox, the model's states that explain all its answers, and what clients know."""

    #: The application the calls go to; whoever runs the machine sets it.
    app: SimulatorApp

    def __init__(self) -> None:
        super().__init__()
        self.name = fresh("model")
        self.service = Inside(self.app, self.name)
        self.states: set[State] = {self.service.opening(MERCHANTS)}
        self.stores = list(self.state.stores)
        self.tills: list[str] = []
        self.payments: list[str] = []
        self.refunds: list[str] = []
        self.made: list[calls.Creating] = []
        self.sent: list[Any] = []
        self.underway: list[Underway] = []
        self.fault = ""
        self.defects: tuple[int, int | None] | None = None
        self.style = Style.PLAIN
        self.token_at = 0
        self.keys = 0

    def teardown(self) -> None:
        Inside(self.app, "").ask("DELETE", f"/_simulator/sandboxes/{self.name}")

    # --- a call, and what the model says to it ---

    @property
    def state(self) -> State:
        """One of the states that explain all answers; there is one, but for an allowed choice."""
        return next(iter(self.states))

    def do(self, call: Any) -> None:
        """Makes a call in the way that was chosen for the next one."""
        fault, self.fault = self.fault, ""
        defects, self.defects = self.defects, None
        style, self.style = self.style, Style.PLAIN
        if defects and isinstance(call, calls.Call):
            call, fault = Spoilt(call, chosen_defects(call, *defects)), ""
        elif not isinstance(call, calls.TakeCard):  # which is possible while a card is asked for
            self.sent.append(call)
        if fault and type(call) in OPERATIONS:
            self.struck(call, fault, style)
        else:
            self.compare(call, self.send(call, style))

    def struck(self, call: Any, fault: str, style: Style) -> None:
        """Makes a call that a fault strikes; what reached the client tells nothing new."""
        self.service.faults(f"{{call: {OPERATIONS[type(call)]}, first: 1, {FAULTS[fault]}}}")
        reply = self.send(call, style)
        self.service.faults()
        if reply.finish is not None:
            self.underway.append(Underway(call, reply.finish, self.token_at))
        elif fault in NOT_DONE:
            assert reply.is_lost or reply.status == 503
        else:
            assert reply.is_lost == (fault != "slow")
            self.compare(call, reply)

    def arrive(self, late: Underway) -> None:
        """Lets a call that was kept on its way arrive, its token maybe too old by now."""
        age = self.state.now - late.token_at
        readings = [late.call]
        if isinstance(late.call, calls.Call) and age > TOKEN_LIFETIME - SECOND:
            # In a token times are whole seconds, so in its last one it may be good or not.
            expired = Spoilt(late.call, frozenset({"old token"}))
            readings = [expired] if age >= TOKEN_LIFETIME else [late.call, expired]
        self.compare(late.call, late.finish(), *readings)

    def send(self, call: Any, style: Style = Style.PLAIN) -> Reply:
        if isinstance(call, calls.Call) and self.state.now - self.token_at >= TOKEN_LIFETIME // 2:
            self.service.forget_tokens()
            self.token_at = self.state.now
        return self.service.send(request_of(call, self.service.token_of, style))

    def compare(self, call: Any, reply: Reply, *readings: Any) -> None:
        """Holds an answer against what the model allows, and keeps the states that explain it.

        Args:
            readings: what the call may have meant to the service, where that is not the call.
        """
        told = outcome_of(call, reply.status, reply.content, self.service.start)
        allowed: set[Outcome] = set()
        explaining: set[State] = set()
        for state, reading in itertools.product(self.states, readings or (call,)):
            for outcome, after in step(state, reading, told.body.get("id")):
                allowed.add(outcome)
                if outcome == told:
                    explaining.add(after)
        assert explaining, f"{call}\nwas told {told}\nbut allowed is {allowed}"
        self.states = explaining
        if isinstance(call, calls.Creating) and told.status == 200 and not reply.is_lost:
            self.learn(call, told.body["id"])

    def learn(self, call: calls.Creating, made: str) -> None:
        """A client has been told the id of something."""
        known = self.tills if isinstance(call, calls.CreatePos) else self.payments
        known = self.refunds if isinstance(call, calls.CreateRefund) else known
        if made not in known:
            known.append(made)
            self.made.append(call)

    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def owner(self, of: dict[str, Any], made: str, stranger: int) -> Caller:
        """Who owns something, or a stranger to it."""
        who = of[made].owner if made in of else CALLERS[0]
        return CALLERS[CALLERS.index(who) ^ stranger]

    def those_there(self) -> list[str]:
        """The points of sale a client knows of that are not deleted."""
        return [each for each in self.tills if each in self.state.tills]

    def in_states(self, *states: str) -> list[str]:
        """The payments a client knows of that are in one of these states."""
        return [each for each in self.payments if self.state.payments[each].state in states]

    # --- all there is, as its owner sees it ---

    @invariant()
    def everything_is_as_the_model_has_it(self) -> None:
        for made, till in self.state.tills.items():
            self.look(calls.GetPos(till.owner, made))
            self.look(calls.GetCheckIn(till.owner, made))
        for made, payment in self.state.payments.items():
            self.look(calls.GetPayment(payment.owner, made))
        for made, refund in self.state.refunds.items():
            self.look(calls.GetRefund(refund.owner, made))

    def look(self, call: calls.Call) -> None:
        self.compare(call, self.send(call))
