"""The model client as an actor: it does what the words of a scenario's `till` say."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from ..scripting.scenario import Scenario
from ..scripting.till import NO_ANSWER, TillStep
from .model_client import ModelClient
from .transport import CallRefused, GaveUp

#: The callback alias of a point of sale that is told of check-ins.
ALIAS = "model-till"


def act(
    client: ModelClient,
    till: Iterable[TillStep],
    tell: Callable[[TillStep], None],
    wait: Callable[[float], None] | None = None,
) -> str | None:
    """Does what a till does; returns why it gave up, or None.

    Args:
        client: who does it.
        till: what it does, in order.
        tell: told of each step before it is done.
        wait: lets so many seconds pass where the till does nothing; by default it waits for them.
    """
    doings = _doings(client, wait or client.transport.sleep)
    for step in till:
        tell(step)
        try:
            doings[step.word](step)
        except CallRefused as refused:
            if refused.code != step.is_refused_with:
                return f"{step}: refused with {refused}"
            continue
        except GaveUp as error:
            if step.is_refused_with != NO_ANSWER:
                return f"{step}: {error}"
            continue
        if step.is_refused_with is not None:
            return f"{step}: it was not refused"
    return None


def _doings(
    client: ModelClient, wait: Callable[[float], None]
) -> dict[str, Callable[[TillStep], Any]]:
    amounts: list[float] = []

    def amount(step: TillStep) -> float:
        if step.amount is not None:
            amounts.append(float(step.amount))
        return amounts[-1]

    def captured(step: TillStep) -> Any:
        wanted = float(step.amount) if step.amount is not None else amounts[-1]
        if step.is_refused_with is None:
            return client.capture(wanted)
        client.wait_until_decided()
        return client.capture_exactly(wanted)

    return {
        "create-pos": lambda _: client.create_pos(),
        "create-strict-pos": lambda _: client.create_pos(payment_first=True),
        "create-notified-pos": lambda _: client.create_pos(callback_alias=ALIAS),
        "delete-pos": lambda _: client.delete_pos(),
        "initiate": lambda step: client.initiate(amount(step)),
        "initiate-no-debit": lambda step: client.initiate(
            amount(step), {"debitCardDisallowed": True}
        ),
        "initiate-no-credit": lambda step: client.initiate(
            amount(step), {"creditCardDisallowed": True}
        ),
        "reuse-key": lambda step: client.reuse_key(float(step.amount or 0)),
        "prepare": lambda _: client.prepare(),
        "ready": lambda step: client.ready(amount(step)),
        "ready-no-debit": lambda step: client.ready(amount(step), {"debitCardDisallowed": True}),
        "await-check-in": lambda _: client.await_check_in(),
        "wait-until-decided": lambda _: client.wait_until_decided(),
        "capture": captured,
        "settle": lambda _: client.settle(),
        "cancel": lambda _: client.cancel(),
        "check": lambda _: client.state(),
        "refund": lambda step: client.refund(float(step.amount or 0)),
        "capture-refund": lambda _: client.capture_refund(),
        "cancel-refund": lambda _: client.cancel_refund(),
        "check-refund": lambda _: client.refund_state(),
        "wait": lambda step: wait((step.length or timedelta(0)).total_seconds()),
    }


def go_through(
    client: ModelClient,
    cases: Iterable[Scenario],
    gave_up: Callable[[Scenario, str], None] = lambda case, why: None,
) -> None:
    """Goes through the cases of a certification, as far as the client gets with each.

    Args:
        client: who is certified.
        cases: the cases, in order.
        gave_up: told of each case that the client gave up, and why.
    """
    for case in cases:
        why = act(client, case.till, lambda step: None)
        if why is not None:
            gave_up(case, why)
