"""The sequence diagram in the page: its arrows lead to their exchanges."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import convert

from ..client import Timeline
from ..journal.sequence.building import sequence_of
from ..journal.sequence.model import NoteKind, Row, SequenceCut, SequenceNote
from ..journal.sequence.money import PaymentMoney
from ..journal.sequence.svg import SvgPage, in_page
from .desk import Visit


class DrawnSequence(NamedTuple):
    """A diagram as the page has it.

    Args:
        heads: the names of the lifelines.
        flow: what happened on and between them.
        moments: how many rows there are.
    """

    heads: Markup
    flow: Markup
    moments: int


def sequence_drawn(
    visit: Visit, line: dict[str, Any], title: str, moment: str, payment: dict[str, Any] | None
) -> DrawnSequence:
    """Returns the diagram of a time line.

    Args:
        visit: the request, for the URLs of the page.
        line: the time line, as the control API shows it.
        title: what the diagram is of.
        moment: the key of the row that is looked at; empty for all of them.
        payment: the payment that it is about, where it is about one.
    """
    page = SvgPage(_links(visit, line), moment)
    return _drawn(convert(line, Timeline), title, page, _money(payment) if payment else None)


def _money(payment: dict[str, Any]) -> PaymentMoney:
    refunds = {each["refundId"]: Decimal(str(each["amount"])) for each in payment["refunds"]}
    return PaymentMoney(Decimal(str(payment["capturedAmount"] or 0)), refunds)


def played_drawn(line: dict[str, Any], title: str) -> DrawnSequence:
    """Returns the diagram of a time line whose calls are in no journal: nothing leads there.

    Args:
        line: the time line, as the control API shows it.
        title: what the diagram is of.
    """
    return _drawn(convert(line, Timeline), title, SvgPage(lambda row: None))


def _links(visit: Visit, line: dict[str, Any]) -> Callable[[Row], str | None]:
    def link(row: Row) -> str | None:
        if row.request is None or isinstance(row, SequenceCut):
            return None
        if isinstance(row, SequenceNote) and row.kind is NoteKind.POLLS:
            asked = {"paymentId": line["paymentId"] or "", "operation": row.operation}
            return visit.url(f"/page/requests?{urlencode(asked)}")
        return visit.url(f"/page/requests/{row.request}")

    return link


def _drawn(
    timeline: Timeline, title: str, page: SvgPage, money: PaymentMoney | None = None
) -> DrawnSequence:
    diagram = sequence_of(timeline, title, money)
    heads, flow = in_page(diagram, page)
    # The drawing escapes all that it is told.
    return DrawnSequence(Markup(heads), Markup(flow), len(diagram.rows))  # noqa: S704  # nosec B704
