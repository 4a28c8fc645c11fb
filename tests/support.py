"""What tests share: worlds without a server, real servers, and a till that talks HTTP to them."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
from mobilepay_simulator.engine import payments, points_of_sale, stores
from mobilepay_simulator.engine.customers import CustomerDirectory
from mobilepay_simulator.engine.handlers import HANDLERS
from mobilepay_simulator.engine.merchants import MerchantDirectory
from mobilepay_simulator.engine.records import Caller
from mobilepay_simulator.engine.rules import Rules
from mobilepay_simulator.engine.values import (
    BeaconType,
    Currency,
    PlannedCaptureDelay,
    Restrictions,
)
from mobilepay_simulator.engine.world import World
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioLibrary

from tests import warm

ROOT = Path(__file__).parent.parent
START = datetime(2024, 1, 31, 12, 0, tzinfo=UTC)
CLIENT_ID, SECRET = "11111111-2222-4333-8444-555555555555", "sandbox-secret"
OTHER_CLIENT_ID, OTHER_SECRET = "66666666-7777-4888-9999-aaaaaaaaaaaa", "other-secret"
MERCHANT, OTHER_MERCHANT = "DK12345678", "FI12345678"
CREDIT, DEBIT, CREDIT_3, LOYAL, PARTIAL = (f"+45200318{n:02}" for n in range(1, 6))

numbers = itertools.count(1)


def fresh(word: str) -> str:
    """A short string no other call gets."""
    return f"{word}-{next(numbers)}"


def shipped_scenarios() -> list[str]:
    """The names of the scenarios that are shipped, but for those that have to be asked for."""
    return sorted(ScenarioLibrary([shipped_folder()]).scenarios)


# --- without a server -------------------------------------------------------------------------


_EASY_CASE = """
summary: It is {done}.
case: {{section: onboarding, number: {number}, title: Easy, task: Do it., opens_with: {{call: {done}}}}}
payments: []
expect: [{{call: {done}}}]
"""


def write_easy_cases(folder: Path) -> None:
    """Writes cases for `--scenarios` in the place of shipped ones, with nothing that goes wrong."""
    cases = {"certify-create-pos": "CreatePos", "certify-delete-pos": "DeletePos"}
    for number, (name, done) in enumerate(cases.items(), 1):
        (folder / f"{name}.yaml").write_text(_EASY_CASE.format(done=done, number=number))


def make_world(name: str = "test", *, seed: int = 1, **rules: Any) -> World:
    """A world whose clock moves only by `advance`."""
    return World(
        name,
        seed=seed,
        directory=MerchantDirectory(seed),
        customers=CustomerDirectory(seed),
        rules=Rules(**rules),
        handlers=HANDLERS,
        ticks=lambda: 0.0,
        start=START,
        scale=0,
    )


@dataclass
class Shop:
    """One till of one caller in a world: the engine's commands without their ceremony."""

    world: World = field(default_factory=make_world)
    caller: Caller = field(default_factory=lambda: Caller(CLIENT_ID, MERCHANT))

    def create_pos(self, **changes: Any) -> str:
        with self.world as world:
            store = stores.find(world, self.caller)[0]
            request = points_of_sale.CreatePos(
                merchant_pos_id=fresh("pos"),
                store_id=store.id,
                name="Till",
                supported_beacon_types=(BeaconType.QR,),
            )
            key = fresh("key")
            return points_of_sale.create(world, self.caller, key, replace(request, **changes))

    def terms(self, amount: str = "10.00", **changes: Any) -> payments.PaymentTerms:
        terms = payments.PaymentTerms(Decimal(amount), Currency.DKK, PlannedCaptureDelay.NONE)
        return replace(terms, **changes)

    def initiate(self, pos_id: str, amount: str = "10.00", **changes: Any) -> str:
        request = payments.InitiatePayment(pos_id, fresh("order"), self.terms(amount, **changes))
        with self.world as world:
            return payments.initiate(world, self.caller, fresh("key"), request)

    def prepare(self, pos_id: str) -> str:
        request = payments.PreparePayment(pos_id, fresh("order"))
        with self.world as world:
            return payments.prepare(world, self.caller, fresh("key"), request)

    def check_in(self, pos_id: str, phone: str = CREDIT) -> None:
        with self.world as world:
            pos = world.points_of_sale.get(pos_id)
            assert pos is not None
            points_of_sale.check_in(world, pos, world.customers.with_phone(phone))

    def advance(self, length: timedelta) -> None:
        with self.world as world:
            world.clock.advance(length)


NO_DEBIT = Restrictions(debit_card_disallowed=True)


# --- with a server ----------------------------------------------------------------------------


@dataclass(frozen=True)
class RunningServer:
    """A simulator in a process of its own."""

    url: str
    port: int
    process: "subprocess.Popen[str]"
    https_url: str = ""
    https_port: int = 0


@contextmanager
def running_server(
    *options: str, env: dict[str, str] | None = None, log: Path | None = None
) -> Iterator[RunningServer]:
    """Starts `python -m simulator serve` on a free port, and stops it in the end.

    What it writes to stderr goes into the file `log`, where one is given.
    """
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", *options]
    with Path(log or os.devnull).open("w") as stderr:
        process = warm.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            line = process.stdout.readline()
            assert line, f"the server did not start: {process.wait(10)}"
            said = json.loads(line)
            secure = said.get("httpsUrl", ""), said.get("httpsPort", 0)
            yield RunningServer(said["url"], said["port"], process, *secure)
        finally:
            stop(process)


def cli(*arguments: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Runs `mobilepay-sim` with these arguments to its end."""
    return warm.run(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def stop(process: "subprocess.Popen[str]") -> int:
    """Stops a server as an orchestrator would, and returns its exit code."""
    process.terminate()
    try:
        return process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def until(is_so: Callable[[], bool]) -> bool:
    """Whether something becomes so within a time that is long for it."""
    end = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@dataclass
class Till:
    """A PoS client: it talks HTTP to a sandbox and adds the headers every call needs.

    `http` is an httpx client whose base URL is the sandbox's.
    """

    http: httpx.Client
    client_id: str = CLIENT_ID
    secret: str = SECRET
    merchant: str | None = MERCHANT
    headers: dict[str, str] = field(default_factory=dict)
    _token: str | None = None

    def token(self, **form: str) -> str:
        form = {"grant_type": "client_credentials", **form}
        if self.merchant and "merchant_vat" not in form:
            form["merchant_vat"] = self.merchant
        answer = self.http.post(
            "/integrator-authentication/connect/token",
            data=form,
            auth=(self.client_id, self.secret),
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def call(
        self, method: str, path: str, json: Any = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """Calls `/pos/v10` + path; a header given as None in `headers` is left out."""
        if self._token is None:
            self._token = self.token()
        headers: dict[str, Any] = {
            "Authorization": f"Bearer {self._token}",
            "X-MobilePay-Client-System-Version": "1.2.3",
            **self.headers,
        }
        if method == "POST" and key is None:
            key = fresh("key")
        if key is not None:
            headers["X-MobilePay-Idempotency-Key"] = key
        headers.update(options.pop("headers", {}))
        headers = {name: value for name, value in headers.items() if value is not None}
        if json is not None:
            options["json"] = json
        return self.http.request(method, f"/pos/v10{path}", headers=headers, **options)

    def ok(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """Calls, and returns the body of the 200 answer."""
        answer = self.call(method, path, json, **options)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text} {answer.headers}"
        return answer.json() if answer.content else None

    def store_id(self) -> str:
        return str(self.ok("GET", "/stores")["storeIds"][0])

    def pos_body(self, **changes: Any) -> dict[str, Any]:
        return {
            "merchantPosId": fresh("pos"),
            "storeId": self.store_id(),
            "name": "Till",
            "supportedBeaconTypes": ["QR"],
            **changes,
        }

    def create_pos(self, **changes: Any) -> str:
        return str(self.ok("POST", "/pointofsales", self.pos_body(**changes))["posId"])

    def payment_body(self, pos_id: str, amount: Any = 10.0, **changes: Any) -> dict[str, Any]:
        return {
            "posId": pos_id,
            "orderId": fresh("order"),
            "amount": amount,
            "currencyCode": "DKK",
            "plannedCaptureDelay": "None",
            **changes,
        }

    def initiate(
        self, pos_id: str, amount: Any = 10.0, *, scenario: str | None = None, **changes: Any
    ) -> str:
        headers = {"X-Simulator-Scenario": scenario} if scenario else {}
        body = self.payment_body(pos_id, amount, **changes)
        return str(self.ok("POST", "/payments", body, headers=headers)["paymentId"])

    def payment(self, payment_id: str) -> Any:
        return self.ok("GET", f"/payments/{payment_id}")

    def status(self, payment_id: str) -> str:
        return str(self.payment(payment_id)["status"])

    def reserved(self, pos_id: str | None = None, amount: Any = 10.0, **changes: Any) -> str:
        """A payment that is reserved already."""
        return self.initiate(pos_id or self.create_pos(), amount, scenario="instant", **changes)

    def captured(self, pos_id: str | None = None, amount: Any = 10.0, **changes: Any) -> str:
        """A payment that is captured already."""
        payment_id = self.reserved(pos_id, amount, **changes)
        self.ok("POST", f"/payments/{payment_id}/capture", {"amount": amount})
        return payment_id

    def refund(self, payment_id: str, amount: Any = 1.0, **changes: Any) -> str:
        body = {
            "paymentId": payment_id,
            "refundOrderId": fresh("refund"),
            "amount": amount,
            "currencyCode": "DKK",
            **changes,
        }
        return str(self.ok("POST", "/refunds", body)["refundId"])

    def refund_status(self, refund_id: str) -> str:
        return str(self.ok("GET", f"/refunds/{refund_id}")["status"])

    def user(self, action: str, pos_id: str, phone: str | None = CREDIT) -> httpx.Response:
        """A simulated user's `checkin`, `acceptpayment` or `cancelpaymentbyuser` at a PoS."""
        beacon_id = self.ok("GET", f"/pointofsales/{pos_id}")["beaconId"]
        body = {"beaconId": beacon_id} | ({"phoneNumber": phone} if phone else {})
        return self.http.post(f"/pos/app/usersimulation/{action}", json=body)

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """Calls the control API, and returns the body of the answer, which must be fine."""
        answer = self.http.request(method, f"/_simulator{path}", json=json)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def advance(self, **length: float) -> None:
        """Moves the sandbox's clock: `advance(days=7)`."""
        seconds = timedelta(**length).total_seconds()
        self.control("POST", "/clock/advance", {"seconds": seconds})

    def as_other_integrator(self) -> "Till":
        return Till(self.http, OTHER_CLIENT_ID, OTHER_SECRET, self.merchant)

    def for_merchant(self, merchant: str) -> "Till":
        return Till(self.http, self.client_id, self.secret, merchant)


def snapshot_checksum(*contents: bytes) -> str:
    """The digest of a snapshot's position and parts, whatever they hold."""
    digest = sha256()
    for each in contents:
        digest.update(msgspec.json.encode(msgspec.json.decode(each), order="deterministic"))
    return f"sha256:{digest.hexdigest()}"
