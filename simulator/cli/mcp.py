"""`mobilepay-sim mcp`: the simulator as tools for coding agents (Model Context Protocol)."""

import sys
from importlib.util import find_spec
from typing import Any

import click

from .driving import check_target, settings_of, simulator_options
from .printing import echo

#: Where it listens with `--http`.
HOST, PORT = "127.0.0.1", 8765
#: Settings of the simulator that `--option` can't give.
OWN = {"port": "a simulator that is started here takes a free one", "control_token": "use --token"}

#: How the extra comes into the environment that has the simulator.
INSTALL = f"{sys.executable} -m pip install 'mobilepay-pos-simulator[mcp]'"


@click.command()
@click.option("--http", is_flag=True, help="Serve streamable HTTP instead of standard input.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port of --http, on this machine only.  [default: {PORT}]",
)
@click.option(
    "--allow-commands",
    is_flag=True,
    help="With --http: clients may run commands on this machine, as a sweep does.",
)
@simulator_options
def mcp(http: bool, port: int | None, allow_commands: bool, **given: Any) -> None:
    """Serve the simulator's tools to coding agents (Model Context Protocol).

    A client starts it, and speaks to it over standard input and output. It uses the simulator at
    --target, else the one at http://127.0.0.1:8080, unless --option is given; where there is none,
    an agent can start one, which ends with this command. Needs the extra, in the environment that
    has the simulator: pip install 'mobilepay-pos-simulator[mcp]'
    """
    if find_spec("mcp") is None:
        raise click.ClickException(f"the package mcp is not installed: {INSTALL}")
    if not http and (port is not None or allow_commands):
        option = "--port" if port is not None else "--allow-commands"
        raise click.ClickException(f"{option} goes with --http")
    check_target(given, "option")
    settings = settings_of(given["option"], OWN)
    # These take long to import.
    from ..server.listen import CannotStart, listen
    from ..testing.mcp.choice import SimulatorChoice
    from ..testing.mcp.server import PATH, AgentServer

    choice = SimulatorChoice(given["target"], settings, given["token"])
    served = AgentServer(choice, may_run=allow_commands or not http)
    if not http:
        try:
            served.serve_stdio()
        except ExceptionGroup as group:
            raise _unwritten(group) from group
        return
    try:
        listener = listen(HOST, PORT if port is None else port)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    echo(f"listening at {listener.url}{PATH}")
    served.serve_http(listener)


def _unwritten(group: ExceptionGroup) -> Exception:
    """Returns that standard output can't be written, where that is why the server has failed."""
    error: Exception = group.subgroup(OSError) or group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, OSError):
        return click.ClickException(f"standard output can't be written: {error.strerror}")
    return error
