"""Idempotency keys (section 9): one key, one request, one thing made.

Called inside the world's lock, around the work, so that twin requests can't race. A refused call
does not use its key up, since nothing is remembered until the work is done.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from simulator.engine.callers import Caller
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.storage import Answered

if TYPE_CHECKING:
    from simulator.engine.world import World

__all__ = ["once"]


class _Made(Protocol):
    @property
    def id(self) -> str: ...


M = TypeVar("M", bound=_Made)


def once(world: "World", caller: Caller, key: str, request: object, work: Callable[[], M]) -> str:
    """Does `work` for a key's first request, and nothing for the same request again.

    Args:
        caller: whose key it is; keys of other integrators or merchants are other keys.
        key: the idempotency key.
        request: what was asked for; equal requests are the same request.
        work: makes the thing.

    Returns:
        The id of what was made, now or the first time.

    Raises:
        SimulatorError: the key was used for another request, or the work was refused.
    """
    world.keys.forget_before(world.clock.now - world.rules.idempotency_retention)
    answered = world.keys.get(caller, key)
    if answered is None:
        made = work().id
        world.keys.put(caller, key, Answered(request, made, world.clock.now))
        return made
    if answered.request != request:
        raise SimulatorError(
            Refusal.KEY_USED_FOR_ANOTHER_REQUEST,
            f"{key!r} was used for {type(answered.request).__name__} at {answered.at:%F %T}",
        )
    return answered.made
