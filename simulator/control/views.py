"""The control API's handlers: each gets the context and gives what is answered as JSON."""

from pathlib import Path
from typing import Any

from flask import request

from simulator import __version__
from simulator.api.context import Context
from simulator.api.pipeline import parse_json, sandbox_of, whole_body
from simulator.api.schemas.fields import load
from simulator.control.access import is_stranger
from simulator.control.schemas import Advance, ChangeStore, QueueScenario, Rescale
from simulator.documents import nearest
from simulator.engine import merchants
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.merchants import SEEDED_VATS, Store
from simulator.engine.values import as_guid
from simulator.engine.world import World
from simulator.journal.shown import event_as_json, plain
from simulator.sandboxes import Sandbox
from simulator.scripting.library import UnknownScenario
from simulator.scripting.scenario import Scenario

__all__ = [
    "advance_clock",
    "change_store",
    "clock_as_json",
    "drop_sandbox",
    "health",
    "list_events",
    "list_merchants",
    "list_sandboxes",
    "list_scenarios",
    "list_users",
    "queue_scenario",
    "rescale_clock",
    "reset",
    "show_clock",
    "theme_of",
]


def health(context: Context) -> dict[str, Any]:
    """The server answers, and has warmed up; more than that is not for strangers."""
    basics = {"status": "ok", "version": __version__}
    if is_stranger():
        return basics
    return {
        **basics,
        "seed": context.settings.seed,
        "scenario": context.settings.scenario,
        "sandboxes": len(context.sandboxes),
    }


def reset(context: Context) -> dict[str, Any]:
    """Everything in the sandbox is as at the start again: state, clock, ids and queues."""
    sandbox = context.sandboxes.reset(sandbox_of(context).name)
    return {"sandbox": sandbox.name, **clock_as_json(sandbox.world)}


def show_clock(context: Context) -> dict[str, Any]:
    """What time it is in the sandbox."""
    with sandbox_of(context).world as world:
        return clock_as_json(world)


def advance_clock(context: Context) -> dict[str, Any]:
    """Moves the sandbox's time forward; all that falls due on the way happens."""
    body = load(Advance(), _body())
    with sandbox_of(context).world as world:
        ((name, wanted),) = body.items()
        length = wanted if name == "seconds" else wanted - world.clock.now
        try:
            world.clock.advance(length)
        except ValueError as error:
            raise SimulatorError(Refusal.BAD_REQUEST, f"{name}: {error}") from error
        return clock_as_json(world)


def rescale_clock(context: Context) -> dict[str, Any]:
    """Changes how fast time passes in the sandbox; 0 stops it."""
    body = load(Rescale(), _body())
    with sandbox_of(context).world as world:
        world.clock.rescale(body["scale"])
        return clock_as_json(world)


def list_scenarios(context: Context) -> dict[str, Any]:
    """The scenarios there are, and those that wait for the next payments."""
    sandbox = sandbox_of(context)
    with sandbox.world:
        queued = sandbox.director.queued()
    return {
        "default": sandbox.director.default,
        "scenarios": [
            {"name": each.name, "summary": each.summary, "theme": theme_of(sandbox, each)}
            for each in sandbox.director.shelf
        ],
        "queued": [{"posId": pos_id, "scenario": name} for pos_id, name in queued],
    }


def theme_of(sandbox: Sandbox, scenario: Scenario) -> str:
    """Returns the folder a scenario's file is in; `sandbox` where it was uploaded."""
    is_upload = scenario.name in sandbox.director.shelf.uploads
    return "sandbox" if is_upload else Path(scenario.file).parent.name


def queue_scenario(context: Context) -> dict[str, Any]:
    """The next payments, of one point of sale or of any, play this scenario."""
    body = load(QueueScenario(), _body())
    sandbox = sandbox_of(context)
    pos_id = body["pos_id"]
    with sandbox.world as world:
        if pos_id is not None and world.points_of_sale.get(pos_id) is None:
            raise SimulatorError(Refusal.BAD_REQUEST, f"posId: no active point of sale {pos_id}")
        try:
            runs = sandbox.director.queue(body["scenario"], pos_id, body["times"])
        except UnknownScenario as error:
            raise SimulatorError(Refusal.BAD_REQUEST, f"scenario: {error}") from error
    return {
        "scenario": body["scenario"],
        "posId": pos_id,
        "times": body["times"],
        "runs": [run.id for run in runs],
    }


def list_sandboxes(context: Context) -> dict[str, Any]:
    """The sandboxes there are."""
    return {
        "sandboxes": [
            {"name": each.name, "payments": len(each.world.payments)} for each in context.sandboxes
        ]
    }


def drop_sandbox(context: Context, name: str) -> None:
    """Forgets a sandbox and all in it."""
    try:
        context.sandboxes.drop(name)
    except LookupError as error:
        hint = nearest(name, [each.name for each in context.sandboxes])
        raise SimulatorError(Refusal.NO_SUCH_PATH, f"{error}; {hint}") from error
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error


def list_merchants(context: Context) -> dict[str, Any]:
    """The seeded merchants, the user's own and those seen since, with their stores."""
    with sandbox_of(context).world as world:
        for vat in (*SEEDED_VATS, *(each.vat for each in context.data.merchants)):
            merchants.settle(world, vat)
        return {
            "merchants": [
                {
                    "vat": vat,
                    "name": world.directory.merchant(vat).name,
                    "stores": [_store(world, store) for store in world.stores.of_merchant(vat)],
                }
                for vat in sorted(world.stores.merchants)
            ]
        }


def change_store(context: Context, store_id: str) -> dict[str, Any]:
    """Activates or deactivates a store, or sets its balance."""
    body = load(ChangeStore(), _body())
    try:
        store_id = as_guid(store_id)
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"store id: {error}") from error
    with sandbox_of(context).world as world:
        active, balance = body.get("active"), body.get("balance")
        store = merchants.change_store(world, store_id, is_active=active, balance=balance)
        return _store(world, store)


def list_users(context: Context) -> dict[str, Any]:
    """The customers who can check in."""
    return {"users": [plain(each) for each in sandbox_of(context).world.customers]}


def list_events(context: Context) -> dict[str, Any]:
    """What happened in the sandbox, oldest first; of one payment with `?paymentId=`."""
    payment_id = request.args.get("paymentId", "").lower()
    with sandbox_of(context).world as world:
        events = list(world.events)
    return {
        "events": [
            event_as_json(each)
            for each in events
            if payment_id in ("", getattr(each, "payment_id", None))
        ]
    }


def _body() -> dict[str, Any]:
    return parse_json(whole_body())


def clock_as_json(world: World) -> dict[str, Any]:
    """Returns a world's clock as the control API shows it."""
    due = world.clock.next_due()
    return {
        "now": plain(world.clock.now),
        "scale": world.clock.scale,
        "nextDue": plain(due) if due else None,
    }


def _store(world: World, store: Store) -> dict[str, Any]:
    return {
        "storeId": store.id,
        "name": store.name,
        "merchantBrandId": store.brand_id,
        "merchantLocationId": store.location_id,
        "active": store.is_active,
        "balance": plain(merchants.balance_of(world, store, store.currency)),
        "currencyCode": store.currency,
    }
