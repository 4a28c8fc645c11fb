"""The fixtures: a server for the session, a sandbox for the test."""

import socket
import sys
from contextlib import closing

import httpx
import pytest

from tests.plugin.conftest import Run
from tests.support import RunningServer

PAYS = """
    import httpx

    def pay(mobilepay, amount=10):
        order = {
            "posId": mobilepay.pos.id, "orderId": "1", "amount": amount,
            "currencyCode": "DKK", "plannedCaptureDelay": "None",
        }
        headers = {**mobilepay.headers(), "X-MobilePay-Idempotency-Key": "1"}
        answer = httpx.post(f"{mobilepay.base_url}/pos/v10/payments", json=order, headers=headers)
        return answer.json()["paymentId"]
"""

NAMES = """
    def test_one(mobilepay):
        with open("names", "a") as file:
            print(mobilepay.name, mobilepay.create_pos().id, file=file)

    def test_two(mobilepay):
        test_one(mobilepay)
"""


def names(pytester: pytest.Pytester) -> list[list[str]]:
    return [line.split() for line in (pytester.path / "names").read_text().splitlines()]


def dropped(url: str, name: str) -> bool:
    sandboxes = httpx.get(f"{url}/_simulator/sandboxes").json()["sandboxes"]
    return name not in [each["name"] for each in sandboxes]


def test_a_test_pays_in_a_sandbox_of_its_own(run: Run) -> None:
    result = run(
        PAYS
        + """
    def test_it(mobilepay, mobilepay_server):
        payment_id = pay(mobilepay)
        assert mobilepay.payment(payment_id).state == "Initiated"
        mobilepay.clock.advance(seconds=2)
        assert mobilepay.payment(payment_id).state == "Reserved"
        assert mobilepay.base_url.startswith(mobilepay_server.url)

    def test_another(mobilepay):
        assert mobilepay.payments == ()
        assert mobilepay.clock.now == mobilepay.clock.now
    """
    )
    result.assert_outcomes(passed=2)


def test_ids_are_the_same_in_every_run(run: Run, pytester: pytest.Pytester) -> None:
    run(NAMES).assert_outcomes(passed=2)
    run(NAMES).assert_outcomes(passed=2)
    first, second, *again = names(pytester)
    assert [first, second] == again
    assert first != second


def test_the_server_of_a_session_ends_with_it(run: Run, pytester: pytest.Pytester) -> None:
    run(TELLS).assert_outcomes(passed=1)
    with pytest.raises(httpx.ConnectError):
        httpx.get(told(pytester)[0])


def test_on_a_server_of_others_no_name_is_used_twice(
    run_here: Run, pytester: pytest.Pytester, server: RunningServer
) -> None:
    run_here(NAMES).assert_outcomes(passed=2)
    run_here(NAMES).assert_outcomes(passed=2)
    found = [name for name, _ in names(pytester)]
    assert len(set(found)) == 4
    assert found[0].startswith("test-it-py-test-one-main-")
    assert all(dropped(server.url, name) for name in found)


def test_a_long_name_of_a_test_makes_a_sandbox_too(run_here: Run) -> None:
    run_here("""
    import pytest

    @pytest.mark.parametrize("text", ["x" * 300, "æ/ø å", "-", "../.."])
    def test_it(mobilepay, text):
        assert mobilepay.clock.now
    """).assert_outcomes(passed=4)


def test_another_sandbox_is_had_from_the_server(run_here: Run) -> None:
    run_here("""
    import pytest

    @pytest.fixture
    def finnish(mobilepay_server):
        with mobilepay_server.sandbox(merchant="FI12345678") as sandbox:
            yield sandbox

    def test_it(mobilepay, finnish):
        assert finnish.store_id != mobilepay.store_id
    """).assert_outcomes(passed=1)


def test_fixtures_and_marker_are_told_by_pytest(run: Run) -> None:
    run("", "--fixtures").stdout.fnmatch_lines(
        ["mobilepay_server*", "mobilepay --*", "*A sandbox of the test's own*"]
    )
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.mobilepay(scenario=None, *"])


UNUSED = "import sys; import pytest; code = pytest.main(['-q', '-Werror', 'test_it.py']); "


def test_a_run_that_does_not_use_it_imports_next_to_nothing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_PLUGINS", "mobilepay")
    pytester.makepyfile(test_it="def test_it(): pass")
    check = "print(code, sorted({'httpx', 'flask', 'yaml', 'simulator.client'} & set(sys.modules)))"
    done = pytester.run(sys.executable, "-c", UNUSED + check)
    assert done.outlines[-1] == "0 []"
    loaded = "print([each for each in sys.modules if each.startswith('simulator')])"
    done = pytester.run(sys.executable, "-c", UNUSED + loaded)
    assert done.outlines[-1] == "['simulator', 'simulator.pytest_plugin']"


# --- options ----------------------------------------------------------------------------------

TELLS = """
    from pathlib import Path

    def test_it(mobilepay_server):
        health = mobilepay_server.control.health()
        Path("told").write_text(f"{mobilepay_server.url} {health.seed} {health.scenario}")
"""


def told(pytester: pytest.Pytester) -> list[str]:
    return (pytester.path / "told").read_text().split()


def test_options_set_what_the_server_does(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmobilepay_options =\n    seed=7\n    scenario = manual\n")
    run(TELLS).assert_outcomes(passed=1)
    assert told(pytester)[1:] == ["7", "manual"]
    run(TELLS, "--mobilepay-option=seed=8").assert_outcomes(passed=1)
    assert told(pytester)[1:] == ["8", "manual"]


def test_the_url_is_named_by_option_variable_or_file(
    run: Run, pytester: pytest.Pytester, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def used(*options: str) -> bool:
        run(TELLS, *options).assert_outcomes(passed=1)
        return told(pytester)[0] == server.url

    pytester.makeini(f"[pytest]\nmobilepay_url = {server.url}/\n")
    assert used()
    pytester.makeini("[pytest]\nmobilepay_url = http://127.0.0.1:1\n")
    monkeypatch.setenv("MOBILEPAY_SIM_URL", server.url)
    assert used()
    monkeypatch.setenv("MOBILEPAY_SIM_URL", "http://127.0.0.1:1")
    assert used("--mobilepay-url", server.url)


def free_url() -> str:
    with closing(socket.socket()) as deaf:
        deaf.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{deaf.getsockname()[1]}"


def test_a_url_where_nobody_answers_ends_the_session_with_one_line(run: Run) -> None:
    url = free_url()
    result = run(NAMES, f"--mobilepay-url={url}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = [line for line in result.outlines if url in line]
    assert len(said) == 1
    assert f"--mobilepay-url: no simulator answers at {url}: " in said[0]
    result.assert_outcomes()


def test_the_same_line_is_seen_through_xdist(run: Run) -> None:
    url = free_url()
    result = run(NAMES, "-p", "xdist", "-n", "2", f"--mobilepay-url={url}")
    assert result.ret != 0
    result.stdout.fnmatch_lines([f"!* --mobilepay-url: no simulator answers at {url}: *"])
    assert "INTERNAL" not in result.stdout.str()


WRONG = [
    (["--mobilepay-url=127.0.0.1:8080"], "--mobilepay-url: expected a URL such as http://"),
    (["--mobilepay-option=scenrio=x"], "unknown setting 'scenrio'; did you mean 'scenario'?"),
    (["--mobilepay-option=scenario=sucess"], "no scenario 'sucess'; did you mean 'success'?"),
    (["--mobilepay-option=seed"], "--mobilepay-option: expected NAME=VALUE, got 'seed'"),
    (
        ["--mobilepay-option=seed=1", "--mobilepay-url=http://127.0.0.1:1"],
        "with --mobilepay-url there is none",
    ),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_a_wrong_option_ends_the_session_with_one_line(
    run: Run, options: list[str], said: str
) -> None:
    result = run(NAMES, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    lines = [*result.outlines, *result.errlines]
    assert len([line for line in lines if said in line]) == 1, lines
    assert not [line for line in lines if "Traceback" in line]


def test_nothing_is_started_or_asked_where_no_test_needs_it(run: Run) -> None:
    run("def test_it(): pass", "--mobilepay-url=http://127.0.0.1:1").assert_outcomes(passed=1)


def test_a_server_that_is_no_simulator_is_told(run: Run, server: RunningServer) -> None:
    result = run(NAMES, f"--mobilepay-url={server.url}/elsewhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*There is no such path.*was answered 404*"])


def test_the_plugin_can_be_switched_off(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    pytester.makepyfile(test_it="def test_it(mobilepay): pass")
    result = pytester.runpytest_subprocess("-p", "no:mobilepay")
    result.stdout.fnmatch_lines(["*fixture 'mobilepay' not found*"])


def test_our_own_tests_run_beside_it(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.has_plugin("mobilepay")
