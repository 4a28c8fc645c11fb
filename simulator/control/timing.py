"""Control of time to come: what is due on the clock."""

from typing import Any

from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of
from simulator.control.queries import asked_limit, check_parameters
from simulator.control.views import clock_as_json
from simulator.engine.world import World
from simulator.journal.explaining_words import due_in_words
from simulator.journal.shown import plain

__all__ = ["list_due"]

USUAL = 50


def list_due(context: Context) -> dict[str, Any]:
    """What is going to happen if nobody calls, the next first."""
    check_parameters("limit")
    limit = asked_limit(USUAL)
    with sandbox_of(context).world as world:
        found = world.clock.upcoming(limit)
        return {
            **clock_as_json(world),
            "due": [
                {
                    "at": plain(due),
                    "what": due_in_words(command),
                    "timer": type(command).__name__,
                    **_subject(world, command),
                }
                for due, command in found
            ],
            "total": len(world.clock.timers),
        }


def _subject(world: World, command: object) -> dict[str, Any]:
    names = {"payment_id": "paymentId", "refund_id": "refundId", "pos_id": "posId"}
    found = {key: getattr(command, name, None) for name, key in names.items()}
    refund = world.refunds.get(found["refundId"] or "")
    return {**found, "paymentId": refund.payment_id} if refund else found
