"""The running server: start-up, pump of the wall clock, request log, clean stop."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from ..api.context import Secure
from ..api.signing import BadSigningKey, keep_key
from ..app import SimulatorApp, create_app
from ..control.access import may_load_snapshot
from ..sandboxes.background import BackgroundWork, NoFreeThread
from ..sandboxes.registry import DataDirProblem
from ..scripting.library import UnknownScenario
from ..settings.settings import Settings
from .banner import banner_of
from .bridge import Bridge
from .chores import chores
from .garbage import GarbagePolicy
from .listen import BACKLOG, CannotStart, Listener, Uvicorn, listen
from .messages import MessageHandler, MessageWriter, give_up
from .notifications import BadCertificate, NotificationSender
from .port_file import PortFile
from .protocol import protocol
from .request_log import RequestLog
from .signals import wanted
from .start_files import lost_key, missing, remove, tell_mended, tell_new_key, tell_open_files
from .warmup import warm_up

if TYPE_CHECKING:
    from ..sandboxes.keeper import Keeper
    from ..sandboxes.store import DataDirStore
    from .tls import Tls

__all__ = ["CannotStart", "Server", "run"]

KEEP_ALIVE = 75
TLS_PORT = 8443


def run(settings: Settings) -> bool:
    """Serves until SIGTERM or Ctrl-C; returns whether the data dir has all that is to be kept.

    Raises:
        CannotStart: the address, a file or a setting is no good, or no thread can be started.
        ProblemsFound: a scenario or data file has mistakes.
    """
    try:
        return _run_with_messages(settings)
    except NoFreeThread as error:
        raise CannotStart(str(error)) from error


def _run_with_messages(settings: Settings) -> bool:
    messages = MessageWriter(sys.stderr, BackgroundWork(time.time))
    handler = MessageHandler(messages)
    form = "%(levelname)s %(message)s"
    logging.basicConfig(handlers=[handler], format=form, level=logging.WARNING)
    try:
        return _run(settings, messages)
    finally:
        logging.getLogger().removeHandler(handler)
        messages.close()


def _run(settings: Settings, messages: MessageWriter) -> bool:
    # Until it serves, SIGTERM is what Ctrl-C is, also where whoever started it ignored that.
    signal.signal(signal.SIGTERM, _interrupt)
    with (
        contextlib.suppress(KeyboardInterrupt),
        PortFile(settings.port_file) as port_file,
        contextlib.ExitStack() as undo,
    ):
        key = lost_key(settings)
        server = Server(settings, messages, undo)
        # A start that fails says why, and nothing else.
        tell_open_files(settings)
        if key is not None:
            tell_new_key(key)
        tell_mended(server.remarks)
        GarbagePolicy(server.app.context.sandboxes).begin()
        port_file.tell(server.port)
        server.announce()
        undo.pop_all()
        return server.serve()
    return True


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Server:
    """A server that is bound and warm, and answers once `serve` runs.

    Args:
        settings: all there is to know.
        messages: writes what it says to people; by default to standard error.
        undo: gets what takes back what a start makes on disk.
    """

    def __init__(
        self,
        settings: Settings,
        messages: MessageWriter | None = None,
        undo: contextlib.ExitStack | None = None,
    ) -> None:
        undo = undo or contextlib.ExitStack()
        self.settings = settings
        self._messages = messages or MessageWriter(sys.stderr, BackgroundWork(time.time))
        self._background = self._messages.background
        try:
            check = partial(create_app, replace(settings, data_dir=None))
            self.plain = listen(settings.host, settings.port, check)
            store = _store(settings.data_dir, undo) if settings.data_dir else None
            self.app: SimulatorApp = create_app(_at_home(settings, self.plain.port))
            self.app.context.background = self._background
            self._sender = NotificationSender(settings.callback_ca, self._background)
            warm_up(self.app)
            self._keeper = _keeper(store, self.app) if store else None
        except UnknownScenario as error:
            raise CannotStart(f"--scenario: {error}") from error
        except (BadCertificate, BadSigningKey, DataDirProblem) as error:
            raise CannotStart(str(error)) from error
        #: The HTTPS listener and the fingerprint of its certificate; both None where it is not.
        self.secure: Listener | None = None
        self.certificate: str | None = None
        if settings.tls:
            self.secure, tls = _listen_securely(settings)
            self.certificate = tls.certificate
            self.app.context.secure = Secure(self.secure.port, tls.ca)
        self._log = RequestLog(settings.log_format, self._messages)

    @property
    def url(self) -> str:
        """Where clients on this machine reach it."""
        return self.plain.url

    @property
    def port(self) -> int:
        """The port of that."""
        return self.plain.port

    @property
    def remarks(self) -> list[str]:
        """What was mended in the data dir, for people."""
        return self._keeper.remarks if self._keeper else []

    def announce(self) -> None:
        """Says where it is: for people on stderr, for machines in a line of JSON on stdout."""
        line = {"event": "listening", "url": self.url, "port": self.port}
        if self.secure is not None:
            line |= {"httpsUrl": self.secure.url, "httpsPort": self.secure.port}
        secure_url = self.secure.url if self.secure is not None else ""
        integrator = self.app.context.data.integrators[0]
        certificate = self.certificate or ""
        banner = banner_of(self.settings, integrator, self.url, secure_url, certificate) + "\n"
        try:
            print(json.dumps({**line, "pid": os.getpid()}), flush=True)
        except OSError as error:
            banner = ""
            give_up(sys.stdout)
            message = f"standard output can't be written: {error.strerror}"
            raise CannotStart(message) from error
        finally:
            # Whoever has read the line may end the server at once.
            self._messages.put(banner)

    def serve(self) -> bool:
        """Answers until it is told to stop; returns whether all that is to be kept is on disk."""
        bridge = Bridge(
            self.app.respond,
            max_body=self.settings.max_body,
            max_snapshot=self.settings.max_snapshot,
            max_stalled=self.settings.max_stalled,
            may_load=partial(may_load_snapshot, settings=self.settings),
            keep=self._keeper.keep if self._keeper else None,
            on_served=self._log.note if self.settings.log_format != "none" else None,
        )
        self.app.context.sandboxes.on_removed.append(bridge.look_again)
        patience = self.settings.request_timeout.total_seconds()
        config = uvicorn.Config(
            bridge,
            http=protocol(
                patience, self.app.context.correlation_ids.guid, bridge.try_respond_synchronously
            ),
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
        server = Uvicorn(config, bridge, self.secure, patience, self.app.context.stopping)

        async def main() -> bool:
            is_kept = True
            tasks = [
                asyncio.create_task(
                    self._background.repeat(part, work, partial(asyncio.sleep, pause))
                )
                for part, work, pause in chores(
                    self.app.context, self._sender, self._keeper, self._log
                )
            ]
            try:
                await server.serve(sockets=[self.plain.socket])
            finally:
                for task in tasks:
                    task.cancel()
                await self._sender.close()
                if self._keeper is not None:
                    is_kept = self._keeper.close()
                await self._log.flush()
            return is_kept

        if threading.current_thread() is threading.main_thread():
            # A loop that is just beginning does not survive an exception out of a signal; so from
            # here on a signal is only noted, as uvicorn does once it serves.
            for number in wanted():
                signal.signal(number, server.handle_exit)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            return runner.run(main())


def _listen_securely(settings: Settings) -> "tuple[Listener, Tls]":
    # Takes a while to import, and most servers speak plain HTTP only.
    from .authority import Unusable
    from .tls import make_tls

    # Whoever takes a free port has others beside them, who would want the usual one for HTTPS too.
    usual = TLS_PORT if settings.port else 0
    port = usual if settings.tls_port is None else settings.tls_port
    if port and port == settings.port:
        raise CannotStart(f"--port and --tls-port are both {port}; choose another for one of them")
    listener = listen(settings.host, port, option="--tls-port")
    try:
        # A CA that is made here stays, whatever fails after it: another server that starts at the
        # same time may show certificates of it already.
        tls = make_tls(settings, datetime.now(UTC))
    except Unusable as error:
        raise CannotStart(str(error)) from error
    return replace(listener, context=tls.context), tls


def _at_home(settings: Settings, port: int) -> Settings:
    """Returns the settings with the port it became, and the key that earlier tokens need."""
    key = settings.signing_key
    if key is None and settings.data_dir is not None:
        from ..sandboxes.store_file import KEY_FILE

        key = settings.data_dir / KEY_FILE
        keep_key(key)
    return replace(settings, port=port, signing_key=key)


def _store(folder: Path, undo: contextlib.ExitStack) -> "DataDirStore":
    # These take a while to import, and most servers keep nothing.
    from ..sandboxes.store import DataDirStore
    from ..sandboxes.store_file import BESIDE, FILE, KEY_FILE, DataDirInUse

    new = missing(folder / name for name in (KEY_FILE, FILE, *BESIDE))
    try:
        store = DataDirStore(folder)
    except DataDirInUse:
        raise
    except (DataDirProblem, NoFreeThread):
        remove(new)
        raise
    undo.callback(remove, new)
    undo.callback(store.close)
    return store


def _keeper(store: "DataDirStore", app: SimulatorApp) -> "Keeper":
    from ..sandboxes.keeper import Keeper

    context = app.context
    keeper = Keeper(store, context.sandboxes, context.wall_time, context.background)
    app.context.begin_after(keeper.exchanges)
    return keeper
