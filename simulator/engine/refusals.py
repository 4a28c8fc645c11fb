"""THE ERROR CATALOGUE: every refusal of the service.

A row is (code, kind, message, where, advice, source): `where` names the operations that return it.
`docs/error-codes.md`, the OpenAPI description and explanations are made from this table.
"""

from enum import Enum

from .error_rows import (
    CREATES,
    CREATES_PAYMENT,
    EVERY_CALL,
    EVERY_POS_CALL,
    LABELS_PAYMENT,
    NAMES_AMOUNT,
    NO_CODE,
    SIMULATES_USER,
    USES_PAYMENT,
    USES_POS,
    USES_REFUND,
    ErrorKind,
    ErrorRow,
    answer_decided,
    decided,
    partly_decided,
)
from .symptoms import Symptom

#: So begins the detail of UNAUTHORIZED where what was sent can't be read as a token at all.
NO_TOKEN = "it is no access token"  # noqa: S105  # nosec B105


class Refusal(Enum):
    """The rows. Two rows have the same code where the service uses it for two things."""

    # fmt: off
    # Headers (section 3)
    VAT_MISSING = ErrorRow(
        "1151", ErrorKind.INVALID, "The x-mobilepay-merchant-vat-number header is missing and the token names no merchant.", EVERY_POS_CALL,
        "Send x-mobilepay-merchant-vat-number on every call, or fetch the token with merchant_vat.")
    VAT_DUPLICATED = ErrorRow(
        "1155", ErrorKind.INVALID, "The x-mobilepay-merchant-vat-number header was sent more than once.", EVERY_POS_CALL,
        "Send x-mobilepay-merchant-vat-number once; look for a second place that adds it.")
    VAT_INVALID = ErrorRow(
        "1159", ErrorKind.INVALID, "The x-mobilepay-merchant-vat-number header is not a VAT number.", EVERY_POS_CALL,
        "Write the VAT number as DK or FI and 8 digits without spaces, such as DK12345678.")
    SYSTEM_VERSION_MISSING = ErrorRow(
        "1153", ErrorKind.INVALID, "The x-mobilepay-client-system-version header is missing.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-version on every call, such as 1.2.1.")
    SYSTEM_VERSION_DUPLICATED = ErrorRow(
        "1157", ErrorKind.INVALID, "The x-mobilepay-client-system-version header was sent more than once.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-version once; look for a second place that adds it.")
    SYSTEM_VERSION_INVALID = ErrorRow(
        "1161", ErrorKind.INVALID, "The x-mobilepay-client-system-version header is not a version.", EVERY_POS_CALL,
        "Write the version as three numbers, Major.Minor.Build, such as 1.2.1.")
    SYSTEM_NAME_MISSING = ErrorRow(
        "1152", ErrorKind.INVALID, "The x-mobilepay-client-system-name header is missing.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-name, or start the simulator without --require-system-name.",
        "documented until March 2020; only with --require-system-name")
    SYSTEM_NAME_DUPLICATED = ErrorRow(
        "1156", ErrorKind.INVALID, "The x-mobilepay-client-system-name header was sent more than once.", EVERY_POS_CALL,
        "Send x-mobilepay-client-system-name once, or not at all.")
    SYSTEM_NAME_INVALID = ErrorRow(
        "1160", ErrorKind.INVALID, "The x-mobilepay-client-system-name header is not a valid name.", EVERY_POS_CALL,
        "Shorten the name to 36 of the documented characters, or leave the header out.")
    KEY_MISSING = ErrorRow(
        "1164", ErrorKind.INVALID, "The x-mobilepay-idempotency-key header is missing.", CREATES,
        "Make a key, such as a GUID, for each thing to create, and send the same one with its retries.")
    KEY_DUPLICATED = ErrorRow(
        "1163", ErrorKind.INVALID, "The x-mobilepay-idempotency-key header was sent more than once.", CREATES,
        "Send x-mobilepay-idempotency-key once; look for a second place that adds it.")
    KEY_INVALID = ErrorRow(
        "1162", ErrorKind.INVALID, "The x-mobilepay-idempotency-key header is not a valid key.", CREATES,
        "Use a key of 1 to 36 of the documented characters; a GUID fits exactly.")
    VAT_CLAIM_INVALID = ErrorRow(
        "1182", ErrorKind.INVALID, "The merchant_vat claim of the access token is not a VAT number.", EVERY_POS_CALL,
        "Fetch a new token, with merchant_vat written as DK or FI and 8 digits.")
    # Caller
    UNAUTHORIZED = ErrorRow(
        None, ErrorKind.UNAUTHENTICATED, "The caller is not authenticated.", EVERY_CALL,
        "Fetch a token from /integrator-authentication/connect/token, send it as Authorization: Bearer TOKEN, and fetch the next before it expires.")
    OTHER_MERCHANT = ErrorRow(
        NO_CODE, ErrorKind.FORBIDDEN, "The access token is tied to another merchant.", EVERY_POS_CALL,
        "Leave the VAT number header out, or fetch a token for that merchant, or one without merchant_vat.",
        decided("authentication"))
    VERSION_BLOCKED = ErrorRow(
        NO_CODE, ErrorKind.FORBIDDEN, "This version of the client is blocked.", EVERY_POS_CALL,
        "Send a client version that is not blocked, or take this one off --blocked-versions.",
        answer_decided("--blocked-versions"))
    VERSION_NOT_CERTIFIED = ErrorRow(
        NO_CODE, ErrorKind.FORBIDDEN, "This version of the client is not certified.", EVERY_POS_CALL,
        "Certify this Major.Minor first, see docs/certification.md, or start without --require-certified.",
        answer_decided("--require-certified"))
    # Body, path and query
    BAD_REQUEST = ErrorRow(
        NO_CODE, ErrorKind.INVALID, "The request is not valid.", EVERY_CALL,
        "Correct what the message names; the same request again gets the same answer.",
        partly_decided("at the user simulation", "user-simulation"))
    BODY_ENCODED = ErrorRow(
        NO_CODE, ErrorKind.ENCODED, "The body is compressed, or encoded in another way.", EVERY_CALL,
        "Send the body as it is, without Content-Encoding; look for a setting of the HTTP client that compresses.",
        decided("requests"))
    BODY_TOO_LARGE = ErrorRow(
        NO_CODE, ErrorKind.TOO_LARGE, "The body is larger than is read.", EVERY_CALL,
        "Send less; here, --max-body sets the limit, and --max-snapshot that of snapshots.",
        decided("requests"))
    AMOUNT_INVALID = ErrorRow(
        "1102", ErrorKind.INVALID, "The amount is not valid.", NAMES_AMOUNT,
        "Send a positive JSON number with at most two decimals, such as 10.50.")
    ORDER_ID_INVALID = ErrorRow(
        "1113", ErrorKind.INVALID, "The orderId is not valid.", CREATES_PAYMENT,
        "Send an orderId of 1 to 36 of the documented characters.")
    LABEL_INVALID = ErrorRow(
        "1117", ErrorKind.INVALID, "The merchantPaymentLabel is not valid.", LABELS_PAYMENT,
        "Shorten merchantPaymentLabel to 36 of the documented characters, or leave it out.")
    REFUND_ORDER_ID_INVALID = ErrorRow(
        "1114", ErrorKind.INVALID, "The refundOrderId is not valid.", ("CreateRefund",),
        "Send a refundOrderId of 1 to 36 of the documented characters.")
    BEACON_ID_INVALID = ErrorRow(
        "1100", ErrorKind.INVALID, "The beaconId is not valid.", ("CreatePos",),
        "Send a GUID or exactly 15 digits, or leave beaconId out to have one made.")
    MERCHANT_POS_ID_INVALID = ErrorRow(
        "1111", ErrorKind.INVALID, "The merchantPosId is not valid.", ("CreatePos",),
        "Send a merchantPosId of 1 to 36 of the documented characters.")
    POS_NAME_INVALID = ErrorRow(
        "1112", ErrorKind.INVALID, "The name is not valid.", ("CreatePos",),
        "Send a name of 1 to 36 of the documented characters.")
    CALLBACK_ALIAS_INVALID = ErrorRow(
        "1116", ErrorKind.INVALID, "The callbackAlias is not valid.", ("CreatePos",),
        "Shorten callbackAlias to 36 of the documented characters, or leave it out.")
    PAYMENT_FILTER_MISSING = ErrorRow(
        "1109", ErrorKind.INVALID, "At least one of posId and orderId is needed.", ("QueryPaymentIds",),
        "Ask with posId, orderId or both in the query.")
    REFUND_FILTER_MISSING = ErrorRow(
        "1110", ErrorKind.INVALID, "The paymentId is needed.", ("QueryRefundIds",),
        "Ask with paymentId in the query.")
    POS_FILTER_MISSING = ErrorRow(
        "1121", ErrorKind.INVALID, "At least one of storeId, beaconId and merchantPosId is needed.", ("GetPosWithFilter",),
        "Ask with storeId, beaconId or merchantPosId in the query.")
    STORE_FILTER_HALF = ErrorRow(
        "1122", ErrorKind.INVALID, "merchantBrandId and merchantLocationId are needed together, or neither.", ("GetStores", "GetDetailedStores"),
        "Ask with both of them for one store, or with neither for all.")
    BRAND_ID_INVALID = ErrorRow(
        "1119", ErrorKind.INVALID, "The merchantBrandId is not valid.", ("GetStores", "GetDetailedStores"),
        "Write the brand id as MPPOS, POSDK or POSFI and 5 characters.")
    LOCATION_ID_INVALID = ErrorRow(
        "1120", ErrorKind.INVALID, "The merchantLocationId is not valid.", ("GetStores", "GetDetailedStores"),
        "Write the location id with exactly 5 characters, such as 00001.")
    # Ownership
    POS_OF_ANOTHER_INTEGRATOR = ErrorRow(
        "1400", ErrorKind.FORBIDDEN, "The point of sale was created by another integrator.", USES_POS,
        "Use a point of sale that was created with these credentials, or create one.")
    POS_OF_ANOTHER_MERCHANT = ErrorRow(
        "1400", ErrorKind.FORBIDDEN, "The point of sale belongs to another merchant.", (*CREATES_PAYMENT, "GetCheckIn"),
        "Call with the VAT number the point of sale was created with.",
        partly_decided("for GetCheckIn", "points-of-sale"))
    STORE_OF_ANOTHER_MERCHANT = ErrorRow(
        "1403", ErrorKind.FORBIDDEN, "The store belongs to another merchant.", ("CreatePos",),
        "Take a storeId that GET /stores gives for this merchant.")
    DELETE_POS_OF_ANOTHER_MERCHANT = ErrorRow(
        "1409", ErrorKind.FORBIDDEN, "The point of sale to delete belongs to another merchant.", ("DeletePos",),
        "Delete it with the VAT number it was created with.")
    GET_POS_OF_ANOTHER_MERCHANT = ErrorRow(
        "1410", ErrorKind.FORBIDDEN, "The point of sale asked for belongs to another merchant.", ("GetPos",),
        "Look it up with the VAT number it was created with.")
    PAYMENT_OF_ANOTHER_INTEGRATOR = ErrorRow(
        "1401", ErrorKind.FORBIDDEN, "The payment was created by another integrator.", (*USES_PAYMENT, "CreateRefund"),
        "Use the credentials that started the payment.")
    REFUND_PAYMENT_OF_ANOTHER_MERCHANT = ErrorRow(
        "1401", ErrorKind.FORBIDDEN, "The payment to refund belongs to another merchant.", ("CreateRefund",),
        "Refund it with the VAT number the payment was started with.",
        decided("refunds"))
    READY_OF_ANOTHER_MERCHANT = ErrorRow(
        "1406", ErrorKind.FORBIDDEN, "The payment to mark as ready belongs to another merchant.", ("PaymentReady",),
        "Mark it as ready with the VAT number it was started with.")
    CAPTURE_OF_ANOTHER_MERCHANT = ErrorRow(
        "1407", ErrorKind.FORBIDDEN, "The payment to capture belongs to another merchant.", ("CapturePayment",),
        "Capture it with the VAT number it was started with.")
    CANCEL_OF_ANOTHER_MERCHANT = ErrorRow(
        "1408", ErrorKind.FORBIDDEN, "The payment to cancel belongs to another merchant.", ("CancelPayment",),
        "Cancel it with the VAT number it was started with.")
    GET_PAYMENT_OF_ANOTHER_MERCHANT = ErrorRow(
        "1411", ErrorKind.FORBIDDEN, "The payment asked for belongs to another merchant.", ("QueryPayment",),
        "Look it up with the VAT number it was started with.")
    REFUND_OF_ANOTHER = ErrorRow(
        "1402", ErrorKind.FORBIDDEN, "The refund was created by another integrator or for another merchant.", USES_REFUND,
        "Use the credentials and the VAT number that started the refund.",
        partly_decided("for another merchant", "refunds"))
    # Not found
    NOT_FOUND = ErrorRow(
        None, ErrorKind.NOT_FOUND, "There is no such resource.", ("GetPos", "DeletePos", "GetCheckIn", "GetStore", *USES_PAYMENT, "GetRefund", "CancelRefund"),
        "Check that the id is whole, of this sandbox, and not of a point of sale that was deleted.")
    REFUND_TO_CAPTURE_NOT_FOUND = ErrorRow(
        "1004", ErrorKind.NOT_FOUND, "There is no such refund.", ("CaptureRefund",),
        "Take the refundId that POST /refunds answered; GET /refunds?paymentId= finds it again.")
    NO_SUCH_PATH = ErrorRow(
        NO_CODE, ErrorKind.NOT_FOUND, "There is no such path.", EVERY_CALL,
        "Call one of the paths in GET /openapi.json; the message names the nearest.",
        decided("requests"))
    USER_UNKNOWN = ErrorRow(
        NO_CODE, ErrorKind.NOT_FOUND, "There is no test user with this phone number.", SIMULATES_USER[:2],
        "Use the phone number of a test user; GET /_simulator/users lists them.",
        decided("user-simulation"))
    BEACON_UNKNOWN = ErrorRow(
        NO_CODE, ErrorKind.NOT_FOUND, "No active point of sale has this beaconId.", SIMULATES_USER,
        "Take the beaconId that GET /pointofsales/{posid} tells, of a point of sale that is not deleted.",
        decided("user-simulation"))
    # State
    POS_NOT_FOUND = ErrorRow(
        "1000", ErrorKind.CONFLICT, "There is no such point of sale.", CREATES_PAYMENT,
        "Find the point of sale with GET /pointofsales, or create it again; a deleted point of sale can't take payments.")
    PAYMENT_NOT_FOUND = ErrorRow(
        "1001", ErrorKind.CONFLICT, "There is no such payment.", ("CreateRefund",),
        "Take the paymentId that started the payment; GET /payments?state=Captured&orderId= finds it again.")
    STORE_NOT_FOUND = ErrorRow(
        "1002", ErrorKind.CONFLICT, "There is no such store.", ("CreatePos",),
        "Take a storeId that GET /stores gives.")
    MERCHANT_POS_ID_TAKEN = ErrorRow(
        "1200", ErrorKind.CONFLICT, "An active point of sale has this merchantPosId.", ("CreatePos",),
        "Find the point of sale with GET /pointofsales?merchantPosId= and use it, or delete it first.")
    BEACON_ID_TAKEN = ErrorRow(
        "1202", ErrorKind.CONFLICT, "An active point of sale has this beaconId.", ("CreatePos",),
        "Give each point of sale a beacon of its own, or delete the one that has it.")
    STORE_NOT_ACTIVATED = ErrorRow(
        "1204", ErrorKind.CONFLICT, "The store of this point of sale is not activated.", CREATES_PAYMENT,
        'Have the store activated; here, PATCH /_simulator/stores/ID with {"active": true} does it.')
    CANNOT_CANCEL = ErrorRow(
        "1300", ErrorKind.CONFLICT, "The payment can't be cancelled in its state.", ("CancelPayment",),
        "Look the payment up: a captured one can be refunded, one that has ended needs nothing.")
    PAYMENT_ACTIVE = ErrorRow(
        "1301", ErrorKind.CONFLICT, "There is an active payment on this point of sale.", CREATES_PAYMENT,
        "Find the active payment with GET /payments?posId=, cancel it or let it end, then send this request again with the same key; "
        f"{Symptom.ACTIVE_PAYMENT.on_server}.")
    NOT_PREPARED = ErrorRow(
        "1303", ErrorKind.CONFLICT, "Only a prepared payment can be marked as ready.", ("PaymentReady",),
        "Look the payment up: one that POST /payments started, or that is ready with other values, can't be made ready.")
    NOT_RESERVED = ErrorRow(
        "1304", ErrorKind.CONFLICT, "Only a reserved payment can be captured.", ("CapturePayment",),
        "Poll the payment until it is Reserved, then capture; one that has ended needs a new payment.")
    CAPTURE_TOO_HIGH = ErrorRow(
        "1305", ErrorKind.CONFLICT, "The amount is more than what is reserved.", ("CapturePayment",),
        "Capture at most what is reserved, and ask for the rest with another payment.")
    KEY_USED_FOR_ANOTHER_REQUEST = ErrorRow(
        "1306", ErrorKind.CONFLICT, "The idempotency key was used for another request.", CREATES,
        "Make a new key for a new request; send the same key only with the very same request.")
    CAPTURED_ANOTHER_AMOUNT = ErrorRow(
        "1307", ErrorKind.CONFLICT, "The payment is captured already, with another amount.", ("CapturePayment",),
        "Treat the payment as captured; to return a part of it, create a refund.")
    PARTIAL_CAPTURE_NOT_POSSIBLE = ErrorRow(
        "1308", ErrorKind.CONFLICT, "The card behind this payment can't be captured in part.", ("CapturePayment",),
        "Capture the whole amount or cancel; partialCapturePossible tells beforehand.")
    REFUND_NOT_RESERVED = ErrorRow(
        "1351", ErrorKind.CONFLICT, "Only a reserved refund can be captured.", ("CaptureRefund",),
        "Poll the refund until it is Reserved, then capture; no capture is needed after an automatic one.")
    CANNOT_CANCEL_REFUND = ErrorRow(
        "1352", ErrorKind.CONFLICT, "The refund can't be cancelled in its state.", ("CancelRefund",),
        "Look the refund up: one that is captured can't be taken back.")
    NOT_CAPTURED = ErrorRow(
        "1354", ErrorKind.CONFLICT, "Only a captured payment can be refunded.", ("CreateRefund",),
        "Capture the payment first; to release a reservation, cancel the payment instead.")
    OTHER_CURRENCY = ErrorRow(
        "1365", ErrorKind.CONFLICT, "The payment is in another currency.", ("CreateRefund",),
        "Refund in the currency the payment was made in.")
    TOO_LATE_TO_REFUND = ErrorRow(
        "1366", ErrorKind.CONFLICT, "The payment was captured too long ago to be refunded.", ("CreateRefund",),
        "Give the money back by other means: after 90 days (--refund-window) no refund is possible.")
    REFUND_TOO_HIGH = ErrorRow(
        "1367", ErrorKind.CONFLICT, "The amount is more than what is left of the captured amount.", ("CreateRefund",),
        "Refund at most what is left: the captured amount less all refunds that are not cancelled.")
    BALANCE_TOO_LOW = ErrorRow(
        "1368", ErrorKind.CONFLICT, "The amount is more than the store's balance.", ("CreateRefund",),
        "Refund less, or later, after the store has captured more payments; here, PATCH /_simulator/stores/ID sets the balance.")
    CHECK_IN_REFUSED = ErrorRow(
        NO_CODE, ErrorKind.CONFLICT, "This point of sale takes a check-in only when a payment is active.", ("UserSimulationCheckin",),
        "Start a payment there first, or create the point of sale without requirePaymentBeforeCheckin.",
        decided("points-of-sale"))
    NOTHING_TO_ACCEPT = ErrorRow(
        NO_CODE, ErrorKind.CONFLICT, "No payment on this point of sale waits for this customer's accept.", ("UserSimulationAcceptPayment",),
        "Check the user in, wait until the payment is IssuedToUser, and accept with the same phone number.",
        decided("user-simulation"))
    CARD_NOT_ALLOWED = ErrorRow(
        NO_CODE, ErrorKind.CONFLICT, "The payment disallows the customer's card; the app refuses it, and the payment stays as it is.", ("UserSimulationAcceptPayment",),
        "Take another card with PUT /_simulator/payments/ID/card, check another test user in, or let the customer or the client cancel.",
        decided("payments"))
    NOTHING_TO_CANCEL = ErrorRow(
        NO_CODE, ErrorKind.CONFLICT, "No payment on this point of sale can be cancelled by the customer.", ("UserSimulationCancelPayment",),
        "Cancel while a payment is Paired or IssuedToUser on the point of sale.",
        decided("user-simulation"))
    POLLED_TOO_SOON = ErrorRow(
        NO_CODE, ErrorKind.TOO_EARLY, "This poll came sooner than pollDelayInMs.", ("QueryPayment", "GetCheckIn", "GetRefund"),
        "Wait as many milliseconds as pollDelayInMs says between two polls.",
        answer_decided("--enforce-poll-delay", "polling"))


# fmt: on
