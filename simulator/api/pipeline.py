"""THE ORDER in which a call is looked at: authentication, headers, body, state.

Each operation has one `OperationView`. Nothing is changed before all checks have passed.
"""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any

from ..engine.errors import SimulatorError
from ..engine.operations import USER_SIMULATION
from ..engine.payments import InitiatePayment, PreparePayment
from ..engine.records import Caller
from ..engine.refunds import CreateRefund
from ..engine.refusals import Refusal
from ..engine.values import as_client_version, as_guid, as_name, as_vat
from ..engine.world import World
from ..journal.exchanges import KEY, ExchangeRecord
from ..journal.queries import parameters_of, unknown_names
from ..sandboxes.registry import DEFAULT, HostedSandbox, TooManySandboxes
from ..scripting.call import Call
from ..scripting.library import UnknownScenario
from ..settings.nearest import nearest
from .answers import Response, empty, explain, internal_error, json_answer, refusal_answer
from .checks import VAT_HEADER, VERSION_HEADER, Checks
from .context import Context
from .fault_decisions import observe, perform
from .operations import Operation, Polled
from .recorder import note_refusal
from .request import Request, json_object, load, load_right, parse_json

SCENARIO_HEADER = "x-simulator-scenario"
#: Of one query, this many unknown names are told.
MOST_NAMES = 3


class OperationView:
    """Answers the calls of one operation.

    Args:
        operation: the operation.
        context: the simulator's parts.
        checks: what is checked before the body.
    """

    def __init__(self, operation: Operation, context: Context, checks: Checks) -> None:
        self._operation = operation
        self._context = context
        self._checks = checks
        self._body = operation.body() if operation.body else None
        self._query = operation.query() if operation.query else None
        self._answer = operation.answer(many=operation.many) if operation.answer else None

    def __call__(
        self, request: Request, exchange: ExchangeRecord, path: dict[str, str]
    ) -> Response:
        """Answers a call.

        Args:
            request: the call.
            exchange: its record.
            path: what the path names.
        """
        try:
            sandbox, call = self._understand(request, exchange, path)
        except SimulatorError as error:
            reply = self._refuse(request, exchange, error)
            self._note_refused(request, exchange, path, reply)
            return reply
        except TooManySandboxes as error:
            correlation = self._context.correlation_id(request, exchange)
            return internal_error(correlation, 503, str(error))
        exchange.pos_id, exchange.payment_id = call.pos_id, call.payment_id
        exchange.refund_id = call.refund_id
        if call.script is None and not sandbox.scenario_engine.looks_at(
            call.payment_id, is_certifying=call.is_certifying
        ):
            return self._work(sandbox, call, request, exchange)
        return perform(self._context, sandbox, call, request, exchange, self._work)

    def _understand(
        self, request: Request, exchange: ExchangeRecord, path: dict[str, str]
    ) -> tuple[HostedSandbox, Call]:
        operation, body = self._operation, self._body
        sandbox, (caller, client_id, key, version) = self._checks.identify(
            operation, request, exchange
        )
        script = self._script(request, sandbox)
        guid = _path_guid(path)
        query = load(self._query, parameters_of(request.query)) if self._query else {}
        content = load(body, json_object(request)) if body else None
        if body and request.is_certifying:
            body.check_for_certification(content)
        call = Call(
            name=operation.name,
            method=operation.method,
            caller=caller,
            key=key,
            id=guid,
            query=query,
            body=content,
            **_subject(operation.path, guid, query, content, sandbox.world),
            script=script,
            starts_payment=operation.starts_payment,
            headers=request.headers,
            client_id=client_id,
            version=version,
            is_certifying=request.is_certifying,
            real_at=exchange.real_at,
        )
        self._checks.check_extent(sandbox, call)
        return sandbox, call

    def _note_refused(
        self, request: Request, exchange: ExchangeRecord, path: dict[str, str], reply: Response
    ) -> None:
        """Notes what a call that is refused before its work is about, and lets its run see it."""
        name = exchange.sandbox or request.sandbox or DEFAULT
        sandbox = self._context.sandboxes.find(name)
        if sandbox is None:
            return
        call = self._read(request, exchange, path, sandbox.world)
        exchange.pos_id, exchange.payment_id = call.pos_id or None, call.payment_id or None
        exchange.refund_id = call.refund_id or None
        # Whose call a 401 is, nobody knows: many clients send a token only once they are asked.
        if exchange.sandbox and reply.status != 401:
            observe(sandbox, call, exchange, reply)

    def _read(
        self, request: Request, exchange: ExchangeRecord, path: dict[str, str], world: World
    ) -> Call:
        """Returns as much as can be read of a call that is refused before its work."""
        operation, get = self._operation, request.headers.get
        guid, query = "", dict[str, Any]()
        with suppress(SimulatorError):
            guid = _path_guid(path)
        if self._query:
            query, _ = load_right(self._query, parameters_of(request.query))
        content, named = self._read_body(request)
        merchant = exchange.merchant or _right(as_vat, get(VAT_HEADER))
        return Call(
            name=operation.name,
            method=operation.method,
            caller=Caller(exchange.integrator or "", merchant),
            key=_right(as_name, get(KEY)),
            id=guid,
            query=query,
            body=content,
            **_subject(operation.path, guid, query, named, world),
            script=get(SCENARIO_HEADER) if operation.starts_payment else None,
            starts_payment=operation.starts_payment,
            is_refused=True,
            headers=request.headers,
            client_id=exchange.client_id or "",
            version=_right(as_client_version, get(VERSION_HEADER)),
            is_certifying=request.is_certifying,
            real_at=exchange.real_at,
        )

    def _read_body(self, request: Request) -> tuple[Any, Any]:
        """Returns a body by its schema, twice; of a wrong one, a digest and the fields it has."""
        if self._body is None:
            return None, None
        named: Any = {}
        with suppress(SimulatorError):
            named, is_right = load_right(self._body, parse_json(request.body))
            if is_right:
                return named, named
        return sha256(request.body).hexdigest(), named

    def _script(self, request: Request, sandbox: HostedSandbox) -> str | None:
        """Returns the scenario that a header asks for, or None."""
        name = request.headers.get(SCENARIO_HEADER) if self._operation.starts_payment else None
        if name is None:
            return None
        try:
            return sandbox.scenario_engine.catalog.get(name).name
        except UnknownScenario as error:
            raise SimulatorError(Refusal.BAD_REQUEST, f"X-Simulator-Scenario: {error}") from error

    def _work(
        self, sandbox: HostedSandbox, call: Call, request: Request, exchange: ExchangeRecord
    ) -> Response:
        """Does a call's work."""
        try:
            with sandbox.world as world:
                world.caused = exchange.events
                result = self._operation.handle(sandbox, call)
        except SimulatorError as error:
            return self._refuse(request, exchange, error)
        if self._operation.creates:
            for name, made in result.items():
                setattr(exchange, name, made)
        return self._hinted(self._dump(result), request, exchange)

    def _dump(self, result: Any) -> Response:
        if self._answer is None:
            return empty()
        if isinstance(result, Polled):
            delay = int(result.delay.total_seconds() * 1000)
            return json_answer({**self._answer.dump(result.value), "pollDelayInMs": delay})
        return json_answer(self._answer.dump(result))

    def _refuse(
        self, request: Request, exchange: ExchangeRecord, error: SimulatorError
    ) -> Response:
        note_refusal(exchange, error)
        correlation = self._context.correlation_id(request, exchange)
        reply = refusal_answer(error, correlation, has_origin=self._operation.has_origin)
        return self._hinted(reply, request, exchange)

    def _hinted(self, reply: Response, request: Request, exchange: ExchangeRecord) -> Response:
        """Returns the reply; it says so where the query has a parameter the operation lacks.

        The service ignores such a parameter, and with it what it was meant to say.
        """
        if request.query:
            known = self._query.spelled if self._query else frozenset[str]()
            unknown = unknown_names(request.query, known)[:MOST_NAMES]
            if unknown:
                exchange.hint = "; ".join(_hint(name, known) for name in unknown)
                explain(reply, exchange.hint)
        return reply


def _hint(name: str, known: frozenset[str]) -> str:
    right = nearest(name, known) if known else "this call takes none"
    return f"there is no query parameter {name[:60]!r}, so it was ignored; {right}"


def _path_guid(path: dict[str, str]) -> str:
    for name, text in path.items():
        try:
            return as_guid(text)
        except ValueError as error:
            raise SimulatorError(Refusal.BAD_REQUEST, f"{name}: {error}") from error
    return ""


def _right(parse: Callable[[str], str], text: str | None) -> str:
    """Returns what a header says; empty where the header is missing or wrong."""
    try:
        return parse(text or "")
    except ValueError:
        return ""


def _subject(
    path: str, guid: str, query: dict[str, Any], body: Any, world: World
) -> dict[str, Any]:
    """Returns what a call is about, by the names of the call's fields; of a refund, its payment.

    Args:
        path: the operation's path, with the names of its parameters.
        guid: the GUID in the path; empty where there is none.
        query: the query parameters.
        body: what the body schema has made of the body; of a wrong one, the fields that are right.
        world: where the call goes.
    """
    found: dict[str, Any] = {}
    if query:
        found = {"pos_id": query.get("pos_id"), "payment_id": query.get("payment_id")}
    if isinstance(body, InitiatePayment | PreparePayment):
        found["pos_id"], found["order_id"] = body.pos_id, body.order_id
        if isinstance(body, InitiatePayment):
            found["amount"], found["label"] = body.terms.amount, body.terms.label
    elif isinstance(body, CreateRefund):
        found["payment_id"], found["amount"] = body.payment_id, body.amount
    elif isinstance(body, dict):
        found = {name: body.get(name) for name in ("payment_id", "pos_id", "amount")}
        if path.startswith(USER_SIMULATION):
            pos = world.points_of_sale.with_beacon(body.get("beacon_id", ""))
            found["pos_id"] = pos.id if pos else None
    if "{paymentid}" in path:
        found["payment_id"] = guid
    elif "{posid}" in path:
        found["pos_id"] = guid
    elif "{refundid}" in path:
        refund = world.refunds.get(guid)
        found["refund_id"], found["payment_id"] = guid, refund.payment_id if refund else None
    return found
