"""A typed client of the control API, the models of its answers, and what tests build on it.

It knows nothing of the simulator but what that answers. A module is imported when somebody asks for
a name of it: a server needs the models of few calls.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .arranging import *
    from .audit import *
    from .certification import *
    from .certification_cases import *
    from .changes import *
    from .clock import *
    from .control import *
    from .customer import *
    from .errors import *
    from .events import *
    from .exchanges import *
    from .ledger import *
    from .live_run import *
    from .model import *
    from .payments import *
    from .polling import *
    from .remote import *
    from .runs import *
    from .sandbox import *
    from .scenarios import *
    from .server import *
    from .shops import *
    from .verification import *
else:
    #: The public names by their modules.
    _PUBLIC = {
        "arranging": "Arrange Arranged",
        "audit": "Audit AuditQuery Basis Finding Severity",
        "certification": (
            "Certificate Certification CertificationReport Certifications GivenCertificate "
            "InvokeCallback InvokedCallback OpenCertification"
        ),
        "certification_cases": (
            "CaseDescription CaseState CertificationCase CertificationSection CertificationStep "
            "SectionDescription StepState UncountedCall"
        ),
        "changes": "Change Changes ChangesQuery StreamQuery",
        "clock": "Advance Clock Due DueQuery FreshSandbox Rescale Upcoming",
        "control": "ControlClient",
        "customer": "Customer Pos",
        "errors": "ClientError ControlError Nearest StartFailed Unreachable VerificationFailed",
        "events": (
            "Event Events EventsQuery State StateTable StateTables Timeline TimelineEntry "
            "TimelineQuery Transition"
        ),
        "exchanges": (
            "Answer CallFilters Exchange Exchanges ExchangesQuery Explanation RecordedRequest"
        ),
        "ledger": "BooksDifference Comparison Ledger LedgerEntry LedgerVerdict",
        "live_run": "LiveRun RunRemark",
        "model": "Input Model Refused",
        "payments": (
            "ActOnPayment CheckInSeen ChooseCard PageQuery PaymentSeen PaymentsQuery PaymentsSeen "
            "PointOfSaleSeen PointsOfSaleQuery PointsOfSaleSeen RefundSeen RestrictionsSeen"
        ),
        "polling": "ChangePolling Polling",
        "remote": "RemoteSimulator SimulatorInUse",
        "runs": "CallInRun Expectation Run Runs RunsQuery StateReached Verdict WaitQuery",
        "sandbox": "Payment Sandbox SandboxClock",
        "scenarios": (
            "AddFault Faults Problem QueueScenario Queued QueuedScenario "
            "ScenarioChecked ScenarioInfo ScenarioPreview ScenarioStep ScenarioWhole Scenarios "
            "StandingFault TextQuery"
        ),
        "server": "BackgroundProblem Health Restored SandboxInfo Sandboxes",
        "shops": (
            "Attempt Callback Callbacks ChangeStore ListedStores Merchant Merchants Notification "
            "Notifications SetCallback Store User Users"
        ),
        "verification": "AllowedCounts Matcher NotVerified Verification Verified",
    }
    _MODULES = {name: module for module, names in _PUBLIC.items() for name in names.split()}
    __all__ = list(_MODULES)

    #: Names of before, which tests may still import.
    _RENAMED = {"Call": "CallInRun", "Request": "RecordedRequest"}

    def __getattr__(name: str) -> Any:
        name = _RENAMED.get(name, name)
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(f".{_MODULES[name]}", __name__)
        return globals().setdefault(name, getattr(module, name))
