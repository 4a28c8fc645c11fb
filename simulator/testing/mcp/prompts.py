"""The jobs that a person can hand to an agent: three prompts."""

from typing import Annotated

from pydantic import Field


def test_my_till(
    till: Annotated[str, Field(description="What the till is: its folder, how it is run.")] = "",
) -> str:
    """Test a till against the simulator: payments, refusals, lost answers, money."""
    return f"""Test this till against the MobilePay PoS simulator. {till}

1. simulator(start=true), then sandbox(name="till-test"): give the till its url and credentials.
2. Let it take one payment; requests and timeline must show the calls you expect.
3. scenarios() lists what can happen. Queue those that matter to this till, one at a time with
   queue_scenario: success, a rejection, an expiry, a lost answer. Let the till pay, move on with
   clock(advance=...), and read review: the verdict of each run, the audit, the ledger.
4. If the till can be run as a command that makes one payment, sweep(command=[...]) injects a fault
   into each of its calls.
5. Report each mistake with the request that shows it, what explain says of it, and how to mend it.
"""


def reproduce_this_bug(
    bug: Annotated[str, Field(description="What happened in the shop, as it was reported.")],
) -> str:
    """Make a bug that was reported happen again, as a scenario that a test can keep."""
    return f"""Reproduce this bug with the MobilePay PoS simulator:

{bug}

1. simulator(start=true), then sandbox(name="bug").
2. Say in one sentence what the customer or the network must have done. scenarios(search=...) looks
   for it; else write_scenario makes one: read the resource writing-scenarios.md first.
3. queue_scenario, let the till pay, move time with clock(advance=...).
4. timeline(payment_id=...) must show the same outcome as the report. explain the call that decides.
5. Give an expectation to the scenario that fails today and passes once the till is mended, and hand
   over its YAML, with the requests that prove the cause.
"""


def certify_my_till(
    till: Annotated[str, Field(description="What the till is, and how it is operated.")] = "",
) -> str:
    """Go through the certification with a till, case by case."""
    return f"""Certify this till with the MobilePay PoS simulator. {till}

1. simulator(start=true), then sandbox(name="certification"): give the till its url and credentials.
2. certify(action="cases") lists the cases; certify(action="begin", sandbox="certification") begins.
3. For each case: let the till do what it says, then certify(action="status"). A case that failed
   names the step and the request; explain it, mend the till, certify(action="restart", cases=[it]).
4. Once nothing is lacking: certify(action="approve"). Report the cases, and what had to be mended.
"""


PROMPTS = (test_my_till, reproduce_this_bug, certify_my_till)
