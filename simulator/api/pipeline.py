"""THE ORDER in which a call is looked at: authentication, headers, body, state.

Every operation goes through `Pipeline.view`. Nothing is changed before all checks have passed.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Request
from marshmallow import Schema

from simulator.api.answers import Reply, empty, internal_error, json_answer, refusal_answer
from simulator.api.context import Context
from simulator.api.environ import BODY, BODY_TOO_LARGE, CERTIFYING, RESUMED, SANDBOX_NAME, here
from simulator.api.headers import Headers, Need, check_headers
from simulator.api.operations import Call, Operation, Polled, Subject
from simulator.api.recording import (
    enter,
    header_pairs,
    note_caller,
    note_made,
    note_refusal,
    note_subject,
)
from simulator.api.schemas.fields import load
from simulator.api.staging import incoming_of, perform, subject_of
from simulator.api.tokens import BadToken, Claims, check_times
from simulator.certification.sessions import minor_version
from simulator.engine.callers import Caller
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.values import as_fraction, as_guid, as_vat
from simulator.sandboxes import DEFAULT, Sandbox, TooManySandboxes
from simulator.scripting.library import UnknownScenario

__all__ = [
    "SCENARIO_HEADER",
    "Pipeline",
    "correlation_id",
    "headers_of",
    "is_json",
    "parse_json",
    "sandbox_of",
    "whole_body",
]

SCENARIO_HEADER = "x-simulator-scenario"

_log = logging.getLogger("simulator")
_CORRELATION_LENGTH = 100


class Pipeline:
    """Turns operations into Flask views."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._blocked = context.settings.blocked_versions
        self._needs_certificate = context.settings.require_certified

    def view(self, operation: Operation) -> Callable[..., Reply]:
        """Returns the Flask view of an operation."""
        body = operation.body() if operation.body else None
        query = operation.query() if operation.query else None
        answer = operation.answer(many=operation.many) if operation.answer else None

        def serve(**path: str) -> Reply:
            headers = headers_of(here())
            try:
                call = self._understand(operation, headers, body, query, path)
                return self._perform(operation, call, answer, headers)
            except SimulatorError as error:
                return self._refuse(operation, error, headers)
            except TooManySandboxes as error:
                return internal_error(self._correlate(headers), 503, str(error))
            except Exception:
                failed = Request(here())
                _log.exception("%s %s failed", failed.method, failed.path)
                return internal_error(self._correlate(headers))

        return serve

    def _perform(
        self, operation: Operation, call: Call, answer: Schema | None, headers: Headers
    ) -> Reply:
        """Does the call's work; where a scenario looks at calls, the director has its say."""
        subject = subject_of(operation, call)
        note_subject(subject)
        if not _is_staged(call, subject):
            return _do(operation, call, answer)
        incoming = incoming_of(operation, call, subject, headers)

        def work(run: str | None) -> Reply:
            cast = replace(call, script=run) if run and operation.starts_payment else call
            try:
                return _do(operation, cast, answer)
            except SimulatorError as error:
                return self._refuse(operation, error, headers)

        return perform(call.sandbox, incoming, work, lambda: self._correlate(headers))

    def _refuse(self, operation: Operation, error: SimulatorError, headers: Headers) -> Reply:
        note_refusal(error)
        return refusal_answer(error, self._correlate(headers), has_origin=operation.has_origin)

    def _correlate(self, headers: Headers) -> str:
        return correlation_id(self._context, headers)

    def _understand(
        self,
        operation: Operation,
        headers: Headers,
        body: Schema | None,
        query: Schema | None,
        path: dict[str, str],
    ) -> Call:
        sandbox, claims = self._authenticate(operation, headers)
        caller, key = NOBODY, ""
        if claims is not None:
            note_caller(claims.client_id, claims.merchant)
            caller, key = self._check_headers(operation, headers, claims)
            note_caller(caller.client_id, caller.merchant)
            self._certify(sandbox, caller, headers)
        return Call(
            sandbox=sandbox,
            caller=caller,
            key=key,
            script=_script(operation, headers, sandbox),
            id=_path_guid(path),
            query=load(query, _query()) if query else {},
            body=load(body, _json_object()) if body else None,
        )

    def _authenticate(
        self, operation: Operation, headers: Headers
    ) -> tuple[Sandbox, Claims | None]:
        bound = self._check_app(headers)
        if operation.is_user_simulation:
            return sandbox_of(self._context, bound), None
        if len(headers.all("authorization")) > 1:
            raise SimulatorError(Refusal.UNAUTHORIZED, "there is more than one Authorization")
        scheme, _, token = (headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise SimulatorError(Refusal.UNAUTHORIZED, "there is no bearer token")
        try:
            claims = self._context.tokens.read(token.strip())
            sandbox = sandbox_of(self._context, claims.sandbox)
            if claims.sandbox not in (sandbox.name, DEFAULT):
                raise BadToken(f"the token is of the sandbox {claims.sandbox!r}")
            check_times(claims, sandbox.world.clock.present())
        except BadToken as error:
            raise SimulatorError(Refusal.UNAUTHORIZED, str(error)) from error
        if self._context.integrator(claims.client_id) is None:
            raise SimulatorError(Refusal.UNAUTHORIZED, "the token's client is not known any more")
        return sandbox, claims

    def _check_app(self, headers: Headers) -> str | None:
        """Checks x-ibm-client-id where it is required; returns the sandbox it is bound to."""
        app_id = headers.get("x-ibm-client-id") or ""
        integrator = self._context.integrator_of_app(app_id) if app_id else None
        if integrator is None and self._context.settings.require_ibm_client_id:
            raise SimulatorError(
                Refusal.UNAUTHORIZED, "x-ibm-client-id is " + ("not known" if app_id else "missing")
            )
        return integrator.sandbox if integrator else None

    def _check_headers(
        self, operation: Operation, headers: Headers, claims: Claims
    ) -> tuple[Caller, str]:
        needs = operation.needs
        if self._context.settings.require_system_name:
            needs |= {Need.OLD_CLIENTS_ONLY}
        if claims.merchant is None:
            needs |= {Need.WITHOUT_MERCHANT_CLAIM}
        else:
            _check_claim(claims.merchant)
        found = check_headers(headers, needs)
        self._check_version(found["x-mobilepay-client-system-version"])
        merchant = found.get("x-mobilepay-merchant-vat-number", claims.merchant)
        if claims.merchant not in (None, merchant):
            raise SimulatorError(Refusal.OTHER_MERCHANT, claims.merchant)
        caller = Caller(claims.client_id, merchant)
        return caller, found.get("x-mobilepay-idempotency-key", "")

    def _certify(self, sandbox: Sandbox, caller: Caller, headers: Headers) -> None:
        """Lets a call count for a certification, or refuses a version that has none."""
        version = headers.get("x-mobilepay-client-system-version") or ""
        if CERTIFYING in here():
            with sandbox.world:
                sandbox.certifications.ensure(caller.client_id, version)
        elif self._needs_certificate:
            with sandbox.world:
                is_admitted = sandbox.certifications.admits(caller.client_id, version)
            if not is_admitted:
                raise SimulatorError(Refusal.VERSION_NOT_CERTIFIED, minor_version(version))

    def _check_version(self, version: str) -> None:
        for blocked in self._blocked:
            if version == blocked or version.startswith(f"{blocked}."):
                raise SimulatorError(Refusal.VERSION_BLOCKED, version)


#: Who calls the user simulation.
NOBODY = Caller("", "")


def sandbox_of(context: Context, bound: str | None = None) -> Sandbox:
    """Returns the sandbox a request goes to: the path's, else the one it is bound to.

    Raises:
        TooManySandboxes: it would be one too many.
    """
    return enter(context.sandboxes.get(here().get(SANDBOX_NAME) or bound or DEFAULT))


def headers_of(environ: dict[str, Any]) -> Headers:
    """Returns a request's headers; true duplicates only where the server tells them apart."""
    return Headers(header_pairs(environ))


def correlation_id(context: Context, headers: Headers) -> str:
    """Returns the id the client sent as CorrelationId, or a new one."""
    sent = headers.get("correlationid") or ""
    if 0 < len(sent) <= _CORRELATION_LENGTH and sent.isprintable():
        return sent
    return context.correlation_ids.guid()


def _check_claim(merchant: object) -> None:
    try:
        as_vat(merchant if isinstance(merchant, str) else "")
    except ValueError as error:
        raise SimulatorError(Refusal.VAT_CLAIM_INVALID, str(error)) from error


def _script(operation: Operation, headers: Headers, sandbox: Sandbox) -> str | None:
    name = headers.get(SCENARIO_HEADER) if operation.starts_payment else None
    if name is None:
        return None
    try:
        return sandbox.director.shelf.get(name).name
    except UnknownScenario as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"X-Simulator-Scenario: {error}") from error


def _path_guid(path: dict[str, str]) -> str:
    for name, text in path.items():
        try:
            return as_guid(text)
        except ValueError as error:
            raise SimulatorError(Refusal.BAD_REQUEST, f"{name}: {error}") from error
    return ""


def _query() -> dict[str, str]:
    """An empty parameter counts as one that is not there (decided)."""
    if not here().get("QUERY_STRING"):
        return {}
    return {name: value for name, value in Request(here()).args.items() if value}


def is_json(content_type: str) -> bool:
    """Whether a media type is one of those the service takes."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type in ("application/json", "text/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _json_object() -> dict[str, Any]:
    content_type = here().get("CONTENT_TYPE", "")
    if not is_json(content_type):
        raise SimulatorError(
            Refusal.BAD_REQUEST,
            f"Content-Type: expected application/json, got {content_type[:60]!r}",
        )
    return parse_json(whole_body())


def whole_body() -> bytes:
    """Returns the request's body.

    Raises:
        SimulatorError: it is larger than the setting allows.
    """
    environ = here()
    if environ.get(BODY_TOO_LARGE):
        raise SimulatorError(Refusal.BAD_REQUEST, "the body is too large")
    body: bytes | None = environ.get(BODY)
    if body is None:
        body = environ[BODY] = Request(environ).get_data(cache=False)
    return body


def parse_json(content: bytes) -> dict[str, Any]:
    """Returns the object a body holds, its fractions as `Decimal`.

    Raises:
        SimulatorError: it is no JSON object.
    """
    try:
        data = _decode(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, "the body is nested too deep") from error
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise SimulatorError(Refusal.BAD_REQUEST, "the body is not a JSON object")
    return data


def _whole(text: str) -> int | Decimal:
    # Python refuses to make an int of thousands of digits; the field's own rule refuses these.
    return int(text) if len(text) < 100 else Decimal(text)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(
    parse_float=as_fraction, parse_int=_whole, parse_constant=_no_constant
).decode


def _do(operation: Operation, call: Call, answer: Schema | None) -> Reply:
    result = operation.handle(call)
    if operation.creates:
        note_made(result)
    return _dump(answer, result)


def _is_staged(call: Call, subject: Subject) -> bool:
    """Whether the director has a say in a call; it keeps the say it had before the call waited."""
    if call.script is not None or RESUMED in here():
        return True
    return call.sandbox.director.looks_at(subject.payment_id)


def _dump(schema: Schema | None, result: Any) -> Reply:
    if schema is None:
        return empty()
    if isinstance(result, Polled):
        delay = int(result.delay.total_seconds() * 1000)
        return json_answer({**schema.dump(result.value), "pollDelayInMs": delay})
    return json_answer(schema.dump(result))
