"""The pytest plugin: one server a session, one sandbox a test. `docs/testing.md` shows its use.

Every pytest run of an environment loads this module, so it imports nothing but pytest. What it
needs it imports when a test asks for a fixture.
"""

import os
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from simulator.client import Sandbox, SimulatorInUse

URL_VARIABLE = "MOBILEPAY_SIM_URL"
TOKEN_VARIABLE = "MOBILEPAY_SIM_CONTROL_TOKEN"  # noqa: S105 - its name

MARKER = "mobilepay"
MARKER_HELP = (
    "mobilepay(scenario=None, times=1, audit=None, audit_off=()): the scenario that the next "
    "payments of the test's sandbox play, how many of them, and the least severity (note, warning, "
    "error) of the audit's findings that lets the test fail, but for the rules in audit_off."
)
SEVERITIES = ("note", "warning", "error")

SECTION = "MobilePay simulator"
#: Exchanges that the report of a failed test shows: the newest of them.
SHOWN = 50
#: Of a sandbox's name, what the test's own name may take.
LONGEST_SLUG = 70

_sandbox = pytest.StashKey["Sandbox"]()
_exchanges = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("mobilepay", "MobilePay simulator")
    group.addoption(
        "--mobilepay-url",
        metavar="URL",
        help=f"Use the simulator that runs there, and start none (also: {URL_VARIABLE}).",
    )
    group.addoption(
        "--mobilepay-option",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="A setting of the simulator that is started, such as seed=7; repeatable.",
    )
    parser.addini("mobilepay_url", "use the simulator that runs there, and start none")
    parser.addini(
        "mobilepay_options", "settings of the simulator that is started, NAME=VALUE", "linelist"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, and checks the options."""
    config.addinivalue_line("markers", MARKER_HELP)
    _settings(config)
    if config.getoption("--mobilepay-url") and config.getoption("--mobilepay-option"):
        raise pytest.UsageError(
            "--mobilepay-option is for a simulator that is started here; "
            "with --mobilepay-url there is none"
        )


@pytest.fixture(scope="session")
def mobilepay_server(request: pytest.FixtureRequest) -> "Iterator[SimulatorInUse]":
    """The simulator of this session: started for it, or the one that `--mobilepay-url` names.

    A started one is deterministic: its time stands still until it is moved.
    """
    from simulator import Simulator
    from simulator.client import ClientError, RemoteSimulator

    url, named_by = _url(request.config)
    with ExitStack() as stack:
        try:
            server: SimulatorInUse = stack.enter_context(
                RemoteSimulator(url, token=os.environ.get(TOKEN_VARIABLE))
                if url
                else Simulator(**_settings(request.config))
            )
        except (ClientError, ValueError) as error:
            _give_up(request, f"{named_by}: {error}")
        yield server


@pytest.fixture
def mobilepay(
    request: pytest.FixtureRequest, mobilepay_server: "SimulatorInUse"
) -> "Iterator[Sandbox]":
    """A sandbox of the test's own, which is dropped in the end."""
    stash, wishes = request.node.stash, _wishes(request.node)
    stash[_exchanges] = ""
    with _plainly(mobilepay_server):
        sandbox = mobilepay_server.sandbox(_name(request))
    try:
        if wishes.scenario is not None:
            with _plainly(mobilepay_server):
                sandbox.scenario(wishes.scenario, times=wishes.times)
        stash[_sandbox] = sandbox
        yield sandbox
        del stash[_sandbox]
        with _plainly(mobilepay_server):
            complaint = _complaint(sandbox, wishes)
        if complaint:
            stash[_exchanges] = _exchange_log(sandbox)
            pytest.fail(complaint, pytrace=False)
    finally:
        with _plainly(mobilepay_server):
            sandbox.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuses a marker that can't have been meant."""
    _wishes(item)
    is_marked = any(each.name == MARKER for each in item.own_markers)
    if is_marked and "mobilepay" not in getattr(item, "fixturenames", ()):
        _refuse("the test does not use the fixture `mobilepay`")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows in the report of a failed test what its client did."""
    report = yield
    sandbox = item.stash.get(_sandbox, None)
    text = _exchange_log(sandbox) if report.failed and sandbox else item.stash.get(_exchanges, "")
    if report.failed and text:
        report.sections.append((SECTION, text))
    return report


# --- options --------------------------------------------------------------------------------------


def _url(config: pytest.Config) -> tuple[str, str]:
    """Returns the URL that is named, and what names it; empty where the simulator is started."""
    sources = {
        "--mobilepay-url": config.getoption("--mobilepay-url"),
        URL_VARIABLE: os.environ.get(URL_VARIABLE),
        "mobilepay_url": config.getini("mobilepay_url"),
    }
    return next(((url, name) for name, url in sources.items() if url), ("", "mobilepay"))


def _settings(config: pytest.Config) -> dict[str, str]:
    """Returns the settings of the simulator to start; options win over the configuration file."""
    given = {"mobilepay_options": config.getini("mobilepay_options")}
    given["--mobilepay-option"] = config.getoption("--mobilepay-option")
    settings: dict[str, str] = {}
    for source, texts in given.items():
        for text in texts:
            name, equals, value = text.partition("=")
            if not (name.strip() and equals):
                raise pytest.UsageError(f"{source}: expected NAME=VALUE, got {text!r}")
            settings[name.strip().lstrip("-").replace("-", "_")] = value.strip()
    return settings


# --- the marker -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wishes:
    """What the markers of a test say."""

    scenario: str | Path | None = None
    times: int = 1
    audit: str | None = None
    audit_off: tuple[str, ...] = ()


def _wishes(item: pytest.Item) -> _Wishes:
    """Returns what a test's markers say; the nearest wins."""
    words = [each.name for each in fields(_Wishes)]
    given: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers(MARKER))):
        if marker.args:
            _refuse(f"it takes {', '.join(words)} by name, not {marker.args[0]!r}")
        for name in marker.kwargs:
            if name not in words:
                from difflib import get_close_matches

                near = get_close_matches(name, words, 1) or words
                _refuse(f"unknown argument {name!r}; did you mean {' or '.join(near)}?")
        given |= marker.kwargs
    wishes = _Wishes(**given)
    if not isinstance(wishes.scenario, str | Path | None):
        _refuse(f"scenario: expected a name, a text or a path, got {wishes.scenario!r}")
    if wishes.audit not in (None, *SEVERITIES):
        _refuse(f"audit: expected {', '.join(SEVERITIES)} or None, got {wishes.audit!r}")
    return wishes


def _refuse(reason: str) -> NoReturn:
    pytest.fail(f"mobilepay marker: {reason}", pytrace=False)


# --- the sandbox ----------------------------------------------------------------------------------


def _name(request: pytest.FixtureRequest) -> str:
    """Returns the name of a test's sandbox.

    The same in every run, and ids with it, where the simulator is this session's own. Others may
    use one that is not: there it is a new one each time.
    """
    test = request.node.nodeid
    slug = re.sub(r"[^A-Za-z0-9]+", "-", test)[-LONGEST_SLUG:].strip("-") or "test"
    if not _url(request.config)[0]:
        return f"{slug}-{blake2b(test.encode(), digest_size=4).hexdigest()}"
    from secrets import token_hex

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{slug}-{worker}-{token_hex(6)}"


def _complaint(sandbox: "Sandbox", wishes: _Wishes) -> str:
    """Returns what the audit has found of the severity that was asked for, or nothing."""
    if wishes.audit is None:
        return ""
    findings = sandbox.audit(off=wishes.audit_off).at_least(wishes.audit)
    return "\n".join(["the audit found:", *map(str, findings)]) if findings else ""


def _exchange_log(sandbox: "Sandbox") -> str:
    """Returns the newest exchanges as text, or why there are none: the test failed for its own
    reasons, and these must be seen."""
    lines = [f"sandbox {sandbox.name} at {sandbox.base_url}; the times are its own"]
    try:
        exchanges = sandbox.requests(limit=SHOWN, control=True)
        lines += [str(each) for each in exchanges] or ["no call was made"]
    except Exception as error:
        lines.append(f"the exchanges can't be shown: {error}")
    return "\n".join(lines)


@contextmanager
def _plainly(server: "SimulatorInUse") -> Iterator[None]:
    """Lets a test fail with the one line that says why."""
    from simulator.client import ClientError

    try:
        yield
    except ClientError as error:
        code = server.exit_code
        ending = "" if code is None else f"; it ended with {code}"
        # What led to the line would hide it.
        raise pytest.fail.Exception(f"mobilepay: {error}{ending}", pytrace=False) from None


def _give_up(request: pytest.FixtureRequest, message: str) -> NoReturn:
    """Ends the session: no test could be better off than this one."""
    if hasattr(request.config, "workerinput"):
        # pytest-xdist tells why a worker was to stop, but not why it has exited.
        request.session.shouldstop = message
        pytest.fail(message, pytrace=False)
    pytest.exit(message, pytest.ExitCode.USAGE_ERROR)
