"""THE ROUTES: every operation of the service's OpenAPI file, one row each."""

from . import handlers
from .operations import Operation
from .schemas.payments import (
    InitiatePaymentRequest,
    PaymentCaptureRequest,
    PaymentInitiatedResponse,
    PaymentReadyRequest,
    PreparePaymentRequest,
    QueryPaymentIdsParameters,
    QueryPaymentIdsResponse,
    QueryPaymentResponse,
)
from .schemas.points_of_sale import (
    CreatePosRequest,
    CreatePosResponse,
    GetCheckInResponse,
    GetPosParameters,
    PosIdsResponse,
    PosResponse,
    StoreIdsResponse,
    StoreParameters,
    StoreResponse,
)
from .schemas.refunds import (
    CreateRefundRequest,
    CreateRefundResponse,
    GetRefundResponse,
    QueryRefundIdsParameters,
    QueryRefundIdsResponse,
)
from .schemas.users import AcceptPaymentRequest, CancelPaymentByUserRequest, UserCheckInRequest

_PAYMENTS, _POS, _STORES = "Payments", "Point Of Sales", "Stores"
_REFUNDS, _USERS = "Refunds", "User Simulation"

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation(name="InitiatePayment", handle=handlers.initiate_payment, tag=_PAYMENTS,
              summary="Start a payment the customer can accept at once", found="The payment was started",
              body=InitiatePaymentRequest, answer=PaymentInitiatedResponse, creates=True, starts_payment=True),
    Operation(name="PreparePayment", handle=handlers.prepare_payment, tag=_PAYMENTS,
              summary="Start a payment whose amount follows with PaymentReady", found="The payment was prepared",
              body=PreparePaymentRequest, answer=PaymentInitiatedResponse, creates=True, starts_payment=True),
    Operation(name="QueryPaymentIds", handle=handlers.find_payments, tag=_PAYMENTS,
              summary="Find active and reserved payments, or captured ones", found="Their ids",
              query=QueryPaymentIdsParameters, answer=QueryPaymentIdsResponse),
    Operation(name="QueryPayment", handle=handlers.get_payment, tag=_PAYMENTS,
              summary="Look up a payment", found="The payment", answer=QueryPaymentResponse),
    Operation(name="PaymentReady", handle=handlers.make_payment_ready, tag=_PAYMENTS,
              summary="Mark a prepared payment as ready for the customer", found="It is ready", body=PaymentReadyRequest),
    Operation(name="CapturePayment", handle=handlers.capture_payment, tag=_PAYMENTS,
              summary="Capture a reserved payment", found="It is captured", body=PaymentCaptureRequest),
    Operation(name="CancelPayment", handle=handlers.cancel_payment, tag=_PAYMENTS,
              summary="Cancel a payment that is not captured", found="It is cancelled"),

    Operation(name="CreatePos", handle=handlers.create_pos, tag=_POS,
              summary="Create a point of sale", found="It was created",
              body=CreatePosRequest, answer=CreatePosResponse, creates=True),
    Operation(name="GetPosWithFilter", handle=handlers.find_points_of_sale, tag=_POS,
              summary="Find points of sale", found="Their ids", query=GetPosParameters, answer=PosIdsResponse),
    Operation(name="GetPos", handle=handlers.get_pos, tag=_POS,
              summary="Look up a point of sale", found="The point of sale", answer=PosResponse),
    Operation(name="DeletePos", handle=handlers.delete_pos, tag=_POS,
              summary="Delete a point of sale", found="It is deleted"),
    Operation(name="GetCheckIn", handle=handlers.get_check_in, tag=_POS,
              summary="Look up who is checked in", found="Whether anybody is, and who", answer=GetCheckInResponse),

    Operation(name="GetStores", handle=handlers.find_stores, tag=_STORES,
              summary="Find the merchant's stores", found="Their ids", query=StoreParameters, answer=StoreIdsResponse),
    Operation(name="GetDetailedStores", handle=handlers.find_whole_stores, tag=_STORES,
              summary="Find the merchant's stores, whole", found="The stores",
              query=StoreParameters, answer=StoreResponse, many=True),
    Operation(name="GetStore", handle=handlers.get_store, tag=_STORES,
              summary="Look up a store", found="The store", answer=StoreResponse),

    Operation(name="CreateRefund", handle=handlers.create_refund, tag=_REFUNDS,
              summary="Start a refund of a captured payment", found="The refund was started",
              body=CreateRefundRequest, answer=CreateRefundResponse, creates=True),
    Operation(name="QueryRefundIds", handle=handlers.find_refunds, tag=_REFUNDS,
              summary="Find the refunds of a payment", found="Their ids",
              query=QueryRefundIdsParameters, answer=QueryRefundIdsResponse),
    Operation(name="GetRefund", handle=handlers.get_refund, tag=_REFUNDS,
              summary="Look up a refund", found="The refund", answer=GetRefundResponse),
    Operation(name="CaptureRefund", handle=handlers.capture_refund, tag=_REFUNDS,
              summary="Capture a reserved refund", found="It is captured"),
    Operation(name="CancelRefund", handle=handlers.cancel_refund, tag=_REFUNDS,
              summary="Cancel a refund that is not captured", found="It is cancelled"),

    Operation(name="UserSimulationCheckin", handle=handlers.simulate_check_in, tag=_USERS,
              summary="Check a test user in", found="The user is checked in", body=UserCheckInRequest, is_user_simulation=True),
    Operation(name="UserSimulationAcceptPayment", handle=handlers.simulate_accept, tag=_USERS,
              summary="Accept the payment for a test user", found="The payment is accepted", body=AcceptPaymentRequest, is_user_simulation=True),
    Operation(name="UserSimulationCancelPayment", handle=handlers.simulate_cancel, tag=_USERS,
              summary="Cancel the payment for a test user", found="The payment is cancelled", body=CancelPaymentByUserRequest, is_user_simulation=True),
)
# fmt: on
