"""THE SETTINGS: a field each, from which its flag, variable, file key and documentation are made.

The settings of a world are the fields of `Rules`; the settings of the server are here.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints

from ..engine.rules import Rules, setting

ENVIRONMENT_PREFIX = "MOBILEPAY_SIM"
#: JSON keeps whole numbers exactly up to here: what is stored says which seed its ids follow from.
LARGEST_SEED = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the server, and the rules of its worlds."""

    host: str = setting("127.0.0.1", "Address to listen on; 0.0.0.0 for all.")
    port: int = setting(8080, "Port to listen on; 0 picks a free one.")
    port_file: Path | None = setting(
        None, "File that contains the port while the server is running."
    )
    tls: bool = setting(False, "Serve HTTPS too, beside plain HTTP; see drop-in.md.")
    tls_port: int | None = setting(
        None, "Port for HTTPS; 0 picks a free one; default: 8443, or 0 if --port is 0."
    )
    tls_hosts: tuple[str, ...] = setting(
        (), "Additional host name or address of the certificate; repeatable."
    )
    tls_dir: Path | None = setting(
        None, "Folder of the CA; default: a folder of this user, which `ca path` prints."
    )
    tls_cert: Path | None = setting(
        None, "PEM file of a certificate with its chain, to use instead of one of the CA."
    )
    tls_key: Path | None = setting(
        None, "PEM file of its private key; default: the key is in the --tls-cert file."
    )
    control_token: str | None = setting(
        None,
        "Token that calls of /_simulator must carry; preferably set as a variable.",
        is_secret=True,
    )
    allow_remote_control: bool = setting(
        False, "Let other machines use the control API without a token."
    )
    allowed_hosts: tuple[str, ...] = setting(
        (), "Host name, or pattern such as *.example.test, that clients may use; repeatable."
    )
    allow_origin: tuple[str, ...] = setting(
        (), "Origin of web pages that may call the service's API; repeatable."
    )
    public_url: str | None = setting(
        None,
        "URL that clients use, if it differs from the address; appears in tokens and discovery.",
    )
    scenario: str = setting("success", "Default scenario of payments.", is_behaviour=True)
    scenarios: Path | None = setting(None, "Folder of your own scenario files.")
    magic_amounts: bool = setting(
        False,
        "Let the last digits of amounts choose scenarios: 13.37 is rejected; see scenarios.md.",
        is_behaviour=True,
    )
    data: Path | None = setting(
        None,
        "YAML file with your own merchants, stores, integrators, customers and callback aliases.",
    )
    data_dir: Path | None = setting(
        None, "Folder in which every sandbox is saved: answered calls survive a crash."
    )
    seed: int = setting(1, "Seed of all ids, names and tokens.")
    time_scale: float = setting(
        1.0, "Simulated seconds per real second; 0 stops the clock until it is advanced."
    )
    start_time: datetime | None = setting(
        None, "Time at which every sandbox begins, such as 2024-01-31T12:00:00Z; default: now."
    )
    max_sandboxes: int = setting(1000, "Maximum number of sandboxes.")
    max_body: int = setting(1_048_576, "Largest request body in bytes.")
    max_snapshot: int = setting(268_435_456, "Largest snapshot that can be loaded, in bytes.")
    request_timeout: timedelta = setting(
        timedelta(seconds=30), "Longest time that the head or the body of a request may take."
    )
    max_stalled: int = setting(
        1000, "Maximum number of calls that scenarios delay at the same time."
    )
    max_journal: int = setting(
        1024, "Memory of the journals of all sandboxes together, in MB; the oldest calls go first."
    )
    log_format: str = setting("text", "Request log: text, json or none.")
    token_lifetime: timedelta = setting(
        timedelta(seconds=3700), "Lifetime of access tokens.", is_behaviour=True
    )
    long_lived_token_lifetime: timedelta = setting(
        timedelta(days=365),
        "Lifetime of access tokens of integrators with long-lived tokens.",
        is_behaviour=True,
    )
    signing_key: Path | None = setting(
        None, "PEM file of the RSA key that signs tokens; default: a new key at each start."
    )
    callback_ca: Path | None = setting(
        None, "PEM file of the CA that verifies https receivers of check-in notifications."
    )
    integrator: tuple[str, ...] = setting(
        (),
        "CLIENT_ID:SECRET, or CLIENT_ID:SECRET@SANDBOX to bind it to a sandbox; repeatable. A "
        "secret with a comma, a blank or an @ goes into the --data file.",
    )
    open_auth: bool = setting(
        False,
        "Accept any client credentials; each client id is an integrator.",
        is_behaviour=True,
    )
    require_ibm_client_id: bool = setting(
        False,
        "Answer 401 if x-ibm-client-id is missing or unknown, as until October 2022; also if the "
        "user simulation gets no x-ibm-client-secret.",
        is_behaviour=True,
    )
    require_system_name: bool = setting(
        False,
        "Answer 1152 if x-mobilepay-client-system-name is missing, as until March 2020.",
        is_behaviour=True,
    )
    blocked_versions: tuple[str, ...] = setting(
        (),
        "Client version that is refused with 403: 1.2.3, or 1.2 for all its builds; repeatable.",
        is_behaviour=True,
    )
    require_certified: bool = setting(
        False,
        "Refuse client versions that are not certified with 403, as in production.",
        is_behaviour=True,
    )
    rules: Rules = dataclasses.field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, for the command line, the environment, files and documentation."""

    name: str
    type: Any
    default: Any
    help: str
    is_rule: bool
    is_behaviour: bool

    @property
    def flag(self) -> str:
        """Its command-line option."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"{ENVIRONMENT_PREFIX}_{self.name.upper()}"

    @property
    def is_path(self) -> bool:
        """Whether it names a file or a folder."""
        return bool(self.type == Path | None)

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be given more than once."""
        return bool(self.type == tuple[str, ...])


def settings_table() -> Iterator[Setting]:
    """Yields all settings in the order of the documentation."""
    for cls in (Settings, Rules):
        hints = get_type_hints(cls)
        for each in dataclasses.fields(cls):
            if "help" in each.metadata:
                help, is_rule = each.metadata["help"], cls is Rules
                is_behaviour = is_rule or each.metadata["is_behaviour"]
                kind = hints[each.name]
                yield Setting(each.name, kind, each.default, help, is_rule, is_behaviour)


def pairs_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """Returns what texts say, by the settings' names; several values where a name comes again.

    Raises:
        ValueError: one is no NAME=VALUE.
    """
    pairs: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        if not (name and equals):
            raise ValueError(f"expected NAME=VALUE, got {text!r}")
        pairs.setdefault(name, []).append(value.strip())
    return pairs
