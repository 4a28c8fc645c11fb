"""THE ROUTES: every operation of the service's OpenAPI file, one row each."""

from simulator.api import payments, points_of_sale, refunds, stores, user_simulation
from simulator.api.operations import POS, USER_SIMULATION, Operation
from simulator.api.schemas.payments import (
    InitiatePaymentRequest,
    PaymentCaptureRequest,
    PaymentInitiatedResponse,
    PaymentReadyRequest,
    PreparePaymentRequest,
    QueryPaymentIdsParameters,
    QueryPaymentIdsResponse,
    QueryPaymentResponse,
)
from simulator.api.schemas.points_of_sale import (
    CreatePosRequest,
    CreatePosResponse,
    GetCheckInResponse,
    GetPosParameters,
    PosIdsResponse,
    PosResponse,
)
from simulator.api.schemas.refunds import (
    CreateRefundRequest,
    CreateRefundResponse,
    GetRefundResponse,
    QueryRefundIdsParameters,
    QueryRefundIdsResponse,
)
from simulator.api.schemas.stores import StoreIdsResponse, StoreParameters, StoreResponse
from simulator.api.schemas.users import (
    AcceptPaymentRequest,
    CancelPaymentByUserRequest,
    UserCheckInRequest,
)

__all__ = ["OPERATIONS"]

_PAYMENTS, _POS, _STORES = "Payments", "Point Of Sales", "Stores"
_REFUNDS, _USERS = "Refunds", "User Simulation"

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation(name="InitiatePayment", method="POST", path=f"{POS}/payments", handle=payments.initiate, tag=_PAYMENTS,
              summary="Start a payment the customer can accept at once", found="The payment was started",
              body=InitiatePaymentRequest, answer=PaymentInitiatedResponse, creates=True, starts_payment=True),
    Operation(name="PreparePayment", method="POST", path=f"{POS}/payments/prepare", handle=payments.prepare, tag=_PAYMENTS,
              summary="Start a payment whose amount follows with PaymentReady", found="The payment was prepared",
              body=PreparePaymentRequest, answer=PaymentInitiatedResponse, creates=True, starts_payment=True),
    Operation(name="QueryPaymentIds", method="GET", path=f"{POS}/payments", handle=payments.find, tag=_PAYMENTS,
              summary="Find active and reserved payments, or captured ones", found="Their ids",
              query=QueryPaymentIdsParameters, answer=QueryPaymentIdsResponse),
    Operation(name="QueryPayment", method="GET", path=f"{POS}/payments/{{paymentid}}", handle=payments.get, tag=_PAYMENTS,
              summary="Look up a payment", found="The payment", answer=QueryPaymentResponse),
    Operation(name="PaymentReady", method="POST", path=f"{POS}/payments/{{paymentid}}/ready", handle=payments.ready, tag=_PAYMENTS,
              summary="Mark a prepared payment as ready for the customer", found="It is ready", body=PaymentReadyRequest),
    Operation(name="CapturePayment", method="POST", path=f"{POS}/payments/{{paymentid}}/capture", handle=payments.capture, tag=_PAYMENTS,
              summary="Capture a reserved payment", found="It is captured", body=PaymentCaptureRequest),
    Operation(name="CancelPayment", method="POST", path=f"{POS}/payments/{{paymentid}}/cancel", handle=payments.cancel, tag=_PAYMENTS,
              summary="Cancel a payment that is not captured", found="It is cancelled"),

    Operation(name="CreatePos", method="POST", path=f"{POS}/pointofsales", handle=points_of_sale.create, tag=_POS,
              summary="Create a point of sale", found="It was created",
              body=CreatePosRequest, answer=CreatePosResponse, creates=True),
    Operation(name="GetPosWithFilter", method="GET", path=f"{POS}/pointofsales", handle=points_of_sale.find, tag=_POS,
              summary="Find points of sale", found="Their ids", query=GetPosParameters, answer=PosIdsResponse),
    Operation(name="GetPos", method="GET", path=f"{POS}/pointofsales/{{posid}}", handle=points_of_sale.get, tag=_POS,
              summary="Look up a point of sale", found="The point of sale", answer=PosResponse),
    Operation(name="DeletePos", method="DELETE", path=f"{POS}/pointofsales/{{posid}}", handle=points_of_sale.delete, tag=_POS,
              summary="Delete a point of sale", found="It is deleted"),
    Operation(name="GetCheckIn", method="GET", path=f"{POS}/pointofsales/{{posid}}/checkin", handle=points_of_sale.check_in, tag=_POS,
              summary="Look up who is checked in", found="Whether anybody is, and who", answer=GetCheckInResponse),

    Operation(name="GetStores", method="GET", path=f"{POS}/stores", handle=stores.find, tag=_STORES,
              summary="Find the merchant's stores", found="Their ids", query=StoreParameters, answer=StoreIdsResponse),
    Operation(name="GetDetailedStores", method="GET", path=f"{POS}/stores/detailed", handle=stores.find_detailed, tag=_STORES,
              summary="Find the merchant's stores, whole", found="The stores",
              query=StoreParameters, answer=StoreResponse, many=True),
    Operation(name="GetStore", method="GET", path=f"{POS}/stores/{{storeid}}", handle=stores.get, tag=_STORES,
              summary="Look up a store", found="The store", answer=StoreResponse),

    Operation(name="CreateRefund", method="POST", path=f"{POS}/refunds", handle=refunds.create, tag=_REFUNDS,
              summary="Start a refund of a captured payment", found="The refund was started",
              body=CreateRefundRequest, answer=CreateRefundResponse, creates=True),
    Operation(name="QueryRefundIds", method="GET", path=f"{POS}/refunds", handle=refunds.find, tag=_REFUNDS,
              summary="Find the refunds of a payment", found="Their ids",
              query=QueryRefundIdsParameters, answer=QueryRefundIdsResponse),
    Operation(name="GetRefund", method="GET", path=f"{POS}/refunds/{{refundid}}", handle=refunds.get, tag=_REFUNDS,
              summary="Look up a refund", found="The refund", answer=GetRefundResponse),
    Operation(name="CaptureRefund", method="POST", path=f"{POS}/refunds/{{refundid}}/capture", handle=refunds.capture, tag=_REFUNDS,
              summary="Capture a reserved refund", found="It is captured"),
    Operation(name="CancelRefund", method="POST", path=f"{POS}/refunds/{{refundid}}/cancel", handle=refunds.cancel, tag=_REFUNDS,
              summary="Cancel a refund that is not captured", found="It is cancelled"),

    Operation(name="UserSimulationCheckin", method="POST", path=f"{USER_SIMULATION}/checkin", handle=user_simulation.check_in, tag=_USERS,
              summary="Check a test user in", found="The user is checked in", body=UserCheckInRequest, is_user_simulation=True),
    Operation(name="UserSimulationAcceptPayment", method="POST", path=f"{USER_SIMULATION}/acceptpayment", handle=user_simulation.accept, tag=_USERS,
              summary="Accept the payment for a test user", found="The payment is accepted", body=AcceptPaymentRequest, is_user_simulation=True),
    Operation(name="UserSimulationCancelPayment", method="POST", path=f"{USER_SIMULATION}/cancelpaymentbyuser", handle=user_simulation.cancel, tag=_USERS,
              summary="Cancel the payment for a test user", found="The payment is cancelled", body=CancelPaymentByUserRequest, is_user_simulation=True),
)
# fmt: on
