"""How `mobilepay-sim certify` ends a certification: approved or abandoned, and told."""

from typing import TYPE_CHECKING

from .certify_cases import say

if TYPE_CHECKING:
    from ..client import Certification, ControlClient


def end(control: "ControlClient", id: str, interrupt: BaseException | None) -> "Certification":
    """Approves a certification that has passed, abandons it otherwise, and tells how it stands.

    Args:
        control: of the sandbox that it is in.
        id: the certification's.
        interrupt: what has interrupted it, if anything has.

    Returns:
        How it stands: before it is abandoned, unless it was interrupted.

    Raises:
        ClientError: the simulator refuses, or does not answer.
    """
    from ..testing.certification_follower import ProgressLine, summary

    if interrupt is not None:
        # What was in progress is given up, and the reports say so too.
        abandon(control, id, interrupt)
    shown = control.certification(id)
    say(ProgressLine(""))
    for line in summary(shown):
        say(line)
    if interrupt is not None:
        say(ProgressLine(f"It was interrupted. {id} is abandoned.", "bad"))
        return shown
    if shown.state == "passed":
        _approve(control, shown)
    abandon(control, id)
    return shown


def abandon(control: "ControlClient", id: str, failed: BaseException | None = None) -> None:
    """Abandons a certification that is still open.

    Args:
        control: of the sandbox that it is in.
        id: the certification's.
        failed: what has ended it early; that is told then, and not what this comes to.

    Raises:
        ClientError: the simulator refuses, or does not answer.
    """
    from ..client import ClientError

    try:
        if control.certification(id).stage == "open":
            control.abandon(id)
    except ClientError:
        if failed is None:
            raise


def _approve(control: "ControlClient", shown: "Certification") -> None:
    from ..client import ControlError
    from ..testing.certification_follower import ProgressLine

    try:
        control.approve(shown.id)
        client = ", ".join(shown.client_ids)
        say(ProgressLine(f"Approved: version {shown.version} of {client} is certified.", "good"))
    except ControlError as error:
        say(ProgressLine(f"All passed, but there is no certificate: {error.message}"))
