"""The values of settings: read from texts and files, and checked."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..client.bearing import as_control_token
from ..engine.rules import Rules
from ..engine.values import as_duration, as_url, as_version_front, show_duration
from .documents import FileProblem, ProblemsFound, parse_file
from .hosts import as_host, as_origin
from .nearest import nearest
from .settings import LARGEST_SEED, Setting, Settings, settings_table

#: No amount of a setting, or of what is stored, is larger.
HIGHEST = Decimal(10) ** 15


def parse_value(setting: Setting, text: str) -> Any:
    """Returns the value of a setting from a text.

    Raises:
        ValueError: the text is wrong; the message says what would be right.
    """
    if setting.is_repeatable:
        return tuple(part for part in text.replace(",", " ").split() if part)
    return _PARSERS[setting.type](text)


def given_value(setting: Setting, text: str) -> Any:
    """Returns the value of a setting from a text that somebody gives, as an option or in a file.

    Raises:
        ValueError: the text is wrong, or nothing: a list without a value is not given.
    """
    value = parse_value(setting, text)
    if value == ():
        raise ValueError("is empty")
    return value


def show_value(value: Any) -> str:
    """Returns a value as a text that `parse_value` reads; empty for none."""
    if value is None or value == ():
        return ""
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def settings_from(values: dict[str, Any]) -> Settings:
    """Returns settings with some values by name, and defaults for the rest.

    Raises:
        ValueError: values are out of range; the message has a line for each, with its option.
    """
    rule_names = {each.name for each in dataclasses.fields(Rules)}
    rules = Rules(**{name: value for name, value in values.items() if name in rule_names})
    rest = {name: value for name, value in values.items() if name not in rule_names}
    settings = Settings(**rest, rules=rules)
    if mistakes := list(_mistakes(settings)):
        raise ValueError("\n".join(mistakes))
    return settings


def settings_in_file(path: Path) -> dict[str, Any]:
    """Returns the values of a YAML file by name.

    Raises:
        ProblemsFound: settings are unknown or wrong.
    """
    table = {each.name: each for each in settings_table()}
    values: dict[str, Any] = {}
    problems: list[FileProblem] = []
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
    return given_value(setting, node.text())


def _mistakes(settings: Settings) -> Iterator[str]:
    """Yields what is wrong with values, each with its option in front."""
    if not 0 <= settings.port <= 65535:
        yield f"--port: must be 0 to 65535, not {settings.port}"
    if not -LARGEST_SEED <= settings.seed <= LARGEST_SEED:
        yield f"--seed: must be from -2^53 to 2^53, not {show_value(settings.seed)[:60]}"
    if not 0 <= settings.time_scale <= 1_000_000:
        yield f"--time-scale: must be 0 to 1000000, not {settings.time_scale:g}"
    if settings.log_format not in ("text", "json", "none"):
        yield f"--log-format: must be text, json or none, not {settings.log_format!r}"
    for name in ("max_sandboxes", "max_body", "max_snapshot", "max_stalled", "max_journal"):
        if getattr(settings, name) < 1:
            yield f"{_flag(name)}: must be at least 1"
    for name in ("token_lifetime", "long_lived_token_lifetime", "request_timeout"):
        if getattr(settings, name) < timedelta(seconds=1):
            yield f"{_flag(name)}: must be at least 1s"
    if settings.start_time is not None and not 1970 <= settings.start_time.year < 3000:
        yield "--start-time: must be in the years 1970 to 2999"
    if settings.rules.journal_size < 0:
        yield "--journal-size: must be at least 0"
    if settings.rules.opening_balance < 0:
        yield "--opening-balance: must be at least 0"
    for each in settings.integrator:
        if not all(each.partition(":")[::2]):
            yield f"--integrator: expected CLIENT_ID:SECRET, got {each!r}"
    yield from _unreadable("blocked_versions", as_version_front, settings.blocked_versions)
    yield from _mistakes_of_access(settings)


def _mistakes_of_access(settings: Settings) -> Iterator[str]:
    """Yields what is wrong with the addresses, the certificates and the token."""
    if not settings.host:
        yield "--host: must not be empty; 0.0.0.0 listens on all addresses"
    if not 0 <= (settings.tls_port or 0) <= 65535:
        yield f"--tls-port: must be 0 to 65535, not {settings.tls_port}"
    for name in ("tls_port", "tls_dir", "tls_hosts", "tls_cert", "tls_key"):
        if getattr(settings, name) not in (None, ()) and not settings.tls:
            yield f"{_flag(name)}: needs --tls"
    if settings.tls and settings.tls_key is not None and settings.tls_cert is None:
        yield "--tls-key: needs --tls-cert"
    for name in ("tls_hosts", "allowed_hosts"):
        yield from _unreadable(name, as_host, getattr(settings, name))
    yield from _unreadable("allow_origin", as_origin, settings.allow_origin)
    if settings.public_url is not None:
        yield from _unreadable("public_url", _as_base, (settings.public_url,))
    if settings.control_token is not None:
        yield from _unreadable("control_token", as_control_token, (settings.control_token,))


def _as_base(text: str) -> str:
    """Returns a URL that paths are put behind.

    Raises:
        ValueError: it is none, or something is behind its path.
    """
    url = as_url(text)
    for sign, what in (("#", "fragment"), ("?", "query")):
        if sign in url:
            raise ValueError(
                f"paths are put behind it, so it can have no {what}; got {text[:60]!r}"
            )
    return url


def _unreadable(name: str, read: Callable[[str], Any], texts: Iterable[str]) -> Iterator[str]:
    """Yields why texts of a setting can't be read."""
    for each in texts:
        try:
            read(each)
        except ValueError as error:
            yield f"{_flag(name)}: {error}"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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
    if not number.is_finite() or not -HIGHEST <= number <= HIGHEST:
        raise ValueError(f"expected an amount up to {HIGHEST:,}, got {text[:60]!r}")
    if number != number.quantize(Decimal("0.01")):
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


def _parse_path(text: str) -> Path:
    if not text.strip():
        raise ValueError("names no file or folder")
    return Path(text)


_PARSERS: dict[Any, Any] = {
    bool: _parse_bool,
    int: _parse_int,
    float: _parse_float,
    str: str,
    Decimal: _parse_decimal,
    timedelta: as_duration,
    Path | None: _parse_path,
    str | None: str,
    datetime | None: _parse_time,
    int | None: _parse_int,
}
