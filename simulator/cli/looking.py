"""`mobilepay-sim requests`, `timeline`, `payments`, `runs`: look at a running simulator."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..settings.files import replace_file
from .options import TEXT, PathName, text_option
from .steering import Told, steering

if TYPE_CHECKING:
    from ..client import ControlClient, Input, PaymentSeen, Run, TimelineQuery

T = TypeVar("T")

_LIMIT = click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=20,
    show_default=True,
    help="The newest so many.",
)


def _asked(
    control: "ControlClient", kind: type[T], path: str, query: "Input"
) -> tuple[T, dict[str, Any]]:
    """Returns an answer of the control API as a model, and as it came."""
    from ..client.calling import as_document
    from ..client.model import decode

    return control.understood(
        lambda content: (decode(kind, content), as_document(content)), "GET", path, query=query
    )


@click.command()
@_LIMIT
@text_option("--operation", help="Only this operation, such as CapturePayment.")
@text_option("--status", help="Only this status: 409, 4xx, or 0 for no answer.")
@text_option("--payment", metavar="ID", help="Only what is about this payment, or its order.")
@steering()
def requests(
    control: "ControlClient",
    limit: int,
    operation: str | None,
    status: str | None,
    payment: str | None,
) -> Told:
    """List the calls that clients made, oldest first; `explain` says why one got its answer."""
    from ..client import Exchanges, ExchangesQuery
    from ..client.model import given

    payment_id = payment and _payment_named(control, payment)
    filters = {"operation": operation, "status": status, "payment_id": payment_id}
    query = given(ExchangesQuery, limit=limit, **filters)
    found, raw = _asked(control, Exchanges, "/requests", query)
    none = "no call fits" if any(filters.values()) else "no client has called"
    return Told(raw, map(str, found) if len(found) else [none])


@click.command()
@click.argument("subject", metavar="ID", type=TEXT)
@click.option("--limit", type=click.IntRange(1, 100_000), default=500, help="The newest so many.")
@click.option(
    "--format",
    type=click.Choice(["text", "mermaid", "svg"]),
    default="text",
    show_default=True,
    help="Lines of text, or a sequence diagram.",
)
@steering()
def timeline(control: "ControlClient", subject: str, limit: int, format: str) -> Told:
    """Show what happened to a payment, or at a point of sale, in order.

    ID is a payment's id, its order id, or the id of a point of sale.
    """
    from ..client import Timeline

    query = _about(control, subject, limit)
    with _named(subject):
        if format == "text":
            found, raw = _asked(control, Timeline, "/timeline", query)
            return Told(raw, map(str, found.entries))
        drawn = control.understood(bytes.decode, "GET", "/timeline", query=query, format=format)
    return Told({"format": format, "content": drawn}, [drawn.rstrip("\n")])


def _about(control: "ControlClient", subject: str, limit: int) -> "TimelineQuery":
    """Returns what asks for the timeline of a point of sale, else of a payment.

    Raises:
        ClickException: there is neither, or the order has several payments.
    """
    from ..client import TimelineQuery

    if _is_pos(control, subject):
        return TimelineQuery(pos_id=subject, limit=limit)
    return TimelineQuery(payment_id=_payment_named(control, subject), limit=limit)


@contextmanager
def _named(subject: str) -> Iterator[None]:
    """Refuses what is neither a payment nor a point of sale.

    Raises:
        ClickException: the control API knows none of this id.
    """
    from ..client import ControlError

    try:
        yield
    except ControlError as error:
        if error.status != 404:
            raise
        missing = f"there is no payment and no point of sale {subject}"
        raise click.ClickException(missing) from error


def _is_pos(control: "ControlClient", subject: str) -> bool:
    """Whether an id is a point of sale's where something happened, though it may be gone."""
    from ..client import Timeline, TimelineQuery
    from ..client.errors import may_be_refused

    here = TimelineQuery(pos_id=subject, limit=1)
    with may_be_refused(400, 404):
        return bool(_asked(control, Timeline, "/timeline", here)[0].entries)
    return False


def _payment_named(control: "ControlClient", word: str) -> str:
    """Returns the id of the payment that has this id, or this order id.

    Raises:
        ClickException: there is none, or there are several.
    """
    from ..client.finding import NotOnePayment, payment_named

    try:
        return payment_named(control, word)
    except NotOnePayment as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option(
    "--output",
    type=PathName(dir_okay=False),
    default=Path("report.zip"),
    show_default=True,
    help="File to write.",
)
@steering()
def report(control: "ControlClient", output: Path) -> Told:
    """Write a bug report: calls to replay, HAR, time lines, audit, ledger, settings; no secrets."""
    content = control.report()
    is_replaced = output.is_file()
    try:
        replace_file(output, content)
    except OSError as error:
        raise click.ClickException(f"--output {output}: {error.strerror}") from error
    told = {"file": str(output), "bytes": len(content), "replaced": is_replaced}
    size = f"{len(content)} bytes{', in place of an earlier file' if is_replaced else ''}"
    return Told(told, [f"{output}: {size}; its README.md says how to play it again"])


@click.command()
@_LIMIT
@text_option("--state", help="Only those in this state, or active, open, final.")
@steering()
def payments(control: "ControlClient", limit: int, state: str | None) -> Told:
    """List the payments, newest first, each with what of it was refunded."""
    from ..client import PaymentsQuery, PaymentsSeen

    query = PaymentsQuery(limit=limit, state=state or "")
    found, raw = _asked(control, PaymentsSeen, "/payments", query)
    none = f"no payment is {state}" if state else "no payments"
    return Told(raw, [_payment(each) for each in found.payments] or [none])


def _payment(seen: "PaymentSeen") -> str:
    amount = f"{seen.amount or 0:.2f} {seen.currency_code or ''}".rstrip()
    back = f"  refunded {seen.refunded_amount:.2f}" if seen.refunded_amount else ""
    return f"{seen.payment_id}  {seen.state:20} {amount:>14}  {seen.order_id}{back}"


@click.command()
@_LIMIT
@steering()
def runs(control: "ControlClient", limit: int) -> Told:
    """List the runs of scenarios and their verdicts, oldest first."""
    from ..client import Runs, RunsQuery

    found, raw = _asked(control, Runs, "/runs", RunsQuery(limit=limit))
    lines = [line for each in found.runs for line in _run(each)]
    return Told(raw, lines or ["no runs"])


def _run(run: "Run") -> Iterator[str]:
    word = "waiting" if run.is_waiting else run.verdict
    yield f"{run.id}  {word:10}  {run.scenario}"
    for each in run.broken:
        seen = f" (seen: {each.seen})" if each.seen else ""
        yield f"    failed: {each.expected}{seen}"
    if run.ended_by:
        yield f"    ended: {run.ended_by}"
    for remark in run.remarks:
        yield f"    note: {remark}"
