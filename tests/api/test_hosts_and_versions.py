"""Where the sandbox's own parts answer, and how versions compare."""

import httpx
import pytest

from tests.api.calls import VERSION_HEADER, outcome
from tests.support import CREDIT, Till, running_server

SANDBOX_HOSTS = ["api.sandbox.mobilepay.dk", "localhost", "127.0.0.1:8080", "host.docker.internal"]
PRODUCTION = ["api.mobilepay.dk", "API.MobilePay.dk", "api.mobilepay.dk:443", "api.mobilepay.dk."]


def check_in(till: Till, host: str) -> httpx.Response:
    body = {"beaconId": "1" * 15, "phoneNumber": CREDIT}
    path = "/pos/app/usersimulation/checkin"
    return till.http.post(path, json=body, headers={"Host": host})


def certified_stores(till: Till, host: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {till.token()}", VERSION_HEADER: "1.2.3", "Host": host}
    return till.http.get("/pos-self-certification-api/pos/v10/stores", headers=headers)


@pytest.mark.parametrize("host", SANDBOX_HOSTS)
def test_the_sandbox_host_and_this_machine_have_users_and_the_certification(
    till: Till, host: str
) -> None:
    till.create_pos(beaconId="1" * 15)

    assert check_in(till, host).status_code == 200
    assert certified_stores(till, host).status_code == 200


@pytest.mark.parametrize("host", PRODUCTION)
def test_the_production_host_has_neither(till: Till, host: str) -> None:
    till.create_pos(beaconId="1" * 15)

    for answer in (check_in(till, host), certified_stores(till, host)):
        assert outcome(answer) == (404, "1099")
        assert "api.sandbox.mobilepay.dk" in answer.json()["message"]
    assert till.call("GET", "/stores", headers={"Host": host}).status_code == 200


def test_versions_compare_as_numbers() -> None:
    options = ("--blocked-versions", "1.2.3", "--blocked-versions", "02.01")
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        till = Till(http)
        for version, status in {
            "1.2.3": 403,
            "01.02.03": 403,
            "1.2.30": 200,
            "1.2.4": 200,
            "2.1.0": 403,
            "2.01.7": 403,
            "2.10.0": 200,
            "21.0.0": 200,
        }.items():
            answer = till.call("GET", "/stores", headers={VERSION_HEADER: version})
            assert answer.status_code == status, version
