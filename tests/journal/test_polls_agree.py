"""The audit and `polls_no_faster_than` read polls alike: of each client both say the same."""

from contextlib import suppress

import httpx
import pytest

from tests.journal.clients.registry import Client
from tests.support import fresh

# the fault, the customer's steps, the pauses between polls, whether one came too soon
CLIENTS: dict[str, tuple[str, str, list[float], bool]] = {
    "a second apart": ("", "", [1, 1, 1], False),
    "nearly a second apart": ("", "", [0.96, 1], False),
    "half a second apart": ("", "", [0.5], True),
    "at the longer delay": ("", "{do: {change: {rule: poll_delay, to: 3s}}}", [3, 3], False),
    "not at the longer delay": ("", "{do: {change: {rule: poll_delay, to: 3s}}}", [3, 1], True),
    "at the shorter delay": ("", "{do: {change: {rule: poll_delay, to: 200ms}}}", [0.2, 0.2], False),
    "at once after a lost answer": ("nth: 1, cut: after_commit", "", [0.1], True),
    "a second after a lost answer": ("nth: 1, cut: after_commit", "", [1], False),
    "at once after a 503": ("nth: 2, answer: {status: 503}", "", [1, 0.3], True),
    "at once after a 401": ("nth: 1, answer: {status: 401, body: empty}", "", [0.1], False),
    "twice when it is decided": ("", "{do: check-in}, {do: accept}", [0.1], False),
    "three times when it is decided": ("", "{do: check-in}, {do: accept}", [0.1, 0.1], True),
}  # fmt: skip


@pytest.mark.parametrize("which", CLIENTS)
def test_audit_and_expectation_say_the_same_of_a_client(client: Client, which: str) -> None:
    fault, steps, pauses, is_early = CLIENTS[which]
    name = fresh("polls")
    faults = f"[{{call: QueryPayment, {fault}}}]" if fault else "[]"
    text = (
        f"summary: x\nsteps: [{steps}]\nfaults: {faults}\n"
        "expect: [{polls_no_faster_than: pollDelayInMs}]\n"
    )
    assert client.http.put(f"/_simulator/scenarios/{name}", content=text).status_code == 200
    client.control("POST", "/scenarios/next", {"scenario": name})
    payment_id = client.initiate(client.create_pos())
    for pause in [*pauses, 0]:
        with suppress(httpx.RemoteProtocolError):
            client.call("GET", f"/payments/{payment_id}")
        client.advance(seconds=pause)
    client.cancel(payment_id)

    (run,) = client.http.get("/_simulator/runs").json()["runs"]
    rules = {each["rule"] for each in client.findings()}
    assert (run["verdict"] == "failed", "polled-too-soon" in rules) == (is_early, is_early)
