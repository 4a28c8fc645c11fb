"""What expectations are judged by: records of calls and states, written down in short."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from simulator.engine.states import PaymentState
from simulator.scripting.expectations import Expectation, Record, Seen
from simulator.scripting.scenario import read_scenario
from tests.support import START


def expectation(text: str) -> Expectation:
    return read_scenario(f"summary: x\nexpect:\n  - {{{text}}}", "x").expect[0]


def record(
    *calls: tuple[str, float, dict[str, Any]], states: tuple[Any, ...] = (), **more: Any
) -> Record:
    """Calls as (operation, seconds after the start, what differs); states likewise."""
    made = Record(**more)
    for number, (call, seconds, changes) in enumerate(calls, 1):
        values = {
            "payment_id": "p",
            "key": "k",
            "amount": None,
            "fingerprint": "f",
            "is_struck": False,
            "status": 200,
            **changes,
        }
        at = START + timedelta(seconds=seconds)
        made.calls.append(Seen(number=number, at=at, call=call, **values))
    for state, seconds in states:
        made.states.append((START + timedelta(seconds=seconds), "p", state))
    return made


RESERVED = ((PaymentState.RESERVED, 10),)
STRUCK = {"is_struck": True, "status": 0}
TEN = {"amount": Decimal("10.00")}
NINE = {"amount": Decimal("9.00")}
WHOLE = {"p": Decimal("10.00")}
BLOCKED = {"status": 409, "code": "1301"}
#: Its answer is four seconds late.
LATE = {"is_struck": True, "waits": 4.0, "real_at": 1.0}
