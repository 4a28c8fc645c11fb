"""Discovery (OpenID Connect Discovery 1.0, section 4), as authlib's client of it sees it.

The issuer has to be the URL under which the document was found, whatever host, port, scheme and
sandbox that was; and a token works whatever host it was got at.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support import CLIENT_ID, SECRET, RunningServer, Till, fresh, running_server

SERVICE = "/integrator-authentication"
GRANT = {"grant_type": "client_credentials", "merchant_vat": "DK12345678"}
HOSTS = ["", "api.sandbox.mobilepay.dk", "api.mobilepay.dk", "host.docker.internal:8080"]


@pytest.fixture(autouse=True)
def over_plain_http_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets authlib take an issuer of plain HTTP; all else it checks as ever."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@dataclass
class Relying:
    """A client that knows nothing but its issuer: authlib finds the rest by discovery.

    Args:
        reached: the URL that leads to the server.
        host: the name that the client goes by, if it is another than that of the URL.
        prefix: in front of the paths.
        ca: the file of the CA that it trusts, for HTTPS.
    """

    reached: str
    host: str = ""
    prefix: str = ""
    ca: str | None = None

    def __post_init__(self) -> None:
        self.http = OAuth2Session(CLIENT_ID, SECRET, scope="integrator_scope")
        self.http.trust_env, self.http.verify = False, self.ca
        if self.host:
            self.http.headers["Host"] = self.host
        scheme, _, netloc = self.reached.partition("://")
        self.root = f"{scheme}://{self.host or netloc}"
        self.issuer = f"{self.root}{self.prefix}{SERVICE}"

    def path(self, url: str) -> str:
        """Returns a URL of the document as one that leads to the server."""
        assert url.startswith(self.root)
        return self.reached + url.removeprefix(self.root)

    def metadata(self) -> OpenIDProviderMetadata:
        """Returns the document, which authlib has found valid and which names its own issuer."""
        found = self.http.get(
            self.path(get_well_known_url(self.issuer, external=True)), withhold_token=True
        )
        assert found.headers["Content-Type"].startswith("application/json")
        metadata = OpenIDProviderMetadata(found.json())
        metadata.validate()
        assert metadata.issuer == self.issuer
        return metadata

    def token(self) -> str:
        """Returns a token that is verified with nothing but what discovery tells."""
        metadata = self.metadata()
        granted = self.http.fetch_token(self.path(metadata.token_endpoint), **GRANT)
        keys = self.http.get(self.path(metadata.jwks_uri), withhold_token=True).json()
        token: str = granted["access_token"]
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"])
        claims = jwt.JWTClaimsRegistry(iss={"essential": True, "value": metadata.issuer})
        claims.validate(decoded.claims)
        return token


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of HTTP and HTTPS."""
    folder = str(tmp_path_factory.mktemp("tls"))
    with running_server("--tls", "--tls-dir", folder) as running:
        yield running


@pytest.fixture(scope="module")
def ca(both: RunningServer) -> str:
    """The file of its CA."""
    return str(httpx.get(f"{both.url}/_simulator/health").json()["caFile"])


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("sandbox", ["", "nightly"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_issuer_is_the_url_asked_and_its_tokens_verify(
    both: RunningServer, ca: str, host: str, sandbox: str, scheme: str
) -> None:
    reached = both.https_url if scheme == "https" else both.url
    assert reached is not None
    prefix = f"/sandboxes/{sandbox}" if sandbox else ""
    assert Relying(reached, host, prefix, ca).token()


def test_a_token_works_at_every_host_port_and_scheme(both: RunningServer) -> None:
    with (
        httpx.Client(base_url=both.url) as plain,
        httpx.Client(base_url=both.https_url, verify=_trusting_nobody()) as secure,
    ):
        for host in HOSTS:
            token = Relying(both.url, host).token()
            for http in (plain, secure):
                for other in HOSTS:
                    headers = {
                        "Authorization": f"Bearer {token}",
                        "X-MobilePay-Client-System-Version": "1.2.3",
                        **({"Host": other} if other else {}),
                    }
                    assert http.get("/pos/v10/stores", headers=headers).status_code == 200


def _trusting_nobody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_a_sandbox_is_an_issuer_of_its_own(server: RunningServer) -> None:
    names = [fresh("a"), fresh("b")]
    found = {Relying(server.url, prefix=f"/sandboxes/{name}").metadata().issuer for name in names}
    assert len(found) == 2


def test_authlib_refuses_a_document_that_lacks_what_discovery_requires(
    server: RunningServer,
) -> None:
    document = Relying(server.url).metadata()
    for name in ("issuer", "jwks_uri", "response_types_supported", "subject_types_supported"):
        with pytest.raises(ValueError, match=name):
            OpenIDProviderMetadata({k: v for k, v in document.items() if k != name}).validate()


# --- the token endpoint -----------------------------------------------------------------------


@pytest.mark.parametrize("client_id", [f"{CLIENT_ID} ", f" {CLIENT_ID}", f"{CLIENT_ID}\t"])
def test_a_client_id_is_trimmed(till: Till, client_id: str) -> None:
    path = f"{SERVICE}/connect/token"
    credentials = {"client_id": client_id, "client_secret": SECRET}

    assert till.http.post(path, data=GRANT, auth=(client_id, SECRET)).status_code == 200
    assert till.http.post(path, data=GRANT | credentials).status_code == 200


def test_a_secret_is_not_trimmed(till: Till) -> None:
    answer = till.http.post(f"{SERVICE}/connect/token", data=GRANT, auth=(CLIENT_ID, f"{SECRET} "))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_at_the_token_endpoint_is_an_invalid_request(
    till: Till, method: str
) -> None:
    answer = till.http.request(method, f"{SERVICE}/connect/token")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "POST" in answer.json()["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Allow"] == "POST"
