"""Settings given in Python, by name: as values, or as texts like those of the command line."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..client.errors import StartFailed
from ..settings.nearest import nearest
from ..settings.settings import Setting, Settings, settings_table
from ..settings.settings_values import given_value, settings_from, show_value

#: What is different in tests: nothing happens by itself, and nothing is left to the environment.
FOR_TESTS: Mapping[str, Any] = {
    "host": "127.0.0.1",
    "port": 0,
    "scenario": "success",
    "time_scale": 0.0,
    "log_format": "none",
}


def from_pairs(
    pairs: Mapping[str, list[str]],
    folders: Mapping[str, Path] | None = None,
    *,
    is_checked: bool = True,
) -> dict[str, str]:
    """Returns the settings that texts NAME=VALUE give, see `pairs_of`, as texts by their names.

    Args:
        pairs: the texts.
        folders: of settings that are paths: what a relative path counts from, by the settings'
            names; the current folder where there is none.
        is_checked: whether names and values are looked at.

    Raises:
        StartFailed: there is no such setting, its value is not right, or is given more than once.
    """
    table = _table(pairs if is_checked else ())
    given: dict[str, str] = {}
    for name, values in pairs.items():
        setting, text = table.get(name), " ".join(values)
        if is_checked and setting is not None:
            if len(values) > 1 and not setting.is_repeatable:
                raise StartFailed(f"{name} is given {len(values)} times, and has one value")
            _value(setting, text)
        is_path = setting is not None and setting.is_path
        given[name] = str(folders[name] / text) if folders and is_path and text else text
    return given


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


def _table(given: Iterable[str]) -> dict[str, Setting]:
    """Returns the settings by name; all that are given must be among them."""
    table = {setting.name: setting for setting in settings_table()}
    for name in given:
        if name not in table:
            raise StartFailed(f"unknown setting {name!r}; {nearest(name, table)}")
    return table


def _all(given: Mapping[str, Any]) -> list[tuple[Setting, Any]]:
    table = _table(given)
    return [(table[name], value) for name, value in {**FOR_TESTS, **given}.items()]


def _value(setting: Setting, value: Any) -> Any:
    if setting.is_repeatable and not isinstance(value, str):
        return tuple(str(each) for each in value)
    if not isinstance(value, str):
        return value
    try:
        return given_value(setting, value)
    except ValueError as error:
        raise StartFailed(f"{setting.flag}: {error}") from error
