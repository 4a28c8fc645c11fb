"""The token endpoint, its discovery document and its key set.

Sources: section 2 of the service's documentation; RFC 6749, sections 2.3.1, 4.4 and 5.2.
"""

import binascii
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from flask import Blueprint, request

from simulator.api.answers import Headers as AnswerHeaders
from simulator.api.answers import Reply, json_answer
from simulator.api.context import Context
from simulator.api.environ import BODY_TOO_LARGE, here
from simulator.api.headers import Headers
from simulator.api.pipeline import correlation_id, headers_of, sandbox_of, whole_body
from simulator.api.recording import begun_at, note_caller
from simulator.api.staging import perform
from simulator.api.tokens import SCOPE
from simulator.data import Integrator
from simulator.engine.values import as_vat
from simulator.journal.exchanges import FORM, is_form
from simulator.sandboxes import TooManySandboxes
from simulator.scripting.runs import Incoming

__all__ = ["BASE", "TOKEN_OPERATIONS", "OAuthError", "token_blueprint"]

BASE = "/integrator-authentication"
#: What the journal and scenarios call the routes, by endpoint.
TOKEN_OPERATIONS = {
    "token.token": "Token",
    "token.discovery": "Discovery",
    "token.key_set": "KeySet",
}
NO_STORE: AnswerHeaders = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]


class OAuthError(Exception):
    """A refusal in the shape of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(description)


def token_blueprint(context: Context) -> Blueprint:
    """Returns the authentication service's routes."""
    routes = Blueprint("token", __name__, url_prefix=BASE)

    @routes.post("/connect/token")
    def token() -> Reply:
        headers = headers_of(here())

        def work(_: str | None) -> Reply:
            try:
                return json_answer(_grant(context, headers), headers=NO_STORE)
            except OAuthError as error:
                return _refuse(error, headers)

        incoming = Incoming(
            name="Token", method="POST", client_id=_asking(headers), real_at=begun_at()
        )
        return _staged(context, incoming, work)

    @routes.get("/.well-known/openid-configuration")
    def discovery() -> Reply:
        return _staged(
            context, Incoming(name="Discovery"), lambda _: json_answer(_discovery(context))
        )

    @routes.get("/.well-known/openid-configuration/jwks")
    def key_set() -> Reply:
        names = [each.name for each in context.sandboxes]
        return _staged(
            context,
            Incoming(name="KeySet"),
            lambda _: json_answer(context.tokens.key_set(names)),
        )

    return routes


def _staged(context: Context, incoming: Incoming, work: Callable[[str | None], Reply]) -> Reply:
    headers = headers_of(here())
    try:
        sandbox = sandbox_of(context)
        return perform(sandbox, incoming, work, lambda: correlation_id(context, headers))
    except TooManySandboxes as error:
        return _refuse(OAuthError("temporarily_unavailable", str(error), 503), headers)


def _discovery(context: Context) -> dict[str, Any]:
    base = request.root_url.rstrip("/") + BASE
    return {
        "issuer": context.tokens.issuer,
        "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
        "token_endpoint": f"{base}/connect/token",
        "scopes_supported": [SCOPE, "offline_access"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["plain", "S256"],
    }


def _grant(context: Context, headers: Headers) -> dict[str, Any]:
    form = _form(headers)
    integrator = _authenticate(context, headers, form)
    merchant = _check_grant(form, integrator)
    note_caller(integrator.client_id.lower(), merchant)
    sandbox = sandbox_of(context, integrator.sandbox)
    settings = context.settings
    lifetime: timedelta = (
        settings.long_lived_token_lifetime
        if integrator.has_long_lived_tokens
        else settings.token_lifetime
    )
    now = sandbox.world.clock.present()
    client_id = integrator.client_id.lower()
    return {
        "access_token": context.tokens.issue(client_id, merchant, sandbox.name, now, lifetime),
        "expires_in": int(lifetime.total_seconds()),
        "token_type": "Bearer",
        "scope": SCOPE,
    }


def _form(headers: Headers) -> dict[str, str]:
    content_type = headers.get("content-type") or ""
    if not is_form(content_type):
        raise OAuthError("invalid_request", f"Content-Type must be {FORM}")
    if here().get(BODY_TOO_LARGE):
        raise OAuthError("invalid_request", "the form is too large")
    try:
        pairs = parse_qsl(
            whole_body().decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
    except ValueError as error:
        raise OAuthError("invalid_request", f"the form can't be read: {error}") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "a parameter is there more than once")
    return form


def _authenticate(context: Context, headers: Headers, form: dict[str, str]) -> Integrator:
    app_id = headers.get("x-ibm-client-id") or ""
    if context.settings.require_ibm_client_id and context.integrator_of_app(app_id) is None:
        raise OAuthError("invalid_client", "x-ibm-client-id is missing or not known", 401)
    for client_id, secret in _credentials(headers, form):
        integrator = context.integrator(client_id)
        if integrator is None:
            continue
        if context.settings.open_auth or compare_digest(
            integrator.secret.encode(), secret.encode()
        ):
            return integrator
    raise OAuthError("invalid_client", "the client id or the secret is wrong", 401)


def _credentials(headers: Headers, form: dict[str, str]) -> list[tuple[str, str]]:
    """Returns the credentials to try: RFC 6749 has them form-encoded, many clients don't."""
    authorization = headers.all("authorization")
    if not authorization:
        return [(form.get("client_id", ""), form.get("client_secret", ""))]
    scheme, _, encoded = authorization[0].partition(" ")
    if len(authorization) > 1 or "client_secret" in form:
        raise OAuthError("invalid_request", "credentials are given more than once")
    if scheme.lower() != "basic":
        raise OAuthError("invalid_client", "the Authorization header is not Basic", 401)
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "the Basic credentials are not base64", 401) from error
    if not colon:
        raise OAuthError("invalid_client", "the Basic credentials lack a colon", 401)
    if form.get("client_id", client_id).lower() != client_id.lower():
        raise OAuthError("invalid_request", "two different client ids are given")
    return [(client_id, secret), (unquote_plus(client_id), unquote_plus(secret))]


def _asking(headers: Headers) -> str:
    """Returns the client id that asks for a token, whether or not it will get one."""
    try:
        (client_id, _), *_ = _credentials(headers, _form(headers))
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


def _refuse(error: OAuthError, headers: Headers) -> Reply:
    answer_headers = list(NO_STORE)
    if error.status == 401 and headers.get("authorization"):
        answer_headers.append(("WWW-Authenticate", 'Basic realm="mobilepay"'))
    body = {"error": error.error, "error_description": error.description}
    return json_answer(body, error.status, answer_headers)
