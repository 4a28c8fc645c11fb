"""The report of a failed test shows what its client did."""

import signal
import sys

import pytest

from tests.plugin.altered import NO_SUCH_PATH, altered_simulator
from tests.plugin.conftest import Run
from tests.plugin.test_fixtures import PAYS

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
