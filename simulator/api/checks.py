"""What is checked before the body of a call: who calls, its headers, and what is open to it."""

from hmac import compare_digest

from ..certification.sessions import minor_version, sections_for
from ..engine.errors import SimulatorError
from ..engine.records import Caller
from ..engine.refusals import Refusal
from ..engine.values import as_vat, as_version_front
from ..journal.exchanges import ExchangeRecord
from ..sandboxes.registry import DEFAULT, HostedSandbox
from ..scripting.call import NOBODY, Call
from ..settings.data import Integrator
from ..settings.hosts import PRODUCTION_HOST, SANDBOX_HOST, host_in
from .answers import INVALID_REQUEST, INVALID_TOKEN, Unauthorized
from .context import Context
from .headers import Need, check_headers
from .operations import Operation
from .recorder import enter, note_caller
from .request import Request
from .tokens import BadAccessToken, Claims, check_times

VERSION_HEADER = "x-mobilepay-client-system-version"
VAT_HEADER = "x-mobilepay-merchant-vat-number"

#: A caller, the client id, the idempotency key and the version of a call.
Identity = tuple[Caller, str, str, str]
#: Of a call for which no token is needed.
ANONYMOUS: Identity = (NOBODY, NOBODY.client_id, "", "")


class Checks:
    """The checks of an app.

    Args:
        context: its parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._blocked = tuple(map(as_version_front, context.settings.blocked_versions))
        self._needs_certificate = context.settings.require_certified
        self._needs_app = context.settings.require_ibm_client_id
        self._needs_name = context.settings.require_system_name

    def identify(
        self, operation: Operation, request: Request, exchange: ExchangeRecord
    ) -> tuple[HostedSandbox, Identity]:
        """Returns where a call goes, and who makes it; enters the sandbox.

        Raises:
            SimulatorError: the call is refused by its host, its token or its headers.
            TooManySandboxes: the sandbox would be one too many.
        """
        if operation.is_user_simulation or request.is_certifying:
            check_host(request)
        app = integrator_of_app(self._context, request)
        if operation.is_user_simulation:
            if self._needs_app:
                check_app_secret(app, request)
            bound = app.sandbox if app else None
            return enter_sandbox(self._context, request, exchange, bound), ANONYMOUS
        sandbox, claims = self._authenticate(request, exchange)
        integrator = self._context.integrator(claims.client_id)
        if integrator is None:
            raise Unauthorized("the token's client is not known any more", INVALID_TOKEN)
        owner = integrator.owner
        note_caller(exchange, claims.client_id, claims.merchant, owner)
        merchant, key, version = self._check_headers(operation, request, claims)
        exchange.merchant = merchant
        self._certify(sandbox, claims.client_id, version, request, exchange)
        return sandbox, (Caller(owner, merchant), claims.client_id, key, version)

    def check_extent(self, sandbox: HostedSandbox, call: Call) -> None:
        """Refuses a call of a part of the API in which its client must be certified and is not."""
        if not self._needs_certificate or call.caller is NOBODY or call.is_certifying:
            return
        sections = sections_for(call)
        with sandbox.world:
            is_open = sandbox.certifications.admits(call.client_id, call.version, sections)
        if not is_open:
            wanted = f"{minor_version(call.version)} has no certificate for {' or '.join(sections)}"
            raise SimulatorError(Refusal.VERSION_NOT_CERTIFIED, wanted)

    def _authenticate(
        self, request: Request, exchange: ExchangeRecord
    ) -> tuple[HostedSandbox, Claims]:
        if "authorization" in request.headers.repeated:
            raise Unauthorized("there is more than one Authorization", INVALID_REQUEST)
        scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("there is no bearer token")
        try:
            claims = self._context.tokens.read(token.strip())
            sandbox = enter_sandbox(self._context, request, exchange, claims.sandbox)
            if claims.sandbox not in (sandbox.name, DEFAULT):
                raise BadAccessToken(f"the token is of the sandbox {claims.sandbox!r}")
            check_times(claims, sandbox.world.clock.present())
        except BadAccessToken as error:
            raise Unauthorized(str(error), INVALID_TOKEN) from error
        return sandbox, claims

    def _check_headers(
        self, operation: Operation, request: Request, claims: Claims
    ) -> tuple[str, str, str]:
        """Returns the merchant, the idempotency key and the version of a call."""
        needs = operation.needs
        if self._needs_name:
            needs |= {Need.OLD_CLIENTS_ONLY}
        if claims.merchant is None:
            needs |= {Need.WITHOUT_MERCHANT_CLAIM}
        else:
            check_claim(claims.merchant)
        found = check_headers(request.headers, needs)
        version = found[VERSION_HEADER]
        for blocked in self._blocked:
            if version == blocked or version.startswith(f"{blocked}."):
                raise SimulatorError(Refusal.VERSION_BLOCKED, version)
        merchant = found.get(VAT_HEADER, claims.merchant)
        if claims.merchant not in (None, merchant):
            raise SimulatorError(Refusal.OTHER_MERCHANT, claims.merchant)
        return merchant, found.get("x-mobilepay-idempotency-key", ""), version

    def _certify(
        self,
        sandbox: HostedSandbox,
        client_id: str,
        version: str,
        request: Request,
        exchange: ExchangeRecord,
    ) -> None:
        """Lets a call count for a certification, or refuses a version that has none."""
        if not (request.is_certifying or self._needs_certificate):
            return
        with sandbox.world as world:
            world.caused = exchange.events
            if request.is_certifying:
                sandbox.certifications.ensure(client_id, version)
            elif not sandbox.certifications.admits(client_id, version):
                raise SimulatorError(Refusal.VERSION_NOT_CERTIFIED, minor_version(version))


def enter_sandbox(
    context: Context, request: Request, exchange: ExchangeRecord, bound: str | None = None
) -> HostedSandbox:
    """Returns the sandbox a request goes to: the path's, else the one it is bound to; enters it.

    Raises:
        TooManySandboxes: it would be one too many.
    """
    return enter(context.sandboxes.get(request.sandbox or bound or DEFAULT), exchange)


def integrator_of_app(context: Context, request: Request) -> Integrator | None:
    """Returns the integrator that x-ibm-client-id names, or None.

    Raises:
        Unauthorized: it names none, and `--require-ibm-client-id` is set.
    """
    app_id = request.headers.get("x-ibm-client-id") or ""
    integrator = context.integrator_of_app(app_id) if app_id else None
    if integrator is None and context.settings.require_ibm_client_id:
        raise Unauthorized("x-ibm-client-id is " + ("not known" if app_id else "missing"))
    return integrator


def check_app_secret(app: Integrator | None, request: Request) -> None:
    """Refuses a call without x-ibm-client-secret, or with another than the data file has."""
    secret = request.headers.get("x-ibm-client-secret") or ""
    wanted = app.ibm_client_secret if app else None
    if not secret or (wanted and not compare_digest(wanted.encode(), secret.encode())):
        raise Unauthorized("x-ibm-client-secret is " + ("not right" if secret else "missing"))


def check_host(request: Request) -> None:
    """Refuses what the production host of the service never had."""
    if host_in(request.headers.get("host") or "") == PRODUCTION_HOST:
        raise SimulatorError(
            Refusal.NO_SUCH_PATH,
            f"{request.method} {request.path[:100]} was never served by {PRODUCTION_HOST}; use "
            f"{SANDBOX_HOST} or the simulator's own address",
        )


def check_claim(merchant: object) -> None:
    """Refuses a token whose claim is no VAT number."""
    try:
        as_vat(merchant if isinstance(merchant, str) else "")
    except ValueError as error:
        raise SimulatorError(Refusal.VAT_CLAIM_INVALID, str(error)) from error
