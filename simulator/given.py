"""Settings given in Python, by name: as values, or as texts like those of the command line."""

from collections.abc import Mapping
from typing import Any

from simulator.client.errors import StartFailed
from simulator.config import (
    Setting,
    Settings,
    parse_value,
    settings_from,
    settings_table,
    show_value,
)
from simulator.documents import nearest

__all__ = ["FOR_TESTS", "as_options", "as_settings"]

#: What is different in tests: nothing happens by itself, and nothing is left to the environment.
FOR_TESTS: Mapping[str, Any] = {
    "host": "127.0.0.1",
    "port": 0,
    "scenario": "success",
    "time_scale": 0.0,
    "log_format": "none",
}


def as_settings(given: Mapping[str, Any]) -> Settings:
    """Returns the settings for tests, changed by what is given.

    Raises:
        StartFailed: there is no such setting, or its value is not right.
    """
    values = {setting.name: _value(setting, value) for setting, value in _all(given)}
    try:
        return settings_from(values)
    except (TypeError, ValueError) as error:
        raise StartFailed(str(error)) from error


def as_options(given: Mapping[str, Any]) -> list[str]:
    """Returns the same as options of `mobilepay-sim serve`.

    Raises:
        StartFailed: there is no such setting, or its value is not right.
    """
    options: list[str] = []
    for setting, value in _all(given):
        parsed = _value(setting, value)
        if setting.type is bool:
            options.append(setting.flag if parsed else f"--no-{setting.flag[2:]}")
        elif setting.is_repeatable:
            options += [word for each in parsed for word in (setting.flag, each)]
        elif parsed is not None:
            options += [setting.flag, show_value(parsed)]
    return options


def _all(given: Mapping[str, Any]) -> list[tuple[Setting, Any]]:
    table = {setting.name: setting for setting in settings_table()}
    for name in given:
        if name not in table:
            raise StartFailed(f"unknown setting {name!r}; {nearest(name, table)}")
    return [(table[name], value) for name, value in {**FOR_TESTS, **given}.items()]


def _value(setting: Setting, value: Any) -> Any:
    if setting.is_repeatable and not isinstance(value, str):
        return tuple(str(each) for each in value)
    if not isinstance(value, str):
        return value
    try:
        return parse_value(setting, value)
    except ValueError as error:
        raise StartFailed(f"{setting.flag}: {error}") from error
