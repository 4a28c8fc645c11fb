"""The pytest plugin: one server a session, one sandbox a test. `docs/testing.md` shows its use.

Every pytest run of an environment loads this module, so it imports nothing but pytest. What it
needs it imports when a test asks for a fixture.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from ..client import Sandbox, SimulatorInUse

URL_VARIABLE = "MOBILEPAY_SIM_URL"

MARKER = "mobilepay"
MARKER_HELP = (
    "mobilepay(scenario=None, times=1, audit=None, audit_off=()): the scenario that the next "
    "payments of the test's sandbox play, how many of them, and the least severity (note, warning, "
    "error) of the audit's findings that lets the test fail, but for the rules in audit_off."
)
SEVERITIES = ("note", "warning", "error")

SECTION = "MobilePay simulator"

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
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        _check_once(config)


@pytest.fixture(scope="session")
def mobilepay_server(request: pytest.FixtureRequest) -> "Iterator[SimulatorInUse]":
    """The simulator of this session: started for it, or the one that `--mobilepay-url` names.

    A started one is deterministic: its time stands still until it is moved.
    """
    from .suites import NoSimulator, serving

    url, named_by = _url(request.config)
    try:
        is_variable = named_by == URL_VARIABLE
        with serving(url, _settings(request.config), is_variable=is_variable) as server:
            yield server
    except NoSimulator as error:
        _give_up(request, f"{named_by}: {error}")


@pytest.fixture
def mobilepay(
    request: pytest.FixtureRequest, mobilepay_server: "SimulatorInUse"
) -> "Iterator[Sandbox]":
    """A sandbox of the test's own, which is dropped in the end."""
    from .suites import new_name, report_on, same_name

    stash, wishes = request.node.stash, _wishes(request.node)
    stash[_exchanges] = ""
    name_of = new_name if _url(request.config)[0] else same_name
    with _plainly(mobilepay_server):
        sandbox = mobilepay_server.sandbox(name_of(request.node.nodeid))
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
            stash[_exchanges] = report_on(sandbox)
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
    text = _text_of(item) if report.failed else ""
    if text:
        report.sections.append((SECTION, text))
    return report


def _text_of(item: pytest.Item) -> str:
    sandbox = item.stash.get(_sandbox, None)
    if sandbox is None:
        return item.stash.get(_exchanges, "")
    from .suites import report_on

    return report_on(sandbox)


# --- options --------------------------------------------------------------------------------------


def _url(config: pytest.Config) -> tuple[str, str]:
    """Returns the URL that is named, and what names it; empty where the simulator is started."""
    sources = {
        "--mobilepay-url": config.getoption("--mobilepay-url"),
        URL_VARIABLE: os.environ.get(URL_VARIABLE),
        "mobilepay_url": config.getini("mobilepay_url"),
    }
    return next(((url, name) for name, url in sources.items() if url), ("", "mobilepay"))


def _settings(config: pytest.Config) -> dict[str, tuple[list[str], Path]]:
    """Returns the settings of the simulator to start; options win over the configuration file.

    With each goes the folder that a path in it counts from: that of the configuration file, or the
    one that pytest was called in.
    """
    here = config.invocation_params.dir
    there = config.inipath.parent if config.inipath is not None else here
    given = {
        "mobilepay_options": (config.getini("mobilepay_options"), there),
        "--mobilepay-option": (config.getoption("--mobilepay-option"), here),
    }
    settings: dict[str, tuple[list[str], Path]] = {}
    for source, (texts, folder) in given.items():
        if not texts:
            continue
        from ..settings.settings import pairs_of

        try:
            settings |= {name: (values, folder) for name, values in pairs_of(texts).items()}
        except ValueError as error:
            raise pytest.UsageError(f"{source}: {error}") from error
    return settings


def _check_once(config: pytest.Config) -> None:
    """Refuses wrong settings before pytest-xdist starts its workers, each of which would say it."""
    settings = _settings(config)
    if not settings or _url(config)[0]:
        return
    from .suites import NoSimulator, check_settings

    try:
        check_settings(settings)
    except NoSimulator as error:
        raise pytest.UsageError(f"mobilepay: {error}") from error


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
    if isinstance(wishes.scenario, Path) and not wishes.scenario.is_file():
        _refuse(f"scenario: there is no file {wishes.scenario.absolute()}")
    if wishes.audit not in (None, *SEVERITIES):
        _refuse(f"audit: expected {', '.join(SEVERITIES)} or None, got {wishes.audit!r}")
    return wishes


def _refuse(reason: str) -> NoReturn:
    pytest.fail(f"mobilepay marker: {reason}", pytrace=False)


# --- the sandbox ----------------------------------------------------------------------------------


def _complaint(sandbox: "Sandbox", wishes: _Wishes) -> str:
    """Returns what the audit has found of the severity that was asked for, or nothing."""
    if wishes.audit is None:
        return ""
    findings = sandbox.audit(off=wishes.audit_off).at_least(wishes.audit)
    return "\n".join(["the audit found:", *map(str, findings)]) if findings else ""


@contextmanager
def _plainly(server: "SimulatorInUse") -> Iterator[None]:
    """Lets a test fail with the one line that says why."""
    from ..client import ClientError

    try:
        yield
    except ClientError as error:
        from .suites import ending_of

        # What led to the line would hide it.
        message = f"mobilepay: {error}{ending_of(server, error)}"
        raise pytest.fail.Exception(message, pytrace=False) from None


def _give_up(request: pytest.FixtureRequest, message: str) -> NoReturn:
    """Ends the session: no test could be better off than this one."""
    if hasattr(request.config, "workerinput"):
        # pytest-xdist tells why a worker was to stop, but not why it has exited.
        request.session.shouldstop = message
        pytest.fail(message, pytrace=False)
    pytest.exit(message, pytest.ExitCode.USAGE_ERROR)
