"""Idempotency keys (section 9): a request with a known key is not executed again.

The check runs inside the world's lock together with the work, so that equal requests can't race. A
refused request releases its key.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from .errors import SimulatorError
from .records import Caller
from .refusals import Refusal
from .storage import KeyUse
from .world import World


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


M = TypeVar("M", bound=_HasId)


def once(world: World, caller: Caller, key: str, request: object, work: Callable[[], M]) -> str:
    """Executes the first request with a key, and returns the id of what it created.

    Args:
        caller: the owner of the key; each integrator and merchant has keys of its own.
        key: the idempotency key.
        request: the request; equal requests are the same request.
        work: creates the record.

    Raises:
        SimulatorError: the key was used for another request, or `work` refuses.
    """
    world.keys.forget_before(world.clock.now - world.rules.idempotency_retention)
    answered = world.keys.get(caller, key)
    if answered is None:
        made = work().id
        world.keys.put(caller, key, KeyUse(request, made, world.clock.now))
        return made
    if answered.request != request:
        raise SimulatorError(
            Refusal.KEY_USED_FOR_ANOTHER_REQUEST,
            f"{key!r} was used for {type(answered.request).__name__} at {answered.at:%F %T}",
        )
    return answered.made
