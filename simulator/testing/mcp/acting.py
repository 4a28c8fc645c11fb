"""The tools that let something happen: the customer, the clock."""

from datetime import timedelta
from typing import Annotated, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ...client import ControlClient, PaymentSeen, PointOfSaleSeen, Sandbox
from ...engine.values import as_duration
from .choice import DEFAULT, SimulatorChoice
from .preparing import SandboxName
from .showing import answer, clock_line, moment, payment_line

#: Of what is due, so much is shown.
DUE = 5


class ActingTools:
    """The tools that let something happen.

    Args:
        choice: which simulator they use.
    """

    def __init__(self, choice: SimulatorChoice) -> None:
        self._choice = choice

    def customer(
        self,
        action: Annotated[
            Literal["check_in", "accept", "cancel"],
            Field(description="The customer checks in, accepts the payment, or cancels it."),
        ],
        pos_id: Annotated[
            str | None, Field(description="Where; by default the newest point of sale.")
        ] = None,
        user: Annotated[
            str | None,
            Field(
                description="Who: a phone number, credit-card, debit-card, another-credit-card, "
                "loyalty or partial-capture; by default who is there, else credit-card."
            ),
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Act as the customer, in place of a scenario: its script stops for that payment."""
        control = self._choice.control(sandbox)
        place = _place(control, pos_id)
        who = Sandbox(self._choice.simulator().control, sandbox, is_lent=True).customer
        phone = place.check_in.phone if place.check_in else None
        if action == "check_in":
            who.check_in(user or "credit-card", place.pos_id)
        elif action == "accept":
            who.accept(user or phone or "credit-card", place.pos_id)
        else:
            who.cancel(place.pos_id)
        newest = control.payments(pos_id=place.pos_id, limit=1).payments
        return answer(
            f"done: {action} at {place.name} ({place.pos_id})",
            *map(payment_line, newest),
            then=_next(newest, sandbox),
        )

    def clock(
        self,
        advance: Annotated[
            str | None, Field(description="How far to move on: 500ms, 2s, 10m, 24h, 7d.")
        ] = None,
        scale: Annotated[
            float | None,
            Field(ge=0, le=1_000_000, description="Seconds that pass in a real one; 0 stops time."),
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Show or move the sandbox's clock; all that falls due on the way happens at once.

        Days pass in a moment: a reservation expires after advance='7d'.
        """
        control = self._choice.control(sandbox)
        if scale is not None:
            control.rescale(scale)
        if advance is not None:
            control.advance(_length(advance))
        upcoming = control.due(DUE)
        open_ones = control.payments(state="open", limit=DUE).payments
        due = [f"  due {moment(each.at)}: {each.what}" for each in upcoming.due]
        return answer(
            clock_line(upcoming),
            *due,
            *(["payments that are not over:"] if open_ones else []),
            *map(payment_line, open_ones),
            then=f"timeline(payment_id=..., sandbox={sandbox!r}) tells what happened to one.",
        )


def _length(text: str) -> timedelta:
    try:
        return as_duration(text)
    except ValueError as error:
        raise ToolError(f"advance: {error}") from error


def _place(control: ControlClient, pos_id: str | None) -> PointOfSaleSeen:
    if pos_id is not None:
        return control.point_of_sale(pos_id)
    newest = control.points_of_sale(limit=100).points_of_sale
    if not newest:
        raise ToolError("There is no point of sale yet; sandbox(name=...) makes one")
    return next((each for each in newest if each.active_payment), newest[0])


def _next(payments: tuple[PaymentSeen, ...], sandbox: str) -> str:
    if not payments:
        return "let the till start a payment."
    return f"timeline(payment_id={payments[0].payment_id!r}, sandbox={sandbox!r})"
