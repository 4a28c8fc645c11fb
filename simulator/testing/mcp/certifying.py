"""The tool that certifies a till, and what it says is to be done next."""

from typing import Annotated, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ...client import CaseState, Certification, Certifications, ControlClient
from ...settings.data import SEEDED_INTEGRATORS
from ...settings.nearest import nearest
from .choice import DEFAULT, SimulatorChoice
from .preparing import SandboxName
from .showing import answer, case_lines, certification_lines

Step = Literal["cases", "begin", "status", "restart", "callback", "approve", "abandon"]
#: The stage in which a certification takes calls.
OPEN = "open"


class CertifyingTools:
    """The tool that certifies a till.

    Args:
        choice: which simulator it uses.
    """

    def __init__(self, choice: SimulatorChoice) -> None:
        self._choice = choice

    def certify(
        self,
        action: Annotated[
            Step,
            Field(
                description="`cases` lists them; `begin` a certification, then let the till do "
                "what each case says, one by one; `status` shows each step; `restart` a case; "
                "`callback` sends the till a test check-in; `approve` or `abandon` ends it."
            ),
        ] = "status",
        cases: Annotated[
            list[str] | None, Field(description="For begin: only these; for restart: the one.")
        ] = None,
        sections: Annotated[
            list[str] | None, Field(description="For begin: only these sections.")
        ] = None,
        id: Annotated[
            str | None,
            Field(description="Which certification, such as C1; by default the newest open one."),
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Certify a till, case by case, as the service did before it let a till into shops.

        A certificate needs the mandatory sections: begin without cases, or with sections.
        """
        control = self._choice.control(sandbox)
        known = control.certifications()
        names = [case.name for section in known.sections for case in section.cases]
        _check("case", cases, names)
        _check("section", sections, [each.name for each in known.sections])
        if action == "cases":
            return _cases(known, sandbox)
        if action == "begin":
            begun = control.certify(
                sections=sections or (),
                cases=cases or (),
                client_ids=[SEEDED_INTEGRATORS[0].client_id],
                usual_paths=True,
            )
            return _standing(begun, known, sandbox)
        chosen = _chosen(known, id, sandbox)
        return _acted(control, known, chosen, action, cases, sandbox)


def _check(what: str, given: list[str] | None, known: list[str]) -> None:
    for each in given or ():
        if each not in known:
            raise ToolError(f"There is no {what} {each!r}; {nearest(each, known)}")


def _chosen(known: Certifications, id: str | None, sandbox: str) -> str:
    """Returns the id of the certification that is meant: the newest open one by default."""
    ids = [each.id for each in known.certifications]
    if id is not None and id in ids:
        return id
    if id is not None and ids:
        raise ToolError(f"There is no certification {id[:60]!r}; {nearest(id[:60], ids)}")
    open_ones = _open_ones(known)
    if not open_ones:
        raise ToolError(
            f"No certification is open; certify(action='begin', sandbox={sandbox!r}) begins one"
        )
    return open_ones[-1]


def _open_ones(known: Certifications) -> list[str]:
    return [each.id for each in known.certifications if each.stage == OPEN]


def _cases(known: Certifications, sandbox: str) -> str:
    lines: list[str] = []
    for section in known.sections:
        lines.append(
            f"{section.name}{' (mandatory)' if section.mandatory else ''}: {section.about}"
        )
        lines += [f"  {case.name}: {case.title}" for case in section.cases]
    then = (
        f"certify(action='begin', sandbox={sandbox!r}) begins all; sections=[...] or cases=[...] "
        "begins some. A certificate needs the mandatory sections, which cases=[...] leaves out."
    )
    return answer(*lines, then=then)


def _acted(
    control: ControlClient,
    known: Certifications,
    id: str,
    action: Step,
    cases: list[str] | None,
    sandbox: str,
) -> str:
    look = f"then {_call('status', id, sandbox)}"
    if action == "restart":
        if not cases or len(cases) != 1:
            raise ToolError("restart needs the one case to start again: cases=['...']")
        case = control.restart_case(id, cases[0])
        return answer(*case_lines(case), then=f"let the till do it, {look}")
    if action == "callback":
        control.invoke_callback(id)
        return answer("The check-in is sent.", then=look)
    if action in ("approve", "abandon"):
        ended = control.approve(id) if action == "approve" else control.abandon(id)
        return _standing(ended, control.certifications(), sandbox)
    return _standing(control.certification(id), known, sandbox)


def _standing(shown: Certification, known: Certifications, sandbox: str) -> str:
    """Returns how a certification stands, and what is to be done next."""
    others = [each for each in _open_ones(known) if each != shown.id]
    also = f"also open: {', '.join(others)}; name the one you mean as id" if others else ""
    lines = [*certification_lines(shown), also]
    wanted = next((each for each in shown.cases if each.name == shown.next), None)
    if shown.stage != OPEN:
        return answer(*lines, *_certificates(shown, known), then=_after_the_end(shown, sandbox))
    if wanted is not None:
        lines += case_lines(wanted)
        then = f"let the till do this case, then {_call('status', shown.id, sandbox)}"
        return answer(*lines, then=then)
    return answer(*lines, then=next_step(shown, known, sandbox))


def _certificates(shown: Certification, known: Certifications) -> list[str]:
    return [
        f"certificate: client {each.client_id}, version {each.version}, "
        f"sections {', '.join(each.sections)}"
        for each in known.certificates
        if each.certification == shown.id
    ]


def _after_the_end(shown: Certification, sandbox: str) -> str:
    path = f"/_simulator/certifications/{shown.id}/report"
    return f"the report is at {path} behind the url of sandbox(name={sandbox!r})."


def next_step(shown: Certification, known: Certifications, sandbox: str) -> str:
    """Returns what an open certification needs, all of whose cases were tried.

    Args:
        shown: how it stands.
        known: the sections and cases there are.
        sandbox: where it is.
    """
    if not shown.lack:
        return f"{_call('approve', shown.id, sandbox)} gives the certificate."
    failed = [each.name for each in shown.cases if each.state is not CaseState.PASSED]
    if failed:
        again = _call("restart", shown.id, sandbox, f"cases=[{failed[0]!r}]")
        return f"mend what is wrong, then {again}"
    if sections := _with_mandatory(shown, known):
        begun = f"certify(action='begin', sections={sections!r}, sandbox={sandbox!r})"
        return (
            "all cases passed. A certificate needs the mandatory sections as well, in the same "
            f"certification: {begun}"
        )
    return f"{shown.lack}: let the till call, then {_call('status', shown.id, sandbox)}"


def _with_mandatory(shown: Certification, known: Certifications) -> list[str]:
    """Returns its sections and the mandatory ones; nothing if all cases of these are tested."""
    tested = {each.name: len(each.cases) for each in shown.sections}
    is_whole = all(
        tested.get(each.name) == len(each.cases) for each in known.sections if each.mandatory
    )
    wanted = [each.name for each in known.sections if each.mandatory or each.name in tested]
    return [] if is_whole else wanted


def _call(action: Step, id: str, sandbox: str, *more: str) -> str:
    words = [f"action={action!r}", *more, f"id={id!r}", f"sandbox={sandbox!r}"]
    return f"certify({', '.join(words)})"
