"""Settings that change what the API refuses; all of them are off by default."""

from collections.abc import Iterator

import httpx
import pytest
from mobilepay_simulator.engine.refusals import Refusal

from tests.api.calls import KEY_HEADER, NAME_HEADER, OPERATIONS, VERSION_HEADER, outcome
from tests.support import RunningServer, Till, fresh, running_server


@pytest.fixture(scope="module")
def strict_server() -> Iterator[RunningServer]:
    """A server that is strict about names, versions and polls."""
    with running_server(
        *("--time-scale", "0", "--scenario", "manual"),
        *("--require-system-name", "--enforce-poll-delay"),
        *("--blocked-versions", "1.2", "--blocked-versions", "3.0.7"),
    ) as server:
        yield server


@pytest.fixture
def strict(strict_server: RunningServer) -> Iterator[Till]:
    """A till of version 2.0.0, which is not blocked, with a system name."""
    name = fresh("strict")
    headers = {NAME_HEADER: "till", VERSION_HEADER: "2.0.0"}
    with httpx.Client(base_url=f"{strict_server.url}/sandboxes/{name}") as http:
        yield Till(http, headers=headers)
    httpx.delete(f"{strict_server.url}/_simulator/sandboxes/{name}")


def told(answer: httpx.Response, refusal: Refusal) -> bool:
    """Whether an answer gives this refusal's reason."""
    return str(answer.json()["message"]).startswith(refusal.value.message)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_blocked_version_is_refused_everywhere(strict: Till, operation: str) -> None:
    method, path = OPERATIONS[operation]
    answer = strict.call(method, path, headers={VERSION_HEADER: "1.2.3"}, key="key")

    assert outcome(answer) == (403, "1099")
    assert told(answer, Refusal.VERSION_BLOCKED)


@pytest.fixture(scope="module")
def production() -> Iterator[Till]:
    """A till of a version that nobody has certified, where certificates are needed."""
    with (
        running_server("--require-certified") as server,
        httpx.Client(base_url=server.url) as http,
    ):
        yield Till(http, headers={VERSION_HEADER: "2.0.0"})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_version_that_is_not_certified_is_refused_everywhere(
    production: Till, operation: str
) -> None:
    method, path = OPERATIONS[operation]
    answer = production.call(method, path, key="key")

    assert outcome(answer) == (403, "1099")
    assert told(answer, Refusal.VERSION_NOT_CERTIFIED)


def test_it_is_refused_only_once_the_headers_are_fine(production: Till) -> None:
    answer = production.call("GET", "/stores", headers={VERSION_HEADER: "two"})

    assert outcome(answer) == (400, "1161")


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("1.2.0", 403),
        ("1.2.999", 403),
        ("1.20.0", 200),
        ("1.1.2", 200),
        ("11.2.0", 200),
        ("3.0.7", 403),
        ("3.0.70", 200),
        ("3.0.6", 200),
    ],
)
def test_a_version_is_blocked_whole_or_in_one_build(
    strict: Till, version: str, status: int
) -> None:
    answer = strict.call("GET", "/stores", headers={VERSION_HEADER: version})

    assert answer.status_code == status


def test_versions_are_blocked_only_once_the_headers_are_fine(strict: Till) -> None:
    blocked = {VERSION_HEADER: "1.2.3"}
    without_key = strict.call("POST", "/payments", {}, headers=blocked | {KEY_HEADER: None})
    without_body = strict.call("POST", "/payments", headers=blocked)

    assert outcome(without_key) == (400, "1164")
    assert outcome(without_body) == (403, "1099")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", [None, ""])
def test_the_system_name_can_be_asked_for(strict: Till, operation: str, name: str | None) -> None:
    method, path = OPERATIONS[operation]
    answer = strict.call(method, path, headers={NAME_HEADER: name}, key="key")

    assert outcome(answer) == (400, "1152")
    assert told(answer, Refusal.SYSTEM_NAME_MISSING)


def test_the_system_name_is_asked_for_after_the_version_and_before_the_key(strict: Till) -> None:
    missing: dict[str, str | None] = {NAME_HEADER: None, KEY_HEADER: None}
    first = strict.call("POST", "/payments", headers=missing | {VERSION_HEADER: None})
    second = strict.call("POST", "/payments", headers=missing)
    third = strict.call("POST", "/payments", headers={KEY_HEADER: None})

    assert [outcome(each)[1] for each in (first, second, third)] == ["1153", "1152", "1164"]


def polled(till: Till) -> dict[str, int]:
    """What is polled, and how many milliseconds to wait between two polls."""
    pos_id = till.create_pos()
    payment_id = till.captured(pos_id)
    return {
        f"/pointofsales/{pos_id}/checkin": 1000,
        f"/payments/{payment_id}": 1000,
        f"/refunds/{till.refund(payment_id)}": 100,
    }


def test_a_poll_that_comes_too_soon_is_refused(strict: Till) -> None:
    for path, delay in polled(strict).items():
        assert strict.ok("GET", path)["pollDelayInMs"] == delay
        too_soon = strict.call("GET", path)
        assert outcome(too_soon) == (429, "1099")
        assert told(too_soon, Refusal.POLLED_TOO_SOON)

        strict.advance(milliseconds=delay - 1)
        assert strict.call("GET", path).status_code == 429
        strict.advance(milliseconds=delay)
        assert strict.call("GET", path).status_code == 200


def test_each_thing_is_polled_by_itself(strict: Till) -> None:
    paths = [*polled(strict), *polled(strict)]

    assert [strict.call("GET", path).status_code for path in paths] == [200] * 6


def test_what_is_not_polled_may_be_asked_for_at_any_time(strict: Till) -> None:
    pos_id = strict.create_pos()
    for path in ("/stores", f"/pointofsales/{pos_id}", f"/payments?posId={pos_id}"):
        assert [strict.call("GET", path).status_code for _ in range(3)] == [200] * 3


def test_by_default_no_version_is_blocked_and_no_system_name_needed(till: Till) -> None:
    for version in ("0.0.0", "1.2.3", "999.0.0"):
        answer = till.call("GET", "/stores", headers={VERSION_HEADER: version})
        assert answer.status_code == 200


def test_by_default_polls_may_come_at_any_time(till: Till) -> None:
    for path in polled(till):
        assert [till.call("GET", path).status_code for _ in range(3)] == [200] * 3
