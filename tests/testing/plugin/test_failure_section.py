"""The report of a failed test shows what its client did."""

import signal
import sys

import pytest

from tests.testing.plugin.altered import NO_SUCH_PATH, altered_simulator
from tests.testing.plugin.conftest import Run
from tests.testing.plugin.test_fixtures import PAYS

FAILS = (
    PAYS
    + """
    def test_it(mobilepay):
        payment_id = pay(mobilepay)
        mobilepay.customer.check_in()
        httpx.post(f"{mobilepay.base_url}/pos/v10/payments/{payment_id}/capture",
                   json={"amount": 10}, headers=mobilepay.headers())
        assert "the test's own" == "reason"
"""
)


def test_a_failed_test_shows_its_calls_and_what_they_changed(run_here: Run) -> None:
    result = run_here(FAILS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*the test's own*",
            "*MobilePay simulator*",
            "sandbox test-it-py-test-it-main-* at http://127.0.0.1:*; the times are its own",
            "#*:*:*.* POST /pos/v10/payments -> 200  [[]new -> Initiated[]]",
            "#* POST /pos/app/usersimulation/checkin -> 200  [[]Initiated -> IssuedToUser[]]",
            "#* POST /pos/v10/payments/*/capture -> 4?? 1*",
        ]
    )


def test_neither_token_nor_secret_is_shown(run_here: Run) -> None:
    said = run_here(FAILS).stdout.str()
    assert "Bearer" not in said
    assert "sandbox-secret" not in said.partition("MobilePay simulator")[2]


def test_no_more_than_the_newest_fifty_are_shown(run_here: Run) -> None:
    result = run_here("""
    def test_it(mobilepay):
        for seconds in range(60):
            mobilepay.clock.advance(seconds=seconds)
        assert False
    """)
    shown = [line for line in result.outlines if line.startswith("#")]
    assert len(shown) == 50
    assert shown[0].startswith("#11 ")


def test_a_fixture_that_fails_shows_them_too(run_here: Run) -> None:
    result = run_here("""
    import pytest

    @pytest.fixture
    def till(mobilepay):
        mobilepay.clock.advance(seconds=1)
        raise RuntimeError("no till")

    def test_it(till):
        pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no till*", "#1 * POST /_simulator/clock/advance -> 200"])


def test_a_test_that_passes_shows_nothing(run_here: Run) -> None:
    result = run_here("def test_it(mobilepay): mobilepay.token()", "-rA")
    result.assert_outcomes(passed=1)
    assert "MobilePay simulator" not in result.stdout.str().partition("test session starts")[2]


def test_a_test_without_a_sandbox_fails_as_ever(run_here: Run) -> None:
    result = run_here("def test_it(): assert False")
    result.assert_outcomes(failed=1)
    assert "MobilePay simulator" not in result.stdout.str()


WAITS = (
    PAYS
    + """
    def test_it(mobilepay):
        payment_id = pay(mobilepay)
        assert mobilepay.payment(payment_id).state == "Reserved"
"""
)


def stands_still(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("time stands still")]


def test_what_a_client_waits_for_in_vain_is_told_while_time_stands_still(run: Run) -> None:
    result = run(WAITS)
    result.assert_outcomes(failed=1)
    (line,) = stands_still(result)
    assert "next, in 1s: the customer checks in." in line
    assert "mobilepay.clock.advance(seconds=1)" in line
    assert "time_scale=1" in line


def test_what_it_tells_to_do_is_enough(run: Run) -> None:
    moves = WAITS.replace(
        "        assert", "        mobilepay.clock.advance(seconds=2)\n        assert"
    )
    run(moves).assert_outcomes(passed=1)
    waits = WAITS.replace("        assert", "        WAIT\n        assert").replace(
        "WAIT",
        "while mobilepay.payment(payment_id).state != 'Reserved': assert mobilepay.payments",
    )
    lets_pass = waits.replace("        while", "        mobilepay.clock.rescale(50)\n        while")
    run(lets_pass).assert_outcomes(passed=1)
    run(waits, "--mobilepay-option=time_scale=50").assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["time_scale=1", "scenario=instant"])
def test_nothing_is_said_of_time_where_it_passes(run: Run, option: str) -> None:
    result = run(
        PAYS + "\n    def test_it(mobilepay):\n        pay(mobilepay)\n        assert False",
        f"--mobilepay-option={option}",
    )
    result.assert_outcomes(failed=1)
    told = stands_still(result)
    # What is reserved expires after a week.
    assert told == [] if option.startswith("time") else "in 7d" in told[0]


def test_a_client_that_a_proxy_keeps_away_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://me:word@127.0.0.1:1")
    result = run(
        FAILS.replace("payment_id = pay(mobilepay)", "pos = mobilepay.pos; pay(mobilepay)")
    )
    result.assert_outcomes(failed=1)
    (line,) = (each for each in result.outlines if each.startswith("the client made no call"))
    assert "HTTP_PROXY" in line
    assert "NO_PROXY=127.0.0.1" in line
    assert "word" not in line


def test_a_test_that_made_no_call_says_so(run_here: Run) -> None:
    result = run_here("def test_it(mobilepay): assert False")
    result.stdout.fnmatch_lines(["sandbox *", "no call was made"])


def test_a_simulator_without_a_journal_hides_no_failure(run: Run) -> None:
    with altered_simulator(requests=NO_SUCH_PATH) as url:
        result = run(FAILS, f"--mobilepay-url={url}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*the test's own*", "the exchanges can't be shown: There is no such path.*"]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_server_that_died_hides_no_failure_and_is_told(run: Run) -> None:
    result = run(f"""
    import os

    def test_it(mobilepay, mobilepay_server):
        os.kill(mobilepay_server._process.pid, {int(signal.SIGKILL)})
        mobilepay_server._process.wait()
        assert "the test's own" == "reason"

    def test_after(mobilepay):
        pass
    """)
    result.assert_outcomes(failed=1, errors=2)
    result.stdout.fnmatch_lines(
        ["*the test's own*", "the exchanges can't be shown: no simulator answers at *"]
    )
    result.stdout.fnmatch_lines(["mobilepay: no simulator answers at *; it ended with -9"])


def test_a_client_that_was_closed_hides_no_failure(run_here: Run) -> None:
    result = run_here("""
    import pytest

    def test_it(mobilepay_server):
        with mobilepay_server.sandbox() as sandbox:
            assert sandbox.clock.now
        raise RuntimeError("the test's own")

    def test_closes(mobilepay):
        mobilepay.control.close()
        raise RuntimeError("the test's own")
    """)
    assert result.parseoutcomes()["failed"] == 2
    assert "INTERNALERROR" not in result.stdout.str()
