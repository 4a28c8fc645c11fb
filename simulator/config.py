"""THE SETTINGS: one field each, from which flag, variable, file key and documentation are made.

The engine's own settings are the fields of `Rules`; those of the server around it are here.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from simulator.documents import Problem, ProblemsFound, nearest, parse_file
from simulator.engine.rules import Rules, setting
from simulator.engine.values import as_duration, as_url, show_duration
from simulator.hosts import as_host

__all__ = [
    "ENVIRONMENT_PREFIX",
    "Setting",
    "Settings",
    "parse_value",
    "settings_from",
    "settings_in_file",
    "settings_table",
    "show_value",
]

ENVIRONMENT_PREFIX = "MOBILEPAY_SIM"

#: What can stand behind `Bearer` (RFC 6750, section 2.1).
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, with its default."""

    host: str = setting("127.0.0.1", "Address to listen on; 0.0.0.0 for all.")
    port: int = setting(8080, "Port to listen on; 0 takes a free one and prints it.")
    port_file: Path | None = setting(None, "File to write the port to once the server answers.")
    tls: bool = setting(False, "Serve HTTPS too, beside plain HTTP; see drop-in.md.")
    tls_port: int | None = setting(
        None, "Port for HTTPS; 0 takes a free one and prints it; default: 8443."
    )
    tls_hosts: tuple[str, ...] = setting(
        (), "Another host name or address the certificate is for; repeatable."
    )
    tls_dir: Path | None = setting(
        None, "Folder where the CA is kept; default: one of this user's, which `ca path` tells."
    )
    tls_cert: Path | None = setting(
        None, "PEM file of a certificate, with its chain, to be used instead of one of the CA's."
    )
    tls_key: Path | None = setting(
        None, "PEM file of its private key; default: the key is in the --tls-cert file."
    )
    control_token: str | None = setting(
        None,
        "Token that calls below /_simulator must carry; better as a variable.",
        is_secret=True,
    )
    allow_remote_control: bool = setting(
        False, "Let other machines use the control API without a token."
    )
    allowed_hosts: tuple[str, ...] = setting(
        (), "Host name, or pattern such as *.example.test, to be reached by; repeatable."
    )
    public_url: str | None = setting(
        None, "URL clients use, where it differs from the address: goes into tokens and discovery."
    )
    scenario: str = setting(
        "success", "Scenario for payments nothing else is chosen for.", is_behaviour=True
    )
    scenarios: Path | None = setting(None, "Folder of your own scenario files.")
    magic_amounts: bool = setting(
        False,
        "Let last digits of amounts choose scenarios: 13.37 is rejected; see scenarios.md.",
        is_behaviour=True,
    )
    data: Path | None = setting(
        None, "YAML file of your own merchants, stores, integrators, customers, callback aliases."
    )
    data_dir: Path | None = setting(
        None, "Folder that keeps every sandbox durably: what was answered survives a crash."
    )
    seed: int = setting(1, "Seed of all ids, names and tokens.")
    time_scale: float = setting(
        1.0, "Simulated seconds per real second; 0 stops the clock until it is advanced."
    )
    start_time: datetime | None = setting(
        None, "Time at which every sandbox begins, such as 2024-01-31T12:00:00Z; default: now."
    )
    max_sandboxes: int = setting(1000, "Sandboxes there may be at once.")
    max_body: int = setting(1_048_576, "Largest request body in bytes.")
    max_snapshot: int = setting(268_435_456, "Largest snapshot that is taken in, in bytes.")
    request_timeout: timedelta = setting(
        timedelta(seconds=30), "Longest time a request's head or body may take to arrive."
    )
    max_stalled: int = setting(1000, "Calls a scenario may delay at the same time.")
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
        None, "PEM file of the CA that https receivers of check-in notifications are checked by."
    )
    integrator: tuple[str, ...] = setting(
        (), "CLIENT_ID:SECRET, or CLIENT_ID:SECRET@SANDBOX to bind it to a sandbox; repeatable."
    )
    open_auth: bool = setting(
        False,
        "Take any client credentials; each client id is an integrator of its own.",
        is_behaviour=True,
    )
    require_ibm_client_id: bool = setting(
        False,
        "Answer 401 where x-ibm-client-id is missing or unknown, as until October 2022.",
        is_behaviour=True,
    )
    require_system_name: bool = setting(
        False,
        "Answer 1152 where x-mobilepay-client-system-name is missing, as until March 2020.",
        is_behaviour=True,
    )
    blocked_versions: tuple[str, ...] = setting(
        (),
        "Client version that is refused with 403: 1.2.3, or 1.2 for all its builds; repeatable.",
        is_behaviour=True,
    )
    require_certified: bool = setting(
        False,
        "Whether a client version that is not certified is refused with 403, as in production.",
        is_behaviour=True,
    )
    rules: Rules = dataclasses.field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as the command line, the environment, files and docs show it."""

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
    def is_repeatable(self) -> bool:
        """Whether it can be given more than once."""
        return bool(self.type == tuple[str, ...])


def settings_table() -> Iterator[Setting]:
    """Yields all settings in the order they are shown."""
    for cls in (Settings, Rules):
        hints = get_type_hints(cls)
        for each in dataclasses.fields(cls):
            if "help" in each.metadata:
                help, is_rule = each.metadata["help"], cls is Rules
                is_behaviour = is_rule or each.metadata["is_behaviour"]
                kind = hints[each.name]
                yield Setting(each.name, kind, each.default, help, is_rule, is_behaviour)


def parse_value(setting: Setting, text: str) -> Any:
    """Returns a setting's value from the text a user wrote.

    Raises:
        ValueError: it is not such a value; the message says what would be right.
    """
    if setting.is_repeatable:
        return tuple(part for part in text.replace(",", " ").split() if part)
    return _PARSERS[setting.type](text)


def show_value(value: Any) -> str:
    """Returns a value as a user would write it; empty for none."""
    if value is None or value == ():
        return ""
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def settings_from(values: dict[str, Any]) -> Settings:
    """Returns the settings of which `values` gives some by name; the rest are the defaults.

    Raises:
        ValueError: a value is out of range; the message names its option.
    """
    rule_names = {each.name for each in dataclasses.fields(Rules)}
    rules = Rules(**{name: value for name, value in values.items() if name in rule_names})
    rest = {name: value for name, value in values.items() if name not in rule_names}
    settings = Settings(**rest, rules=rules)
    _check(settings)
    return settings


def settings_in_file(path: Path) -> dict[str, Any]:
    """Returns the settings a YAML file gives, by name.

    Raises:
        ProblemsFound: with every unknown or wrong setting.
    """
    table = {each.name: each for each in settings_table()}
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, (key, node) in parse_file(path).items().items():
        try:
            if name not in table:
                raise key.problem(f"unknown setting {name!r}; {nearest(name, table)}")
            try:
                values[name] = _file_value(table[name], node)
            except ValueError as error:
                if isinstance(error, ProblemsFound):
                    raise
                raise node.problem(str(error)) from error
        except ProblemsFound as found:
            problems.extend(found.problems)
    if problems:
        raise ProblemsFound(problems)
    return values


def _file_value(setting: Setting, node: Any) -> Any:
    if setting.is_repeatable and node.is_list:
        return tuple(each.text() for each in node.elements())
    return parse_value(setting, node.text())


def _check(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:
        raise ValueError(f"--port: must be 0 to 65535, not {settings.port}")
    if not 0 <= settings.time_scale <= 1_000_000:
        raise ValueError(f"--time-scale: must be 0 to 1000000, not {settings.time_scale:g}")
    if settings.log_format not in ("text", "json", "none"):
        raise ValueError(f"--log-format: must be text, json or none, not {settings.log_format!r}")
    for name in ("max_sandboxes", "max_body", "max_snapshot", "max_stalled"):
        if getattr(settings, name) < 1:
            raise ValueError(f"--{name.replace('_', '-')}: must be at least 1")
    for name in ("token_lifetime", "long_lived_token_lifetime", "request_timeout"):
        if getattr(settings, name) < timedelta(seconds=1):
            raise ValueError(f"--{name.replace('_', '-')}: must be at least 1s")
    if settings.start_time is not None and not 1970 <= settings.start_time.year < 3000:
        raise ValueError("--start-time: must be in the years 1970 to 2999")
    if settings.rules.journal_size < 0:
        raise ValueError("--journal-size: must be at least 0")
    if settings.rules.opening_balance < 0:
        raise ValueError("--opening-balance: must be at least 0")
    for each in settings.integrator:
        if not all(each.partition(":")[::2]):
            raise ValueError(f"--integrator: expected CLIENT_ID:SECRET, got {each!r}")
    _check_doors(settings)


def _check_doors(settings: Settings) -> None:
    """Checks what says where clients come in, and who may."""
    if not 0 <= (settings.tls_port or 0) <= 65535:
        raise ValueError(f"--tls-port: must be 0 to 65535, not {settings.tls_port}")
    for name in ("tls_port", "tls_hosts", "tls_cert", "tls_key"):
        if getattr(settings, name) not in (None, ()) and not settings.tls:
            raise ValueError(f"--{name.replace('_', '-')}: only means something with --tls")
    if settings.tls_key is not None and settings.tls_cert is None:
        raise ValueError("--tls-key: only means something with --tls-cert")
    for name in ("tls_hosts", "allowed_hosts"):
        for each in getattr(settings, name):
            _named(name, as_host, each)
    if settings.public_url is not None:
        _named("public_url", _as_base_url, settings.public_url)
    if settings.control_token is not None and not _TOKEN.fullmatch(settings.control_token):
        # It must not be shown, not even where it is wrong.
        raise ValueError("--control-token: must be letters, digits and -._~+/= alone")


def _named(name: str, read: Callable[[str], Any], text: str) -> None:
    try:
        read(text)
    except ValueError as error:
        raise ValueError(f"--{name.replace('_', '-')}: {error}") from error


def _as_base_url(text: str) -> str:
    if not urlsplit(as_url(text)).hostname:
        raise ValueError(f"there is no host in {text[:60]!r}")
    return text


def _parse_bool(text: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError(f"expected true or false, got {text!r}")
    return words[text.lower()]


def _parse_int(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(f"expected a whole number, got {text[:60]!r}") from error


def _parse_float(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"expected a number, got {text[:60]!r}") from error


def _parse_decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"expected a number, got {text[:60]!r}") from error
    if not number.is_finite() or number != number.quantize(Decimal("0.01")):
        raise ValueError(f"expected an amount with at most two decimals, got {text[:60]!r}")
    return number


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"expected a time such as 2024-01-31T12:00:00Z, got {text[:60]!r}"
        ) from error
    if moment.tzinfo is None:
        raise ValueError("the time needs a zone, such as the Z of 2024-01-31T12:00:00Z")
    return moment


_PARSERS: dict[Any, Any] = {
    bool: _parse_bool,
    int: _parse_int,
    float: _parse_float,
    str: str,
    Decimal: _parse_decimal,
    timedelta: as_duration,
    Path | None: Path,
    str | None: str,
    datetime | None: _parse_time,
    int | None: _parse_int,
}
