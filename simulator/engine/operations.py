"""THE OPERATIONS of the service: name, method and path, one row each.

The names are the operationIds of the service's OpenAPI file; authentication has none there. Routes,
scenarios, the audit and the OpenAPI document all take them from here.
"""

from typing import NamedTuple

POS = "/pos/v10"
USER_SIMULATION = "/pos/app/usersimulation"
AUTHENTICATION = "/integrator-authentication"
#: In front of the paths of the PoS API, for clients that are being certified (section 1).
CERTIFICATION = "/pos-self-certification-api"


class Endpoint(NamedTuple):
    """One operation: its path has `{name}` for a GUID."""

    name: str
    method: str
    path: str


# fmt: off
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("InitiatePayment",   "POST",   f"{POS}/payments"),
    Endpoint("PreparePayment",    "POST",   f"{POS}/payments/prepare"),
    Endpoint("QueryPaymentIds",   "GET",    f"{POS}/payments"),
    Endpoint("QueryPayment",      "GET",    f"{POS}/payments/{{paymentid}}"),
    Endpoint("PaymentReady",      "POST",   f"{POS}/payments/{{paymentid}}/ready"),
    Endpoint("CapturePayment",    "POST",   f"{POS}/payments/{{paymentid}}/capture"),
    Endpoint("CancelPayment",     "POST",   f"{POS}/payments/{{paymentid}}/cancel"),
    Endpoint("CreatePos",         "POST",   f"{POS}/pointofsales"),
    Endpoint("GetPosWithFilter",  "GET",    f"{POS}/pointofsales"),
    Endpoint("GetPos",            "GET",    f"{POS}/pointofsales/{{posid}}"),
    Endpoint("DeletePos",         "DELETE", f"{POS}/pointofsales/{{posid}}"),
    Endpoint("GetCheckIn",        "GET",    f"{POS}/pointofsales/{{posid}}/checkin"),
    Endpoint("GetStores",         "GET",    f"{POS}/stores"),
    Endpoint("GetDetailedStores", "GET",    f"{POS}/stores/detailed"),
    Endpoint("GetStore",          "GET",    f"{POS}/stores/{{storeid}}"),
    Endpoint("CreateRefund",      "POST",   f"{POS}/refunds"),
    Endpoint("QueryRefundIds",    "GET",    f"{POS}/refunds"),
    Endpoint("GetRefund",         "GET",    f"{POS}/refunds/{{refundid}}"),
    Endpoint("CaptureRefund",     "POST",   f"{POS}/refunds/{{refundid}}/capture"),
    Endpoint("CancelRefund",      "POST",   f"{POS}/refunds/{{refundid}}/cancel"),
    Endpoint("UserSimulationCheckin",       "POST", f"{USER_SIMULATION}/checkin"),
    Endpoint("UserSimulationAcceptPayment", "POST", f"{USER_SIMULATION}/acceptpayment"),
    Endpoint("UserSimulationCancelPayment", "POST", f"{USER_SIMULATION}/cancelpaymentbyuser"),
    Endpoint("Token",     "POST", f"{AUTHENTICATION}/connect/token"),
    Endpoint("Discovery", "GET",  f"{AUTHENTICATION}/.well-known/openid-configuration"),
    Endpoint("KeySet",    "GET",  f"{AUTHENTICATION}/.well-known/openid-configuration/jwks"),
)
# fmt: on

BY_NAME = {each.name: each for each in ENDPOINTS}

#: The operation of the token endpoint, and its path.
TOKEN_CALL = "Token"  # noqa: S105 - a name
TOKEN_PATH = BY_NAME[TOKEN_CALL].path
