"""Control of what a sandbox says and demands about polls."""

from dataclasses import replace
from datetime import timedelta

from .. import client
from ..api.carried import looked_at, sandbox_of
from ..api.context import Context
from ..engine.world import World


def show(context: Context) -> client.Polling:
    with looked_at(context).world as world:
        return _shown(world)


def change(context: Context, body: client.ChangePolling) -> client.Polling:
    with sandbox_of(context).world as world:
        delay = None if body.delay is None else timedelta(seconds=body.delay)
        rules = world.rules
        world.rules = replace(
            rules,
            poll_delay=rules.poll_delay if delay is None else delay,
            enforce_poll_delay=rules.enforce_poll_delay if body.enforce is None else body.enforce,
        )
        return _shown(world)


def take_back(context: Context) -> None:
    with sandbox_of(context).world as world:
        first = world.first_rules
        world.rules = replace(
            world.rules,
            poll_delay=first.poll_delay,
            enforce_poll_delay=first.enforce_poll_delay,
        )


def _shown(world: World) -> client.Polling:
    rules, first = world.rules, world.first_rules
    is_changed = (rules.poll_delay, rules.enforce_poll_delay) != (
        first.poll_delay,
        first.enforce_poll_delay,
    )
    return client.Polling(rules.poll_delay.total_seconds(), rules.enforce_poll_delay, is_changed)
