"""Control of explanations: why a call was answered as it was."""

from .. import client
from ..api.carried import looked_at
from ..api.context import Context
from ..api.routes import OPERATIONS
from ..journal.exchanges import ExchangeRecord
from ..journal.explain.explanation import explain
from ..journal.explain.past import ExplainedCall
from ..sandboxes.registry import DEFAULT, HostedSandbox
from .requests import find_exchange

_SUMMARIES = {
    **{each.name: each.summary for each in OPERATIONS},
    "Token": "Get an access token",
    "Discovery": "Read the discovery document",
    "KeySet": "Read the key set",
}


def show(context: Context, format: str, request_id: str) -> client.Explanation | str:
    sandbox = looked_at(context)
    exchange = find_exchange(sandbox, request_id)
    with sandbox.world:
        explanation = explain(_call(context, sandbox, exchange))
    if format == "text":
        return explanation.text
    return client.Explanation(
        explanation.id,
        explanation.title,
        tuple(each.text for each in explanation.facts),
        tuple(each.part for each in explanation.facts),
    )


def _call(context: Context, sandbox: HostedSandbox, exchange: ExchangeRecord) -> ExplainedCall:
    default = context.sandboxes.get(DEFAULT)
    journals = (sandbox.journal,) if sandbox is default else (sandbox.journal, default.journal)

    def elsewhere(thing_id: str) -> str | None:
        others = (each for each in context.sandboxes if each is not sandbox)
        return next((each.name for each in others if _has(each, thing_id)), None)

    return ExplainedCall(
        exchange=exchange,
        world=sandbox.world,
        scenarios=sandbox.scenario_engine,
        journal=sandbox.journal,
        summaries=_SUMMARIES,
        token_journals=journals,
        elsewhere=elsewhere,
    )


def _has(sandbox: HostedSandbox, thing_id: str) -> bool:
    world = sandbox.world
    tables = (world.payments, world.refunds, world.points_of_sale)
    return any(table.get(thing_id) is not None for table in tables)
