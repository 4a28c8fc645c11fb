"""How `mobilepay-sim certify` ends a certification: approved or abandoned, told and reported."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .certify_cases import say
from .driving import REPORTS, refuse, reports_of, write_reports
from .printing import echo

if TYPE_CHECKING:
    from ..client import Certification, ControlClient
    from ..testing.certification_follower import Follower

#: Real seconds that an answer may take where somebody waits for the command to end.
PATIENCE = 4.0


def end(
    control: "ControlClient", id: str, given: Mapping[str, Any]
) -> "tuple[Certification, dict[str, str]]":
    """Approves a certification that has passed, abandons it otherwise; tells how it stands.

    Args:
        control: of the sandbox that it is in.
        id: the certification's.
        given: the options by name.

    Returns:
        How it stood before it was abandoned, and the reports that have a file, by their option.

    Raises:
        ClientError: the simulator refuses, or does not answer.
    """
    shown = control.certification(id)
    _summarize(shown)
    if shown.state == "passed":
        _approve(control, shown)
    _abandon(control, id)
    return shown, _reports(control, id, given)


def end_interrupted(follower: "Follower", given: Mapping[str, Any]) -> None:
    """Abandons a certification that was interrupted; tells and reports what was done until then.

    It says what could not be done where the simulator does not answer soon.

    Args:
        follower: who has told of it so far.
        given: the options by name.

    Raises:
        ControlError: the simulator refuses.
        ClickException: a report can't be written.
    """
    from ..client import Unreachable
    from ..testing.certification_follower import ProgressLine

    control, id = follower.control, follower.id
    control.connection.hurry(PATIENCE)
    is_abandoned = False
    try:
        before = _abandon(control, id)
        is_abandoned = True
        # What was in progress is given up, and the reports say so too.
        shown = control.certification(id)
        # A simulator of our own ends with all that is in it.
        left = list(_open_payments(control, before)) if given["target"] else []
        reports = _reports(control, id, given)
    except Unreachable as error:
        echo(f"\nIt was interrupted. The simulator does not answer: {error.reason}.", err=True)
        if not is_abandoned:
            _say_open(control, id)
        if unwritten := [f"--{name} {given[name]}" for name in REPORTS if given[name]]:
            echo(f"Not written: {', '.join(unwritten)}.", err=True)
        return
    for line in follower.news(shown):
        say(line)
    _summarize(shown)
    for text in left:
        say(ProgressLine(text))
    say(ProgressLine(f"It was interrupted. {id} is {shown.stage}.", "bad"))
    write_made(reports, given)


def leave(
    control: "ControlClient", id: str, _: object, failed: BaseException | None, *__: object
) -> None:
    """Abandons a certification at the end of a block that has failed, so that it is not left open.

    Args:
        control: of the sandbox that it is in.
        id: the certification's.
        failed: what has failed; that is told then, and not what this comes to.
    """
    from ..client import ControlError, Unreachable

    if failed is None:
        return
    control.connection.hurry(PATIENCE)
    try:
        _abandon(control, id)
    except ControlError:
        return
    except Unreachable:
        _say_open(control, id)


def _say_open(control: "ControlClient", id: str) -> None:
    echo(f"{id} stays open at {control.base_url}.", err=True)


def _summarize(shown: "Certification") -> None:
    from ..testing.certification_follower import ProgressLine, summary

    say(ProgressLine(""))
    for line in summary(shown):
        say(line)


def _abandon(control: "ControlClient", id: str) -> "Certification":
    """Abandons a certification that is still open; returns how it stood before."""
    shown = control.certification(id)
    if shown.stage == "open":
        control.abandon(id)
    return shown


def _open_payments(control: "ControlClient", before: "Certification") -> Iterator[str]:
    """Yields what is left to do about the payments of a case that was in progress."""
    from ..client import CaseState

    for case in before.cases:
        if case.state is not CaseState.IN_PROGRESS or case.run is None:
            continue
        for payment in map(control.payment, control.run(case.run).payments):
            if payment.open:
                yield (
                    f"Payment {payment.payment_id} is still open ({payment.state}), and its "
                    f"scenario goes on: cancel it, or mobilepay-sim reset --url {control.base_url}"
                )


def _reports(control: "ControlClient", id: str, given: Mapping[str, Any]) -> dict[str, str]:
    """Returns the reports that have a file, by their option."""
    makers = {name: partial(control.certification_report, format=name) for name in REPORTS}
    return reports_of(id, makers, given)


def write_made(reports: Mapping[str, str], given: Mapping[str, Any]) -> None:
    """Writes reports.

    Args:
        reports: by their option.
        given: the options by name.

    Raises:
        ClickException: one can't be written.
    """
    refuse(write_reports(reports, given))


def _approve(control: "ControlClient", shown: "Certification") -> None:
    from ..client import ControlError
    from ..testing.certification_follower import ProgressLine

    try:
        control.approve(shown.id)
        client = ", ".join(shown.client_ids)
        say(ProgressLine(f"Approved: version {shown.version} of {client} is certified.", "good"))
    except ControlError as error:
        say(ProgressLine(f"All passed, but there is no certificate: {error.message}"))
