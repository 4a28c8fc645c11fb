"""THE ERROR CATALOGUE: every refusal the service knows, and the one exception that carries it.

A row is (code, kind, message, where, source). `where` names the operations of the OpenAPI file a
row can occur in; `docs/error-codes.md` and the OpenAPI description are made from this table.
Kinds become HTTP statuses at the edge and nowhere else.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

__all__ = [
    "CREATES_PAYMENT",
    "EVERY_POS_CALL",
    "NO_CODE",
    "Kind",
    "Refusal",
    "Row",
    "SimulatorError",
]


class Kind(StrEnum):
    """What sort of refusal it is; the edge gives each its status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    TOO_EARLY = "too early"


#: The documented code for a refusal that has none of its own.
NO_CODE = "1099"

DOCUMENTED = "documented"
DECIDED = "decided, see fidelity.md"

EVERY_POS_CALL = ("every PoS call",)
EVERY_CALL = ("every call",)
CREATES_PAYMENT = ("InitiatePayment", "PreparePayment")
NAMES_AMOUNT = ("InitiatePayment", "PaymentReady", "CapturePayment", "CreateRefund")
LABELS_PAYMENT = ("InitiatePayment", "PaymentReady")
CREATES = (*CREATES_PAYMENT, "CreatePos", "CreateRefund")
USES_POS = (*CREATES_PAYMENT, "GetPos", "DeletePos", "GetCheckIn")
USES_PAYMENT = ("QueryPayment", "PaymentReady", "CapturePayment", "CancelPayment")
USES_REFUND = ("GetRefund", "CaptureRefund", "CancelRefund")
SIMULATES_USER = (
    "UserSimulationCheckin",
    "UserSimulationAcceptPayment",
    "UserSimulationCancelPayment",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the catalogue; `code` is None where the documented answer has no body."""

    code: str | None
    kind: Kind
    message: str
    where: tuple[str, ...]
    source: str = DOCUMENTED


class Refusal(Enum):
    """The rows. Two may share a code where the service uses one for two things."""

    # fmt: off
    # Headers (section 3)
    VAT_MISSING = Row(
        "1151", Kind.INVALID, "The x-mobilepay-merchant-vat-number header is missing and the token names no merchant.", EVERY_POS_CALL)
    VAT_DUPLICATED = Row(
        "1155", Kind.INVALID, "The x-mobilepay-merchant-vat-number header is there more than once.", EVERY_POS_CALL)
    VAT_INVALID = Row(
        "1159", Kind.INVALID, "The x-mobilepay-merchant-vat-number header is not a VAT number.", EVERY_POS_CALL)
    SYSTEM_VERSION_MISSING = Row(
        "1153", Kind.INVALID, "The x-mobilepay-client-system-version header is missing.", EVERY_POS_CALL)
    SYSTEM_VERSION_DUPLICATED = Row(
        "1157", Kind.INVALID, "The x-mobilepay-client-system-version header is there more than once.", EVERY_POS_CALL)
    SYSTEM_VERSION_INVALID = Row(
        "1161", Kind.INVALID, "The x-mobilepay-client-system-version header is not a version.", EVERY_POS_CALL)
    SYSTEM_NAME_MISSING = Row(
        "1152", Kind.INVALID, "The x-mobilepay-client-system-name header is missing.", EVERY_POS_CALL,
        "documented until March 2020; only with --require-system-name")
    SYSTEM_NAME_DUPLICATED = Row(
        "1156", Kind.INVALID, "The x-mobilepay-client-system-name header is there more than once.", EVERY_POS_CALL)
    SYSTEM_NAME_INVALID = Row(
        "1160", Kind.INVALID, "The x-mobilepay-client-system-name header is not a valid name.", EVERY_POS_CALL)
    KEY_MISSING = Row(
        "1164", Kind.INVALID, "The x-mobilepay-idempotency-key header is missing.", CREATES)
    KEY_DUPLICATED = Row(
        "1163", Kind.INVALID, "The x-mobilepay-idempotency-key header is there more than once.", CREATES)
    KEY_INVALID = Row(
        "1162", Kind.INVALID, "The x-mobilepay-idempotency-key header is not a valid key.", CREATES)
    VAT_CLAIM_INVALID = Row(
        "1182", Kind.INVALID, "The merchant_vat claim of the access token is not a VAT number.", EVERY_POS_CALL)

    # Whoever calls
    UNAUTHORIZED = Row(None, Kind.UNAUTHENTICATED, "The caller is not authenticated.", EVERY_CALL)
    OTHER_MERCHANT = Row(
        NO_CODE, Kind.FORBIDDEN, "The access token is tied to another merchant.", EVERY_POS_CALL, DECIDED)
    VERSION_BLOCKED = Row(
        NO_CODE, Kind.FORBIDDEN, "This version of the client is blocked.", EVERY_POS_CALL,
        "documented without a code; only with --blocked-versions")

    # Body, path and query
    BAD_REQUEST = Row(NO_CODE, Kind.INVALID, "The request is not valid.", EVERY_CALL)
    AMOUNT_INVALID = Row("1102", Kind.INVALID, "The amount is not valid.", NAMES_AMOUNT)
    ORDER_ID_INVALID = Row("1113", Kind.INVALID, "The orderId is not valid.", CREATES_PAYMENT)
    LABEL_INVALID = Row(
        "1117", Kind.INVALID, "The merchantPaymentLabel is not valid.", LABELS_PAYMENT)
    REFUND_ORDER_ID_INVALID = Row(
        "1114", Kind.INVALID, "The refundOrderId is not valid.", ("CreateRefund",))
    BEACON_ID_INVALID = Row("1100", Kind.INVALID, "The beaconId is not valid.", ("CreatePos",))
    MERCHANT_POS_ID_INVALID = Row(
        "1111", Kind.INVALID, "The merchantPosId is not valid.", ("CreatePos",))
    POS_NAME_INVALID = Row("1112", Kind.INVALID, "The name is not valid.", ("CreatePos",))
    CALLBACK_ALIAS_INVALID = Row(
        "1116", Kind.INVALID, "The callbackAlias is not valid.", ("CreatePos",))
    PAYMENT_FILTER_MISSING = Row(
        "1109", Kind.INVALID, "At least one of posId and orderId is needed.", ("QueryPaymentIds",))
    REFUND_FILTER_MISSING = Row(
        "1110", Kind.INVALID, "The paymentId is needed.", ("QueryRefundIds",))
    POS_FILTER_MISSING = Row(
        "1121", Kind.INVALID, "At least one of storeId, beaconId and merchantPosId is needed.", ("GetPosWithFilter",))
    STORE_FILTER_HALF = Row(
        "1122", Kind.INVALID, "merchantBrandId and merchantLocationId are needed together, or neither.", ("GetStores", "GetDetailedStores"))
    BRAND_ID_INVALID = Row(
        "1119", Kind.INVALID, "The merchantBrandId is not valid.", ("GetStores", "GetDetailedStores"))
    LOCATION_ID_INVALID = Row(
        "1120", Kind.INVALID, "The merchantLocationId is not valid.", ("GetStores", "GetDetailedStores"))

    # Ownership
    POS_OF_ANOTHER_INTEGRATOR = Row(
        "1400", Kind.FORBIDDEN, "The point of sale was created by another integrator.", USES_POS)
    POS_OF_ANOTHER_MERCHANT = Row(
        "1400", Kind.FORBIDDEN, "The point of sale belongs to another merchant.", (*CREATES_PAYMENT, "GetCheckIn"))
    STORE_OF_ANOTHER_MERCHANT = Row(
        "1403", Kind.FORBIDDEN, "The store belongs to another merchant.", ("CreatePos",))
    DELETE_POS_OF_ANOTHER_MERCHANT = Row(
        "1409", Kind.FORBIDDEN, "The point of sale to delete belongs to another merchant.", ("DeletePos",))
    GET_POS_OF_ANOTHER_MERCHANT = Row(
        "1410", Kind.FORBIDDEN, "The point of sale asked for belongs to another merchant.", ("GetPos",))
    PAYMENT_OF_ANOTHER_INTEGRATOR = Row(
        "1401", Kind.FORBIDDEN, "The payment was created by another integrator.", (*USES_PAYMENT, "CreateRefund"))
    REFUND_PAYMENT_OF_ANOTHER_MERCHANT = Row(
        "1401", Kind.FORBIDDEN, "The payment to refund belongs to another merchant.", ("CreateRefund",))
    READY_OF_ANOTHER_MERCHANT = Row(
        "1406", Kind.FORBIDDEN, "The payment to mark as ready belongs to another merchant.", ("PaymentReady",))
    CAPTURE_OF_ANOTHER_MERCHANT = Row(
        "1407", Kind.FORBIDDEN, "The payment to capture belongs to another merchant.", ("CapturePayment",))
    CANCEL_OF_ANOTHER_MERCHANT = Row(
        "1408", Kind.FORBIDDEN, "The payment to cancel belongs to another merchant.", ("CancelPayment",))
    GET_PAYMENT_OF_ANOTHER_MERCHANT = Row(
        "1411", Kind.FORBIDDEN, "The payment asked for belongs to another merchant.", ("QueryPayment",))
    REFUND_OF_ANOTHER = Row(
        "1402", Kind.FORBIDDEN, "The refund was created by another integrator or for another merchant.", USES_REFUND)

    # What is not there
    NOT_FOUND = Row(
        None, Kind.NOT_FOUND, "There is no such resource.",
        ("GetPos", "DeletePos", "GetCheckIn", "GetStore", *USES_PAYMENT, "GetRefund", "CancelRefund"))
    REFUND_TO_CAPTURE_NOT_FOUND = Row(
        "1004", Kind.NOT_FOUND, "There is no such refund.", ("CaptureRefund",))
    NO_SUCH_PATH = Row(NO_CODE, Kind.NOT_FOUND, "There is no such path.", EVERY_CALL, DECIDED)
    USER_UNKNOWN = Row(
        NO_CODE, Kind.NOT_FOUND, "There is no test user with this phone number.", SIMULATES_USER[:2], DECIDED)
    BEACON_UNKNOWN = Row(
        NO_CODE, Kind.NOT_FOUND, "No active point of sale has this beaconId.", SIMULATES_USER, DECIDED)

    # State
    POS_NOT_FOUND = Row("1000", Kind.CONFLICT, "There is no such point of sale.", CREATES_PAYMENT)
    PAYMENT_NOT_FOUND = Row("1001", Kind.CONFLICT, "There is no such payment.", ("CreateRefund",))
    STORE_NOT_FOUND = Row("1002", Kind.CONFLICT, "There is no such store.", ("CreatePos",))
    MERCHANT_POS_ID_TAKEN = Row(
        "1200", Kind.CONFLICT, "An active point of sale has this merchantPosId.", ("CreatePos",))
    BEACON_ID_TAKEN = Row(
        "1202", Kind.CONFLICT, "An active point of sale has this beaconId.", ("CreatePos",))
    STORE_NOT_ACTIVATED = Row(
        "1204", Kind.CONFLICT, "The store of this point of sale is not activated.", CREATES_PAYMENT)
    CANNOT_CANCEL = Row(
        "1300", Kind.CONFLICT, "The payment can't be cancelled in its state.", ("CancelPayment",))
    PAYMENT_ACTIVE = Row(
        "1301", Kind.CONFLICT, "There is an active payment on this point of sale.", CREATES_PAYMENT)
    NOT_PREPARED = Row(
        "1303", Kind.CONFLICT, "Only a prepared payment can be marked as ready.", ("PaymentReady",))
    NOT_RESERVED = Row(
        "1304", Kind.CONFLICT, "Only a reserved payment can be captured.", ("CapturePayment",))
    CAPTURE_TOO_HIGH = Row(
        "1305", Kind.CONFLICT, "The amount is more than what is reserved.", ("CapturePayment",))
    KEY_USED_FOR_ANOTHER_REQUEST = Row(
        "1306", Kind.CONFLICT, "The idempotency key was used for another request.", CREATES)
    CAPTURED_ANOTHER_AMOUNT = Row(
        "1307", Kind.CONFLICT, "The payment is captured already, with another amount.", ("CapturePayment",))
    PARTIAL_CAPTURE_NOT_POSSIBLE = Row(
        "1308", Kind.CONFLICT, "The card behind this payment can't be captured in part.", ("CapturePayment",))
    REFUND_NOT_RESERVED = Row(
        "1351", Kind.CONFLICT, "Only a reserved refund can be captured.", ("CaptureRefund",))
    CANNOT_CANCEL_REFUND = Row(
        "1352", Kind.CONFLICT, "The refund can't be cancelled in its state.", ("CancelRefund",))
    NOT_CAPTURED = Row(
        "1354", Kind.CONFLICT, "Only a captured payment can be refunded.", ("CreateRefund",))
    OTHER_CURRENCY = Row(
        "1365", Kind.CONFLICT, "The payment is in another currency.", ("CreateRefund",))
    TOO_LATE_TO_REFUND = Row(
        "1366", Kind.CONFLICT, "The payment was captured too long ago to be refunded.", ("CreateRefund",))
    REFUND_TOO_HIGH = Row(
        "1367", Kind.CONFLICT, "The amount is more than what is left of the captured amount.", ("CreateRefund",))
    BALANCE_TOO_LOW = Row(
        "1368", Kind.CONFLICT, "The amount is more than the store's balance.", ("CreateRefund",))
    CHECK_IN_REFUSED = Row(
        NO_CODE, Kind.CONFLICT, "This point of sale takes a check-in only when a payment is active.", ("UserSimulationCheckin",), DECIDED)
    NOTHING_TO_ACCEPT = Row(
        NO_CODE, Kind.CONFLICT, "No payment on this point of sale waits for this customer's accept.", ("UserSimulationAcceptPayment",), DECIDED)
    NOTHING_TO_CANCEL = Row(
        NO_CODE, Kind.CONFLICT, "No payment on this point of sale can be cancelled by the customer.", ("UserSimulationCancelPayment",), DECIDED)
    POLLED_TOO_SOON = Row(
        NO_CODE, Kind.TOO_EARLY, "This poll came sooner than pollDelayInMs.", ("QueryPayment", "GetCheckIn", "GetRefund"),
        "documented without a code; only with --enforce-poll-delay")


# fmt: on


class SimulatorError(Exception):
    """The one exception of the engine: a refusal, and what it was about.

    Args:
        refusal: the row of the catalogue.
        detail: what exactly was wrong, for the developer; follows the row's message.
    """

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        self.refusal = refusal
        self.detail = detail
        super().__init__(self.message)

    @property
    def row(self) -> Row:
        """The catalogue's row."""
        return self.refusal.value

    @property
    def message(self) -> str:
        """The sentence an answer carries."""
        return f"{self.row.message} ({self.detail})" if self.detail else self.row.message
