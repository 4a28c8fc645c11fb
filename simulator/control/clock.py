"""Control of a sandbox's time: what it is, how fast it passes, and what is due."""

from datetime import timedelta
from typing import Any

from .. import client
from ..api.carried import looked_at, sandbox_of
from ..api.context import Context
from ..engine.world import World
from ..sandboxes.registry import HostedSandbox
from .serving import Later, mistake, now_or_later

#: A thread writes more than so many timers.
MOST_AT_ONCE = 500


def shown_clock(world: World) -> dict[str, Any]:
    """Returns what is shown of a world's time, by the names of its model."""
    clock = world.clock
    return {"now": clock.now, "scale": clock.scale, "next_due": clock.next_due()}


def show(context: Context) -> client.Clock:
    with sandbox_of(context).world as world:
        return client.Clock(**shown_clock(world))


def advance(context: Context, body: client.Advance) -> client.Clock:
    with sandbox_of(context).world as world:
        name, length = "seconds", timedelta(seconds=body.seconds or 0)
        if (body.seconds is None) == (body.to is None):
            raise mistake(name, "give seconds or to")
        if body.to is not None:
            name, length = "to", body.to - world.clock.now
        try:
            world.clock.advance(length)
        except ValueError as error:
            raise mistake(name, str(error)) from error
        return client.Clock(**shown_clock(world))


def rescale(context: Context, body: client.Rescale) -> client.Clock:
    with sandbox_of(context).world as world:
        world.clock.rescale(body.scale)
        return client.Clock(**shown_clock(world))


def list_due(context: Context, query: client.DueQuery) -> client.Upcoming | Later[client.Upcoming]:
    sandbox = looked_at(context)
    with sandbox.world as world:
        due = tuple(_due(sandbox, *each) for each in world.clock.upcoming(query.limit))
        shown = client.Upcoming(**shown_clock(world), due=due, total=len(world.clock.timers))
    return now_or_later(lambda: shown, is_large=len(due) > MOST_AT_ONCE)


def _due(sandbox: HostedSandbox, at: Any, command: Any) -> client.Due:
    # Few ask for it, and it brings all words of the explanations.
    from ..journal.words import due_in_words

    ids = {name: getattr(command, name, None) for name in ("payment_id", "refund_id", "pos_id")}
    refund = sandbox.world.refunds.get(ids["refund_id"] or "")
    if refund is not None:
        ids["payment_id"] = refund.payment_id
    words = due_in_words(command, sandbox.scenario_engine)
    return client.Due(at, words, _timer_name(command), **ids)


def _timer_name(command: Any) -> str:
    """Returns the name of a timer in the API, which stays when its class is renamed."""
    return str(command.tag.rpartition(".")[2])
