"""The fixtures: a server for the session, a sandbox for the test."""

import socket
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from tests.support import RunningServer
from tests.testing.plugin.conftest import Run

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
    check = "print(code, sorted({'httpx', 'flask', 'yaml', 'mobilepay_simulator.client'} & set(sys.modules)))"
    done = pytester.run(sys.executable, "-c", UNUSED + check)
    assert done.outlines[-1] == "0 []"
    loaded = "print([each for each in sys.modules if each.startswith('mobilepay_simulator')])"
    done = pytester.run(sys.executable, "-c", UNUSED + loaded)
    assert done.outlines[-1] == str(
        [
            "mobilepay_simulator",
            "mobilepay_simulator.testing",
            "mobilepay_simulator.testing.pytest_plugin",
        ]
    )


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


@pytest.mark.parametrize("content", [None, "", "[]", '{"run": "sweep-clean"}'])
def test_a_sweep_that_is_not_there_is_told_in_a_line(
    run: Run,
    server: RunningServer,
    content: str | None,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = pytester.path / "words"
    folder.mkdir()
    if content is not None:
        (folder / "orders.json").write_text(content)
    monkeypatch.setenv("MOBILEPAY_SIM_URL", f"{server.url}/sandboxes/mine")
    monkeypatch.setenv("MOBILEPAY_SIM_SWEEP_FOLDER", str(folder))
    result = run(NAMES)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = [line for line in result.outlines if "MOBILEPAY_SIM_SWEEP_FOLDER" in line]
    assert len(said) == 1
    assert f"{folder} is not of a sweep that runs" in said[0]


# --- paths ------------------------------------------------------------------------------------

SHOPS = """
merchants:
  - vat: DK87654321
    name: The shop of these tests
    stores:
      - name: The only one
        brand_id: POSDK87654
        location_id: "00001"
        street: Way 1
        zip_code: "8000"
        city: Aarhus
"""
HAS_SHOP = """
    def test_it(mobilepay_server):
        with mobilepay_server.sandbox(merchant="DK87654321") as sandbox:
            assert sandbox.control.merchants()
            assert "DK87654321" in [each.vat for each in sandbox.control.merchants()]
        assert "mine" in [each.name for each in mobilepay_server.control.scenarios().scenarios]
"""
INI_FILES = {
    "pytest.ini": "[pytest]\nmobilepay_options =\n    data=conf/shops.yaml\n    scenarios=conf/mine\n",
    "tox.ini": "[pytest]\nmobilepay_options =\n    data=conf/shops.yaml\n    scenarios=conf/mine\n",
    "pyproject.toml": (
        "[tool.pytest.ini_options]\n"
        'mobilepay_options = ["data=conf/shops.yaml", "scenarios=conf/mine"]\n'
    ),
}


def make_project(pytester: pytest.Pytester, file: str) -> Path:
    """A project whose configuration names files beside it; its tests are two folders deeper."""
    (pytester.path / file).write_text(INI_FILES[file])
    (pytester.path / "conf" / "mine").mkdir(parents=True)
    (pytester.path / "conf" / "shops.yaml").write_text(SHOPS)
    (pytester.path / "conf" / "mine" / "mine.yaml").write_text("summary: Nobody comes.\n")
    folder = pytester.path / "tests" / "unit"
    folder.mkdir(parents=True)
    (folder / "test_it.py").write_text(dedent(HAS_SHOP))
    return folder


@pytest.mark.parametrize("file", INI_FILES)
def test_paths_of_the_configuration_file_count_from_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    folder = make_project(pytester, file)
    monkeypatch.chdir(folder)
    pytester.runpytest_subprocess("-p", "mobilepay").assert_outcomes(passed=1)


def test_paths_of_the_command_line_count_from_where_it_is_given(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(pytester, "pytest.ini")
    (folder / "none.yaml").write_text("merchants: []\n")
    monkeypatch.chdir(folder)
    option = "--mobilepay-option=data=none.yaml"
    result = pytester.runpytest_subprocess("-p", "mobilepay", option)
    result.assert_outcomes(failed=1)


def test_a_test_that_changes_the_folder_before_the_server_starts_does_no_harm(
    pytester: pytest.Pytester,
) -> None:
    folder = make_project(pytester, "pytest.ini")
    (folder / "conftest.py").write_text(
        "import os, pytest\n@pytest.fixture(scope='session', autouse=True)\n"
        "def elsewhere(): os.chdir('/')\n"
    )
    option = "--mobilepay-option=scenarios=conf/mine"
    pytester.runpytest_subprocess("-p", "mobilepay", option).assert_outcomes(passed=1)


def test_a_file_that_is_not_there_is_told_with_its_whole_path(pytester: pytest.Pytester) -> None:
    make_project(pytester, "pytest.ini")
    (pytester.path / "conf" / "shops.yaml").unlink()
    result = pytester.runpytest_subprocess("-p", "mobilepay")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    path = pytester.path / "conf" / "shops.yaml"
    assert [line for line in result.outlines if str(path) in line and "no such file" in line]
