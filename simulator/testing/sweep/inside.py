"""A test suite under a sweep: its tests have sandboxes of their own, and the sweep finds them all.

Suite and sweep are processes of their own. They tell each other what there is to know by files in a
folder of the run, which a variable names.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any, Unpack

from msgspec import structs

from ...client import (
    ControlClient,
    Exchange,
    Exchanges,
    Matcher,
    RemoteSimulator,
    Sandbox,
    Verified,
)
from ...client.exchanges import Filters
from ...client.sandbox import Who
from ...client.verification import Count

#: The operation of calls of the control API in a journal.
CONTROL = "Control"
VARIABLE = "MOBILEPAY_SIM_SWEEP_FOLDER"


def short(label: str) -> str:
    """Returns a few letters that stand for a label."""
    # A path that is no text has half characters.
    return blake2b(label.encode(errors="surrogatepass"), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a sweep tells the suite.

    Args:
        run: the name of the run's own sandbox.
        faults: what goes wrong, as YAML.
        struck: the label of the sandbox where it does; None for all, empty for none of a test's.
        test: the test that sandbox is made in; its sandboxes are kept for the sweep to look at.
        time_scale: simulated seconds per real one; None as the simulator is set.
        settings: the names of what the sweep's simulator was set; None where it is not the sweep's.
    """

    run: str
    faults: str
    struck: str | None = None
    test: str = ""
    time_scale: float | None = None
    settings: tuple[str, ...] | None = None

    def are_about(self, test: str) -> bool:
        """Whether the sandboxes of a test are kept."""
        return self.struck is None or (bool(self.struck) and test == self.test)


class BadOrders(ValueError):
    """A folder that a sweep is said to have made, but has not."""


@dataclass(frozen=True, slots=True)
class Made:
    """A sandbox that a suite has made: its name, the test it was made in, what it is called."""

    sandbox: str
    test: str
    label: str


class Messages:
    """The folder in which sweep and suite leave word for each other.

    Args:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._orders = folder / "orders.json"
        self._made = folder / "sandboxes.jsonl"
        self._settings = folder / "settings.json"

    @staticmethod
    def of_this_process() -> "Messages | None":
        """Returns the folder that a sweep has given this process; None without a sweep."""
        folder = os.environ.get(VARIABLE)
        return Messages(Path(folder)) if folder else None

    def give(self, orders: Orders) -> None:
        """Tells the suite what to do, before it begins."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._orders.write_text(json.dumps(asdict(orders)), encoding="utf-8")

    def orders(self) -> Orders:
        """Returns what the suite is to do.

        Raises:
            BadOrders: the sweep has left no word that can be understood.
        """
        try:
            found = json.loads(self._orders.read_text(encoding="utf-8"))
            values = {each.name: found[each.name] for each in fields(Orders)}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadOrders(
                f"{VARIABLE}: {self.folder} is not of a sweep that runs, or of another version"
            ) from error
        settings = values.pop("settings")
        return Orders(**values, settings=None if settings is None else tuple(settings))

    def note(self, made: Made) -> None:
        """Tells the sweep of a sandbox; several processes of a suite may do so at once."""
        with self._made.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(made)) + "\n")

    def made(self) -> tuple[Made, ...]:
        """Returns the sandboxes that the suite has made, each once."""
        if not self._made.exists():
            return ()
        lines = self._made.read_text(encoding="utf-8").splitlines()
        return tuple(dict.fromkeys(Made(**json.loads(line)) for line in lines))

    def ask_for(self, settings: Mapping[str, str]) -> None:
        """Asks the sweep for a simulator that is set so."""
        self._settings.write_text(json.dumps(dict(settings)), encoding="utf-8")

    def asked_for(self) -> dict[str, str]:
        """Returns the settings that the suite wants of the simulator."""
        if not self._settings.exists():
            return {}
        found: dict[str, str] = json.loads(self._settings.read_text(encoding="utf-8"))
        return found


class SuiteSimulator(RemoteSimulator):
    """The simulator of a sweep, as a suite sees it: every sandbox is its own, as without a sweep.

    Args:
        url: of the run's own sandbox.
        messages: where sweep and suite leave word for each other.
        token: the control token, or None.

    Raises:
        ClientError: nobody answers there, or whoever does is no simulator.
        BadOrders: the sweep has left no word.
    """

    def __init__(self, url: str, messages: Messages, token: str | None = None) -> None:
        super().__init__(url, token=token)
        self._messages = messages
        self._orders = messages.orders()
        self._counts: Counter[str] = Counter()

    def sandbox(self, name: str | None = None, **who: Unpack[Who]) -> Sandbox:
        """Returns a fresh sandbox, which belongs to the test at work.

        Args:
            name: has no meaning here: the sweep has names of its own.
            who: whose client is tested.
        """
        test = _test_at_work()
        self._counts[test] += 1
        count = self._counts[test]
        label = test if count == 1 else f"{test} ({count})"
        made = Made(f"{self._orders.run}.{short(label)}", test, label)
        sandbox = _SweptSandbox(self.control, made, self._orders, **who)
        self._messages.note(made)
        sandbox.reset()
        return sandbox


class _SweptSandbox(Sandbox):
    """A test's sandbox that a sweep may strike, and looks at once the suite has ended."""

    def __init__(
        self, control: ControlClient, made: Made, orders: Orders, **who: Unpack[Who]
    ) -> None:
        super().__init__(control, made.sandbox, **who)
        self._orders = orders
        self._is_struck = orders.struck in (None, made.label)
        self._is_kept = orders.are_about(made.test)
        #: The ids of the calls that the sweep itself has made here.
        self._own: frozenset[int] = frozenset()

    def reset(self) -> None:
        """Makes everything as it was at the start; what goes wrong begins anew."""
        super().reset()
        self._own = frozenset()
        with self._aside():
            if self._orders.time_scale is not None:
                self.control.rescale(self._orders.time_scale)
            self._arm()

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Puts what a snapshot holds into the sandbox's place."""
        super().restore(snapshot)
        # One that was taken in this run holds the faults, and how far they have counted.
        if not self.control.faults():
            with self._aside():
                self._arm()

    def requests(self, **filters: Unpack[Filters]) -> Exchanges:
        """Returns the calls of the client, but for the one that the sweep has struck.

        A test that counts calls counts what follows, so that a client that does right passes it.
        """
        if "struck" not in filters:
            filters["struck"] = False
        return super().requests(**filters)

    def newest(self, limit: int) -> tuple[Exchange, ...]:
        """Returns the newest calls, but for those that the sweep has made."""
        shown = super().newest(limit + len(self._own))
        return tuple(each for each in shown if each.id not in self._own)[-limit:]

    def verify(self, matcher: str | Matcher, **bounds: Unpack[Count]) -> Verified:
        """Returns the client's calls of a kind, but for the one that the sweep has struck."""
        return super().verify(_not_struck(matcher), **bounds)

    def verify_in_order(self, *matchers: str | Matcher) -> Verified:
        """Returns calls of the client in order, but for the one that the sweep has struck."""
        return super().verify_in_order(*map(_not_struck, matchers))

    def close(self) -> None:
        """Drops the sandbox, unless the sweep is going to look at it."""
        if not self._is_kept:
            super().close()

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Notes the calls of the control API that are made inside as the sweep's own."""
        before = max((each.id for each in super().newest(1)), default=0)
        yield
        made = self.control.requests(since=before, operation=CONTROL, control=True)
        self._own |= {each.id for each in made}

    def _arm(self) -> None:
        if self._is_struck:
            self.control.put_faults(self._orders.faults)


def _not_struck(matcher: str | Matcher) -> Matcher:
    matcher = Matcher(matcher) if isinstance(matcher, str) else matcher
    return matcher if matcher.struck is not None else structs.replace(matcher, struck=False)


def _test_at_work() -> str:
    """Returns the node id of the test that pytest is at."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0] or "the session"
