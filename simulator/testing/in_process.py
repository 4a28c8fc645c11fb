"""`InProcess`: the simulator as a WSGI application in the tests' own process, without sockets."""

from typing import Any

import httpx

from ..api.signing import BadSigningKey
from ..app import SimulatorApp, create_app
from ..client import ControlClient, SimulatorInUse, StartFailed
from ..scripting.library import UnknownScenario
from ..settings.documents import ProblemsFound
from .settings import as_settings

URL = "http://localhost"


class InProcess(SimulatorInUse):
    """A simulator without a server.

    It is made for tests as `Simulator` is, but takes nothing from the environment. What needs the
    wire is not there: faults that delay, cut or reset are answered with 501, nobody can wait for a
    verdict, and no check-in notification is sent.

    Args:
        settings: the settings by their names with underscores, as values or as texts.

    Raises:
        StartFailed: there is no such setting, or what is set is not right.
    """

    def __init__(self, **settings: Any) -> None:
        try:
            self.wsgi: SimulatorApp = create_app(as_settings(settings))
        except UnknownScenario as error:
            raise StartFailed(f"--scenario: {error}") from error
        except (BadSigningKey, ProblemsFound) as error:
            raise StartFailed(str(error)) from error
        self._control = ControlClient(
            URL, token=settings.get("control_token"), transport=self.transport()
        )

    def transport(self) -> httpx.WSGITransport:
        """Returns what carries the calls of an httpx client to it."""
        return httpx.WSGITransport(app=self.wsgi)

    @property
    def control(self) -> ControlClient:
        """A client of its control API, in the default sandbox."""
        return self._control
