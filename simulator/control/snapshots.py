"""Control of snapshots: a whole sandbox as JSON, and back; and of replay bundles."""

from typing import Any

from simulator.api.answers import Reply
from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of, whole_body
from simulator.control.views import clock_as_json
from simulator.engine.errors import Refusal, SimulatorError
from simulator.persistence.bundles import BadBundle, take_bundle
from simulator.persistence.snapshots import BadSnapshot, load_snapshot, take_snapshot

__all__ = ["bundle", "load", "take"]


def take(context: Context) -> Reply:
    """The whole sandbox as one JSON document."""
    sandbox = sandbox_of(context)
    with sandbox.world:
        content = take_snapshot(sandbox)
    return _as_file(content, f"{sandbox.name}.snapshot.json")


def bundle(context: Context) -> Reply:
    """Everything that led to the sandbox's answers, to be played again with `replay`."""
    sandbox = sandbox_of(context)
    try:
        with sandbox.world:
            content = take_bundle(sandbox, context.settings, context.data, context.library)
    except BadBundle as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error
    return _as_file(content, f"{sandbox.name}.bundle.json")


def _as_file(content: bytes, name: str) -> Reply:
    disposition = ("Content-Disposition", f'attachment; filename="{name}"')
    return Reply(200, content, "application/json", [disposition])


def load(context: Context) -> dict[str, Any]:
    """The sandbox is what the snapshot holds from now on; if that fails, it is what it was."""
    name = sandbox_of(context).name
    fresh = context.sandboxes.fresh(name)
    try:
        load_snapshot(whole_body(), fresh)
    except BadSnapshot as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error
    context.sandboxes.put(fresh)
    return {
        "sandbox": name,
        "payments": len(fresh.world.payments),
        "requests": len(fresh.journal),
        **clock_as_json(fresh.world),
    }
