"""The token endpoint, its discovery document and its key set.

Sources: section 2 of the service's documentation; RFC 6749, sections 2.3.1, 4.4 and 5.2.
"""

from base64 import b64decode
from datetime import timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from ..engine.errors import SimulatorError
from ..engine.operations import AUTHENTICATION, BY_NAME, TOKEN_CALL, Endpoint
from ..engine.refusals import Refusal
from ..engine.values import as_vat
from ..journal.exchanges import FORM, ExchangeRecord, is_form
from ..sandboxes.registry import HostedSandbox, TooManySandboxes
from ..scripting.call import Call
from ..settings.data import Integrator
from .answers import (
    NO_STORE,
    STATUSES,
    OAuthError,
    Response,
    Unauthorized,
    json_answer,
    oauth_answer,
    refusal_answer,
)
from .checks import enter_sandbox, integrator_of_app
from .context import Context
from .door import View
from .fault_decisions import Work, perform
from .recorder import enter, note_caller, note_refusal
from .request import Request, whole_body
from .tokens import SCOPE

#: The longest form that is read, in bytes: all that one for a token says is far shorter.
LONGEST_FORM = 16 * 1024


def authentication_views(context: Context) -> list[tuple[Endpoint, View]]:
    """Returns what answers the operations of the authentication service."""

    def token(request: Request, exchange: ExchangeRecord, _: dict[str, str]) -> Response:
        def work(sandbox: HostedSandbox, *_: object) -> Response:
            try:
                granted = _grant(context, request, exchange, sandbox)
            except OAuthError as error:
                return oauth_answer(error)
            return json_answer(granted, headers=NO_STORE)

        return _answer("Token", request, exchange, work, _asking(request))

    def discovery(request: Request, exchange: ExchangeRecord, _: dict[str, str]) -> Response:
        def work(*__: object) -> Response:
            return json_answer(_discovery(context, request))

        return _answer("Discovery", request, exchange, work)

    def key_set(request: Request, exchange: ExchangeRecord, _: dict[str, str]) -> Response:
        def work(*__: object) -> Response:
            # What neighbours are called is none of a sandbox's business.
            here = request.sandbox
            names = [here] if here else [each.name for each in context.sandboxes]
            return json_answer(context.tokens.key_set(names))

        return _answer("KeySet", request, exchange, work)

    def _answer(
        name: str, request: Request, exchange: ExchangeRecord, work: Work, client_id: str = ""
    ) -> Response:
        call = Call(name=name, method=request.method, client_id=client_id, real_at=exchange.real_at)
        try:
            sandbox = enter_sandbox(context, request, exchange)
            if name != TOKEN_CALL:
                integrator_of_app(context, request)
            return perform(context, sandbox, call, request, exchange, work)
        except Unauthorized as error:
            note_refusal(exchange, error)
            return refusal_answer(error, context.correlation_id(request, exchange))
        except TooManySandboxes as error:
            return oauth_answer(OAuthError("temporarily_unavailable", str(error), 503))

    views = {"Token": token, "Discovery": discovery, "KeySet": key_set}
    return [(BY_NAME[name], view) for name, view in views.items()]


def _discovery(context: Context, request: Request) -> dict[str, Any]:
    base = request.root + AUTHENTICATION
    return {
        "issuer": _issuer(context, request),
        "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
        "token_endpoint": f"{base}/connect/token",
        "scopes_supported": [SCOPE, "offline_access"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "claims_supported": [],
        "code_challenge_methods_supported": ["plain", "S256"],
    }


def _issuer(context: Context, request: Request) -> str:
    """Returns the URL under which the service was asked (OpenID Connect Discovery, section 4.3)."""
    public = context.settings.public_url
    root = public.rstrip("/") + request.prefix if public else request.root
    return root + AUTHENTICATION


def _grant(
    context: Context, request: Request, exchange: ExchangeRecord, sandbox: HostedSandbox
) -> dict[str, Any]:
    form = _form(request)
    integrator = _authenticate(context, request, form)
    merchant = _check_grant(form, integrator)
    note_caller(exchange, integrator.client_id.lower(), merchant, integrator.owner)
    if integrator.sandbox and request.sandbox is None and integrator.sandbox != sandbox.name:
        sandbox.world.clock.unpin()
        sandbox = enter(context.sandboxes.get(integrator.sandbox), exchange)
    settings = context.settings
    lifetime: timedelta = (
        settings.long_lived_token_lifetime
        if integrator.has_long_lived_tokens
        else settings.token_lifetime
    )
    now = sandbox.world.clock.present()
    client_id = integrator.client_id.lower()
    return {
        "access_token": context.tokens.issue(
            client_id,
            merchant,
            sandbox.name,
            now,
            lifetime,
            sandbox.token_ids.guid(),
            _issuer(context, request),
            integrator.owner,
        ),
        "expires_in": int(lifetime.total_seconds()),
        "token_type": "Bearer",
        "scope": SCOPE,
    }


def _form(request: Request) -> dict[str, str]:
    try:
        body = whole_body(request)
        if len(body) > LONGEST_FORM:
            message = f"the form has {len(body)} bytes; it may have at most {LONGEST_FORM}"
            raise SimulatorError(Refusal.BODY_TOO_LARGE, message)
    except SimulatorError as error:
        status = STATUSES[error.row.kind]
        raise OAuthError("invalid_request", error.message, status) from error
    content_type = request.headers.get("content-type") or ""
    if not is_form(content_type):
        raise OAuthError("invalid_request", f"Content-Type must be {FORM}")
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
    except ValueError as error:
        raise OAuthError("invalid_request", f"the form can't be read: {error}") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "a parameter was sent more than once")
    return form


def _authenticate(context: Context, request: Request, form: dict[str, str]) -> Integrator:
    app_id = request.headers.get("x-ibm-client-id") or ""
    if context.settings.require_ibm_client_id and context.integrator_of_app(app_id) is None:
        raise OAuthError("invalid_client", "x-ibm-client-id is missing or not known", 401)
    for client_id, secret in _credentials(request, form):
        integrator = context.integrator(client_id)
        if integrator is None:
            continue
        if context.settings.open_auth or compare_digest(
            integrator.secret.encode(), secret.encode()
        ):
            return integrator
    raise OAuthError("invalid_client", "the client id or the secret is wrong", 401)


def _credentials(request: Request, form: dict[str, str]) -> list[tuple[str, str]]:
    """Returns the credentials to try: RFC 6749 has them form-encoded, many clients don't."""
    authorization = request.headers.all("authorization")
    if not authorization:
        return [(form.get("client_id", "").strip(), form.get("client_secret", ""))]
    scheme, _, encoded = authorization[0].partition(" ")
    if len(authorization) > 1 or "client_secret" in form:
        raise OAuthError("invalid_request", "credentials are given more than once")
    if scheme.lower() != "basic":
        raise OAuthError("invalid_client", "the Authorization header is not Basic", 401)
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as error:
        raise OAuthError("invalid_client", "the Basic credentials are not base64", 401) from error
    if not colon:
        raise OAuthError("invalid_client", "the Basic credentials lack a colon", 401)
    client_id = client_id.strip()
    if form.get("client_id", client_id).strip().lower() != client_id.lower():
        raise OAuthError("invalid_request", "two different client ids are given")
    return [(client_id, secret), (unquote_plus(client_id).strip(), unquote_plus(secret))]


def _asking(request: Request) -> str:
    """Returns the client id that asks for a token, whether or not it will get one."""
    try:
        (client_id, _), *_ = _credentials(request, _form(request))
    except OAuthError:
        return ""
    return client_id.lower()


def _check_grant(form: dict[str, str], integrator: Integrator) -> str | None:
    grant_type = form.get("grant_type", "")
    if not grant_type:
        raise OAuthError("invalid_request", "grant_type is missing")
    if grant_type != "client_credentials":
        raise OAuthError("unsupported_grant_type", "grant_type must be client_credentials")
    if form.get("scope", SCOPE) not in ("", SCOPE):
        raise OAuthError("invalid_scope", f"scope must be {SCOPE}")
    merchant = form.get("merchant_vat") or None
    if merchant is not None:
        try:
            return as_vat(merchant)
        except ValueError as error:
            raise OAuthError("invalid_request", f"merchant_vat: {error}") from error
    if integrator.has_long_lived_tokens:
        raise OAuthError("invalid_request", "a long-lived token needs merchant_vat")
    return None


def refuse_method(method: str) -> Response:
    """Returns the answer of the token endpoint to a method that it does not take."""
    reply = oauth_answer(OAuthError("invalid_request", f"{method} is not allowed here; POST is"))
    reply.headers.append(("Allow", "POST"))
    return reply
