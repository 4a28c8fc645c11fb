"""THE CONTROL ROUTES: one row each. Routing, the reference page and the OpenAPI document follow.

A new call is a row, the models it names, and its view.
"""

from flask import Blueprint

from ..api.context import Context
from .access import BASE
from .serving import Route, view_of

__all__ = ["BASE", "ROUTES", "Route", "control_blueprint"]

JSON, HTML, TEXT, XML = "application/json", "text/html", "text/plain", "application/xml"
CSV, EVENTS, YAML = "text/csv", "text/event-stream", "application/yaml"
ZIP = "application/zip"
HAR, SARIF = "application/har+json", "application/sarif+json"
SVG, MERMAID = "image/svg+xml", "text/vnd.mermaid"


#: One certification.
_ONE = "/certifications/<certification_id>"

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("GET", "/openapi.json", "description.show", "Returns the OpenAPI document of these calls.", JSON),
    Route("GET", "/health", "server.health", "Answers 200 once the server is warm.", "Health"),
    Route("POST", "/reset", "server.reset",
          "Resets the sandbox: state, clock and ids are as at the start, uploads, queued scenarios and runs are gone. "
          "Calls that wait are answered 503.", "FreshSandbox"),
    Route("GET", "/clock", "clock.show", "Returns the time in the sandbox, and when something happens next.", "Clock"),
    Route("PUT", "/clock", "clock.rescale", "Changes how many simulated seconds pass in a real one; 0 stops time.",
          "Clock", body="Rescale", is_kept=True),
    Route("POST", "/clock/advance", "clock.advance",
          "Moves time forward, so far or to a time; all that falls due happens, in order.",
          "Clock", body="Advance", is_kept=True),
    Route("GET", "/clock/due", "clock.list_due", "Lists pending timers, earliest first.",
          "Upcoming", "DueQuery"),
    Route("GET", "/scenarios", "scenarios.list_all",
          "Lists the scenarios there are, the default one, and those that wait for payments.", "Scenarios"),
    Route("POST", "/scenarios/next", "scenarios.queue",
          "Chooses the scenario of the next payments, of one point of sale or of any.",
          "Queued", body="QueueScenario", is_kept=True),
    Route("DELETE", "/scenarios/next", "scenarios.unqueue_all", "Takes all queued scenarios back.", is_kept=True),
    Route("DELETE", "/scenarios/next/<run_id>", "scenarios.unqueue",
          "Takes a queued scenario back, by its run; the others keep their order.", is_kept=True),
    Route("POST", "/scenarios/check", "scenarios.check",
          "Checks the YAML in the body: every mistake with its line, else the scenario in words.",
          "ScenarioChecked", "TextQuery", body=YAML),
    Route("POST", "/scenarios/preview", "previews.preview_text",
          "Plays the YAML in the body with the model client, in virtual time and in no sandbox; nothing is saved. "
          "As a sequence diagram, too.", "ScenarioPreview", "TextQuery", body=YAML, formats={"json": JSON, "svg": SVG, "mermaid": MERMAID}),
    Route("GET", "/scenarios/<name>/preview", "previews.preview",
          "Plays a scenario with the model client, in virtual time and in no sandbox; as a sequence diagram, too.",
          "ScenarioPreview", formats={"json": JSON, "svg": SVG, "mermaid": MERMAID}),
    Route("GET", "/scenario.schema.json", "scenarios.show_schema", "Returns the JSON Schema of scenario files, for editors.", JSON),
    Route("GET", "/scenarios/<name>", "scenarios.show",
          "Returns a scenario: steps, faults and expectations in words, and its YAML.", "ScenarioWhole"),
    Route("PUT", "/scenarios/<name>", "scenarios.upload",
          "Takes the YAML in the body as a scenario of this sandbox; it is checked as a file is.",
          "ScenarioInfo", body=YAML, is_kept=True),
    Route("DELETE", "/scenarios/<name>", "scenarios.remove",
          "Removes a scenario that was uploaded to this sandbox; one of a file that it hid is there again.", is_kept=True),
    Route("GET", "/faults", "faults.show", "Lists the faults of the whole sandbox, and how many calls each has counted.",
          "Faults"),
    Route("PUT", "/faults", "faults.put", "Replaces the faults of the whole sandbox by the YAML in the body.",
          "Faults", body=YAML, is_kept=True),
    Route("POST", "/faults", "faults.add",
          "Adds a fault to the whole sandbox by a word: lost, timeout, reset, or a status such as 500.",
          "Faults", body="AddFault", is_kept=True),
    Route("DELETE", "/faults", "faults.drop", "Removes the faults of the whole sandbox; those of scenarios stay.", is_kept=True),
    Route("DELETE", "/faults/<fault_id>", "faults.remove",
          "Removes one fault of the whole sandbox, by its id; the others keep their counts.", is_kept=True),
    Route("GET", "/polling", "polling.show", "Returns how long clients are asked to wait between two polls.", "Polling"),
    Route("PUT", "/polling", "polling.change",
          "Changes how long clients are asked to wait between two polls, and whether they have to.",
          "Polling", body="ChangePolling", is_kept=True),
    Route("DELETE", "/polling", "polling.take_back", "Restores the polling that the sandbox began with.", is_kept=True),
    Route("GET", "/runs", "runs.list_all", "Lists the runs and their verdicts, oldest first.",
          "Runs", "RunsQuery", formats={"json": JSON, "junit": XML}),
    Route("GET", "/runs/<run_id>", "runs.show", "Returns a run: each expectation, what was seen instead, the calls.",
          "Run"),
    Route("POST", "/runs/<run_id>/wait", "runs.wait", "Returns a run once it has a verdict, or as it is after the time-out.",
          "Run", "WaitQuery"),
    Route("GET", "/requests", "requests.list_all", "Lists the calls that clients made, with their answers, oldest first.",
          "Exchanges", "ExchangesQuery", formats={"json": JSON, "har": HAR}),
    Route("GET", "/requests/<request_id>", "requests.show", "Returns a call of a client, its answer, and what it changed.", "Exchange"),
    Route("GET", "/explain/<request_id>", "explanations.show", "Explains in plain English why a call got its answer.",
          "Explanation", formats={"json": JSON, "text": TEXT}),
    Route("POST", "/verify", "verification.verify_calls", "Verifies that clients made certain calls; 422 where they did not.",
          "Verified", body="Verification", failures={422: "NotVerified"}),
    Route("GET", "/audit", "audit.show", "Lists what clients did wrong.",
          "Audit", "AuditQuery", formats={"json": JSON, "junit": XML, "sarif": SARIF, "text": TEXT}),
    Route("GET", "/ledger", "ledger.show", "Returns what became of the money.",
          "Ledger", formats={"json": JSON, "csv": CSV, "text": TEXT}),
    Route("POST", "/ledger/compare", "ledger.compare_books",
          "Returns where the till's own books, the CSV in the body, differ from the ledger.",
          "Comparison", body=CSV, formats={"json": JSON, "csv": CSV, "text": TEXT}),
    Route("GET", "/snapshot", "server.take_snapshot", "Returns the whole sandbox as one JSON document.", JSON),
    Route("PUT", "/snapshot", "server.load_snapshot", "Replaces the sandbox with the snapshot in the body. Calls that wait are answered 503.",
          "Restored", body=JSON),
    Route("GET", "/bundle", "server.take_bundle",
          "Returns all that led to the sandbox's answers, for `mobilepay-sim replay`.", JSON),
    Route("GET", "/report.zip", "report.show",
          "Returns a bug report: bundle, HAR, time lines, audit, ledger, settings and version, without secrets.", ZIP),
    Route("GET", "/certifications", "certifications.list_all",
          "Lists the certifications, the certificates, and all sections with their cases.", "Certifications"),
    Route("POST", "/certifications", "certifications.begin", "Begins a certification; the client's next calls count for it.",
          "Certification", body="OpenCertification", is_kept=True),
    Route("GET", _ONE, "certifications.show", "Returns a certification: each section, case and step.", "Certification"),
    Route("GET", _ONE + "/report", "certifications.report", "Returns the report of a certification.",
          "CertificationReport", formats={"html": HTML, "json": JSON, "junit": XML}),
    Route("POST", _ONE + "/cases/<case_name>/restart", "certifications.restart_case", "Starts a case, or starts it again.",
          "CertificationCase", is_kept=True),
    Route("POST", _ONE + "/callback", "certifications.invoke_callback",
          "Sends a test check-in notification to the client.",
          "InvokedCallback", body="InvokeCallback", is_kept=True),
    Route("POST", _ONE + "/approve", "certifications.approve",
          "Ends a certification that has passed: the client's version is certified.", "Certification", is_kept=True),
    Route("POST", _ONE + "/abandon", "certifications.abandon", "Ends a certification without a certificate.",
          "Certification", is_kept=True),
    Route("GET", "/notifications", "shops.list_notifications",
          "Lists check-in notifications and their delivery attempts.", "Notifications"),
    Route("GET", "/callbacks", "shops.list_callbacks", "Lists the callback aliases whose URL is known.", "Callbacks"),
    Route("PUT", "/callbacks/<alias>", "shops.set_callback", "Sets where the check-ins of an alias are posted.",
          "Callback", body="SetCallback", is_kept=True),
    Route("DELETE", "/callbacks/<alias>", "shops.drop_callback", "Forgets the URL of an alias.", is_kept=True),
    Route("GET", "/sandboxes", "server.list_sandboxes", "Lists the sandboxes there are.", "Sandboxes"),
    Route("DELETE", "/sandboxes/<name>", "server.drop_sandbox", "Drops a sandbox and all in it."),
    Route("GET", "/points-of-sale", "payments.list_points_of_sale",
          "Lists the points of sale, newest first: who is there, the payment on it, the link of its QR code.",
          "PointsOfSaleSeen", "PointsOfSaleQuery"),
    Route("GET", "/points-of-sale/<pos_id>", "payments.show_point_of_sale", "Returns a point of sale.", "PointOfSaleSeen"),
    Route("GET", "/payments", "payments.list_payments", "Lists the payments, newest first.",
          "PaymentsSeen", "PaymentsQuery"),
    Route("GET", "/payments/<payment_id>", "payments.show_payment", "Returns a payment with its refunds.",
          "PaymentSeen"),
    Route("PUT", "/payments/<payment_id>/card", "payments.choose_card",
          "Lets the customer take another card for a payment that waits for the accept; its script stops.",
          "PaymentSeen", body="ChooseCard", is_kept=True),
    Route("POST", "/payments/<payment_id>/actions", "payments.act",
          "Lets MobilePay cancel a payment, end its reservation, or cancel its refunds; its script stops.",
          "PaymentSeen", body="ActOnPayment", is_kept=True),
    Route("GET", "/timeline", "timelines.show", "Returns what happened to a payment, or at a point of sale, on one axis; "
          "as a sequence diagram, too.", "Timeline", "TimelineQuery", formats={"json": JSON, "svg": SVG, "mermaid": MERMAID}),
    Route("GET", "/states", "events.show_states",
          "Returns the state tables: every state, every transition with its trigger and source.", "StateTables"),
    Route("GET", "/changes", "changes.show", "Returns what has changed since a cursor.", "Changes", "ChangesQuery"),
    Route("GET", "/stream", "changes.stream", "Sends what changes as it happens, as server-sent events.", EVENTS,
          "StreamQuery"),
    Route("POST", "/arrange", "arranging.arrange_state",
          "Makes a payment, refund, point of sale or store with a state, as if all had happened already.",
          "Arranged", body="Arrange", is_kept=True),
    Route("GET", "/merchants", "shops.list_merchants", "Lists the merchants with their stores and balances.",
          "Merchants"),
    Route("GET", "/stores", "shops.list_stores", "Lists the stores that calls have named or asked for so far.", "ListedStores"),
    Route("PATCH", "/stores/<store_id>", "shops.change_store", "Activates or deactivates a store, or sets its balance.",
          "Store", body="ChangeStore", is_kept=True),
    Route("GET", "/users", "shops.list_users", "Lists the customers who can check in.", "Users"),
    Route("GET", "/events", "events.list_all", "Lists what happened, oldest first.", "Events", "EventsQuery"),
)
# fmt: on


def control_blueprint(context: Context) -> Blueprint:
    """Returns the routes for Flask."""
    routes = Blueprint("control", __name__, url_prefix=BASE)
    for route in ROUTES:
        view = view_of(context, route)
        routes.add_url_rule(route.path, route.endpoint, view, methods=[route.method])
    return routes
