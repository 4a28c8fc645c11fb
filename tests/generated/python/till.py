"""A till's test with two clients made by openapi-python-client: `service` and `control`.

SIMULATOR_URL is the URL of a sandbox. It prints `payment=ID status=STATE verdict=VERDICT`.
"""

import os
from typing import TypeVar
from uuid import UUID, uuid4

import httpx
from control import Client as ControlClient
from control.api.clock import post_clock_advance, put_clock
from control.api.faults import put_faults
from control.api.runs import post_runs_run_id_wait
from control.api.scenarios import post_scenarios_next
from control.models import (
    Advance,
    Clock,
    Faults,
    PutFaultsJsonBody,
    Queued,
    QueueScenario,
    Rescale,
    Run,
)
from service import AuthenticatedClient, Client
from service.api.integrator_authentication import token
from service.api.payments import capture_payment, initiate_payment, query_payment
from service.api.point_of_sales import create_pos
from service.api.stores import get_stores
from service.models import (
    CreatePosRequest,
    CreatePosRequestSupportedBeaconTypesItem,
    CreatePosResponse,
    InitiatePaymentRequest,
    InitiatePaymentRequestCurrencyCode,
    InitiatePaymentRequestPlannedCaptureDelay,
    PaymentCaptureRequest,
    PaymentInitiatedResponse,
    QueryPaymentResponse,
    StoreIdsResponse,
    TokenBody,
    TokenBodyGrantType,
    TokenResponse200,
)

URL = os.environ["SIMULATOR_URL"]
VERSION = {"x_mobilepay_client_system_version": "1.0.0"}

T = TypeVar("T")


def is_a(kind: type[T], answer: object) -> T:
    """Returns an answer that must be of a kind, not a refusal."""
    assert isinstance(answer, kind), answer
    return answer


def key() -> str:
    """Returns a new idempotency key."""
    return str(uuid4())


control = ControlClient(base_url=URL)
is_a(Clock, put_clock.sync(client=control, body=Rescale(scale=0)))
once = {"call": "QueryPayment", "first": 1, "answer": {"status": 503}}
faults = PutFaultsJsonBody.from_dict({"faults": [once]})
is_a(Faults, put_faults.sync(client=control, body=faults))
queued = is_a(
    Queued,
    post_scenarios_next.sync(client=control, body=QueueScenario(scenario="lost-response-capture")),
)

login = TokenBody(
    grant_type=TokenBodyGrantType.CLIENT_CREDENTIALS,
    merchant_vat=os.environ["TILL_MERCHANT"],
    client_id=os.environ["TILL_CLIENT_ID"],
    client_secret=os.environ["TILL_SECRET"],
)
access = is_a(TokenResponse200, token.sync(client=Client(base_url=URL), body=login))
service = AuthenticatedClient(base_url=URL, token=access.access_token)

stores = is_a(StoreIdsResponse, get_stores.sync(client=service, **VERSION))
pos = is_a(
    CreatePosResponse,
    create_pos.sync(
        client=service,
        x_mobilepay_idempotency_key=key(),
        body=CreatePosRequest(
            merchant_pos_id="till-1",
            store_id=stores.store_ids[0],
            name="Till 1",
            supported_beacon_types=[CreatePosRequestSupportedBeaconTypesItem.QR],
        ),
        **VERSION,
    ),
)
started = is_a(
    PaymentInitiatedResponse,
    initiate_payment.sync(
        client=service,
        x_mobilepay_idempotency_key=key(),
        body=InitiatePaymentRequest(
            pos_id=pos.pos_id,
            order_id="order-1",
            amount=10.5,
            currency_code=InitiatePaymentRequestCurrencyCode.DKK,
            planned_capture_delay=InitiatePaymentRequestPlannedCaptureDelay.NONE,
        ),
        **VERSION,
    ),
)
payment_id = UUID(str(started.payment_id))


def look() -> str:
    """Returns the payment's state."""
    found = query_payment.sync(payment_id, client=service, **VERSION)
    return str(is_a(QueryPaymentResponse, found).status)


failed = query_payment.sync_detailed(payment_id, client=service, **VERSION)
assert failed.status_code == 503, failed
assert look() == "Initiated"
is_a(Clock, post_clock_advance.sync(client=control, body=Advance(seconds=2)))
assert look() == "Reserved"

take = PaymentCaptureRequest(amount=10.5)
try:
    capture_payment.sync_detailed(payment_id, client=service, body=take, **VERSION)
except httpx.RemoteProtocolError:
    again = capture_payment.sync_detailed(payment_id, client=service, body=take, **VERSION)
    assert again.status_code == 200, again
else:
    raise AssertionError("the answer to the first capture was not lost")

run = is_a(Run, post_runs_run_id_wait.sync(queued.runs[0], client=control, timeout=5))
print(f"payment={payment_id} status={look()} verdict={run.verdict}")
