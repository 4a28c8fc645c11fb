"""Control of the notification service: where check-ins are told, and what became of it."""

from typing import Any

from simulator.api.context import Context
from simulator.api.pipeline import parse_json, sandbox_of, whole_body
from simulator.api.schemas.fields import load
from simulator.control.schemas import SetCallback
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.values import as_name
from simulator.journal.shown import plain

__all__ = ["drop_callback", "list_callbacks", "list_notifications", "set_callback"]


def list_notifications(context: Context) -> dict[str, Any]:
    """The check-ins that were to be told, oldest first, with every attempt."""
    with sandbox_of(context).world as world:
        letters = list(world.notifications.values())
    return {"notifications": [{**plain(each), "body": dict(each.body)} for each in letters]}


def list_callbacks(context: Context) -> dict[str, Any]:
    """The callback aliases whose URL is known."""
    with sandbox_of(context).world as world:
        return {"callbacks": dict(world.callback_urls)}


def set_callback(context: Context, alias: str) -> dict[str, Any]:
    """Says where the check-ins of an alias are told."""
    body = load(SetCallback(), parse_json(whole_body()))
    try:
        as_name(alias)
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"alias: {error}") from error
    with sandbox_of(context).world as world:
        world.callback_urls[alias] = body["url"]
    return {"alias": alias, "url": body["url"]}


def drop_callback(context: Context, alias: str) -> None:
    """Forgets where the check-ins of an alias are told."""
    with sandbox_of(context).world as world:
        if world.callback_urls.pop(alias, None) is None:
            raise SimulatorError(Refusal.NO_SUCH_PATH, f"no callback alias {alias!r}")
