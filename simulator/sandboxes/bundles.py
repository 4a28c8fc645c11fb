"""A replay bundle: one JSON file with everything that determined a sandbox's responses.

It has the seed, the start time, the settings, the data, the scenarios and every call with its
response, in order. Secrets and tokens are masked, so that it can be shared.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from .. import __version__
from ..engine.values import as_sandbox_name, count_of
from ..journal.exchanges import ExchangeRecord
from ..journal.secret_fields import MASK
from ..scripting.scenario import Scenario, as_scenario_name
from ..settings.data import Data
from ..settings.echoes import in_one_line
from ..settings.settings import Settings, settings_table
from ..settings.settings_values import parse_value, settings_from, show_value
from .bounds import check_bounds
from .codecs import check_head
from .references import check_data, check_exchange
from .registry import HostedSandbox
from .stored_runs import EXCHANGE

FORMAT = "mobilepay-sim bundle"
#: Increases with every change of the format.
VERSION = 1


class BadBundle(ValueError):
    """A bundle can't be made or read; the message says why, in one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(in_one_line(reason))


class Bundle(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The content of a bundle.

    Args:
        sandbox: the name that the sandbox's ids are made from.
        seed: the seed they are made from.
        start: the sandbox's start time.
        settings: the settings that clients notice and that differ from the defaults, as texts.
        data: the integrators, merchants and customers; secrets are masked.
        scenarios: the texts of all scenario files, by name; uploads are among the calls.
        exchanges: the calls in order, from the first on.
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

    def calls(self) -> list[ExchangeRecord]:
        """Returns the exchanges.

        Raises:
            BadBundle: one is invalid, or two have the same id.
        """
        found: dict[int, ExchangeRecord] = {}
        for number, each in enumerate(self.exchanges):
            try:
                exchange = EXCHANGE.decode(each)
                check_bounds(exchange, f"exchanges[{number}]")
                check_exchange(exchange, f"exchanges[{number}]")
            except msgspec.MsgspecError as error:
                raise BadBundle(f"exchanges[{number}]: {error}") from error
            except ValueError as error:
                raise BadBundle(str(error)) from error
            if exchange.id in found:
                raise BadBundle(f"exchanges[{number}].id: a call before it has the same id")
            found[exchange.id] = exchange
        return [*found.values()]


def take_bundle(
    sandbox: HostedSandbox, settings: Settings, data: Data, scenarios: Iterable[Scenario]
) -> bytes:
    """Returns a sandbox's bundle as JSON; see `copied_bundle`."""
    return copied_bundle(sandbox, settings, data, scenarios)()


def copied_bundle(
    sandbox: HostedSandbox, settings: Settings, data: Data, scenarios: Iterable[Scenario]
) -> Callable[[], bytes]:
    """Copies what a bundle holds; returns what writes it, for any thread.

    Called inside the sandbox's world.

    Args:
        settings: the server's settings.
        data: the server's data.
        scenarios: the scenarios of the server's files.

    Raises:
        BadBundle: the journal has dropped calls, so that the bundle could not be replayed.
    """
    if sandbox.journal.dropped:
        raise BadBundle(
            f"the journal has dropped {count_of(sandbox.journal.dropped, 'call')}, the oldest; "
            "raise --journal-size to replay this much"
        )
    seed, name = sandbox.world.ids.position.parts[:2]
    bundle = Bundle(
        sandbox=str(name),
        seed=int(seed),
        start=sandbox.world.start,
        settings=_shown(settings),
        data=_without_secrets(data),
        scenarios={each.name: dict(each.texts)[each.name] for each in scenarios},
        exchanges=[],
    )
    exchanges = tuple(sandbox.journal)

    def write() -> bytes:
        bundle.exchanges = [msgspec.Raw(EXCHANGE.encode(each)) for each in exchanges]
        return msgspec.json.encode(bundle)

    return write


def read_bundle(content: bytes) -> Bundle:
    """Returns the bundle in a file.

    Raises:
        BadBundle: it is not a bundle, or a bundle of another version.
    """
    try:
        check_head(content, "bundle", FORMAT, VERSION)
        bundle = msgspec.json.decode(content, type=Bundle)
        _check_names(bundle)
        check_bounds((bundle.seed, bundle.start, bundle.data), "the bundle")
        check_data(bundle.data)
        return bundle
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadBundle(f"the bundle can't be read: {error}") from error
    except ValueError as error:
        raise BadBundle(str(error)) from error


def _check_names(bundle: Bundle) -> None:
    """Checks names that become paths of files and of calls."""
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
    """Returns the settings of the server that answered a bundle's calls.

    Args:
        more: settings that a bundle does not have.

    Raises:
        BadBundle: a setting is unknown or invalid.
    """
    table = {each.name: each for each in settings_table() if each.is_behaviour}
    values: dict[str, Any] = {"seed": bundle.seed, "start_time": bundle.start, "time_scale": 0.0}
    for name, text in bundle.settings.items():
        try:
            values[name] = parse_value(table[name], text)
        except KeyError as error:
            raise BadBundle(f"settings: {name!r} is not a setting of this version") from error
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
    masked = tuple(
        replace(each, secret=MASK, sandbox=None, ibm_client_secret=None)
        for each in data.integrators
    )
    return replace(data, integrators=masked)
