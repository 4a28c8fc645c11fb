"""The running server: start-up, pump of the wall clock, request log, clean stop."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from simulator import __version__
from simulator.api.tokens import BadSigningKey, keep_key
from simulator.app import SimulatorApp, create_app
from simulator.callbacks import BadCertificate, Carrier
from simulator.collecting import Collector
from simulator.config import Settings
from simulator.data import SEEDED_INTEGRATORS
from simulator.documents import ProblemsFound
from simulator.engine.merchants import SEEDED_VATS
from simulator.listening import BACKLOG, CannotStart, Listener, Uvicorn, listen
from simulator.persistence.problems import DataDirProblem, NotWritten
from simulator.protocol import protocol
from simulator.request_log import RequestLog
from simulator.sandboxes import Sandboxes
from simulator.scripting.library import Library, UnknownScenario
from simulator.warmup import warm_up
from simulator.wire import Bridge

if TYPE_CHECKING:
    from simulator.persistence.keeper import Keeper
    from simulator.persistence.store import Store

_log = logging.getLogger("simulator")

__all__ = ["CannotStart", "Server", "run"]

#: Longest real time between something falling due and it happening while nobody calls.
PUMP_INTERVAL = 0.1
WATCH_INTERVAL = 1.0
KEEP_ALIVE = 75
TLS_PORT = 8443
#: What tells it to stop: Ctrl-C first, and on Windows Ctrl-Break too.
STOPPING: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
if sys.platform == "win32":
    STOPPING = (*STOPPING, signal.SIGBREAK)
#: In the data dir: the key that signs tokens, unless --signing-key names another.
KEY_FILE = "signing-key.pem"


def run(settings: Settings) -> None:
    """Serves until SIGTERM or Ctrl-C.

    Raises:
        CannotStart: the address, a file or a setting is no good.
        ProblemsFound: a scenario or data file has mistakes.
    """
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    # Until it serves, SIGTERM is what Ctrl-C is.
    for number in STOPPING[1:]:
        signal.signal(number, _interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        server = Server(settings)
        Collector(server.app.context.sandboxes).begin()
        server.announce()
        server.serve()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Server:
    """A server that is bound and warm, and answers once `serve` runs.

    Args:
        settings: all there is to know.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        try:
            self.plain = listen(settings.host, settings.port)
            store = _store(settings.data_dir) if settings.data_dir else None
            self.app: SimulatorApp = create_app(_at_home(settings, self.plain.port))
            self._carrier = Carrier(settings.callback_ca)
            warm_up(self.app)
            self._keeper = _keeper(store, self.app) if store else None
        except (BadCertificate, BadSigningKey, DataDirProblem, UnknownScenario) as error:
            raise CannotStart(str(error)) from error
        #: Where HTTPS is served, and what is shown there; both None where it is not.
        self.secure: Listener | None = None
        self.certificate: str | None = None
        if settings.tls:
            self.secure, self.certificate = _listen_securely(settings)
        self._log = RequestLog(settings.log_format, sys.stderr)

    @property
    def url(self) -> str:
        """Where clients on this machine reach it."""
        return self.plain.url

    @property
    def port(self) -> int:
        """The port of that."""
        return self.plain.port

    def announce(self) -> None:
        """Says where it is: for people on stderr, for machines on stdout and in the port file."""
        if self.settings.port_file is not None:
            _write_port(self.settings.port_file, self.port)
        print(_banner(self), file=sys.stderr, flush=True)
        if 0 in (self.settings.port, self.settings.tls_port):
            line = {"event": "listening", "url": self.url, "port": self.port}
            if self.secure is not None:
                line |= {"httpsUrl": self.secure.url, "httpsPort": self.secure.port}
            print(json.dumps({**line, "pid": os.getpid()}), flush=True)

    def serve(self) -> None:
        """Answers until it is told to stop."""
        bridge = Bridge(
            self.app.wsgi_app,
            max_body=self.settings.max_body,
            max_snapshot=self.settings.max_snapshot,
            max_stalled=self.settings.max_stalled,
            keep=self._keeper.keep if self._keeper else None,
            on_served=self._log.note if self.settings.log_format != "none" else None,
        )
        patience = self.settings.request_timeout.total_seconds()
        config = uvicorn.Config(
            bridge,
            http=protocol(patience, self.app.context.correlation_ids.guid, bridge.at_once),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Nobody stands in front of a simulator whose word about clients would count.
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=1,
            backlog=BACKLOG,
        )
        server = Uvicorn(config, bridge, self.secure, patience)

        async def main() -> None:
            tasks = [
                asyncio.create_task(_pump(self.app.context.sandboxes, self._carrier, self._keeper)),
                asyncio.create_task(self._log.keep_flushing()),
                asyncio.create_task(_watch(self.app.context.library)),
            ]
            try:
                await server.serve(sockets=[self.plain.socket])
            finally:
                for task in tasks:
                    task.cancel()
                await self._carrier.close()
                if self._keeper is not None:
                    self._keeper.close()
                self._log.flush()

        if threading.current_thread() is threading.main_thread():
            # A loop that is just beginning does not survive an exception out of a signal; so from
            # here on a signal is only noted, as uvicorn does once it serves.
            for number in STOPPING:
                signal.signal(number, server.handle_exit)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(main())


async def _pump(sandboxes: Sandboxes, carrier: Carrier, keeper: "Keeper | None") -> None:
    """Lets happen what falls due while nobody calls, sends what is to be sent, and keeps both."""
    while True:
        await asyncio.sleep(PUMP_INTERVAL)
        for sandbox in sandboxes:
            if sandbox.world.clock.is_behind():
                with sandbox.world:
                    pass
            carrier.collect(sandbox.world)
        if keeper is not None:
            # It has said so itself, and tries again.
            with contextlib.suppress(NotWritten):
                await keeper.keep_all()


async def _watch(library: Library) -> None:
    """Reads scenario files again when they change; a broken edit keeps the last good ones."""
    while True:
        await asyncio.sleep(WATCH_INTERVAL)
        try:
            if library.refresh():
                _log.warning("scenarios were read again")
        except ProblemsFound as found:
            _log.error("scenarios have mistakes; the last good ones stay:\n%s", found)


def _listen_securely(settings: Settings) -> tuple[Listener, str]:
    # Takes a while to import, and most servers speak plain HTTP only.
    from simulator.authority import Unusable
    from simulator.tls import make_tls

    try:
        tls = make_tls(settings, datetime.now(UTC))
    except Unusable as error:
        raise CannotStart(str(error)) from error
    port = TLS_PORT if settings.tls_port is None else settings.tls_port
    listener = listen(settings.host, port, option="--tls-port", context=tls.context)
    return listener, tls.certificate


def _at_home(settings: Settings, port: int) -> Settings:
    """Returns the settings with the port it became, and the key that tokens of earlier runs need."""
    key = settings.signing_key
    if key is None and settings.data_dir is not None:
        key = settings.data_dir / KEY_FILE
        keep_key(key)
    return replace(settings, port=port, signing_key=key)


def _store(folder: Path) -> "Store":
    # These take a while to import, and most servers keep nothing.
    from simulator.persistence.store import Store

    return Store(folder)


def _keeper(store: "Store", app: SimulatorApp) -> "Keeper":
    from simulator.persistence.keeper import Keeper

    keeper = Keeper(store, app.context.sandboxes, app.context.wall_time)
    app.context.begin_after(keeper.exchanges)
    return keeper


def _write_port(path: Path, port: int) -> None:
    # Whoever waits for the file must never see half of it.
    half = path.with_name(path.name + ".part")
    try:
        half.write_text(f"{port}\n")
        half.replace(path)
    except OSError as error:
        raise CannotStart(f"--port-file: {path}: {error.strerror or error}") from error


def _banner(server: Server) -> str:
    integrator = SEEDED_INTEGRATORS[0]
    settings = server.settings
    secure = f" and {server.secure.url}" if server.secure is not None else ""
    certificate = f"\n  HTTPS      {server.certificate}" if server.certificate else ""
    return f"""\
MobilePay PoS simulator {__version__} on {server.url}{secure}
  scenario   {settings.scenario} (X-Simulator-Scenario: NAME picks another; mobilepay-sim scenario list)
  client id  {integrator.client_id}
  secret     {integrator.secret}
  merchants  {", ".join(SEEDED_VATS)}
  seed {settings.seed}, time x{settings.time_scale:g}
  control    {_who_controls(settings)}{certificate}

Try:
  curl {server.url}/_simulator/health
  curl -u {integrator.client_id}:{integrator.secret} \\
       -d grant_type=client_credentials -d merchant_vat=DK12345678 \\
       {server.url}/integrator-authentication/connect/token
  open {server.url}/
  open {server.url}/docs
It is independent of MobilePay and moves no money. Ctrl-C stops it.
"""


def _who_controls(settings: Settings) -> str:
    """Who may call the control API, in a few words; the token itself is nobody's business."""
    if settings.control_token is not None:
        return "with the control token"
    if settings.allow_remote_control:
        return "everybody who can reach it (--allow-remote-control)"
    return "this machine (--control-token or --allow-remote-control lets others in)"
