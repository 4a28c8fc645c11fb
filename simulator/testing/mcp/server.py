"""The server: it puts tools, pages and prompts together, and serves them."""

import asyncio
import functools
import inspect
import os
import signal
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.resources import FunctionResource
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, ToolAnnotations
from pydantic import ValidationError

from ... import __version__
from ...client import ClientError, ControlError
from ...server.signals import held_back, wanted
from ...settings.echoes import without_long
from ...settings.nearest import nearest
from .acting import ActingTools
from .arranging import ArrangingTools
from .certifying import CertifyingTools
from .choice import SimulatorChoice
from .looking import LookingTools
from .preparing import PreparingTools
from .prompts import PROMPTS
from .sweep_tool import SweepingTools

if TYPE_CHECKING:
    from ...server.listen import Listener

PATH = "/mcp"
INSTRUCTIONS = """\
A simulator of the MobilePay Point-of-Sale V10 service, for testing tills (cash registers). Begin \
with simulator(start=true), then sandbox(name=...): it gives the URL, the credentials and a point \
of sale for the till. Then choose what happens (scenarios, queue_scenario, customer, clock), let \
the till call, and look (requests, explain, timeline, review). sweep and certify prove a till. \
Name your sandbox in each call. Every answer says what to do next."""

#: The tools that change nothing.
READING = {"scenarios", "requests", "explain", "timeline", "verify", "review"}


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """A page of the documentation that agents can read."""

    file: str
    about: str

    def read(self) -> str:
        """Returns its text."""
        return (Path(__file__).parent / "pages" / self.file).read_text("utf-8")


PAGES = (
    ReferencePage("error-codes.md", "every error code: when, and what to do"),
    ReferencePage("scenarios.md", "the shipped scenarios, and how one is chosen"),
    ReferencePage("writing-scenarios.md", "how to write a scenario, step by step"),
    ReferencePage("scenario-language.md", "every word of the scenario language"),
    ReferencePage("control-api.md", "the control API under /_simulator, call by call"),
    ReferencePage("audit-rules.md", "what the audit looks for in a till's calls, and why"),
    ReferencePage("certification.md", "how a certification goes"),
    ReferencePage("sweep.md", "what the fault sweep does, and what its verdicts mean"),
)


class ToolServer(MCPServer[Any]):
    """The server for agents; a name that is wrong is answered with the nearest right one."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Calls a tool.

        Raises:
            ToolError: there is no such tool or argument, or it was refused.
        """
        tools = {each.name: each for each in await self.list_tools()}
        if name not in tools:
            raise ToolError(f"There is no tool {name[:60]!r}; {nearest(name[:60], tools)}")
        known = tools[name].input_schema.get("properties", {})
        for each in arguments:
            if each not in known:
                hint = nearest(each[:60], known)
                raise ToolError(f"{name} has no argument {each[:60]!r}; {hint}")
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                raise ToolError(_problems(cause)) from cause
            # The agent knows which tool it has called.
            message = str(error).removeprefix(f"Error executing tool {name}: ")
            raise ToolError(without_long(message, arguments)) from cause

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Any = None
    ) -> Any:
        """Returns a prompt with its arguments.

        Raises:
            MCPError: there is no such prompt, or an argument is missing or not its own.
        """
        prompts = {each.name: each for each in await self.list_prompts()}
        if name not in prompts:
            raise _wrong(f"There is no prompt {name[:60]!r}; {nearest(name[:60], prompts)}")
        known = {each.name: each for each in prompts[name].arguments or ()}
        for each in arguments or ():
            if each not in known:
                raise _wrong(f"{name} has no argument {each[:60]!r}; {nearest(each[:60], known)}")
        for each, argument in known.items():
            if argument.required and each not in (arguments or {}):
                raise _wrong(f"{name} needs the argument {each!r}: {argument.description}")
        return await super().get_prompt(name, arguments, context)


class AgentServer:
    """The server with all its tools, and what they hold.

    Args:
        choice: which simulator they use.
        may_run: whether whoever calls them may run commands here.
    """

    def __init__(self, choice: SimulatorChoice, *, may_run: bool) -> None:
        sweeping = SweepingTools(choice, may_run=may_run)
        self._closing = ExitStack()
        self._closing.callback(choice.close)
        self._closing.callback(sweeping.close)
        self.server = ToolServer(
            "mobilepay-sim",
            title="MobilePay PoS simulator",
            instructions=INSTRUCTIONS,
            version=__version__,
            log_level="ERROR",
        )
        preparing, acting, looking = (
            PreparingTools(choice),
            ActingTools(choice),
            LookingTools(choice),
        )
        for tool in (
            *(preparing.simulator, preparing.sandbox, preparing.scenarios),
            *(preparing.write_scenario, preparing.queue_scenario),
            ArrangingTools(choice).arrange,
            *(acting.customer, acting.clock),
            *(looking.requests, looking.explain, looking.timeline, looking.verify, looking.review),
            *(CertifyingTools(choice).certify, sweeping.sweep),
        ):
            name = tool.__name__
            hints = ToolAnnotations(read_only_hint=name in READING, open_world_hint=False)
            self.server.add_tool(_told(tool), name, annotations=hints, structured_output=False)
        for page in PAGES:
            uri = f"mobilepay-sim://docs/{page.file}"
            self.server.add_resource(_resource(page, uri))
        for prompt in PROMPTS:
            self.server.prompt()(prompt)

    def close(self) -> None:
        """Stops the sweep and the simulator that were started here."""
        self._closing.close()

    def serve_stdio(self) -> None:
        """Serves one client over standard input and output, until it closes them."""
        for number in wanted():
            signal.signal(number, self._leave)
        try:
            self.server.run("stdio")
        finally:
            self.close()

    def serve_http(self, listener: "Listener") -> None:
        """Serves clients on this machine over streamable HTTP, until Ctrl-C or SIGTERM.

        Args:
            listener: where it listens.
        """
        # No tool needs a session, which would be kept long after its client has gone.
        app = self.server.streamable_http_app(
            streamable_http_path=PATH, host=listener.host, stateless_http=True
        )
        served = functools.partial(_until_cancelled, functools.partial(_without_streams, app))
        config = uvicorn.Config(
            served, interface="asgi3", log_level="error", timeout_graceful_shutdown=1
        )
        try:
            _SignalledServer(config).run([listener.socket])
        finally:
            self.close()

    def _leave(self, number: int, _: FrameType | None) -> None:
        # The thread that reads standard input can't be woken, and Python would wait for it.
        self.close()
        os._exit(128 + number)


class _SignalledServer(uvicorn.Server):
    """A server that ends after the first signal; another one neither hurries it nor is its code."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        with held_back(self._end):
            yield

    def _end(self) -> None:
        self.should_exit = True


async def _without_streams(app: Any, scope: Any, receive: Any, send: Any) -> None:
    """Refuses a stream of the server's own messages, which would never end: sessions have them."""
    if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", PATH):
        await app(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"POST")]})
    await send(
        {"type": "http.response.body", "body": b"POST here: without sessions there is no stream.\n"}
    )


async def _until_cancelled(app: Any, scope: Any, receive: Any, send: Any) -> None:
    """Gives up an answer that the end of the server doesn't wait for; no trace is logged."""
    started = False

    async def note(message: Any) -> None:
        nonlocal started
        started = True
        await send(message)

    try:
        await app(scope, receive, note)
    except asyncio.CancelledError:
        if scope["type"] != "http":
            raise
        if not started:
            await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def _resource(page: ReferencePage, uri: str) -> FunctionResource:
    return FunctionResource.from_function(
        page.read,
        uri=uri,
        name=page.file,
        description=page.about,
        mime_type="text/markdown",
    )


def _wrong(message: str) -> MCPError:
    return MCPError(INVALID_PARAMS, message)


def _told(tool: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a tool whose refusals are told to the agent as they are."""
    if inspect.iscoroutinefunction(tool):
        return tool

    @functools.wraps(tool)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return tool(*args, **kwargs)
        except ControlError as error:
            raise ToolError(error.message) from error
        except (ClientError, ValueError) as error:
            raise ToolError(str(error)) from error

    return told


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
