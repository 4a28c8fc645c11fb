"""Fixtures: test suites that use the plugin, run in a folder of their own."""

from collections.abc import Callable

import httpx
import pytest
from mobilepay_simulator.testing.in_process import InProcess

from tests.support import RunningServer

Run = Callable[..., pytest.RunResult]
STRICT = ("-Werror", "--strict-markers", "--strict-config")


@pytest.fixture(scope="session", autouse=True)
def everything_is_imported() -> None:
    """`pytester` forgets what is first imported within a test, and what comes later gets it anew."""
    httpx.HTTPTransport(verify=False).close()
    with InProcess() as simulator, simulator.sandbox() as sandbox:
        assert sandbox.pos


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says about simulators is for other tests; so are other plugins."""
    others = ("MOBILEPAY_SIM_URL", "MOBILEPAY_SIM_CONTROL_TOKEN", "MOBILEPAY_SIM_SWEEP_FOLDER")
    for name in (*others, "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    # Loading all that is installed takes long.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs a test file with the plugin; warnings are errors, as here."""

    def run(text: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=text)
        return pytester.runpytest_subprocess(*STRICT, "-p", "mobilepay", *options)

    return run


@pytest.fixture
def run_here(run: Run, server: RunningServer) -> Run:
    """The same against the server of this session, where nobody acts by themselves."""
    return lambda text, *options: run(text, f"--mobilepay-url={server.url}", *options)
