"""The authentication service in OpenAPI, which the service's own file leaves out.

Sources: section 2 of the service's documentation; RFC 6749, sections 4.4 and 5.
"""

from typing import Any

from ..engine.operations import BY_NAME
from ..journal.exchanges import FORM
from .tokens import SCOPE

__all__ = ["CLIENT_SCHEME", "TAG", "authentication_paths"]

#: How a client shows who it is, if not in the form.
CLIENT_SCHEME = "client"
#: The group of these operations.
TAG = "Integrator Authentication"
_TEXT = {"type": "string"}
_URL = {"type": "string", "format": "uri"}
_TEXTS = {"type": "array", "items": _TEXT}


def authentication_paths() -> dict[str, dict[str, Any]]:
    """Returns the operations of the authentication service by path and method."""
    described = {"Token": _token(), "Discovery": _discovery(), "KeySet": _key_set()}
    return {
        BY_NAME[name].path: {
            BY_NAME[name].method.lower(): {"operationId": name, "tags": [TAG], **operation}
        }
        for name, operation in described.items()
    }


def _token() -> dict[str, Any]:
    form = {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "merchant_vat": {
            **_TEXT,
            "description": "The one merchant that the token is for: DK or FI and 8 digits.",
        },
        "scope": {"type": "string", "enum": [SCOPE]},
        "client_id": {**_TEXT, "description": "Where it is not sent by Basic authentication."},
        "client_secret": _TEXT,
    }
    granted = {
        "access_token": _TEXT,
        "expires_in": {"type": "integer", "format": "int32"},
        "token_type": {"type": "string", "enum": ["Bearer"]},
        "scope": {"type": "string", "enum": [SCOPE]},
    }
    refused = {"error": _TEXT, "error_description": _TEXT}
    return {
        "summary": "Get an access token",
        "security": [{CLIENT_SCHEME: []}, {}],
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": _object(form, "grant_type")}},
        },
        "responses": {
            "200": _json("The token", _object(granted, *granted)),
            "400": _json("The request is not valid", _object(refused, "error")),
            "401": _json("The client is not authenticated", _object(refused, "error")),
        },
    }


def _discovery() -> dict[str, Any]:
    urls = dict.fromkeys(("issuer", "jwks_uri", "token_endpoint"), _URL)
    lists = dict.fromkeys(
        (
            "scopes_supported",
            "grant_types_supported",
            "response_types_supported",
            "token_endpoint_auth_methods_supported",
            "id_token_signing_alg_values_supported",
            "subject_types_supported",
            "claims_supported",
            "code_challenge_methods_supported",
        ),
        _TEXTS,
    )
    found = _object(urls | lists, *urls, *lists)
    return {
        "summary": "Find out where tokens and keys are",
        "security": [],
        "responses": {"200": _json("The discovery document", found)},
    }


def _key_set() -> dict[str, Any]:
    names = ("kty", "use", "kid", "x5t", "e", "n", "alg")
    key = _object({**dict.fromkeys(names, _TEXT), "x5c": _TEXTS}, *names, "x5c")
    found = _object({"keys": {"type": "array", "items": key}}, "keys")
    return {
        "summary": "Get the keys that tokens are signed with",
        "security": [],
        "responses": {"200": _json("The key set", found)},
    }


def _object(fields: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required)}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
