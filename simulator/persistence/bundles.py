"""A replay bundle: everything that led to a sandbox's answers, and the answers, in one JSON file.

Seed, start and settings, who was known, the scenarios there were, and every call in its order,
those that moved the clock among them. Secrets and tokens are masked, so it can be passed on.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from simulator import __version__
from simulator.config import Settings, parse_value, settings_from, settings_table, show_value
from simulator.data import Data
from simulator.engine.values import as_sandbox_name
from simulator.journal.exchanges import Exchange
from simulator.journal.masking import MASK
from simulator.persistence.heads import check_head
from simulator.persistence.parts import EXCHANGE
from simulator.sandboxes import Sandbox
from simulator.scripting.scenario import Scenario, as_scenario_name

__all__ = ["FORMAT", "BadBundle", "Bundle", "read_bundle", "settings_of", "take_bundle"]

FORMAT = "mobilepay-sim bundle"
#: Goes up with every change of what is in it.
VERSION = 1


class BadBundle(ValueError):
    """A bundle that can't be made or read; the message says why, in one line."""


class Bundle(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a file holds.

    Args:
        sandbox: the name that the sandbox's ids follow from.
        seed: the seed they follow from.
        start: the sandbox's time at its beginning.
        settings: those that clients can tell, where they are not the defaults, as texts.
        data: who was known; secrets are masked.
        scenarios: the texts of all scenarios there were, by name; uploads are among the calls.
        exchanges: the calls in their order, from the first on.
    """

    format: str = FORMAT
    version: int = VERSION
    simulator: str = __version__
    sandbox: str
    seed: int
    start: datetime
    settings: dict[str, str]
    data: Data
    scenarios: dict[str, str]
    exchanges: list[msgspec.Raw]

    def calls(self) -> list[Exchange]:
        """Returns the exchanges.

        Raises:
            BadBundle: one is not right.
        """
        found = []
        for number, each in enumerate(self.exchanges):
            try:
                exchange = EXCHANGE.decode(each)
            except msgspec.MsgspecError as error:
                raise BadBundle(f"exchanges[{number}]: {error}") from error
            # Behind a target's address anything else could name another host.
            if not exchange.path.startswith("/"):
                shown = exchange.path[:60]
                raise BadBundle(f"exchanges[{number}]: path: {shown!r} does not begin with /")
            found.append(exchange)
        return found


def take_bundle(
    sandbox: Sandbox, settings: Settings, data: Data, scenarios: Iterable[Scenario]
) -> bytes:
    """Returns a sandbox's bundle as JSON. It is called inside the sandbox's world.

    Args:
        settings: the server's.
        data: who is known to it.
        scenarios: those of its files.

    Raises:
        BadBundle: the journal has dropped calls, so that nobody could play them again.
    """
    if sandbox.journal.dropped:
        raise BadBundle(
            f"the journal has dropped the first {sandbox.journal.dropped} calls; "
            "raise --journal-size to replay this much"
        )
    seed, name = sandbox.world.ids.place.parts[:2]
    bundle = Bundle(
        sandbox=str(name),
        seed=int(seed),
        start=sandbox.world.start,
        settings=_shown(settings),
        data=_without_secrets(data),
        scenarios={each.name: dict(each.texts)[each.name] for each in scenarios},
        exchanges=[msgspec.Raw(EXCHANGE.encode(each)) for each in sandbox.journal],
    )
    return msgspec.json.encode(bundle)


def read_bundle(content: bytes) -> Bundle:
    """Returns what a file holds.

    Raises:
        BadBundle: it is no bundle, or one of another version.
    """
    try:
        check_head(content, "bundle", FORMAT, VERSION)
        bundle = msgspec.json.decode(content, type=Bundle)
        _check_names(bundle)
        return bundle
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadBundle(f"the bundle can't be read: {error}") from error
    except ValueError as error:
        raise BadBundle(str(error)) from error


def _check_names(bundle: Bundle) -> None:
    """Refuses names that are none: they become paths of files and of calls."""
    for field, check, names in (
        ("sandbox", as_sandbox_name, (bundle.sandbox,)),
        ("scenarios", as_scenario_name, bundle.scenarios),
    ):
        for name in names:
            try:
                check(name)
            except ValueError as error:
                raise BadBundle(f"{field}: {error}") from error


def settings_of(bundle: Bundle, **more: Any) -> Settings:
    """Returns the settings that a bundle's calls were answered by.

    Args:
        more: those that are not in the bundle.

    Raises:
        BadBundle: one is unknown or not right.
    """
    table = {each.name: each for each in settings_table() if each.is_behaviour}
    values: dict[str, Any] = {"seed": bundle.seed, "start_time": bundle.start, "time_scale": 0.0}
    for name, text in bundle.settings.items():
        try:
            values[name] = parse_value(table[name], text)
        except KeyError as error:
            raise BadBundle(f"settings: {name!r} is no setting of this version") from error
        except ValueError as error:
            raise BadBundle(f"settings: {name}: {error}") from error
    try:
        return settings_from(values | more)
    except ValueError as error:
        raise BadBundle(f"settings: {error}") from error


def _shown(settings: Settings) -> dict[str, str]:
    shown = {}
    for each in settings_table():
        value = getattr(settings.rules if each.is_rule else settings, each.name)
        if each.is_behaviour and value != each.default:
            is_list = isinstance(value, tuple)
            shown[each.name] = " ".join(value) if is_list else show_value(value)
    return shown


def _without_secrets(data: Data) -> Data:
    masked = tuple(replace(each, secret=MASK, sandbox=None) for each in data.integrators)
    return replace(data, integrators=masked)
