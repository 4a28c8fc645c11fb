"""The certifications of one sandbox: which case a client is at, and whose calls count for it.

A case recognises by itself that a client has come to it: by the call it opens with. What a client
sends after that belongs to the case until it opens another one.
"""

from collections.abc import Callable, Iterable, Mapping

from simulator.certification.recognising import belongs, is_opened, set_scene
from simulator.certification.sessions import (
    Attempt,
    Certificate,
    Session,
    Stage,
    minor_version,
)
from simulator.documents import nearest
from simulator.engine.tables import Table
from simulator.engine.world import World
from simulator.scripting.cases import SECTIONS, as_section
from simulator.scripting.director import Director
from simulator.scripting.incoming import Incoming
from simulator.scripting.records import Verdict
from simulator.scripting.runs import Run
from simulator.scripting.scenario import Scenario, case_of

__all__ = ["Certifications", "NoSuchCertification", "NotPassed"]

#: How many sessions of a sandbox are kept.
KEPT = 100

Cases = Mapping[str, Scenario]


class NoSuchCertification(LookupError):
    """There is no session of this id, or no case of this name in it; the message says which."""


class NotPassed(ValueError):
    """A session can't be approved yet; the message says what is missing."""


class Certifications:
    """The certification sessions of one sandbox. Its methods are called inside the world.

    Args:
        world: where.
        director: who plays the scenarios there.
        cases: gives the scenarios that are cases, by name, in order of their sections.
    """

    def __init__(self, world: World, director: Director, cases: Callable[[], Cases]) -> None:
        self._world = world
        self._director = director
        self._cases = cases
        self.sessions: Table[str, Session] = Table()
        #: What was certified, by client id and Major.Minor.
        self.certificates: Table[tuple[str, str], Certificate] = Table()
        director.usher = self

    # --- sessions -----------------------------------------------------------------------------

    @property
    def cases(self) -> Cases:
        """The cases there are, by name, in order of their sections."""
        return self._cases()

    def open(
        self,
        *,
        sections: Iterable[str] = (),
        cases: Iterable[str] = (),
        client_ids: Iterable[str] = (),
        version: str = "",
        system_name: str = "",
    ) -> Session:
        """Begins a session.

        Args:
            sections: the sections to go through; the mandatory ones are always among them.
            cases: just these cases instead. Without either, all cases.
            client_ids: the integrators whose calls count; without any, all of them.
            version: the client's version, of which Major.Minor counts; without it, the first seen.
            system_name: what the client is called.

        Raises:
            ValueError: there is no such section or case.
        """
        newest = next(reversed(self.sessions), "C0")
        session = Session(
            id=f"C{int(newest[1:]) + 1}",
            begun_at=self._world.clock.now,
            cases=self._chosen(tuple(sections), tuple(cases)),
            client_ids=tuple(each.lower() for each in client_ids),
            version=minor_version(version),
            system_name=system_name,
        )
        self.sessions[session.id] = session
        if len(self.sessions) > KEPT:
            self._drop(next(iter(self.sessions.values())))
        return session

    def ensure(self, client_id: str, version: str) -> Session:
        """Returns the session that a client's calls count for, begun now if there is none."""
        session = self._covering(client_id, version)
        return session or self.open(client_ids=[client_id], version=version)

    def get(self, session_id: str) -> Session:
        """Returns a session.

        Raises:
            NoSuchCertification: there is none of this id.
        """
        session = self.sessions.get(session_id)
        if session is None:
            known = ", ".join(self.sessions) or "there are none yet"
            raise NoSuchCertification(f"no certification {session_id[:60]!r}; {known}")
        return session

    def cases_of(self, session: Session) -> list[Scenario]:
        """Returns the cases of a session; one whose file is gone since is left out."""
        return [self.cases[name] for name in session.cases if name in self.cases]

    def start(self, session: Session, name: str) -> None:
        """Begins a case, or begins it anew; the client's next calls count for it.

        Raises:
            NoSuchCertification: the session has no such case.
            ValueError: the session is over.
        """
        if name not in session.cases or name not in self.cases:
            raise NoSuchCertification(f"no case {name[:80]!r}; {nearest(name, session.cases)}")
        self._check_open(session)
        self._close(session, "another case, which was chosen")
        self._begin(session, name, is_chosen=True)

    def abandon(self, session: Session) -> None:
        """Ends a session without a certificate.

        Raises:
            ValueError: it is over.
        """
        self._end(session, Stage.ABANDONED)

    def approve(self, session: Session) -> None:
        """Ends a session; the clients that went through it are certified in its sections.

        Raises:
            NotPassed: a case has not passed, or a mandatory section was left out.
            ValueError: it is over.
        """
        self._check_open(session)
        lack = self.lack(session)
        if lack:
            raise NotPassed(lack)
        self._end(session, Stage.APPROVED)
        sections = self._sections(session)
        for client_id in session.client_ids:
            self.certify(client_id, session.version, sections, session.id)

    def lack(self, session: Session) -> str:
        """Says why a session can't be approved yet; empty where it can, or where it is over."""
        if not session.is_open:
            return ""
        missing = [name for name in session.cases if not self._has_passed(session, name)]
        if missing:
            return f"not passed yet: {', '.join(missing)}"
        sections = self._sections(session)
        left_out = [each.name for each in SECTIONS if each.is_mandatory]
        left_out = [name for name in left_out if name not in sections]
        if left_out or not session.version:
            what = f"the sections {', '.join(left_out)}" if left_out else "a client version"
            return f"a certificate needs {what} as well"
        return ""

    def certify(
        self, client_id: str, version: str, sections: tuple[str, ...] = (), session: str = ""
    ) -> None:
        """Gives a client's version a certificate."""
        version = minor_version(version)
        self.certificates[client_id, version] = Certificate(
            client_id=client_id,
            version=version,
            sections=sections,
            at=self._world.clock.now,
            session=session,
        )

    def admits(self, client_id: str, version: str) -> bool:
        """Whether a client's version is certified, or just being certified."""
        return (
            client_id,
            minor_version(version),
        ) in self.certificates or self._covering(client_id, version) is not None

    def run(self, session: Session, name: str) -> Run | None:
        """Returns the run of the last go at a case, or None."""
        attempt = session.attempts.get(name)
        return self._director.book.table.get(attempt.run) if attempt is not None else None

    # --- calls --------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether anybody is being certified."""
        return any(session.is_open for session in self.sessions.values())

    def claim(self, incoming: Incoming) -> Run | None:
        """Returns the run of the case that a call belongs to, or None."""
        session = self._covering(incoming.client_id, incoming.version)
        if session is None:
            return None
        self._identify(session, incoming)
        name = session.current
        run = self.run(session, name) if name is not None else None
        if name is None or run is None or not belongs(run, incoming, self._director, self._world):
            if name is not None and session.attempts[name].is_chosen and not is_opened(run):
                return None
            opened = self._opened_by(session, incoming)
            if opened is None:
                return None
            self._close(session, case_of(self._scenario(opened)).title)
            run = self._begin(session, opened)
        set_scene(run, incoming, self._director, self._world)
        return run

    def _identify(self, session: Session, incoming: Incoming) -> None:
        """Takes from its calls who a session's client is, where nobody has said so."""
        if incoming.version and not session.version:
            session.version = minor_version(incoming.version)
            self.sessions.touch(session.id)
        if incoming.version and not session.client_ids:
            session.client_ids = (incoming.client_id,)
            self.sessions.touch(session.id)

    def _covering(self, client_id: str, version: str) -> Session | None:
        return next(
            (
                session
                for session in reversed(self.sessions.values())
                if session.is_open and session.covers(client_id, version)
            ),
            None,
        )

    def _opened_by(self, session: Session, incoming: Incoming) -> str | None:
        """Returns the first case nobody was at yet that a call opens."""
        untested = (each for each in self.cases_of(session) if each.name not in session.attempts)
        for scenario in untested:
            if case_of(scenario).opens_with.fits(incoming, self._world):
                return scenario.name
        return None

    # --- cases --------------------------------------------------------------------------------

    def _begin(self, session: Session, name: str, *, is_chosen: bool = False) -> Run:
        before = self.run(session, name)
        if before is not None:
            self._director.book.forget(before)
        run = self._director.open_case(self._scenario(name))
        now = self._world.clock.now
        session.attempts[name] = Attempt(case=name, run=run.id, begun_at=now, is_chosen=is_chosen)
        session.counts[name] = session.counts.get(name, 0) + 1
        session.current = name
        self.sessions.touch(session.id)
        return run

    def _close(self, session: Session, went_on_to: str) -> None:
        """The client has gone on to something else."""
        attempt = session.attempts.get(session.current or "")
        if attempt is not None:
            attempt.ended_at, attempt.went_on_to = self._world.clock.now, went_on_to
            self._director.book.dequeue(attempt.run)
        session.current = None
        self.sessions.touch(session.id)

    def _scenario(self, name: str) -> Scenario:
        return self._cases()[name]

    def _verdict(self, run: Run) -> Verdict:
        return run.verdict(self._world.clock.now)

    def _has_passed(self, session: Session, name: str) -> bool:
        run = self.run(session, name)
        return run is not None and self._verdict(run) is Verdict.PASSED

    def _sections(self, session: Session) -> tuple[str, ...]:
        """Returns the sections a session has whole."""
        chosen = {case_of(each).section for each in self.cases_of(session)}
        left_out = {
            case_of(each).section for each in self.cases.values() if each.name not in session.cases
        }
        return tuple(each.name for each in SECTIONS if each.name in chosen - left_out)

    def _chosen(self, sections: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
        cases = self.cases
        for name in names:
            if name not in cases:
                raise ValueError(f"{name[:80]!r} is no case; {nearest(name, cases)}")
        wanted = {as_section(each) for each in sections}
        if names and not wanted:
            return tuple(name for name in cases if name in names)
        wanted |= {each.name for each in SECTIONS if each.is_mandatory or not sections}
        return tuple(
            name for name, each in cases.items() if name in names or case_of(each).section in wanted
        )

    def _check_open(self, session: Session) -> None:
        if not session.is_open:
            raise ValueError(f"{session.id} is {session.stage} already; begin another one")

    def _end(self, session: Session, stage: Stage) -> None:
        self._check_open(session)
        self._close(session, "the end of the certification")
        session.stage, session.ended_at = stage, self._world.clock.now

    def _drop(self, session: Session) -> None:
        for name in session.attempts:
            run = self.run(session, name)
            if run is not None:
                self._director.book.forget(run)
        del self.sessions[session.id]
