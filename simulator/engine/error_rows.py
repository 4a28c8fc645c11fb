"""What a row of the error catalogue says."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorKind(StrEnum):
    """The kind of a refusal; the edge gives each kind its HTTP status."""

    INVALID = "invalid"
    ENCODED = "encoded"
    TOO_LARGE = "too large"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    TOO_EARLY = "too early"


# fmt: off
#: The documented code of a refusal without a code of its own.
NO_CODE = "1099"
EVERY_POS_CALL = ("every PoS call",)
EVERY_CALL = ("every call",)
CREATES_PAYMENT = ("InitiatePayment", "PreparePayment")
NAMES_AMOUNT = ("InitiatePayment", "PaymentReady", "CapturePayment", "CreateRefund")
LABELS_PAYMENT = ("InitiatePayment", "PaymentReady")
CREATES = (*CREATES_PAYMENT, "CreatePos", "CreateRefund")
USES_POS = (*CREATES_PAYMENT, "GetPos", "DeletePos", "GetCheckIn")
USES_PAYMENT = ("QueryPayment", "PaymentReady", "CapturePayment", "CancelPayment")
USES_REFUND = ("GetRefund", "CaptureRefund", "CancelRefund")
# fmt: on
SIMULATES_USER = (
    "UserSimulationCheckin",
    "UserSimulationAcceptPayment",
    "UserSimulationCancelPayment",
)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """A row of the catalogue; `code` is None where the documented response has no body."""

    code: str | None
    kind: ErrorKind
    message: str
    where: tuple[str, ...]
    advice: str
    source: str = "documented"


def decided(topic: str) -> str:
    """Returns the source of an undocumented row: a section of docs/fidelity.md."""
    return f"decided, see fidelity.md#{topic}"


def answer_decided(option: str, topic: str = "documented") -> str:
    """Returns the source of a row whose rule is documented, and whose status and code are not."""
    return f"the rule is documented, the answer {decided(topic)}; only with {option}"


def partly_decided(what: str, topic: str) -> str:
    """Returns the source of a row that is documented for some of what it is about."""
    return f"documented; decided {what}, see fidelity.md#{topic}"


#: What OAuth calls a failure by its status. RFC 6749, section 5.2, has no words for a service that
#: fails, so these two are those of section 4.1.2.1.
_OAUTH_WORDS = {
    401: "invalid_client",
    429: "temporarily_unavailable",
    503: "temporarily_unavailable",
}


def oauth_word(status: int, code: str = "") -> str:
    """Returns the `error` of an answer of the token endpoint, which has no codes of the service.

    Args:
        status: its status.
        code: OAuth's word itself; a code of the PoS API, or none, gives the word for the status.
    """
    if code.replace("_", "").isalpha():
        return code
    return _OAUTH_WORDS.get(status, "server_error" if status >= 500 else "invalid_request")
