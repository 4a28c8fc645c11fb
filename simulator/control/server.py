"""Control of the server, its sandboxes, and their snapshots."""

from datetime import UTC, datetime
from typing import Any

from .. import __version__, client
from ..api.answers import Response
from ..api.carried import looked_at, read_aside, whole_body
from ..api.context import Context
from ..client.model import ABSENT, sparse
from ..settings.nearest import nearest_name
from .access import is_stranger
from .clock import shown_clock
from .serving import Later, NotThere, mistake


def health(context: Context) -> client.Health:
    broken = context.background.broken
    status = "degraded" if broken else "ok"
    if is_stranger():
        return sparse(client.Health, status=status, version=__version__)
    return client.Health(
        status=status,
        version=__version__,
        seed=context.settings.seed,
        scenario=context.settings.scenario,
        sandboxes=len(context.sandboxes),
        journal_mb=round(context.journals.size / 1_000_000, 3),
        journal_limit_mb=context.settings.max_journal,
        problems=tuple(
            client.BackgroundProblem(
                each.part, each.message, datetime.fromtimestamp(each.since, UTC), each.lost
            )
            for each in broken
        ),
        lost_log_lines=context.background.lost_lines,
        **_https(context),
    )


def _https(context: Context) -> dict[str, Any]:
    secure = context.secure
    if secure is None:
        return {"https_port": ABSENT, "ca_file": ABSENT}
    return {"https_port": secure.port, "ca_file": str(secure.ca) if secure.ca else None}


def reset(context: Context) -> client.FreshSandbox:
    sandbox = context.sandboxes.reset(looked_at(context).name)
    return client.FreshSandbox(sandbox=sandbox.name, **shown_clock(sandbox.world))


def list_sandboxes(context: Context) -> client.Sandboxes:
    found = (
        client.SandboxInfo(each.name, len(each.world.payments), each.generation)
        for each in context.sandboxes
    )
    return client.Sandboxes(tuple(found))


def drop_sandbox(context: Context, name: str) -> None:
    try:
        context.sandboxes.drop(name)
    except LookupError as error:
        hint = nearest_name(name, [each.name for each in context.sandboxes])
        raise NotThere(f"{error}; {hint}") from error
    except ValueError as error:
        raise mistake("", str(error)) from error


def take_snapshot(context: Context) -> Later[Response]:
    from ..sandboxes import snapshots

    sandbox = looked_at(context)
    with sandbox.world:
        write = snapshots.copied_snapshot(sandbox)
    return Later(lambda: _as_file(write(), f"{sandbox.name}.snapshot.json"))


def load_snapshot(context: Context) -> client.Restored:
    """The sandbox is what the snapshot holds from now on; if that fails, it is what it was."""
    from ..sandboxes import snapshots

    name = looked_at(context).name
    try:
        # Nobody else knows the new sandbox yet, so that a thread may fill it.
        fresh = read_aside(snapshots.load_snapshot, whole_body(), context.sandboxes.fresh(name))
    except snapshots.BadSnapshot as error:
        raise mistake("", str(error)) from error
    context.sandboxes.put(fresh)
    return client.Restored(
        sandbox=name,
        payments=len(fresh.world.payments),
        requests=len(fresh.journal),
        **shown_clock(fresh.world),
    )


def take_bundle(context: Context) -> Later[Response]:
    from ..sandboxes import bundles

    sandbox = looked_at(context)
    try:
        with sandbox.world:
            write = bundles.copied_bundle(sandbox, context.settings, context.data, context.library)
    except bundles.BadBundle as error:
        raise mistake("", str(error)) from error
    return Later(lambda: _as_file(write(), f"{sandbox.name}.bundle.json"))


def _as_file(content: bytes, name: str) -> Response:
    disposition = ("Content-Disposition", f'attachment; filename="{name}"')
    return Response(200, content, "application/json", [disposition])
