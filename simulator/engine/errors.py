"""THE ERROR CATALOGUE: every refusal the service knows, and the one exception that carries it.

A row is (code, kind, message, where, advice, source). `where` names the operations of the OpenAPI
file a row can occur in; `advice` says what the client can do. `docs/error-codes.md`, the OpenAPI
description and explanations are made from this table. Kinds become HTTP statuses at the edge and
nowhere else.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

__all__ = [
    "CREATES",
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
    advice: str
    source: str = DOCUMENTED


def _decided(topic: str) -> str:
    """The source of what is undocumented: the section of docs/fidelity.md that says why."""
    return f"decided, see fidelity.md#{topic}"


class Refusal(Enum):
    """The rows. Two may share a code where the service uses one for two things."""

    # fmt: off
    # Headers (section 3)
    VAT_MISSING = Row(
        "1151", Kind.INVALID, "The x-mobilepay-merchant-vat-number header is missing and the token names no merchant.", EVERY_POS_CALL,
        "Send x-mobilepay-merchant-vat-number on every call, or fetch the token with merchant_vat.")
    VAT_DUPLICATED = Row(
        "1155", Kind.INVALID, "The x-mobilepay-merchant-vat-number header is there more than once.", EVERY_POS_CALL,
        "Send x-mobilepay-merchant-vat-number once; look for a second place that adds it.")
    VAT_INVALID = Row(
        "1159", Kind.INVALID, "The x-mobilepay-merchant-vat-number header is not a VAT number.", EVERY_POS_CALL,
        "Write the VAT number as DK or FI and 8 digits without spaces, such as DK12345678.")
    SYSTEM_VERSION_MISSING = Row(
        "1153", Kind.INVALID, "The x-mobilepay-client-system-version header is missing.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-version on every call, such as 1.2.1.")
    SYSTEM_VERSION_DUPLICATED = Row(
        "1157", Kind.INVALID, "The x-mobilepay-client-system-version header is there more than once.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-version once; look for a second place that adds it.")
    SYSTEM_VERSION_INVALID = Row(
        "1161", Kind.INVALID, "The x-mobilepay-client-system-version header is not a version.", EVERY_POS_CALL,
        "Write the version as three numbers, Major.Minor.Build, such as 1.2.1.")
    SYSTEM_NAME_MISSING = Row(
        "1152", Kind.INVALID, "The x-mobilepay-client-system-name header is missing.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-name, or start the simulator without --require-system-name.",
        "documented until March 2020; only with --require-system-name")
    SYSTEM_NAME_DUPLICATED = Row(
        "1156", Kind.INVALID, "The x-mobilepay-client-system-name header is there more than once.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-name once, or not at all.")
    SYSTEM_NAME_INVALID = Row(
        "1160", Kind.INVALID, "The x-mobilepay-client-system-name header is not a valid name.", EVERY_POS_CALL,
        "Shorten the name to 36 of the documented characters, or leave the header out.")
    KEY_MISSING = Row(
        "1164", Kind.INVALID, "The x-mobilepay-idempotency-key header is missing.", CREATES,
        "Make a key, such as a GUID, for each thing to create, and send the same one with its retries.")
    KEY_DUPLICATED = Row(
        "1163", Kind.INVALID, "The x-mobilepay-idempotency-key header is there more than once.", CREATES,
        "Send x-mobilepay-idempotency-key once; look for a second place that adds it.")
    KEY_INVALID = Row(
        "1162", Kind.INVALID, "The x-mobilepay-idempotency-key header is not a valid key.", CREATES,
        "Use a key of 1 to 36 of the documented characters; a GUID fits exactly.")
    VAT_CLAIM_INVALID = Row(
        "1182", Kind.INVALID, "The merchant_vat claim of the access token is not a VAT number.", EVERY_POS_CALL,
        "Fetch a new token, with merchant_vat written as DK or FI and 8 digits.")

    # Whoever calls
    UNAUTHORIZED = Row(
        None, Kind.UNAUTHENTICATED, "The caller is not authenticated.", EVERY_CALL,
        "Fetch a token from /integrator-authentication/connect/token, send it as Authorization: Bearer TOKEN, and fetch the next before it expires.")
    OTHER_MERCHANT = Row(
        NO_CODE, Kind.FORBIDDEN, "The access token is tied to another merchant.", EVERY_POS_CALL,
        "Leave the VAT number header out, or fetch a token for that merchant, or one without merchant_vat.",
        _decided("authentication"))
    VERSION_BLOCKED = Row(
        NO_CODE, Kind.FORBIDDEN, "This version of the client is blocked.", EVERY_POS_CALL,
        "Send a client version that is not blocked, or take this one off --blocked-versions.",
        "documented without a code; only with --blocked-versions")
    VERSION_NOT_CERTIFIED = Row(
        NO_CODE, Kind.FORBIDDEN, "This version of the client is not certified.", EVERY_POS_CALL,
        "Certify this Major.Minor first, see docs/certification.md, or start without --require-certified.",
        "documented without a code; only with --require-certified")

    # Body, path and query
    BAD_REQUEST = Row(
        NO_CODE, Kind.INVALID, "The request is not valid.", EVERY_CALL,
        "Correct what the message names; the same request again gets the same answer.")
    AMOUNT_INVALID = Row(
        "1102", Kind.INVALID, "The amount is not valid.", NAMES_AMOUNT,
        "Send a positive JSON number with at most two decimals, such as 10.50.")
    ORDER_ID_INVALID = Row(
        "1113", Kind.INVALID, "The orderId is not valid.", CREATES_PAYMENT,
        "Send an orderId of 1 to 36 of the documented characters.")
    LABEL_INVALID = Row(
        "1117", Kind.INVALID, "The merchantPaymentLabel is not valid.", LABELS_PAYMENT,
        "Shorten merchantPaymentLabel to 36 of the documented characters, or leave it out.")
    REFUND_ORDER_ID_INVALID = Row(
        "1114", Kind.INVALID, "The refundOrderId is not valid.", ("CreateRefund",),
        "Send a refundOrderId of 1 to 36 of the documented characters.")
    BEACON_ID_INVALID = Row(
        "1100", Kind.INVALID, "The beaconId is not valid.", ("CreatePos",),
        "Send a GUID or exactly 15 digits, or leave beaconId out to have one made.")
    MERCHANT_POS_ID_INVALID = Row(
        "1111", Kind.INVALID, "The merchantPosId is not valid.", ("CreatePos",),
        "Send a merchantPosId of 1 to 36 of the documented characters.")
    POS_NAME_INVALID = Row(
        "1112", Kind.INVALID, "The name is not valid.", ("CreatePos",),
        "Send a name of 1 to 36 of the documented characters.")
    CALLBACK_ALIAS_INVALID = Row(
        "1116", Kind.INVALID, "The callbackAlias is not valid.", ("CreatePos",),
        "Shorten callbackAlias to 36 of the documented characters, or leave it out.")
    PAYMENT_FILTER_MISSING = Row(
        "1109", Kind.INVALID, "At least one of posId and orderId is needed.", ("QueryPaymentIds",),
        "Ask with posId, orderId or both in the query.")
    REFUND_FILTER_MISSING = Row(
        "1110", Kind.INVALID, "The paymentId is needed.", ("QueryRefundIds",),
        "Ask with paymentId in the query.")
    POS_FILTER_MISSING = Row(
        "1121", Kind.INVALID, "At least one of storeId, beaconId and merchantPosId is needed.", ("GetPosWithFilter",),
        "Ask with storeId, beaconId or merchantPosId in the query.")
    STORE_FILTER_HALF = Row(
        "1122", Kind.INVALID, "merchantBrandId and merchantLocationId are needed together, or neither.", ("GetStores", "GetDetailedStores"),
        "Ask with both of them for one store, or with neither for all.")
    BRAND_ID_INVALID = Row(
        "1119", Kind.INVALID, "The merchantBrandId is not valid.", ("GetStores", "GetDetailedStores"),
        "Write the brand id as MPPOS, POSDK or POSFI and 5 characters.")
    LOCATION_ID_INVALID = Row(
        "1120", Kind.INVALID, "The merchantLocationId is not valid.", ("GetStores", "GetDetailedStores"),
        "Write the location id with exactly 5 characters, such as 00001.")

    # Ownership
    POS_OF_ANOTHER_INTEGRATOR = Row(
        "1400", Kind.FORBIDDEN, "The point of sale was created by another integrator.", USES_POS,
        "Use a point of sale that was created with these credentials, or create one.")
    POS_OF_ANOTHER_MERCHANT = Row(
        "1400", Kind.FORBIDDEN, "The point of sale belongs to another merchant.", (*CREATES_PAYMENT, "GetCheckIn"),
        "Call with the VAT number the point of sale was created with.")
    STORE_OF_ANOTHER_MERCHANT = Row(
        "1403", Kind.FORBIDDEN, "The store belongs to another merchant.", ("CreatePos",),
        "Take a storeId that GET /stores gives for this merchant.")
    DELETE_POS_OF_ANOTHER_MERCHANT = Row(
        "1409", Kind.FORBIDDEN, "The point of sale to delete belongs to another merchant.", ("DeletePos",),
        "Delete it with the VAT number it was created with.")
    GET_POS_OF_ANOTHER_MERCHANT = Row(
        "1410", Kind.FORBIDDEN, "The point of sale asked for belongs to another merchant.", ("GetPos",),
        "Look it up with the VAT number it was created with.")
    PAYMENT_OF_ANOTHER_INTEGRATOR = Row(
        "1401", Kind.FORBIDDEN, "The payment was created by another integrator.", (*USES_PAYMENT, "CreateRefund"),
        "Use the credentials that started the payment.")
    REFUND_PAYMENT_OF_ANOTHER_MERCHANT = Row(
        "1401", Kind.FORBIDDEN, "The payment to refund belongs to another merchant.", ("CreateRefund",),
        "Refund it with the VAT number the payment was started with.")
    READY_OF_ANOTHER_MERCHANT = Row(
        "1406", Kind.FORBIDDEN, "The payment to mark as ready belongs to another merchant.", ("PaymentReady",),
        "Mark it as ready with the VAT number it was started with.")
    CAPTURE_OF_ANOTHER_MERCHANT = Row(
        "1407", Kind.FORBIDDEN, "The payment to capture belongs to another merchant.", ("CapturePayment",),
        "Capture it with the VAT number it was started with.")
    CANCEL_OF_ANOTHER_MERCHANT = Row(
        "1408", Kind.FORBIDDEN, "The payment to cancel belongs to another merchant.", ("CancelPayment",),
        "Cancel it with the VAT number it was started with.")
    GET_PAYMENT_OF_ANOTHER_MERCHANT = Row(
        "1411", Kind.FORBIDDEN, "The payment asked for belongs to another merchant.", ("QueryPayment",),
        "Look it up with the VAT number it was started with.")
    REFUND_OF_ANOTHER = Row(
        "1402", Kind.FORBIDDEN, "The refund was created by another integrator or for another merchant.", USES_REFUND,
        "Use the credentials and the VAT number that started the refund.")

    # What is not there
    NOT_FOUND = Row(
        None, Kind.NOT_FOUND, "There is no such resource.", ("GetPos", "DeletePos", "GetCheckIn", "GetStore", *USES_PAYMENT, "GetRefund", "CancelRefund"),
        "Check that the id is whole, of this sandbox, and not of a point of sale that was deleted.")
    REFUND_TO_CAPTURE_NOT_FOUND = Row(
        "1004", Kind.NOT_FOUND, "There is no such refund.", ("CaptureRefund",),
        "Take the refundId that POST /refunds answered; GET /refunds?paymentId= finds it again.")
    NO_SUCH_PATH = Row(
        NO_CODE, Kind.NOT_FOUND, "There is no such path.", EVERY_CALL,
        "Call one of the paths in GET /openapi.json; the message names the nearest.",
        _decided("requests"))
    USER_UNKNOWN = Row(
        NO_CODE, Kind.NOT_FOUND, "There is no test user with this phone number.", SIMULATES_USER[:2],
        "Use the phone number of a test user; GET /_simulator/users lists them.",
        _decided("user-simulation"))
    BEACON_UNKNOWN = Row(
        NO_CODE, Kind.NOT_FOUND, "No active point of sale has this beaconId.", SIMULATES_USER,
        "Take the beaconId that GET /pointofsales/{posid} tells, of a point of sale that is not deleted.",
        _decided("user-simulation"))

    # State
    POS_NOT_FOUND = Row(
        "1000", Kind.CONFLICT, "There is no such point of sale.", CREATES_PAYMENT,
        "Find the point of sale with GET /pointofsales, or create it again; a deleted one takes no payments.")
    PAYMENT_NOT_FOUND = Row(
        "1001", Kind.CONFLICT, "There is no such payment.", ("CreateRefund",),
        "Take the paymentId that started the payment; GET /payments?state=Captured&orderId= finds it again.")
    STORE_NOT_FOUND = Row(
        "1002", Kind.CONFLICT, "There is no such store.", ("CreatePos",),
        "Take a storeId that GET /stores gives.")
    MERCHANT_POS_ID_TAKEN = Row(
        "1200", Kind.CONFLICT, "An active point of sale has this merchantPosId.", ("CreatePos",),
        "Find the point of sale with GET /pointofsales?merchantPosId= and use it, or delete it first.")
    BEACON_ID_TAKEN = Row(
        "1202", Kind.CONFLICT, "An active point of sale has this beaconId.", ("CreatePos",),
        "Give each point of sale a beacon of its own, or delete the one that has it.")
    STORE_NOT_ACTIVATED = Row(
        "1204", Kind.CONFLICT, "The store of this point of sale is not activated.", CREATES_PAYMENT,
        'Have the store activated; here, PATCH /_simulator/stores/ID with {"active": true} does it.')
    CANNOT_CANCEL = Row(
        "1300", Kind.CONFLICT, "The payment can't be cancelled in its state.", ("CancelPayment",),
        "Look the payment up: a captured one can be refunded, one that has ended needs nothing.")
    PAYMENT_ACTIVE = Row(
        "1301", Kind.CONFLICT, "There is an active payment on this point of sale.", CREATES_PAYMENT,
        "Find the active payment with GET /payments?posId=, cancel it or let it end, then send this request again with the same key.")
    NOT_PREPARED = Row(
        "1303", Kind.CONFLICT, "Only a prepared payment can be marked as ready.", ("PaymentReady",),
        "Look the payment up: one that POST /payments started, or that is ready already, needs no ready.")
    NOT_RESERVED = Row(
        "1304", Kind.CONFLICT, "Only a reserved payment can be captured.", ("CapturePayment",),
        "Poll the payment until it is Reserved, then capture; one that has ended needs a new payment.")
    CAPTURE_TOO_HIGH = Row(
        "1305", Kind.CONFLICT, "The amount is more than what is reserved.", ("CapturePayment",),
        "Capture at most what is reserved, and ask for the rest with another payment.")
    KEY_USED_FOR_ANOTHER_REQUEST = Row(
        "1306", Kind.CONFLICT, "The idempotency key was used for another request.", CREATES,
        "Make a new key for a new request; send the same key only with the very same request.")
    CAPTURED_ANOTHER_AMOUNT = Row(
        "1307", Kind.CONFLICT, "The payment is captured already, with another amount.", ("CapturePayment",),
        "Take it as captured; to give a part of it back, start a refund.")
    PARTIAL_CAPTURE_NOT_POSSIBLE = Row(
        "1308", Kind.CONFLICT, "The card behind this payment can't be captured in part.", ("CapturePayment",),
        "Capture the whole amount or cancel; partialCapturePossible tells beforehand.")
    REFUND_NOT_RESERVED = Row(
        "1351", Kind.CONFLICT, "Only a reserved refund can be captured.", ("CaptureRefund",),
        "Poll the refund until it is Reserved, then capture; one that has captured itself needs nothing.")
    CANNOT_CANCEL_REFUND = Row(
        "1352", Kind.CONFLICT, "The refund can't be cancelled in its state.", ("CancelRefund",),
        "Look the refund up: one that is captured can't be taken back.")
    NOT_CAPTURED = Row(
        "1354", Kind.CONFLICT, "Only a captured payment can be refunded.", ("CreateRefund",),
        "Capture the payment first; to release a reservation, cancel the payment instead.")
    OTHER_CURRENCY = Row(
        "1365", Kind.CONFLICT, "The payment is in another currency.", ("CreateRefund",),
        "Refund in the currency the payment was made in.")
    TOO_LATE_TO_REFUND = Row(
        "1366", Kind.CONFLICT, "The payment was captured too long ago to be refunded.", ("CreateRefund",),
        "Give the money back by other means: after 90 days (--refund-window) no refund is possible.")
    REFUND_TOO_HIGH = Row(
        "1367", Kind.CONFLICT, "The amount is more than what is left of the captured amount.", ("CreateRefund",),
        "Refund at most what is left: the captured amount less all refunds that are not cancelled.")
    BALANCE_TOO_LOW = Row(
        "1368", Kind.CONFLICT, "The amount is more than the store's balance.", ("CreateRefund",),
        "Refund less, or later, once the store has taken more; here, PATCH /_simulator/stores/ID sets the balance.")
    CHECK_IN_REFUSED = Row(
        NO_CODE, Kind.CONFLICT, "This point of sale takes a check-in only when a payment is active.", ("UserSimulationCheckin",),
        "Start a payment there first, or create the point of sale without requirePaymentBeforeCheckin.",
        _decided("points-of-sale"))
    NOTHING_TO_ACCEPT = Row(
        NO_CODE, Kind.CONFLICT, "No payment on this point of sale waits for this customer's accept.", ("UserSimulationAcceptPayment",),
        "Check the user in, wait until the payment is IssuedToUser, and accept with the same phone number.",
        _decided("user-simulation"))
    NOTHING_TO_CANCEL = Row(
        NO_CODE, Kind.CONFLICT, "No payment on this point of sale can be cancelled by the customer.", ("UserSimulationCancelPayment",),
        "Cancel while a payment is Paired or IssuedToUser on the point of sale.",
        _decided("user-simulation"))
    POLLED_TOO_SOON = Row(
        NO_CODE, Kind.TOO_EARLY, "This poll came sooner than pollDelayInMs.", ("QueryPayment", "GetCheckIn", "GetRefund"),
        "Wait as many milliseconds as pollDelayInMs says between two polls.",
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
