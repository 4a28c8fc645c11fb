"""How each peer is started, and what it is told beforehand."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.calls import JSON, PAYMENT_ID, PAYMENTS

__all__ = [
    "Place",
    "json_server",
    "localstripe",
    "mockoon",
    "moto",
    "mountebank",
    "oauth",
    "ours",
    "prism",
    "wiremock",
]

#: What those answer that have to be told; where it is, is in `calls.py`.
PAYMENT = {
    "paymentId": PAYMENT_ID,
    "posId": PAYMENT_ID,
    "orderId": "order-1",
    "amount": 10.5,
    "currencyCode": "DKK",
    "status": "Reserved",
    "pollDelayInMs": 1000,
}


@dataclass(frozen=True)
class Place:
    """Where a peer is started.

    Args:
        port: what it listens on.
        second_port: another free one.
        folder: an empty folder for its files.
        installed: where the packages are: `node_modules`, or the `bin` of a virtual environment.
        description: a file with our own OpenAPI description.
    """

    port: int
    second_port: int
    folder: Path
    installed: Path
    description: Path

    def write(self, name: str, document: object) -> str:
        """Writes a JSON file of the peer's; returns its path."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)


def _node(place: Place, script: str, *arguments: str) -> list[str]:
    return ["node", str(place.installed / script), *arguments]


def prism(place: Place) -> list[str]:
    """Returns what starts it with our own OpenAPI description."""
    where = ("--host", "127.0.0.1", "--port", str(place.port))
    script = "@stoplight/prism-cli/dist/index.js"
    return _node(place, script, "mock", *where, "-v", "error", str(place.description))


def mockoon(place: Place) -> list[str]:
    """Returns what starts it with one route."""
    response = {
        "uuid": "00000000-0000-4000-8000-000000000003",
        "body": json.dumps(PAYMENT),
        "latency": 0,
        "statusCode": 200,
        "label": "",
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "bodyType": "INLINE",
        "rules": [],
        "rulesOperator": "OR",
        "default": True,
    }
    route = {
        "uuid": "00000000-0000-4000-8000-000000000002",
        "type": "http",
        "documentation": "",
        "method": "get",
        "endpoint": f"{PAYMENTS[1:]}/:paymentId",
        "responses": [response],
        "responseMode": None,
    }
    environment = {
        "uuid": "00000000-0000-4000-8000-000000000001",
        "lastMigration": 33,
        "name": "payments",
        "endpointPrefix": "",
        "latency": 0,
        "port": place.port,
        "hostname": "127.0.0.1",
        "folders": [],
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
        "headers": [],
    }
    data = place.write("environment.json", environment)
    quiet = ("--disable-log-to-file", "--disable-admin-api", "--max-transaction-logs", "0")
    return _node(place, "@mockoon/cli/bin/run.js", "start", "--data", data, *quiet)


def mountebank(place: Place) -> list[str]:
    """Returns what starts it with one imposter."""
    answer = {
        "statusCode": 200,
        # Else it closes the connection after each answer.
        "headers": {"Content-Type": "application/json", "Connection": "keep-alive"},
        "body": PAYMENT,
    }
    path = f"{PAYMENTS}/{PAYMENT_ID}"
    stub = {
        "predicates": [{"equals": {"method": "GET", "path": path}}],
        "responses": [{"is": answer}],
    }
    imposter = {"protocol": "http", "host": "127.0.0.1", "port": place.port, "stubs": [stub]}
    imposters = place.write("imposters.json", {"imposters": [imposter]})
    where = ("--port", str(place.second_port), "--localOnly")
    quiet = ("--nologfile", "--loglevel", "error")
    return _node(place, "mountebank/bin/mb", "start", "--configfile", imposters, *where, *quiet)


def wiremock(place: Place) -> list[str]:
    """Returns what starts it with one mapping."""
    mapping = {
        "request": {"method": "GET", "urlPathPattern": f"{PAYMENTS}/[^/]+"},
        "response": {"status": 200, "jsonBody": PAYMENT, "headers": JSON},
    }
    place.write("mappings/payment.json", mapping)
    (jar,) = place.installed.glob("wiremock/build/*.jar")
    where = ("--port", str(place.port), "--bind-address", "127.0.0.1")
    return ["java", "-jar", str(jar), "--root-dir", str(place.folder), *where, "--disable-banner"]


def json_server(place: Place) -> list[str]:
    """Returns what starts it with one record."""
    data = place.write("db.json", {"payments": [{"id": "1", **PAYMENT}]})
    where = ("--host", "127.0.0.1", "--port", str(place.port))
    return _node(place, "json-server/lib/cli/bin.js", "--quiet", *where, data)


def oauth(place: Place) -> list[str]:
    """Returns what starts it."""
    where = ("-a", "127.0.0.1", "-p", str(place.port))
    return _node(place, "oauth2-mock-server/dist/oauth2-mock-server.mjs", *where)


def moto(place: Place) -> list[str]:
    """Returns what starts it."""
    return [str(place.installed / "moto_server"), "-H", "127.0.0.1", "-p", str(place.port)]


def localstripe(place: Place) -> list[str]:
    """Returns what starts it with nothing in it."""
    return [str(place.installed / "localstripe"), "--port", str(place.port), "--from-scratch"]


def ours(place: Place) -> list[str]:
    """Returns what starts ours, whose time stands still."""
    still = ("--time-scale", "0", "--log-format", "none")
    return [sys.executable, "-m", "simulator", "serve", "--port", str(place.port), *still]
