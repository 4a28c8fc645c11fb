"""THE ROWS: each command with each of its options, as a user types it.

They are run in a folder with what `test_commands.desk` puts there. What has `PORT` in it is for the
simulator that runs already; the rest is run on a free machine as well.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["ROWS", "SERVING", "Row", "Serving"]

URL = "http://127.0.0.1:8080"
#: An id that nothing has.
NO_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Row:
    """A command line, and what comes of it.

    Args:
        line: what is typed.
        says: a regular expression that what it prints must hold.
        code: its exit code.
        writes: the files it writes.
    """

    line: str
    says: str = ""
    code: int = 0
    writes: tuple[str, ...] = ()

    @property
    def is_for_a_running_one(self) -> bool:
        """Whether it asks the simulator that runs already."""
        return URL in self.line


ROWS = (
    Row("mobilepay-sim --help", r"serve .*Start the simulator"),
    Row("mobilepay-sim -h", r"scenario .*Look at scenarios"),
    Row("mobilepay-sim --version", r"^mobilepay-sim, version \d"),
    Row("mobilepay-sim scenario list", r"^success  "),
    Row("mobilepay-sim scenario list --scenarios my-scenarios", r"^lost-and-found +Mine\.$"),
    Row("mobilepay-sim scenario check my-scenarios", "lost-and-found is fine, 2 steps"),
    Row("mobilepay-sim scenario explain success", "when the payment is IssuedToUser"),
    Row("mobilepay-sim scenario explain my-scenarios/lost-and-found.yaml", "^lost-and-found: Mine"),
    Row("mobilepay-sim scenario explain lost-and-found --scenarios my-scenarios", "Mine"),
    Row("mobilepay-sim scenario schema", r'"\$schema"'),
    Row("mobilepay-sim scenario play success", r"^success passed$"),
    Row("mobilepay-sim scenario play my-scenarios/lost-and-found.yaml", "^lost-and-found passed$"),
    Row(
        "mobilepay-sim scenario play lost-and-found --scenarios my-scenarios --seed 2 "
        "--record played.json --draw played.svg",
        "^lost-and-found passed$",
        writes=("played.json", "played.svg"),
    ),
    Row("mobilepay-sim ca path", r"^/.*/ca/ca\.pem$"),
    Row("mobilepay-sim ca path --tls-dir tls", r"^tls/ca/ca\.pem$"),
    Row("mobilepay-sim ca export", "^-----BEGIN CERTIFICATE-----$"),
    Row(
        "mobilepay-sim ca export --tls-dir tls --format p12 --output ca.p12",
        writes=("ca.p12",),
    ),
    Row("mobilepay-sim mcp --option seed=7 < /dev/null"),
    Row(f"mobilepay-sim mcp --target {URL} --token sesame < /dev/null"),
    Row(
        "mobilepay-sim mcp --http --port 8766 --allow-commands & "
        "until curl http://127.0.0.1:8766/mcp; do sleep 0.2; done; kill $!; wait $! || true",
        r"^listening at http://127\.0\.0\.1:8766/mcp$",
    ),
    Row("mobilepay-sim replay calls.json", r"^\d+ calls were made; every answer is the same$"),
    Row(
        "mobilepay-sim compare calls.har --option poll_delay=2s --quiet --html compared.html "
        "--json compared.json --junit compared.xml",
        r"^\d+ calls were compared; every answer is equal$",
        writes=("compared.html", "compared.json", "compared.xml"),
    ),
    Row("mobilepay-sim certify --list", r"^  1\. Create a point of sale \(certify-create-pos\)$"),
    Row(
        "mobilepay-sim certify --demo --case certify-token-expired --settle 100ms",
        "passed  Network resilience: 1 of 1",
    ),
    Row(
        "mobilepay-sim certify --case certify-token-expired --host 127.0.0.1 --port 8081 "
        "--client-id 11111111-2222-4333-8444-555555555555 --client-version 1.0 "
        "--system-name 'Till 9' --timeout 60s --settle 100ms --fail-fast --token sesame "
        "--option seed=7 --html report.html --json report.json --junit report.xml "
        "-- python3 examples/certification/exam.py --url {url}",
        r"at http://127\.0\.0\.1:8081 for [-0-9]+: 1 case(?s:.*)passed  Network resilience: 1 of 1",
        writes=("report.html", "report.json", "report.xml"),
    ),
    Row(
        "mobilepay-sim sweep --only 'CapturePayment#1' --scenario instant "
        "-- python3 examples/python/till.py --url {url} pay 10.50",
        "4 runs: 4 survived",
    ),
    Row(
        "mobilepay-sim sweep --list -- python3 examples/python/till.py --url {url} pay 10.50",
        "^InitiatePayment#1:lost-response$",
    ),
    Row(
        "mobilepay-sim sweep --fault 500 --fault reset --only 'QueryPayment*' --every-call "
        "--max-runs 3 --jobs 2 --seed 3 --timeout 60s --stall 3s --scenario instant "
        "--time-scale 10 --option seed=7 --token sesame --output-dir swept --html sweep.html "
        "--json sweep.json --junit sweep.xml --fail-on never --quiet "
        "-- python3 examples/python/till.py --url {url} pay 10.50",
        r"survived",
        writes=("sweep.html", "sweep.json", "sweep.xml", "swept/clean/bundle.json"),
    ),
    # --- beside a simulator that runs ---
    Row(f"mobilepay-sim audit {URL}", r"^nothing wrong in \d+ calls$"),
    Row(
        f"mobilepay-sim audit {URL} --sandbox shop --token sesame --fail-on note "
        "--off captured-late --off polled-too-soon --format junit --output audit.xml",
        writes=("audit.xml",),
    ),
    Row(f"mobilepay-sim ledger {URL}", "Captured|captured"),
    Row(
        f"mobilepay-sim ledger {URL} --sandbox shop --token sesame --against books.csv "
        "--format json --output ledger.json",
        code=1,
        writes=("ledger.json",),
    ),
    Row(f"mobilepay-sim explain {URL} 1", "^Request 1: "),
    Row(f"mobilepay-sim explain 1 --url {URL}", "^Request 1: "),
    Row(f"mobilepay-sim audit --url {URL}", r"^nothing wrong in \d+ calls$"),
    Row(f"mobilepay-sim ledger --url {URL}", "Captured|captured"),
    Row(
        f"mobilepay-sim explain {URL} 1 --sandbox shop --token sesame --format json",
        '"paragraphs"',
    ),
    # --- acting on it ---
    *(
        Row(f"{line} --url {URL}", says)
        for line, says in (
            ("mobilepay-sim arrange payment Captured --age 91d", "^payment is Captured since"),
            ("mobilepay-sim arrange store --balance 5.00", "balance: +5"),
            ("mobilepay-sim fault CapturePayment lost --times 2", "each of 2 CapturePayment"),
            ("mobilepay-sim fault Token 500 --always", "Token"),
            ("mobilepay-sim fault --clear", "^nothing goes wrong$"),
            ("mobilepay-sim queue success --times 2", "the next 2 payments will play success"),
            ("mobilepay-sim queue my-scenarios/lost-and-found.yaml", "will play lost-and-found"),
            ("mobilepay-sim advance 2s", "a second$"),
            ("mobilepay-sim reset --sandbox later", "^the sandbox later is as new"),
            ("mobilepay-sim clock", "a second$"),
            (
                "mobilepay-sim customer check-in loyalty",
                r"^point of sale .*: \+45\d+ is checked in",
            ),
            ("mobilepay-sim requests --limit 5", "^#"),
            ("mobilepay-sim payments --limit 5 --state final", "Captured"),
            ("mobilepay-sim runs --limit 5", "success"),
        )
    ),
    # Rows are shared among workers, so that none may need what another has made.
    Row(f"mobilepay-sim fault --remove 99 --url {URL}", "no fault '99'", code=2),
    Row(
        f"mobilepay-sim advance --next --sandbox nowhere --url {URL}",
        "no sandbox 'nowhere'",
        code=2,
    ),
    *(
        Row(f"mobilepay-sim {line} --url {URL} --sandbox shop --token sesame --json", says, code)
        for line, says, code in (
            (
                "arrange refund Reserved --amount 4 --captured 10 --customer loyalty "
                "--merchant FI12345678 --client-id 11111111-2222-4333-8444-555555555555 "
                "--currency EUR --order order-9",
                '"refundId"',
                0,
            ),
            (f"arrange payment Captured --pos {NO_ID}", "no such point of sale", 2),
            ("fault", '"faults"', 0),
            (f"queue success --pos {NO_ID}", "no active point of sale", 2),
            ("advance --to 1999-01-01T00:00:00Z", "time only moves forward", 2),
            ("clock --scale 1", '"due"', 0),
            (f"customer check-in --pos {NO_ID}", "no active point of sale", 2),
            (f"customer accept --pos {NO_ID}", "no active point of sale", 2),
            (f"customer reject --pos {NO_ID}", "no active point of sale", 2),
            ("customer card", "Choose from: credit, debit", 2),
            (f"customer card debit --pos {NO_ID}", "no active point of sale", 2),
            (f"requests --operation Token --status 200 --payment {NO_ID}", "no payment", 2),
            (f"timeline {NO_ID} --limit 5", "no payment and no point of sale", 2),
            (f"timeline {NO_ID} --format svg", "no payment and no point of sale", 2),
            ("report --output bug.zip", '"file": "bug.zip"', 0),
            ("payments", '"payments"', 0),
            ("runs", '"runs"', 0),
            ("reset", '"sandbox": "shop"', 0),
        )
    ),
    Row(
        f"mobilepay-sim replay calls.json --target {URL} --sandbox again --token sesame "
        "--integrator 11111111-2222-4333-8444-555555555555:sandbox-secret",
        "every answer is the same",
    ),
    Row(
        f"mobilepay-sim compare calls.har --target {URL} --sandbox compared --token sesame "
        "--integrator 11111111-2222-4333-8444-555555555555:sandbox-secret",
        "every answer is equal",
    ),
    Row(
        f"mobilepay-sim certify --target {URL}/sandboxes/certified --section onboarding "
        "--timeout 100ms --token sesame",
        "Not tested yet: 3",
        code=1,
    ),
    Row(
        f"mobilepay-sim sweep --target {URL} --keep --only 'CapturePayment#1:500' --quiet "
        "-- python3 examples/python/till.py --url {url} pay 10.50",
        "1 run: 1 survived",
    ),
)


@dataclass(frozen=True)
class Serving:
    """A command line that serves, and what must be so then.

    Args:
        line: what is typed.
        said: what it says of itself, as far as that follows from the options.
        asked: paths that are asked for, each with a regular expression its answer must hold.
        curl: what curl is given with each call.
        writes: the files that are there while it serves.
        is_kept: whether the options are the settings of a bundle.
    """

    line: str
    said: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    curl: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    is_kept: bool = False


CONTROL = "/_simulator"
DISCOVERY = "/integrator-authentication/.well-known/openid-configuration"

SERVING = (
    Serving(
        "mobilepay-sim serve",
        {"url": URL, "port": 8080},
        {f"{CONTROL}/health": '"scenario":"success","seed":1|"seed":1,"scenario":"success"'},
    ),
    Serving(
        "mobilepay-sim serve --host 127.0.0.1 --port 8081 --port-file sim.port --log-format json "
        "--seed 7 --time-scale 0 --start-time 2024-01-31T12:00:00Z --scenario instant "
        "--scenarios my-scenarios --data shop.yaml --magic-amounts --journal-size 5",
        {"port": 8081},
        {
            f"{CONTROL}/health": r'"seed":7.*"scenario":"instant"',
            f"{CONTROL}/clock": r'"now":"2024-01-31T12:00:00\.000Z","scale":0',
            f"{CONTROL}/scenarios": r'"lost-and-found"',
            f"{CONTROL}/merchants": "Kaffe & Kage",
        },
        writes=("sim.port",),
    ),
    Serving(
        "mobilepay-sim serve --config sim.yaml --no-magic-amounts --no-tls "
        "--no-allow-remote-control --no-open-auth --no-require-ibm-client-id "
        "--no-require-system-name --no-require-certified --no-enforce-poll-delay",
        {"port": 8080},
        {f"{CONTROL}/health": '"seed":9'},
    ),
    Serving(
        "mobilepay-sim serve --tls --tls-port 8444 --tls-hosts till.test --tls-dir tls",
        {"port": 8080, "httpsPort": 8444},
        {f"{CONTROL}/health": '"status":"ok"'},
        writes=("tls/ca/ca.pem",),
    ),
    Serving(
        "mobilepay-sim serve --tls --tls-cert till.pem --tls-key till.key",
        {"httpsUrl": "https://127.0.0.1:8443"},
        {f"{CONTROL}/health": '"status":"ok"'},
    ),
    Serving(
        "mobilepay-sim serve --control-token sesame --allow-remote-control "
        "--allowed-hosts sim.example.com --allow-origin http://localhost:5173 --public-url https://api.mobilepay.dk",
        asked={
            f"{CONTROL}/sandboxes": '"default"',
            DISCOVERY: '"issuer":"https://api.mobilepay.dk/',
        },
        curl=("-H", "Authorization: Bearer sesame", "-H", "Host: sim.example.com"),
    ),
    Serving(
        "mobilepay-sim serve --max-sandboxes 2 --max-body 2000 --max-snapshot 3000 "
        "--request-timeout 5s --max-stalled 5 --max-journal 50",
        asked={"/sandboxes/one/_simulator/clock": '"now"'},
    ),
    Serving(
        "mobilepay-sim serve --data-dir state --signing-key till.key --callback-ca till.pem",
        asked={f"{CONTROL}/clock": '"now"'},
        writes=("state/sandboxes.sqlite3",),
    ),
    Serving(
        "mobilepay-sim serve --integrator till:secret@nightly --open-auth --token-lifetime 10m "
        "--long-lived-token-lifetime 30d --require-ibm-client-id --require-system-name "
        "--blocked-versions 0.9 --require-certified --reservation-lifetime 2d "
        "--inactivity-limit 5m --reserving-time 1s --check-in-lifetime 1m --lookup-time 1s --timeout-limit 20s "
        "--refund-reserving-time 1s --refund-auto-capture 2h --refund-window 30d "
        "--idempotency-retention 2h --poll-delay 2s --refund-poll-delay 1s --enforce-poll-delay "
        "--opening-balance 100.00 --journal-size 500",
        is_kept=True,
    ),
)
