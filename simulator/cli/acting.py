"""`mobilepay-sim fault`, `queue`, `advance`, `clock`, `customer`, `reset`: act on a simulator."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..engine.typed_lengths import typed_seconds
from ..settings.documents import ProblemsFound, read_text
from ..settings.nearest import nearest
from .options import TEXT, NamingGroup, text_option
from .remote import SCENARIO_FILES, refuse_other_file
from .steering import NUMBER, Told, steering

if TYPE_CHECKING:
    from ..client import Clock, ControlClient, PointOfSaleSeen, StandingFault

_POS = text_option("--pos", "pos_id", metavar="ID", help="Point of sale; default: any.")
_AT = text_option(
    "--pos", "pos_id", metavar="ID", help="Point of sale. [default: where something happened last]"
)


# --- faults and scenarios -------------------------------------------------------------------------


@click.command()
@click.argument("call", required=False, type=TEXT)
@click.argument("fault", metavar="[lost|timeout|reset|STATUS]", required=False, type=TEXT)
@click.option("--times", type=click.IntRange(1, 1_000_000), help="For so many calls. [default: 1]")
@click.option("--always", is_flag=True, help="For all calls, until it is cleared.")
@click.option("--clear", is_flag=True, help="Remove all faults of the sandbox.")
@click.option("--remove", type=int, metavar="ID", help="Remove one fault, by the id in the list.")
@steering()
def fault(control: "ControlClient", **given: Any) -> Told:
    """Let the next CALL go wrong, such as CapturePayment; without CALL, list what goes wrong.

    \b
    lost     the work is done, and the answer is lost
    timeout  the work is done, and the answer comes too late
    reset    the work is not done, and the connection is reset
    STATUS   the work is not done, and the answer is this, such as 500 or 429
    """
    call, word, times = given["call"], given["fault"], given["times"]
    _check_fault(**given)
    if given["clear"]:
        control.drop_faults()
    elif given["remove"] is not None:
        control.remove_fault(given["remove"])
    elif call:
        control.add_fault(call, word, times=None if given["always"] else times or 1)
    faults = control.faults()
    return Told({"faults": [each.raw for each in faults]}, _faults(faults))


def _check_fault(
    call: str | None,
    fault: str | None,
    times: int | None,
    *,
    always: bool,
    clear: bool,
    remove: int | None,
) -> None:
    if call and not fault:
        raise click.UsageError(f"{call}: say what goes wrong: lost, timeout, reset or a status")
    if clear and call:
        raise click.UsageError("--clear takes no CALL: it removes all faults")
    if remove is not None and (call or clear):
        raise click.UsageError("--remove takes no CALL and no --clear: it removes one fault")
    if times and always:
        raise click.UsageError("--times and --always exclude each other")
    if (times or always) and not call:
        raise click.UsageError("--times and --always need a CALL")


def _faults(faults: Iterable["StandingFault"]) -> Iterator[str]:
    lines = [f"{each.id}: {each.fault} (calls so far: {each.calls})" for each in faults]
    yield from lines or ["nothing goes wrong"]


@click.command()
@click.argument("scenario", metavar="SCENARIO|FILE", type=TEXT)
@_POS
@click.option(
    "--times", type=click.IntRange(1, 1000), default=1, help="For so many payments. [default: 1]"
)
@steering()
def queue(control: "ControlClient", scenario: str, pos_id: str | None, times: int) -> Told:
    """Choose the scenario of the next payments; a file is uploaded first."""
    name = scenario
    if scenario.endswith(SCENARIO_FILES):
        path = Path(scenario)
        name = control.upload(_text_of(path), path.stem).name
    else:
        refuse_other_file(scenario)
    runs = control.queue(name, pos_id=pos_id, times=times)
    raw = {"scenario": name, "posId": pos_id, "times": times, "runs": list(runs)}
    number = "the next payment" if times == 1 else f"the next {times} payments"
    return Told(raw, [f"{number} will play {name}: {', '.join(runs)}"])


def _text_of(path: Path) -> str:
    try:
        return read_text(path)
    except ProblemsFound as error:
        raise click.ClickException(str(error)) from error


# --- time -----------------------------------------------------------------------------------------


@click.command()
@click.argument("length", metavar="[TIME]", required=False, type=TEXT)
@text_option("--to", "until", metavar="TIME", help="Move to this time, as 2024-01-31T12:00:00Z.")
@click.option("--next", "to_next", is_flag=True, help="Move to what is due next.")
@steering()
def advance(control: "ControlClient", length: str | None, until: str | None, to_next: bool) -> Told:
    """Move the sandbox's time forward, such as 2s, 10m or 7d; what falls due on the way happens."""
    from ..client import Advance, Clock

    if sum(map(bool, (length, until, to_next))) != 1:
        raise click.UsageError("give a time such as 2s, or --to, or --next")
    if length:
        try:
            seconds = typed_seconds(length)
        except ValueError as error:
            raise click.UsageError(f"TIME: {error}") from error
        return _clock(control.advance(seconds=seconds))
    moment = _moment(until) if until else _next_due(control)
    return _clock(control.call(Clock, "POST", "/clock/advance", body=Advance(to=moment)))


def _next_due(control: "ControlClient") -> datetime:
    due = control.clock().next_due
    if due is None:
        raise click.ClickException("nothing is due")
    # The control API tells whole milliseconds, and the clock goes in finer steps.
    return due + timedelta(milliseconds=1)


def _moment(text: str) -> datetime:
    wanted = f"--to: expected a time such as 2024-01-31T12:00:00Z, got {text[:60]!r}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(wanted) from error
    if moment.tzinfo is None:
        raise click.UsageError(wanted)
    return moment


@click.command()
@click.option("--scale", type=NUMBER, help="Simulated seconds per real one; 0 stops time.")
@steering()
def clock(control: "ControlClient", scale: float | None) -> Told:
    """Show the sandbox's time and what is due, or change how fast it passes."""
    if scale is not None:
        control.rescale(scale)
    upcoming = control.due(limit=20)
    due = [f"  {each.at:%F %T}  {each.what}" for each in upcoming.due]
    return Told(upcoming.raw, [*_clock(upcoming).lines, *due])


def _clock(clock: "Clock") -> Told:
    return Told(clock.raw, [f"{clock.now:%F %T.%f}"[:-3] + f", {_pace(clock.scale)}"])


def _pace(scale: float) -> str:
    """Returns in words how fast time passes."""
    if not scale:
        return "time stands still"
    return "1 second in a second" if scale == 1 else f"{scale:g} seconds in a second"


@click.command()
@steering(may_make=True)
def reset(control: "ControlClient") -> Told:
    """Reset a sandbox to its start; one that is not there yet is made."""
    fresh = control.reset()
    return Told(fresh.raw, [f"the sandbox {fresh.sandbox} is as new; it is {fresh.now:%F %T}"])


# --- the customer ---------------------------------------------------------------------------------


@click.group(cls=NamingGroup)
def customer() -> None:
    """Act as the customer at a point of sale: check-in, accept, reject, card."""


@customer.command("check-in")
@click.argument("user", default="credit-card", type=TEXT)
@_AT
@steering()
def check_in(control: "ControlClient", user: str, pos_id: str | None) -> Told:
    """Check in: a test user such as loyalty, or a phone number. [default: credit-card]"""
    pos = _pos(control, pos_id)
    return _act(control, pos, "checkin", phoneNumber=_phone(user, pos))


@customer.command()
@_AT
@steering()
def accept(control: "ControlClient", pos_id: str | None) -> Told:
    """Accept the payment, as the customer who is asked."""
    pos = _pos(control, pos_id)
    active, there = pos.active_payment, pos.check_in
    phone = (active.phone if active else None) or (there.phone if there else None)
    if phone is None:
        raise click.ClickException("no customer is checked in; `customer check-in` checks one in")
    return _act(control, pos, "acceptpayment", phoneNumber=phone)


@customer.command()
@_AT
@steering()
def reject(control: "ControlClient", pos_id: str | None) -> Told:
    """Reject the payment on the phone: it becomes CancelledByUser."""
    return _act(control, _pos(control, pos_id), "cancelpaymentbyuser")


@customer.command()
@click.argument("card", type=click.Choice(["credit", "debit"]))
@_AT
@steering()
def card(control: "ControlClient", card: Any, pos_id: str | None) -> Told:
    """Take another card for the payment that waits for the accept."""
    pos = _pos(control, pos_id)
    if pos.active_payment is None:
        raise click.ClickException(f"there is no active payment on {pos.pos_id}")
    chosen = control.choose_card(pos.active_payment.payment_id, card)
    told = _after(control, pos)
    refusal = ", which the payment refuses" if chosen.card_allowed is False else ""
    return Told(told.raw, [f"the customer takes the {chosen.card} card{refusal}", *told.lines])


def _pos(control: "ControlClient", pos_id: str | None) -> "PointOfSaleSeen":
    """Returns a point of sale: the one named, else where something happened last."""
    from ..client.customer import newest_pos

    found = pos_id or newest_pos(control)
    if found is None:
        raise click.ClickException("there is no point of sale in this sandbox yet")
    return control.point_of_sale(found)


def _phone(user: str, pos: "PointOfSaleSeen") -> str:
    from ..client.customer import STEMS, USERS

    if user.startswith("+"):
        return user
    if user not in USERS:
        hint = nearest(user, USERS)
        raise click.ClickException(f"{user!r} is no test user and no phone number; {hint}")
    return STEMS[pos.merchant[:2]] + USERS[user]


def _act(control: "ControlClient", pos: "PointOfSaleSeen", action: str, **body: str) -> Told:
    from ..client import ControlError
    from ..client.pos_api import PosApi

    api = PosApi(control, pos.client_id, "", pos.merchant)
    try:
        api.simulate(action, beaconId=pos.beacon_id, **body)
    except ControlError as error:
        # It is an answer of the service, not of the control API.
        raise click.ClickException(error.message) from error
    return _after(control, pos)


def _after(control: "ControlClient", pos: "PointOfSaleSeen") -> Told:
    """Tells what is so at a point of sale now."""
    payment = pos.active_payment
    now = control.point_of_sale(pos.pos_id)
    there = now.check_in
    lines = [f"point of sale {now.pos_id}: {there.phone if there else 'nobody'} is checked in"]
    if now.active_payment is not None:
        payment = now.active_payment
    raw = {"pointOfSale": now.raw, "payment": None}
    if payment is not None:
        seen = control.payment(payment.payment_id)
        raw["payment"] = seen.raw
        lines.append(f"payment {seen.payment_id}: {seen.state}")
    return Told(raw, lines)
