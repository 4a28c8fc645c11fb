"""Explanations over the control API, as JSON or as text."""

from typing import Any

from simulator.api.answers import Reply
from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of
from simulator.api.routes import OPERATIONS
from simulator.control.queries import answer_in, asked_format
from simulator.control.requests import find_exchange
from simulator.journal.exchanges import Exchange
from simulator.journal.explaining import Explanation, explain
from simulator.journal.explaining_past import Past
from simulator.journal.explaining_scene import Scene
from simulator.sandboxes import DEFAULT, Sandbox

__all__ = ["explain_request"]

FORMATS = {"json": "application/json", "text": "text/plain"}
_SUMMARIES = {
    **{each.name: each.summary for each in OPERATIONS},
    "Token": "Get an access token",
    "Discovery": "Read the discovery document",
    "KeySet": "Read the key set",
}


def explain_request(context: Context, request_id: str) -> dict[str, Any] | Reply:
    """Why a call was answered as it was; with `?format=text` as text."""
    form = asked_format(FORMATS)
    sandbox = sandbox_of(context)
    exchange = find_exchange(sandbox, request_id)
    with sandbox.world:
        explanation = explain(_scene(context, sandbox, exchange))
    if form == "text":
        return answer_in(FORMATS[form], explanation.text)
    return _as_json(explanation)


def _as_json(explanation: Explanation) -> dict[str, Any]:
    return {
        "id": explanation.id,
        "title": explanation.title,
        "paragraphs": [each.text for each in explanation.paragraphs],
        "parts": [each.part for each in explanation.paragraphs],
    }


def _scene(context: Context, sandbox: Sandbox, exchange: Exchange) -> Scene:
    default = context.sandboxes.get(DEFAULT)
    journals = (sandbox.journal,) if sandbox is default else (sandbox.journal, default.journal)

    def elsewhere(thing_id: str) -> str | None:
        others = (each for each in context.sandboxes if each is not sandbox)
        return next((each.name for each in others if _has(each, thing_id)), None)

    return Scene(
        exchange=exchange,
        world=sandbox.world,
        director=sandbox.director,
        journal=sandbox.journal,
        past=Past(sandbox.world, sandbox.journal, exchange),
        summaries=_SUMMARIES,
        token_journals=journals,
        elsewhere=elsewhere,
    )


def _has(sandbox: Sandbox, thing_id: str) -> bool:
    world = sandbox.world
    shelves = (world.payments, world.refunds, world.points_of_sale)
    return any(shelf.get(thing_id) is not None for shelf in shelves)
