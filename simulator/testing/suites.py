"""What the pytest plugin does once a test uses it. A run that does not never imports this."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep

from ..client import (
    ClientError,
    RemoteSimulator,
    Sandbox,
    SimulatorInUse,
    Unreachable,
)
from ..client.outgoing import proxy_hint
from ..engine.values import show_duration
from .process import Simulator
from .settings import as_settings, from_pairs
from .sweep.inside import Messages, SuiteSimulator, short

TOKEN_VARIABLE = "MOBILEPAY_SIM_CONTROL_TOKEN"  # noqa: S105 - its name
#: Real seconds a server that can't be reached is given to end, and between two looks at it.
LAST_MOMENT, LOOK = 0.5, 0.02
#: Exchanges that the report of a failed test shows: the newest of them.
SHOWN = 50
#: Of a sandbox's name, what the test's own name may take.
LONGEST_SLUG = 70


class NoSimulator(Exception):
    """There is no simulator for a session; the message says why, in one line."""


@contextmanager
def serving(
    url: str, settings: Mapping[str, tuple[list[str], Path]], *, is_variable: bool
) -> Iterator[SimulatorInUse]:
    """Gives the simulator of a session: the one that runs at a URL, else one that is started.

    Args:
        url: where one runs; empty for none.
        settings: of one that is started: texts, and the folders that paths in them count from.
        is_variable: whether the URL is from the environment, where a sweep says it.

    Raises:
        NoSimulator: nobody answers there, or none can be started.
    """
    with ExitStack() as stack:
        try:
            messages = Messages.of_this_process() if is_variable else None
            # A sweep looks at the settings itself, where it starts its simulator.
            values = _values_of(settings, is_checked=messages is None)
            server = stack.enter_context(_simulator(url, values, messages))
        except (ClientError, ValueError) as error:
            raise NoSimulator(str(error)) from error
        yield server


def check_settings(settings: Mapping[str, tuple[list[str], Path]]) -> None:
    """Refuses settings with which no simulator starts.

    Args:
        settings: as `serving` takes them.

    Raises:
        NoSimulator: they are wrong.
    """
    try:
        as_settings(_values_of(settings, is_checked=True))
    except ClientError as error:
        raise NoSimulator(str(error)) from error


def _values_of(
    settings: Mapping[str, tuple[list[str], Path]], *, is_checked: bool
) -> dict[str, str]:
    texts = {name: values for name, (values, _) in settings.items()}
    folders = {name: folder for name, (_, folder) in settings.items()}
    return from_pairs(texts, folders, is_checked=is_checked)


def _simulator(url: str, settings: dict[str, str], messages: Messages | None) -> SimulatorInUse:
    if not url:
        return Simulator(**settings)
    token = os.environ.get(TOKEN_VARIABLE)
    if messages is None:
        return RemoteSimulator(url, token=token)
    is_set = messages.orders().settings
    missing = {name: settings[name] for name in settings if name not in (is_set or ())}
    if missing and is_set is not None:
        messages.ask_for(missing)
        raise NoSimulator(f"the sweep begins anew, with {', '.join(missing)} as set here")
    return SuiteSimulator(url, messages, token)


def ending_of(server: SimulatorInUse, error: ClientError) -> str:
    """Returns how a server ended that can't be reached any more; empty where it did not.

    Args:
        server: the server.
        error: what was wrong with a call of it.
    """
    waited = 0.0
    # Its connections break a moment before it is known to have ended.
    is_ending = isinstance(server, Simulator) and isinstance(error, Unreachable)
    while is_ending and server.exit_code is None and waited < LAST_MOMENT:
        sleep(LOOK)
        waited += LOOK
    return "" if server.exit_code is None else f"; it ended with {server.exit_code}"


# --- names ----------------------------------------------------------------------------------------


def same_name(test: str) -> str:
    """Returns the name of a test's sandbox, the same in every run, and ids with it."""
    return f"{_slug(test)}-{short(test)}"


def new_name(test: str) -> str:
    """Returns a name for a test's sandbox that nobody else gets on a simulator that others use."""
    from secrets import token_hex

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{_slug(test)}-{worker}-{token_hex(6)}"


def _slug(test: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", test)[-LONGEST_SLUG:].strip("-") or "test"


# --- the report of a failed test ------------------------------------------------------------------


def report_on(sandbox: Sandbox) -> str:
    """Returns what a test's client did, and what it may wait for in vain.

    Never raises: the test failed for reasons of its own, and these must be seen.
    """
    lines = [f"sandbox {sandbox.name} at {sandbox.base_url}; the times are its own"]
    try:
        lines += [str(each) for each in sandbox.newest(SHOWN)] or ["no call was made"]
        lines += _hints(sandbox)
    except Exception as error:
        lines.append(f"the exchanges can't be shown: {error}")
    return "\n".join(lines)


def _hints(sandbox: Sandbox) -> Iterator[str]:
    led_astray = proxy_hint(sandbox.base_url)
    if led_astray and not sandbox.control.requests(limit=1):
        yield f"the client made no call: {led_astray}"
    upcoming = sandbox.control.due(limit=1)
    if upcoming.scale == 0 and upcoming.due:
        (due,) = upcoming.due
        wait = due.at - upcoming.now
        yield (
            f"time stands still; next, in {show_duration(wait)}: {due.what}. "
            f"mobilepay.clock.advance(seconds={wait.total_seconds():g}) moves it there; "
            "mobilepay.clock.rescale(1), or the option time_scale=1, lets it pass"
        )
