"""Control of certifications: begin one, see how it stands, restart cases, approve, report."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from .. import client
from ..api.carried import looked_at, sandbox_of
from ..api.context import Context
from ..certification.near_misses import with_near_misses
from ..certification.registry import CertificationRegistry, NoSuchCertification, NotPassed
from ..certification.sessions import CertificationSession
from ..certification.shown import (
    shown_certificate,
    shown_sections,
    shown_session,
    shown_summary,
)
from ..certification.status import SessionStatus, status_of
from ..engine import notifications
from ..engine.errors import SimulatorError
from ..engine.records import PointOfSaleRecord
from ..engine.refusals import Refusal
from ..engine.values import as_guid, as_name, as_numbers
from ..sandboxes.registry import HostedSandbox
from ..scripting.cases import as_section
from ..settings.nearest import nearest
from .serving import Document, Later, NotThere, checked, mistake, now_or_later

#: A thread judges more cases, one for each certification that has it.
MOST_AT_ONCE = 100


def list_all(context: Context) -> client.Certifications | Later[client.Certifications]:
    sandbox = looked_at(context)
    with sandbox.world:
        book = sandbox.certifications
        is_large = sum(len(each.cases) for each in book.sessions.values()) > MOST_AT_ONCE
        return now_or_later(partial(_listed, book.copy() if is_large else book), is_large=is_large)


def _listed(book: CertificationRegistry) -> client.Certifications:
    return client.Certifications(
        tuple(shown_summary(status_of(book, each)) for each in book.sessions.values()),
        tuple(shown_certificate(each) for each in book.certificates.values()),
        shown_sections(book.cases),
    )


def begin(context: Context, body: client.OpenCertification) -> client.Certification:
    sections = [
        checked(f"sections[{number}]", as_section, each)
        for number, each in enumerate(body.sections)
    ]
    client_ids = [
        checked(f"clientIds[{number}]", partial(_client_id, context), each)
        for number, each in enumerate(body.client_ids)
    ]
    version, system_name = body.version, body.system_name
    sandbox = sandbox_of(context)
    with sandbox.world, _refusing():
        session = sandbox.certifications.open(
            sections=sections,
            cases=body.cases,
            client_ids=list(dict.fromkeys(client_ids)),
            version="" if version is None else checked("version", _version, version),
            system_name="" if system_name is None else checked("systemName", as_name, system_name),
            usual_paths=bool(client_ids) if body.usual_paths is None else body.usual_paths,
        )
        session.calls_before = sandbox.journal.count
    return _shown(sandbox, session)


def show(context: Context, certification_id: str) -> client.Certification:
    sandbox = looked_at(context)
    return _shown(sandbox, _find(sandbox, certification_id))


def restart_case(
    context: Context, certification_id: str, case_name: str
) -> client.CertificationCase:
    sandbox = looked_at(context)
    session = _find(sandbox, certification_id)
    with sandbox.world, _refusing():
        sandbox.certifications.start(session, case_name)
        session.calls_before = sandbox.journal.count
    return next(each for each in _shown(sandbox, session).cases if each.name == case_name)


def approve(context: Context, certification_id: str) -> client.Certification | Document:
    sandbox = looked_at(context)
    session = _find(sandbox, certification_id)
    try:
        with sandbox.world, _refusing():
            sandbox.certifications.approve(session)
    except NotPassed as error:
        return Document(client.Refused(str(error)), status=409)
    return _shown(sandbox, session)


def abandon(context: Context, certification_id: str) -> client.Certification:
    sandbox = looked_at(context)
    session = _find(sandbox, certification_id)
    with sandbox.world, _refusing():
        sandbox.certifications.abandon(session)
    return _shown(sandbox, session)


def invoke_callback(
    context: Context, body: client.InvokeCallback, certification_id: str
) -> client.InvokedCallback:
    wanted = checked("posId", as_guid, body.pos_id) if body.pos_id is not None else None
    sandbox = looked_at(context)
    session = _find(sandbox, certification_id)
    with sandbox.world as world:
        pos = next(
            (each for each in _told(context, sandbox, session) if wanted in (None, each.id)), None
        )
        if pos is None:
            message = (
                "the client has no point of sale to be told: create one with a callbackAlias, "
                "and set the alias's URL with PUT /_simulator/callbacks/ALIAS"
            )
            raise mistake("posId" if wanted else "", message)
        notifications.announce(world, pos)
    return client.InvokedCallback(pos.id, pos.callback_alias)


def report(
    context: Context, format: str, certification_id: str
) -> Later[client.CertificationReport | str]:
    from ..certification import reports
    from .audit import TAKES

    sandbox = looked_at(context)
    session = _find(sandbox, certification_id)
    with sandbox.world as world:
        status = _status(sandbox, session)
        certificates = sandbox.certifications.certificates.values()
        gathered = reports.gather(status, world, sandbox.journal, TAKES, certificates)

    def make() -> client.CertificationReport | str:
        if format == "json":
            return reports.as_model(gathered())
        return {"html": reports.as_html, "junit": reports.as_junit}[format](gathered())

    return Later(make)


def _told(
    context: Context, sandbox: HostedSandbox, session: CertificationSession
) -> Iterator[PointOfSaleRecord]:
    """Yields the points of sale of a session's clients that have a URL, the newest first."""
    world = sandbox.world
    clients = (context.integrator(each) for each in session.client_ids)
    owners = {each.owner for each in clients if each is not None}
    for pos in reversed(world.points_of_sale.table.values()):
        is_theirs = not session.client_ids or pos.client_id in owners
        if is_theirs and (pos.callback_alias or "") in world.callback_urls:
            yield pos


@contextmanager
def _refusing() -> Iterator[None]:
    """Answers what a book of certifications refuses."""
    try:
        yield
    except NotPassed:
        raise
    except NoSuchCertification as error:
        raise NotThere(str(error)) from error
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error


def _find(sandbox: HostedSandbox, certification_id: str) -> CertificationSession:
    with sandbox.world, _refusing():
        return sandbox.certifications.get(certification_id)


def _shown(sandbox: HostedSandbox, session: CertificationSession) -> client.Certification:
    with sandbox.world:
        return shown_session(_status(sandbox, session))


def _status(sandbox: HostedSandbox, session: CertificationSession) -> SessionStatus:
    """Returns the status of a session, with what its cases missed."""
    return with_near_misses(status_of(sandbox.certifications, session), sandbox.journal)


def _client_id(context: Context, text: str) -> str:
    client_id = as_guid(text)
    if context.integrator(client_id) is None:
        known = [each.client_id for each in context.data.integrators]
        raise ValueError(f"no client has the id {client_id!r}; {nearest(client_id, known)}")
    return client_id


def _version(text: str) -> str:
    parts = text.split(".")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        raise ValueError("must be a version such as 1.2 or 1.2.3")
    return as_numbers(text)
