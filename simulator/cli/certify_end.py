"""How `mobilepay-sim certify` ends a certification: approved or abandoned, told and reported."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .certify_cases import say
from .driving import REPORTS, refuse, reports_of, say_unwritten, write_reports
from .printing import echo

if TYPE_CHECKING:
    from ..client import Certification, ControlClient
    from ..testing.certification_follower import Follower

#: Real seconds that an answer may take where somebody waits for the command to end.
PATIENCE = 4.0


def end(follower: "Follower", given: Mapping[str, Any]) -> "tuple[Certification, dict[str, str]]":
    """Approves a certification that has passed, abandons it otherwise; tells how it stands.

    Args:
        follower: who has told of it so far.
        given: the options by name.

    Returns:
        How it stood before it was abandoned, and the reports that have a file, by their option.

    Raises:
        ClientError: the simulator refuses, or does not answer.
    """
    shown = follower.look()
    _summarize(shown)
    if shown.state == "passed":
        follower.is_closed = _approve(follower.control, shown)
    _abandon(follower)
    return shown, _reports(follower.control, follower.id, given)


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
    if reason := _end_early(follower, given, "It was interrupted."):
        echo(f"\nIt was interrupted. The simulator does not answer: {reason}.", err=True)
        _say_left(follower, given)


def end_unanswered(follower: "Follower", given: Mapping[str, Any]) -> None:
    """Does the same for a certification whose simulator has not answered; it is asked once more.

    Args:
        follower: who has told of it so far.
        given: the options by name.

    Raises:
        ControlError: the simulator refuses.
        ClickException: a report can't be written.
    """
    if _end_early(follower, given, "The simulator did not answer in time."):
        _say_left(follower, given)


def _end_early(follower: "Follower", given: Mapping[str, Any], why: str) -> str:
    """Abandons, tells and reports; returns why the simulator does not answer, where it does not."""
    from ..client import Unreachable
    from ..testing.certification_follower import ProgressLine

    control, id = follower.control, follower.id
    control.connection.hurry(PATIENCE)
    try:
        before = _abandon(follower)
        # What was in progress is given up, and the reports say so too.
        shown = follower.look()
        # A simulator of our own ends with all that is in it.
        left = list(_open_payments(control, before)) if given["target"] else []
        reports = _reports(control, id, given)
    except Unreachable as error:
        if follower.seen is not None:
            _summarize(follower.seen)
        return error.reason
    for line in follower.news(shown):
        say(line)
    _summarize(shown)
    for text in left:
        say(ProgressLine(text))
    say(ProgressLine(f"{why} {id} is {shown.stage}.", "bad"))
    write_made(reports, given)
    return ""


def _say_left(follower: "Follower", given: Mapping[str, Any]) -> None:
    """Says what could not be ended, and what could not be written."""
    if not follower.is_closed:
        _say_open(follower.control, follower.id)
    say_unwritten(given)


def leave(follower: "Follower", _: object, failed: BaseException | None, *__: object) -> None:
    """Abandons a certification at the end of a block that has failed, so that it is not left open.

    Args:
        follower: who has told of it so far.
        failed: what has failed; that is told then, and not what this comes to.
    """
    from ..client import ControlError, Unreachable

    if failed is None:
        return
    follower.control.connection.hurry(PATIENCE)
    try:
        _abandon(follower)
    except ControlError:
        return
    except Unreachable:
        _say_open(follower.control, follower.id)


def _say_open(control: "ControlClient", id: str) -> None:
    echo(f"{id} stays open at {control.base_url}.", err=True)


def _summarize(shown: "Certification") -> None:
    from ..testing.certification_follower import ProgressLine, summary

    say(ProgressLine(""))
    for line in summary(shown):
        say(line)


def _abandon(follower: "Follower") -> "Certification":
    """Abandons a certification that is still open; returns how it stood before."""
    shown = follower.look()
    if shown.stage == "open":
        follower.control.abandon(follower.id)
    follower.is_closed = True
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


def _approve(control: "ControlClient", shown: "Certification") -> bool:
    """Approves a certification, and says so, or why not; returns whether it did."""
    from ..client import ControlError
    from ..testing.certification_follower import ProgressLine

    try:
        control.approve(shown.id)
        client = ", ".join(shown.client_ids)
        say(ProgressLine(f"Approved: version {shown.version} of {client} is certified.", "good"))
    except ControlError as error:
        say(ProgressLine(f"All passed, but there is no certificate: {error.message}"))
        return False
    return True
