"""What expectations are judged by: records of calls and states, written down in short."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from mobilepay_simulator.engine.states import PaymentState
from mobilepay_simulator.scripting.expectation_base import ClientExpectation
from mobilepay_simulator.scripting.observed_calls import ObservedCall
from mobilepay_simulator.scripting.run_record import RunRecord
from mobilepay_simulator.scripting.scenario import read_scenario

from tests.support import START


def expectation(text: str) -> ClientExpectation:
    return read_scenario(f"summary: x\nexpect:\n  - {{{text}}}", "x").expect[0]


def record(
    *calls: tuple[str, float, dict[str, Any]], states: tuple[Any, ...] = (), **more: Any
) -> RunRecord:
    """Calls as (operation, seconds after the start, what differs); states likewise."""
    made = RunRecord(**more)
    for number, (call, seconds, changes) in enumerate(calls, 1):
        values = {
            "payment_id": "p",
            "key": "k",
            "amount": None,
            "fingerprint": "f",
            "has_fault": False,
            "status": 200,
            **changes,
        }
        at = START + timedelta(seconds=seconds)
        made.calls.append(ObservedCall(number=number, at=at, call=call, **values))
    for state, seconds in states:
        made.states.append((START + timedelta(seconds=seconds), "p", state))
    return made


RESERVED = ((PaymentState.RESERVED, 10),)
STRUCK = {"has_fault": True, "status": 0}
TEN = {"amount": Decimal("10.00")}
NINE = {"amount": Decimal("9.00")}
WHOLE = {"p": Decimal("10.00")}
BLOCKED = {"status": 409, "code": "1301"}
#: A poll whose answer asks for three seconds.
SLOW = {"poll_delay": timedelta(seconds=3)}
#: Its answer is four seconds late.
LATE = {"has_fault": True, "waits": 4.0, "real_at": 1.0}
