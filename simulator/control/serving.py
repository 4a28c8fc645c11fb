"""How a control call is served: what it takes is read by the row's models, and its answer written.

A view gets the context, the parts of the path, and what its row names: `query`, `body`, `format`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar

from flask import request

from .. import client
from ..api.answers import JSON, STATUSES, Response, empty, refusal_headers
from ..api.carried import ReadingNeeded, carried, keep_new, read_later, sandbox_of, whole_body
from ..api.context import Context
from ..client.model import Input, Model, Refused, encode, encode_in_pieces
from ..engine.errors import SimulatorError
from ..engine.refusals import Refusal
from ..sandboxes.registry import TooManySandboxes
from ..settings.documents import ProblemsFound, TooLarge
from ..settings.echoes import printable
from ..settings.nearest import nearest
from .mistakes import OtherPlace, as_model, json_fields
from .mistakes import mistake as mistake
from .parameters import url_texts


class Route(NamedTuple):
    """One call.

    Views and models are named, and imported with the first call: no start waits for them.

    Args:
        method: the HTTP method.
        path: the path behind `/_simulator`.
        view: the function that answers it, as `module.function`.
        does: what it does, in one sentence.
        answer: the model of its answer, or another media type; empty where there is no body.
        query: the model of its parameters.
        body: the model of its body, or the media type of a text.
        formats: the formats of its answer by name, where there are several; `json` is the model.
        is_kept: whether it changes what clients see, and so belongs into the journal.
        failures: models of answers with other statuses, beside `Refused`.
    """

    method: str
    path: str
    view: str | Callable[..., Any]
    does: str
    answer: type[Model] | str = ""
    query: type[Input] | str = ""
    body: type[Input] | str = ""
    formats: Mapping[str, str] | None = None
    is_kept: bool = False
    failures: Mapping[int, type[Model] | str] | None = None

    @property
    def endpoint(self) -> str:
        """What Flask calls it, which allows no full stop."""
        return f"{self.method} {self.path}".replace(".", "")


JSON_ALONE = {"json": "application/json"}
TEXT = "text/plain"

M = TypeVar("M", bound=Input)
S = TypeVar("S")
T = TypeVar("T")
A = TypeVar("A")


class NotThere(LookupError):
    """A path is right, but what its id or name stands for is not there.

    Args:
        message: what is missing and, where possible, what there is, such as `no request 9; there
            are 1 to 2`.
    """


@dataclass(frozen=True, slots=True)
class Document:
    """An answer that is more than a model: with headers, another status, or in another format."""

    content: Any
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class Later(Generic[A]):
    """An answer that takes long, made by a thread: of copies, which nothing changes any more.

    Args:
        make: returns what a view may answer, or raises what a view may.
        is_play: whether it plays a scenario, which may go on for long.
    """

    make: Callable[[], A]
    is_play: bool = False


def now_or_later(make: Callable[[], A], *, is_large: bool) -> A | Later[A]:
    """Returns an answer: at once, or later where it is large. A thread costs a small one more."""
    return Later(make) if is_large else make()


#: What a view may raise.
REFUSALS = (SimulatorError, NotThere, TooManySandboxes)


def view_of(context: Context, route: Route) -> Callable[..., Response]:
    """Returns what Flask calls for a route. The view's module is imported with its first call."""

    def serve(**path: str) -> Response:
        try:
            given = {**path, **_taken(route)}
            answer = _worked(context, route, given)
            if not keep_new(context):
                answer = _worked(context, route, given)
        except REFUSALS as error:
            return _refused(error)
        except ReadingNeeded as needed:
            return read_later(needed)
        media_type = (route.formats or JSON_ALONE)[given.get("format", "json")]
        if not isinstance(answer, Later):
            return written(answer, media_type)
        make = partial(_made, answer, media_type)
        if not carried().request.may_come_later:
            return make()
        reply = Response()
        reply.later, reply.is_play = make, answer.is_play
        return reply

    return serve


def _made(later: Later[Any], media_type: str) -> Response:
    """Returns what a view answers later. A thread runs this."""
    try:
        return written(later.make(), media_type, encode_in_pieces)
    except REFUSALS as error:
        return _refused(error)


def _worked(context: Context, route: Route, given: Mapping[str, Any]) -> Any:
    """Returns what a view answers. The events of calls that are kept go into their exchange."""
    view = load(route.view)
    if not route.is_kept:
        return view(context, **given)
    with sandbox_of(context).world as world:
        world.caused = carried().exchange.events
        return view(context, **given)


@cache
def load(view: str | Callable[..., Any]) -> Callable[..., Any]:
    """Returns the view that a row names."""
    if not isinstance(view, str):
        return view
    module, _, name = view.partition(".")
    return getattr(import_module(f".{module}", __package__), name)  # type: ignore[no-any-return]


@cache
def model_of(named: type[Model] | str) -> Any:
    """Returns the model that a row names; None where it names none, or a media type."""
    if not isinstance(named, str):
        return named
    return getattr(client, named) if named and "/" not in named else None


def _taken(route: Route) -> dict[str, Any]:
    """Returns what a request gives to the route's view."""
    taken: dict[str, Any] = {}
    query, body, formats = model_of(route.query), model_of(route.body), route.formats
    beside = ("format",) if formats else ()
    # A call that takes no parameters refuses each, as it does a field that it does not know.
    if query or formats or request.args:
        given = url_texts(query, request.args.lists())
        if formats:
            wanted = given.pop("format", request.args.get("format"))
            taken["format"] = _format(formats, wanted)
        other = OtherPlace(_names(body))
        found = as_model(query or Input, given, is_text=True, beside=beside, other=other)
        taken |= {"query": found} if query else {}
    # A call that takes no body refuses each field as well, also where it is a GET.
    if body or (not route.body and _has_body()):
        # PHP's [] has no fields, null neither.
        nothing = (b"",) if body else (b"", b"null", b"[]")
        is_there = (content := whole_body().strip()) not in nothing
        fields = json_fields(content) if is_there else {}
        other = OtherPlace((*_names(query), *beside), request.args)
        found = as_model(body or Input, fields, other=other)
        taken |= {"body": found} if body else {}
    return taken


def _names(model: Any) -> tuple[str, ...]:
    """Returns the names of a model's fields, as they are written; none where there is no model."""
    return model.__struct_encode_fields__ if model else ()


def _has_body() -> bool:
    """Whether the request that Flask is serving came with a body, however large or encoded."""
    request = carried().request
    return bool(request.body) or request.is_too_large


def _format(formats: Mapping[str, str], wanted: str | None) -> str:
    """Returns the format that a query names, else the Accept header, else the first."""
    if wanted is not None and wanted not in formats:
        raise mistake("format", f"there is no {wanted[:60]!r}; {nearest(wanted, formats)}")
    types = {media_type: name for name, media_type in formats.items()}
    if "application/xml" in types:
        types["text/xml"] = types["application/xml"]
    accepted = request.accept_mimetypes
    default = next(iter(types))
    best = accepted.best_match(list(types), default) if accepted else default
    return wanted or types[best]


# --- what is answered -----------------------------------------------------------------------------


def written(
    answer: Any,
    media_type: str = JSON_ALONE["json"],
    as_json: Callable[[Any, bytes], bytes] = encode,
) -> Response:
    """Returns the reply that sends what a view has answered; JSON is a line, as shells show it."""
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return empty(204)
    document = answer if isinstance(answer, Document) else Document(answer)
    content = document.content
    if media_type == TEXT and isinstance(content, str):
        # A terminal may show it as it is, with what clients have sent in it.
        content = printable(content)
    body = content.encode() if isinstance(content, str) else as_json(content, b"\n")
    return Response(document.status, body, f"{media_type}; charset=utf-8", document.headers)


def _refused(error: SimulatorError | NotThere | TooManySandboxes) -> Response:
    if isinstance(error, SimulatorError):
        message, status = error.message, STATUSES[error.row.kind]
    else:
        message, status = str(error), 404 if isinstance(error, NotThere) else 503
    return Response(status, encode(Refused(message), b"\n"), JSON, refusal_headers(status))


# --- what is taken --------------------------------------------------------------------------------


def checked(name: str, check: Callable[[T], S], value: T) -> S:
    """Returns what a check makes of a value.

    Raises:
        SimulatorError: the value is not right; the message names it.
    """
    try:
        return check(value)
    except ValueError as error:
        raise mistake(name, str(error)) from error


def file_refusal(found: ProblemsFound) -> SimulatorError:
    """Returns what a body that is a YAML file is refused with."""
    if isinstance(found, TooLarge):
        return SimulatorError(Refusal.BODY_TOO_LARGE, str(found))
    return mistake("", str(found))


def text_body(name: str) -> str:
    """Returns a body that is a text; `name` is what mistakes call it.

    Raises:
        SimulatorError: it is not UTF-8.
    """
    try:
        return whole_body().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise mistake(name, "is not UTF-8 text") from error
