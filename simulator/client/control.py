"""`ControlClient`: the whole control API, typed."""

from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from simulator.client.calling import given, quoted
from simulator.client.certification_calls import CertificationCalls
from simulator.client.closing import Closing
from simulator.client.connection import Connection
from simulator.client.journal_calls import JournalCalls
from simulator.client.listing_calls import ListingCalls
from simulator.client.shapes import (
    Clock,
    Event,
    Health,
    Merchant,
    Notification,
    Run,
    SandboxInfo,
    ScenarioInfo,
    Scenarios,
    StandingFault,
    Store,
    User,
)

__all__ = ["ControlClient"]


class ControlClient(JournalCalls, CertificationCalls, ListingCalls, Closing):
    """A client of the control API, of one sandbox.

    Every call raises `Unreachable` where nobody answers, and `ControlError` where it is refused.
    Clients may be used by several threads.

    Args:
        base_url: where the simulator is, such as `http://127.0.0.1:8080`.
        sandbox: the sandbox's name; None for the default one.
        token: what the simulator was given as `--control-token`, if anything.
        timeout: real seconds an answer may take.
        transport: what carries the calls in place of the network.

    Raises:
        ValueError: the URL is not one.
    """

    def __init__(
        self,
        base_url: str,
        *,
        sandbox: str | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        connection = Connection(base_url, timeout=timeout, transport=transport)
        super().__init__(connection, sandbox, token)

    def within(self, sandbox: str | None) -> "ControlClient":
        """Returns a client of another sandbox, over the same connections."""
        client = copy(self)
        client._sandbox = sandbox
        return client

    @property
    def connection(self) -> Connection:
        """The connections to the server."""
        return self._connection

    @property
    def sandbox(self) -> str | None:
        """The name of the sandbox; None for the default one."""
        return self._sandbox

    def close(self) -> None:
        """Closes the connections, also those of the clients of other sandboxes."""
        self._connection.close()

    # --- the server ---------------------------------------------------------------------------

    def health(self) -> Health:
        """Returns what the server says of itself, once it is warm."""
        return self._read(Health, "GET", "/health", at_root=True)

    def sandboxes(self) -> tuple[SandboxInfo, ...]:
        """Returns the sandboxes there are."""
        return self._list(SandboxInfo, "/sandboxes", "sandboxes", at_root=True)

    def drop(self, sandbox: str | None = None) -> None:
        """Drops a sandbox: the one of this name, else this client's own."""
        name = quoted(sandbox or self._sandbox or "default")
        self._send("DELETE", f"/sandboxes/{name}", at_root=True)

    def reset(self) -> Clock:
        """Makes everything in the sandbox as it was at the start."""
        return self._read(Clock, "POST", "/reset")

    # --- time ---------------------------------------------------------------------------------

    def clock(self) -> Clock:
        """Returns what time it is in the sandbox."""
        return self._read(Clock, "GET", "/clock")

    def advance(self, length: timedelta | None = None, **units: float) -> Clock:
        """Moves the sandbox's time forward; all that falls due on the way happens.

        Args:
            length: how far.
            units: or so many `seconds`, `minutes`, `hours`, `days`, as `timedelta` takes them.
        """
        if (length is None) == (not units):
            raise TypeError("advance() takes a timedelta, or units such as seconds=2")
        seconds = (length if length is not None else timedelta(**units)).total_seconds()
        return self._read(Clock, "POST", "/clock/advance", json={"seconds": seconds})

    def rescale(self, scale: float) -> Clock:
        """Changes how fast time passes: simulated seconds per real one; 0 stops it."""
        return self._read(Clock, "PUT", "/clock", json={"scale": scale})

    # --- scenarios and runs -------------------------------------------------------------------

    def scenarios(self) -> Scenarios:
        """Returns the scenarios there are, and those that wait for payments."""
        return self._read(Scenarios, "GET", "/scenarios")

    def queue(self, scenario: str, *, pos_id: str | None = None, times: int = 1) -> tuple[str, ...]:
        """Lets the next payments play a scenario; returns the ids of their runs.

        Args:
            scenario: its name.
            pos_id: the point of sale the payments are made on; any where it is None.
            times: how many payments.
        """
        body = {"scenario": scenario, "times": times, **given(posId=pos_id)}
        answer = self._read(dict[str, Any], "POST", "/scenarios/next", json=body)
        return tuple(answer.get("runs", ()))

    def upload(self, source: str | Path, name: str | None = None) -> ScenarioInfo:
        """Takes a scenario into the sandbox.

        Args:
            source: its YAML, or the file that holds it.
            name: its name; a file's is the file's own.
        """
        if isinstance(source, Path):
            name, content = name or source.stem, source.read_bytes()
        else:
            content = source.encode()
        if name is None:
            raise TypeError("upload() needs the name of a scenario that is given as text")
        headers = {"Content-Type": "application/yaml"}
        path = f"/scenarios/{quoted(name)}"
        return self._read(ScenarioInfo, "PUT", path, content=content, headers=headers)

    def faults(self) -> tuple[StandingFault, ...]:
        """Returns the faults of the whole sandbox."""
        return self._list(StandingFault, "/faults", "faults")

    def put_faults(self, source: str | Path) -> None:
        """Lets things go wrong in the whole sandbox, whatever scenario is at work.

        Args:
            source: the faults as YAML, `faults:` and a list as in a scenario; or the file of it.
        """
        content = source.read_bytes() if isinstance(source, Path) else source.encode()
        headers = {"Content-Type": "application/yaml"}
        self._send("PUT", "/faults", content=content, headers=headers)

    def drop_faults(self) -> None:
        """Lets nothing go wrong in the whole sandbox any more, but for what scenarios do."""
        self._send("DELETE", "/faults")

    def runs(self, limit: int | None = None) -> tuple[Run, ...]:
        """Returns the runs that are kept, or the newest `limit` of them, oldest first."""
        query = {} if limit is None else {"limit": str(limit)}
        return self._list(Run, "/runs", "runs", query=query)

    def runs_as_junit(self) -> str:
        """Returns the runs as JUnit XML."""
        return self._send("GET", "/runs", query={"format": "junit"}).decode()

    def run(self, id: str) -> Run:
        """Returns one run, with the calls and states that were seen."""
        return self._read(Run, "GET", f"/runs/{quoted(id)}")

    def wait(self, id: str, timeout: float = 30.0) -> Run:
        """Returns a run once it has a verdict, or as it is after `timeout` real seconds."""
        query = {"timeout": f"{timeout:g}"}
        path = f"/runs/{quoted(id)}/wait"
        return self._read(Run, "POST", path, query=query, patience=max(timeout, 0.0))

    # --- who is there, and what happened ------------------------------------------------------

    def merchants(self) -> tuple[Merchant, ...]:
        """Returns the merchants with their stores."""
        return self._list(Merchant, "/merchants", "merchants")

    def change_store(
        self, store_id: str, *, active: bool | None = None, balance: Decimal | float | None = None
    ) -> Store:
        """Activates or deactivates a store, or sets what it can refund from."""
        body = given(active=active, balance=None if balance is None else float(balance))
        return self._read(Store, "PATCH", f"/stores/{quoted(store_id)}", json=body)

    def users(self) -> tuple[User, ...]:
        """Returns the customers who can check in."""
        return self._list(User, "/users", "users")

    def events(self, payment_id: str | None = None) -> tuple[Event, ...]:
        """Returns what happened, oldest first; to one payment where its id is given."""
        return self._list(Event, "/events", "events", query=given(paymentId=payment_id))

    def notifications(self) -> tuple[Notification, ...]:
        """Returns the check-ins tills were to be told of, with every attempt."""
        return self._list(Notification, "/notifications", "notifications")

    def callbacks(self) -> Mapping[str, str]:
        """Returns the callback aliases whose URL is known."""
        answer = self._read(dict[str, dict[str, str]], "GET", "/callbacks")
        return answer.get("callbacks", {})

    def set_callback(self, alias: str, url: str) -> None:
        """Says where the check-ins of an alias are posted."""
        self._send("PUT", f"/callbacks/{quoted(alias)}", json={"url": url})

    def drop_callback(self, alias: str) -> None:
        """Forgets where the check-ins of an alias are posted."""
        self._send("DELETE", f"/callbacks/{quoted(alias)}")
