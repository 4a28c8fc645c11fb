"""The certifications of a sandbox: their sessions, cases and certificates."""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import datetime

from ..engine.tables import Table
from ..engine.world import World
from ..scripting.cases import SECTIONS
from ..scripting.run_record import RunVerdict
from ..scripting.runs import ScenarioRun
from ..scripting.scenario import Scenario, case_of
from ..scripting.scenario_engine import ScenarioEngine
from ..settings.nearest import nearest
from .sessions import (
    CaseAttempt,
    CertificateRecord,
    CertificationSession,
    SessionStage,
    chosen_cases,
    left_out,
    minor_version,
)

#: How many sessions a sandbox keeps.
KEPT = 100

Cases = Mapping[str, Scenario]


class NoSuchCertification(LookupError):
    """There is no session of this id, or it has no case of this name."""


class NotPassed(ValueError):
    """A session can't be approved yet; the message says why."""


class CertificationRegistry:
    """The certification sessions of a sandbox. Its methods are called inside the world.

    Args:
        world: the world.
        scenario_engine: the scenario engine of the world.
        cases: returns the cases by name, in the order of their sections.
    """

    def __init__(
        self, world: World, scenario_engine: ScenarioEngine, cases: Callable[[], Cases]
    ) -> None:
        self._clock = world.clock
        self._scenario_engine = scenario_engine
        self._find_run: Callable[[str], ScenarioRun | None] = scenario_engine.runs.table.get
        self._cases = cases
        self.sessions: Table[str, CertificationSession] = Table()
        #: By client id and Major.Minor.
        self.certificates: Table[tuple[str, str], CertificateRecord] = Table()

    def copy(self) -> "CertificationRegistry":
        """Returns a registry that can be judged anywhere, and that nothing changes any more."""
        made, cases = copy(self), self.cases
        made._clock, made._cases = copy(self._clock), lambda: cases
        made.sessions = Table((name, each.copy()) for name, each in self.sessions.items())
        made.certificates = Table(self.certificates.items())
        attempts = (
            each for session in self.sessions.values() for each in session.attempts.values()
        )
        found = (self._find_run(each.run) for each in attempts)
        made._find_run = {run.id: run.copy() for run in found if run is not None}.get
        return made

    # --- sessions -----------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The time at which it is judged."""
        return self._clock.now

    @property
    def cases(self) -> Cases:
        """The cases by name, in the order of their sections."""
        return self._cases()

    def open(
        self,
        *,
        sections: Iterable[str] = (),
        cases: Iterable[str] = (),
        client_ids: Iterable[str] = (),
        version: str = "",
        system_name: str = "",
        usual_paths: bool = False,
    ) -> CertificationSession:
        """Opens a session.

        Args:
            sections: the sections to test; the mandatory ones are added.
            cases: the cases to test instead. Without sections and cases, all cases.
            client_ids: the integrators whose calls count; the first that calls if empty.
            version: the client's version; if empty, that of the first call.
            system_name: the name of the client.
            usual_paths: whether calls on the usual paths count, too; they do so only for clients
                that are named.

        Raises:
            ValueError: there is no such section or case, or no client to certify is named.
        """
        client_ids = tuple(each.lower() for each in client_ids)
        if usual_paths and not client_ids:
            raise ValueError("usualPaths: name the client in clientIds, as all others call there")
        newest = next(reversed(self.sessions), "C0")
        session = CertificationSession(
            id=f"C{int(newest[1:]) + 1}",
            begun_at=self.now,
            cases=chosen_cases(self.cases, tuple(sections), tuple(cases)),
            client_ids=client_ids,
            usual_paths=usual_paths,
            version=minor_version(version),
            system_name=system_name,
        )
        self.sessions[session.id] = session
        if len(self.sessions) > KEPT:
            self._drop(next(iter(self.sessions.values())))
        return session

    def ensure(self, client_id: str, version: str) -> CertificationSession:
        """Returns the open session of a client on the self-certification's paths, or a new one."""
        session = self.covering(client_id, version, is_certifying=True)
        return session or self.open(client_ids=[client_id], version=version)

    def get(self, session_id: str) -> CertificationSession:
        """Returns a session.

        Raises:
            NoSuchCertification: there is none of this id.
        """
        session = self.sessions.get(session_id)
        if session is None:
            known = f"there are: {', '.join(self.sessions) or 'none yet'}"
            raise NoSuchCertification(f"no certification {session_id[:60]!r}; {known}")
        return session

    def cases_of(self, session: CertificationSession) -> list[Scenario]:
        """Returns the cases of a session, except for those whose file was removed."""
        return [self.cases[name] for name in session.cases if name in self.cases]

    def start(self, session: CertificationSession, name: str) -> None:
        """Starts a case, again if necessary; the client's next calls belong to it.

        Raises:
            NoSuchCertification: the session has no such case.
            ValueError: the session is closed.
        """
        if name not in session.cases or name not in self.cases:
            raise NoSuchCertification(f"no case {name[:80]!r}; {nearest(name, session.cases)}")
        self._check_open(session)
        self.leave_case(session, "another case, which was chosen")
        self.begin_case(session, name, is_chosen=True)

    def abandon(self, session: CertificationSession) -> None:
        """Closes a session without a certificate.

        Raises:
            ValueError: the session is closed already.
        """
        self._end(session, SessionStage.ABANDONED)

    def approve(self, session: CertificationSession) -> None:
        """Closes a session, and certifies its clients in its sections.

        Raises:
            NotPassed: a case has not passed, or a mandatory section is missing.
            ValueError: the session is closed already.
        """
        self._check_open(session)
        missing = self.lack(session)
        if missing:
            raise NotPassed(missing)
        self._end(session, SessionStage.APPROVED)
        sections = self._sections(session)
        for client_id in session.client_ids:
            self.certify(client_id, session.version, sections, session.id)

    def lack(self, session: CertificationSession) -> str:
        """Returns why a session can't be approved yet; empty if it can, or is closed."""
        if not session.is_open:
            return ""
        missing = [name for name in session.cases if not self._has_passed(session, name)]
        if missing:
            return f"not passed yet: {', '.join(missing)}"
        sections = self._sections(session)
        absent = [each.name for each in SECTIONS if each.is_mandatory]
        absent = [name for name in absent if name not in sections]
        if absent or not session.version:
            what = f"the sections {', '.join(absent)}" if absent else "a client version"
            return f"a certificate also needs {what}"
        return ""

    def certify(
        self, client_id: str, version: str, sections: tuple[str, ...] = (), session: str = ""
    ) -> None:
        """Certifies a version of a client in some sections, beside those it has already."""
        version = minor_version(version)
        held = self.certificates.get((client_id, version))
        known = {*sections, *(held.sections if held is not None else ())}
        ordered = tuple(each.name for each in SECTIONS if each.name in known)
        self.certificates[client_id, version] = CertificateRecord(
            client_id=client_id,
            version=version,
            sections=ordered,
            at=self.now,
            session=session,
        )

    def admits(self, client_id: str, version: str, sections: Iterable[str] = ()) -> bool:
        """Whether a version of a client may call on the usual paths.

        It is certified, or is being certified there.

        Args:
            client_id: the client.
            version: its version.
            sections: the sections of which one must be certified; none for calls of every client.
        """
        certificate = self.certificates.get((client_id, minor_version(version)))
        needed = set(sections)
        if certificate is not None and (not needed or needed & {*certificate.sections}):
            return True
        return self.covering(client_id, version, is_certifying=False) is not None

    def run(self, session: CertificationSession, name: str) -> ScenarioRun | None:
        """Returns the run of the last attempt at a case, or None."""
        attempt = session.attempts.get(name)
        return self._find_run(attempt.run) if attempt is not None else None

    def covering(
        self, client_id: str, version: str, *, is_certifying: bool
    ) -> CertificationSession | None:
        """Returns the newest open session that a client's calls count for, or None."""
        for session in reversed(self.sessions.values()):
            if session.is_open and session.covers(client_id, version, is_certifying=is_certifying):
                return session
        return None

    # --- cases --------------------------------------------------------------------------------

    def begin_case(
        self, session: CertificationSession, name: str, *, is_chosen: bool = False
    ) -> ScenarioRun:
        """Starts a case, and returns its run."""
        before = self.run(session, name)
        if before is not None:
            self._scenario_engine.runs.forget(before)
        run = self._scenario_engine.open_case(self.cases[name])
        now = self.now
        session.attempts[name] = CaseAttempt(
            case=name, run=run.id, begun_at=now, is_chosen=is_chosen
        )
        session.counts[name] = session.counts.get(name, 0) + 1
        session.current = name
        self.sessions.touch(session.id)
        return run

    def leave_case(self, session: CertificationSession, went_on_to: str = "") -> None:
        """Ends the current case: the client has gone on to something else, or the session ends."""
        attempt = session.attempts.get(session.current or "")
        if attempt is not None:
            attempt.ended_at, attempt.went_on_to = self.now, went_on_to
            self._scenario_engine.runs.leave(attempt.run, self.now)
        session.current = None
        self.sessions.touch(session.id)

    def _has_passed(self, session: CertificationSession, name: str) -> bool:
        run = self.run(session, name)
        return run is not None and run.verdict(self.now) is RunVerdict.PASSED

    def _sections(self, session: CertificationSession) -> tuple[str, ...]:
        """Returns the sections of which a session has all cases."""
        chosen = {case_of(each).section for each in self.cases_of(session)}
        return tuple(
            each.name
            for each in SECTIONS
            if each.name in chosen and not left_out(session, each.name, self.cases)
        )

    def _check_open(self, session: CertificationSession) -> None:
        if not session.is_open:
            raise ValueError(f"{session.id} is {session.stage} already; open another one")

    def _end(self, session: CertificationSession, stage: SessionStage) -> None:
        self._check_open(session)
        self.leave_case(session)
        session.stage, session.ended_at = stage, self.now

    def _drop(self, session: CertificationSession) -> None:
        for name in session.attempts:
            run = self.run(session, name)
            if run is not None:
                self._scenario_engine.runs.forget(run)
        del self.sessions[session.id]
