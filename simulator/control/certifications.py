"""Control of certifications: begin one, see how it stands, restart cases, approve, report."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from marshmallow import fields

from simulator.api.answers import Reply, json_answer
from simulator.api.context import Context
from simulator.api.pipeline import parse_json, sandbox_of, whole_body
from simulator.api.schemas.fields import Guid, Text, load
from simulator.certification.book import NoSuchCertification, NotPassed
from simulator.certification.sessions import Session
from simulator.certification.shown import (
    catalogue_as_json,
    certificate_as_json,
    stand_as_json,
    summary_as_json,
)
from simulator.certification.standing import Stand, stand_of
from simulator.control.queries import answer_in, asked_format, check_parameters
from simulator.control.schemas import ControlSchema
from simulator.engine import notifications
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.records import PointOfSale
from simulator.engine.values import as_guid, as_name
from simulator.sandboxes import Sandbox
from simulator.scripting.cases import as_section

__all__ = [
    "abandon",
    "approve",
    "invoke_callback",
    "list_certifications",
    "open_certification",
    "report",
    "restart_case",
    "show_certification",
]

FORMATS = {"html": "text/html", "json": "application/json", "junit": "application/xml"}


def _version(text: str) -> str:
    parts = text.split(".")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        raise ValueError("must be a version such as 1.2 or 1.2.3")
    return text


class OpenCertification(ControlSchema):
    """Who is certified, and in what."""

    sections = fields.List(Text(check=as_section), load_default=[])
    cases = fields.List(Text(check=str), load_default=[])
    client_ids = fields.List(Text(check=as_guid), load_default=[])
    version = Text(check=_version, load_default="")
    system_name = Text(check=as_name, load_default="")


class InvokeCallback(ControlSchema):
    """Whose callback is invoked."""

    pos_id = Guid(load_default=None, allow_none=True)


def list_certifications(context: Context) -> dict[str, Any]:
    """The certifications there are, the certificates given, and the sections with their cases."""
    sandbox = sandbox_of(context)
    with sandbox.world as world:
        book = sandbox.certifications
        return {
            "certifications": [
                summary_as_json(stand_of(book, each, world)) for each in book.sessions.values()
            ],
            "certificates": [certificate_as_json(each) for each in book.certificates.values()],
            "sections": catalogue_as_json(book.cases),
        }


def open_certification(context: Context) -> dict[str, Any]:
    """Begins a certification; the client's calls count for it from now on."""
    body = whole_body()
    wanted = load(OpenCertification(), parse_json(body) if body.strip() else {})
    sandbox = sandbox_of(context)
    with sandbox.world, _refusing():
        session = sandbox.certifications.open(**wanted)
    return _shown(sandbox, session)


def show_certification(context: Context, certification_id: str) -> dict[str, Any]:
    """One certification: each section, case and step."""
    sandbox = sandbox_of(context)
    return _shown(sandbox, _find(sandbox, certification_id))


def restart_case(context: Context, certification_id: str, case: str) -> dict[str, Any]:
    """Begins a case, or begins it anew; the answer is the case as it stands."""
    sandbox = sandbox_of(context)
    session = _find(sandbox, certification_id)
    with sandbox.world, _refusing():
        sandbox.certifications.start(session, case)
    sections = _shown(sandbox, session)["sections"]
    shown: dict[str, Any] = next(
        each for section in sections for each in section["cases"] if each["name"] == case
    )
    return shown


def approve(context: Context, certification_id: str) -> Any:
    """Ends a certification that is passed; the client's version is certified from now on."""
    try:
        return _change(
            context, certification_id, lambda it, session: it.certifications.approve(session)
        )
    except NotPassed as error:
        return json_answer({"error": str(error)}, 409)


def abandon(context: Context, certification_id: str) -> dict[str, Any]:
    """Ends a certification without a certificate."""
    return _change(
        context, certification_id, lambda it, session: it.certifications.abandon(session)
    )


def invoke_callback(context: Context, certification_id: str) -> dict[str, Any]:
    """Tells the till of a check-in, without one: its newest point of sale, or the one named."""
    body = whole_body()
    wanted = load(InvokeCallback(), parse_json(body) if body.strip() else {})["pos_id"]
    sandbox = sandbox_of(context)
    session = _find(sandbox, certification_id)
    with sandbox.world as world:
        pos = next((each for each in _told(sandbox, session) if wanted in (None, each.id)), None)
        if pos is None:
            message = (
                "the client has no point of sale to be told: create one with a callbackAlias, "
                "and set the alias's URL with PUT /_simulator/callbacks/ALIAS"
            )
            raise SimulatorError(Refusal.BAD_REQUEST, message)
        notifications.announce(world, pos)
    return {"posId": pos.id, "alias": pos.callback_alias}


def report(context: Context, certification_id: str) -> Reply:
    """The report: a page of HTML, JSON or JUnit XML."""
    check_parameters("format")
    wanted = asked_format(FORMATS)
    sandbox = sandbox_of(context)
    session = _find(sandbox, certification_id)
    from simulator.control.audit import TAKES

    with sandbox.world as world:
        stand = stand_of(sandbox.certifications, session, world)
        reports = import_module("simulator.certification.reports")
        certificates = sandbox.certifications.certificates.values()
        made = reports.report_of(stand, world, sandbox.journal, TAKES, certificates)
    writers: dict[str, Callable[[Any], Any]] = {
        "html": reports.as_html,
        "json": reports.as_json,
        "junit": reports.as_junit,
    }
    return answer_in(FORMATS[wanted], writers[wanted](made))


def _told(sandbox: Sandbox, session: Session) -> Iterator[PointOfSale]:
    """Yields the points of sale of a session's clients that have a URL, the newest first."""
    world = sandbox.world
    for pos in reversed(world.points_of_sale.table.values()):
        is_theirs = not session.client_ids or pos.client_id in session.client_ids
        if is_theirs and (pos.callback_alias or "") in world.callback_urls:
            yield pos


def _change(
    context: Context, certification_id: str, change: Callable[[Sandbox, Session], None]
) -> dict[str, Any]:
    sandbox = sandbox_of(context)
    session = _find(sandbox, certification_id)
    with sandbox.world, _refusing():
        change(sandbox, session)
    return _shown(sandbox, session)


@contextmanager
def _refusing() -> Iterator[None]:
    """Answers what a book of certifications refuses."""
    try:
        yield
    except NotPassed:
        raise
    except NoSuchCertification as error:
        raise SimulatorError(Refusal.NO_SUCH_PATH, str(error)) from error
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error


def _find(sandbox: Sandbox, certification_id: str) -> Session:
    with sandbox.world, _refusing():
        return sandbox.certifications.get(certification_id)


def _shown(sandbox: Sandbox, session: Session) -> dict[str, Any]:
    return stand_as_json(_stand(sandbox, session))


def _stand(sandbox: Sandbox, session: Session) -> Stand:
    with sandbox.world as world:
        return stand_of(sandbox.certifications, session, world)
