"""A test that starts the simulator's image, and takes a payment from it.

pip install testcontainers httpx pytest
docker build -t mobilepay-sim ../..
pytest
"""

import uuid
from collections.abc import Iterator

import httpx
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

IMAGE = "mobilepay-sim"
PORT = 8080
CLIENT_ID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="session")
def simulator() -> Iterator[str]:
    """The URL of a simulator, one for all tests."""
    ready = HttpWaitStrategy(PORT, "/_simulator/health").for_status_code(200)
    with DockerContainer(IMAGE).with_exposed_ports(PORT).waiting_for(ready) as container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"


@pytest.fixture
def sandbox(simulator: str) -> Iterator[httpx.Client]:
    """A world of a test's own, gone when the test ends."""
    name = f"test-{uuid.uuid4()}"
    with httpx.Client(base_url=f"{simulator}/sandboxes/{name}") as http:
        yield http
        http.delete(f"{simulator}/_simulator/sandboxes/{name}")


def test_a_customer_who_accepts_has_paid(sandbox: httpx.Client) -> None:
    """Starts a payment, lets two seconds pass, and captures what is reserved."""
    sandbox.headers["X-IBM-Client-Id"] = CLIENT_ID
    token = sandbox.post(
        "/integrator-authentication/connect/token",
        data={"grant_type": "client_credentials", "merchant_vat": "DK12345678"},
        auth=(CLIENT_ID, "sandbox-secret"),
    ).json()["access_token"]
    sandbox.headers["Authorization"] = f"Bearer {token}"
    sandbox.headers["X-MobilePay-Client-System-Version"] = "1.0.0"

    pos = {
        "merchantPosId": "till-1",
        "storeId": sandbox.get("/pos/v10/stores").json()["storeIds"][0],
        "name": "Till 1",
        "supportedBeaconTypes": ["QR"],
    }
    order = {
        "posId": create(sandbox, "/pos/v10/pointofsales", pos)["posId"],
        "orderId": "order-1",
        "amount": 10.50,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
    }
    payment = f"/pos/v10/payments/{create(sandbox, '/pos/v10/payments', order)['paymentId']}"

    sandbox.post("/_simulator/clock/advance", json={"seconds": 2}).raise_for_status()
    assert sandbox.get(payment).json()["status"] == "Reserved"
    sandbox.post(f"{payment}/capture", json={"amount": 10.50}).raise_for_status()
    assert sandbox.get(payment).json()["status"] == "Captured"


def create(http: httpx.Client, path: str, body: dict[str, object]) -> dict[str, str]:
    """Makes a call that makes something."""
    answer = http.post(path, json=body, headers={"X-MobilePay-Idempotency-Key": str(uuid.uuid4())})
    answer.raise_for_status()
    return dict(answer.json())
