"""The server, its sandboxes, and their snapshots: models and calls."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .calling import ControlCalls, quoted
from .clock import FreshSandbox
from .model import Model, Moment

#: What is in each bug report.
REPORT_README = "README.md"


class BackgroundProblem(Model, frozen=True):
    """A part of the background work that is broken, and tried again: since when, and why.

    `lost` says how much of its work was dropped since then, such as lines of the request log.
    """

    part: str
    message: str
    since: Moment
    lost: int = 0


class Health(Model, frozen=True):
    """The state of the server. Strangers get its status and version only.

    `journal_mb` is about what the journals of all sandboxes take together; beyond
    `journal_limit_mb` the oldest calls are dropped. Where HTTPS is served, it has its port, and the
    path of the CA's file on the server's machine. The status is `degraded` instead of `ok` while
    some background work is broken; calls are answered all the same. `lost_log_lines` could not be
    written to standard error since the start.
    """

    status: str
    version: str
    seed: int | None = None
    scenario: str | None = None
    sandboxes: int | None = None
    journal_mb: float | None = None
    journal_limit_mb: int | None = None
    problems: tuple[BackgroundProblem, ...] | None = None
    lost_log_lines: int | None = None
    https_port: int | None = None
    ca_file: str | None = None


class SandboxInfo(Model, frozen=True):
    """A sandbox, and how many payments it has.

    `generation` is another one after a drop, a reset, a restored snapshot or a restart.
    """

    name: str
    payments: int = 0
    generation: str = ""


class Sandboxes(Model, frozen=True):
    """All sandboxes."""

    sandboxes: tuple[SandboxInfo, ...]


class Restored(FreshSandbox, frozen=True, kw_only=True):
    """A sandbox after a snapshot was loaded: how many payments and requests it has."""

    payments: int
    requests: int


class ServerCalls(ControlCalls):
    """The calls about the server, its sandboxes and their snapshots."""

    def health(self) -> Health:
        """Returns the state of the server, once it is warm."""
        return self.call(Health, "GET", "/health", at_root=True)

    @property
    def https_url(self) -> str | None:
        """The URL of the sandbox over HTTPS; None where the simulator serves none."""
        here = urlsplit(self.base_url)
        if here.scheme == "https":
            return self.base_url
        port = self.health().https_port
        if port is None:
            return None
        host = here.netloc.removesuffix(f":{here.port}")
        return urlunsplit(here._replace(scheme="https", netloc=f"{host}:{port}"))

    @property
    def ca_file(self) -> Path | None:
        """The CA to trust over HTTPS, as a PEM file; None where this machine has no such file."""
        said = self.health().ca_file
        file = Path(said) if said else None
        return file if file is not None and file.is_file() else None

    def openapi(self) -> dict[str, Any]:
        """Returns the OpenAPI document of the control API."""
        return self._document("GET", "/openapi.json")

    def sandboxes(self) -> tuple[SandboxInfo, ...]:
        """Returns all sandboxes."""
        return self.call(Sandboxes, "GET", "/sandboxes", at_root=True).sandboxes

    def drop(self, sandbox: str | None = None) -> None:
        """Removes a sandbox with all that is in it.

        Args:
            sandbox: its name; this client's own where it is None.
        """
        name = quoted(sandbox or self._sandbox or "default")
        self.send("DELETE", f"/sandboxes/{name}", at_root=True)

    def reset(self) -> FreshSandbox:
        """Resets the sandbox to its start."""
        return self.call(FreshSandbox, "POST", "/reset")

    def snapshot(self) -> dict[str, Any]:
        """Returns the whole sandbox, to keep it or load it elsewhere."""
        return self._document("GET", "/snapshot")

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Replaces the sandbox by a snapshot.

        Args:
            snapshot: what `snapshot()` returned, here or from another simulator.
        """
        self.send("PUT", "/snapshot", json=snapshot)

    def report(self) -> bytes:
        """Returns a bug report as a zip file, without secrets."""
        return self.understood(_as_zip, "GET", "/report.zip")

    def bundle(self) -> dict[str, Any]:
        """Returns all that `mobilepay-sim replay` needs to repeat what happened."""
        return self._document("GET", "/bundle")


def _as_zip(content: bytes) -> bytes:
    """Returns the zip file of a bug report as it is.

    Raises:
        ValueError: it is none, or only a part of one.
    """
    import zipfile

    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            is_report = REPORT_README in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise ValueError("it is no zip file, or a part of one") from error
    if not is_report:
        raise ValueError("it is no bug report")
    return content
