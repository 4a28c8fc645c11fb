"""The clients that `certify` brings along: the built-in one, and the user's own command."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Thread

from ..client import Certification, ClientError, ControlClient
from ..engine.merchants import CERTIFICATION_VATS
from ..playing.model_client import ModelClient
from ..playing.till_script import ALIAS, go_through
from ..scripting.library import CaseCatalog, ScenarioLibrary
from ..scripting.scenario import Scenario
from ..settings.data import SEEDED_INTEGRATORS
from .commands import CannotRun, Commands, Ended, Stopped
from .http_wire import HttpWire, listening

#: Tells whether the client has ended.
IsOver = Callable[[], bool]

#: Real seconds a command may run: a day.
LONGEST = 24 * 3600.0


@contextmanager
def nobody() -> Iterator[IsOver]:
    """Waits for a client that comes by itself."""
    yield lambda: False


@contextmanager
def running(
    command: Sequence[str], url: str, token: str | None, tell: Callable[[str], None]
) -> Iterator[IsOver]:
    """Runs the user's command as the client; it ends with the block.

    Args:
        command: what to run; `{url}` in it stands for the URL.
        url: where the client is to call.
        token: of the control API, which the command is given as well; or None.
        tell: told how the command ended, where that was not well.

    Raises:
        CannotRun: the command can't be run.
    """
    arguments = [each.replace("{url}", url) for each in command]
    variables = {"MOBILEPAY_SIM_URL": url}
    if token:
        variables["MOBILEPAY_SIM_CONTROL_TOKEN"] = token
    commands, ended, failed = Commands(), list[Ended](), list[CannotRun]()

    def run() -> None:
        try:
            ended.append(commands.run(arguments, variables, LONGEST))
        except CannotRun as error:
            failed.append(error)
        except Stopped:
            return

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield lambda: not thread.is_alive()
    finally:
        commands.stop()
        # It still looks at what the command has written.
        thread.join()
    for error in failed:
        raise error
    for each in ended:
        if not each.is_fine:
            tell(f"COMMAND ended with {each.exit_code}; its last lines:\n{each.output}")


@contextmanager
def demo(
    control: ControlClient, session: Certification, tell: Callable[[str], None]
) -> Iterator[IsOver]:
    """Lets the built-in client go through the cases of a certification.

    Args:
        control: of the simulator.
        session: the certification.
        tell: told where the client gave up, and why.
    """
    given_up: list[str] = []

    def run() -> None:
        try:
            _go_through(control, session, given_up.append)
        except ClientError as error:
            given_up.append(f"The built-in client ended: {error}")

    thread = Thread(target=run, daemon=True)
    thread.start()
    yield lambda: not thread.is_alive()
    for each in given_up:
        tell(each)


def seconds_of_demo(names: Iterable[str]) -> float:
    """Returns how many real seconds the built-in client takes to go through cases.

    It goes through them on a virtual wire first, where time-outs and pauses take no time.

    Args:
        names: the cases, in order; those that are not shipped do not count.
    """
    # These are the whole simulator, which only a demonstration needs here.
    from ..app import create_app
    from ..playing.virtual_wire import VirtualWire
    from ..settings.settings import Settings

    cases = CaseCatalog(ScenarioLibrary([]))()
    chosen = [cases[name] for name in names if name in cases]
    wire = VirtualWire(create_app(Settings()))
    integrator = SEEDED_INTEGRATORS[0]
    client = ModelClient(wire, integrator.client_id, integrator.secret, CERTIFICATION_VATS[0])
    wire.on_notified = client.take_notice
    wanted = {"cases": [each.name for each in chosen], "clientIds": [integrator.client_id]}
    for method, path, body in (
        ("PUT", f"/callbacks/{ALIAS}", {"url": "http://till.test/"}),
        ("POST", "/certifications", wanted),
    ):
        wire.ask(method, f"/_simulator{path}", json.dumps(body).encode())
    began = wire.now
    go_through(client, chosen)
    return (wire.now - began).total_seconds()


def _go_through(
    control: ControlClient, session: Certification, tell: Callable[[str], None]
) -> None:
    def gave_up(case: Scenario, why: str) -> None:
        tell(f"The built-in client gave up in {case.name}: {why}")

    cases = CaseCatalog(ScenarioLibrary([]))()
    integrator = SEEDED_INTEGRATORS[0]
    wire = HttpWire(control.base_url)
    client = ModelClient(
        wire,
        integrator.client_id,
        integrator.secret,
        CERTIFICATION_VATS[0],
        # A sandbox knows the keys and orders of earlier certifications.
        name=f"till-{session.id}",
    )
    with closing(wire), listening(client.take_notice) as url:
        control.set_callback(ALIAS, url)
        go_through(client, [cases[each.name] for each in session.cases], gave_up)
