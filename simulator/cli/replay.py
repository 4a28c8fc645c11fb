"""`mobilepay-sim replay`: play a bundle again, and show the first answer that differs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..settings.files import read_file
from .driving import check_alone
from .options import PathName, played_options, text_option, token_option
from .printing import echo

if TYPE_CHECKING:
    from ..sandboxes.bundles import Bundle
    from ..testing.replay import Replayed
    from ..testing.replay.stages import ReplayInProcess

DIFFERS = 1
#: Of a bundle, in bytes: as much as a journal has at most, by default.
MOST_OF_BUNDLE = 1024 * 1024 * 1024


@click.command("replay")
@click.argument("file", type=PathName(exists=True, dir_okay=False))
@text_option("--target", metavar="URL", help="A running simulator to play it against.")
@played_options
@token_option
def replay(
    file: Path,
    target: str | None,
    sandbox: str | None,
    integrators: tuple[str, ...],
    token: str | None,
) -> None:
    """Play a replay bundle again, and show the first answer that differs.

    FILE is what GET /_simulator/bundle answered. It is played in this process, in no time, or with
    --target against a running simulator, in a sandbox of its own. Exits with 1 where an answer
    differs.
    """
    from ..sandboxes.bundles import BadBundle, read_bundle
    from ..scripting.library import UnknownScenario
    from ..settings.documents import ProblemsFound
    from ..testing.replay import replay as play
    from ..testing.replay.over_http import TargetProblem
    from ..testing.replay.stages import ReplayInProcess

    check_alone({"target": target})
    try:
        bundle = read_bundle(read_file(file, MOST_OF_BUNDLE, may_be_pipe=True))
        local = ReplayInProcess.of_bundle(bundle)
        if target is None:
            replayed = play(bundle, local)
        else:
            name = sandbox or f"replay-{bundle.sandbox}"
            replayed = _play_there(bundle, local, target, name, secrets_of(integrators), token)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}") from error
    except (BadBundle, ProblemsFound, UnknownScenario) as error:
        raise click.ClickException(f"{file}: {error}") from error
    except TargetProblem as error:
        raise click.ClickException(str(error)) from error
    for line in replayed.left_out:
        echo(f"left out: {line}")
    _tell(replayed)


def _play_there(
    bundle: "Bundle",
    local: "ReplayInProcess",
    target: str,
    sandbox: str,
    secrets: dict[str, str],
    token: str | None,
) -> "Replayed":
    from ..testing.replay import replay as play
    from ..testing.replay.over_http import OverHttp

    vats = sorted({each.merchant for each in bundle.calls() if each.merchant})
    stage = OverHttp(target, sandbox, local.snapshot(vats), secrets, token)
    try:
        return play(bundle, stage)
    finally:
        stage.close()


def secrets_of(integrators: tuple[str, ...]) -> dict[str, str]:
    """Returns the secrets of the seeded integrators and of those given as ID:SECRET, by client id.

    Raises:
        UsageError: one is no ID:SECRET.
    """
    from ..settings.data import SEEDED_INTEGRATORS

    secrets = {each.client_id: each.secret for each in SEEDED_INTEGRATORS}
    for text in integrators:
        client_id, colon, secret = text.partition(":")
        if not (client_id and colon and secret):
            raise click.UsageError(f"--integrator: expected ID:SECRET, got {client_id!r}")
        secrets[client_id.lower()] = secret
    return secrets


def _tell(replayed: "Replayed") -> None:
    difference = replayed.difference
    if difference is None:
        calls = "1 call was" if replayed.count == 1 else f"{replayed.count} calls were"
        echo(f"{calls} made; every answer is the same")
        return
    exchange = difference.exchange
    what = exchange.operation or "an unknown path"
    echo(f"request {exchange.id}: another answer, after {replayed.count - 1} the same:")
    echo(f"  {what}: {exchange.method} {exchange.path} at {exchange.at:%Y-%m-%d %H:%M:%S}")
    for line in difference.lines:
        echo(f"  {line}")
    sys.exit(DIFFERS)
