"""The tools that tell what a till did: requests, explanations, time lines, verdicts."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, cast

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ...client import ControlClient, Matcher, VerificationFailed
from ...client.exchanges import Filters
from ...client.finding import NotOnePayment, payment_named
from ...client.verification import Count
from ...engine.values import count_of
from .choice import DEFAULT, SimulatorChoice
from .preparing import SandboxName
from .showing import (
    answer,
    audit_lines,
    exchange_lines,
    ledger_lines,
    limited,
    payment_line,
    run_lines,
)

Operation = Annotated[
    str | None, Field(description="Such as CreatePayment, CapturePayment, GetPayment, Token.")
]
Status = Annotated[
    int | str | None,
    Field(description="409, '4xx', or 0 where the till got no answer."),
]
PaymentId = Annotated[str | None, Field(description="Id of a payment, or its order id.")]
Part = Literal["runs", "audit", "ledger"]


def _named(control: ControlClient, word: str | None) -> str | None:
    """Returns the id of the payment that has this id or order id.

    Raises:
        ToolError: there is none, or there are several.
    """
    try:
        return None if word is None else payment_named(control, word)
    except NotOnePayment as error:
        raise ToolError(str(error)) from error


class LookingTools:
    """The tools that tell what a till did.

    Args:
        choice: which simulator they use.
    """

    def __init__(self, choice: SimulatorChoice) -> None:
        self._choice = choice

    def requests(
        self,
        operation: Operation = None,
        status: Status = None,
        code: Annotated[str | None, Field(description="Error code, such as 1301.")] = None,
        path: Annotated[str | None, Field(description="* is any text, ? one character.")] = None,
        payment_id: PaymentId = None,
        search: Annotated[
            str | None,
            Field(
                description="A text that the call or its answer carried, such as the order id of "
                "a refused payment, or an idempotency key."
            ),
        ] = None,
        since: Annotated[
            int | None, Field(description="Only after the request of this id.")
        ] = None,
        limit: Annotated[int, Field(ge=1, le=200, description="The newest so many.")] = 30,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """List the till's calls with their answers, oldest first; each begins with its #id."""
        control = self._choice.control(sandbox)
        filters = {
            **{"operation": operation, "status": status, "code": code, "path": path},
            **{"payment_id": _named(control, payment_id), "since": since},
            **{"search": search, "limit": limit},
        }
        given = {name: value for name, value in filters.items() if value is not None}
        found = control.requests(**cast(Filters, given))
        if not len(found):
            return answer(
                "no call fits",
                then="does the till call the url that sandbox(name=...) gives? clients may need "
                "NO_PROXY=127.0.0.1.",
            )
        then = f"explain(request_id=..., sandbox={sandbox!r}) says why one was answered so."
        return answer(*map(str, found), then=then)

    def explain(
        self,
        request_id: Annotated[int, Field(ge=1, description="The number behind # in `requests`.")],
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Explain one call in plain English: bodies, why it was answered so, what to do."""
        control = self._choice.control(sandbox)
        exchange = control.request(request_id)
        then = (
            f"timeline(payment_id={exchange.payment_id!r}, sandbox={sandbox!r})"
            if exchange.payment_id
            else f"review(sandbox={sandbox!r})"
        )
        return answer(*exchange_lines(exchange), "", str(control.explain(request_id)), then=then)

    def timeline(
        self,
        payment_id: PaymentId = None,
        pos_id: Annotated[
            str | None, Field(description="Or all that happened at a point of sale.")
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Tell what happened to a payment, in order: calls, faults, customer, state changes.

        Without an id it lists the payments of the sandbox, newest first.
        """
        control = self._choice.control(sandbox)
        if payment_id is None and pos_id is None:
            seen = control.payments(limit=30)
            none = "" if seen.payments else "no payments yet"
            then = f"timeline(payment_id=..., sandbox={sandbox!r})"
            return answer(none, *map(payment_line, seen.payments), then=then)
        told = control.timeline(payment_id=_named(control, payment_id), pos_id=pos_id)
        then = f"explain(request_id=..., sandbox={sandbox!r}) says why a call was answered so."
        return answer(*limited(map(str, told.entries), 120), then=then)

    def verify(
        self,
        operation: Operation = None,
        method: Annotated[str | None, Field(description="HTTP method.")] = None,
        path: Annotated[str | None, Field(description="* is any text, ? one character.")] = None,
        status: Status = None,
        body: Annotated[
            dict[str, Any] | None, Field(description="What the request's body holds at least.")
        ] = None,
        count: Annotated[int | None, Field(ge=0, description="Exactly so many.")] = None,
        at_most: Annotated[int | None, Field(ge=0, description="At most so many.")] = None,
        in_order: Annotated[
            list[str] | None,
            Field(description="Instead of the others: operations that must follow each other."),
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Check that the till made certain calls, by default one or more; shows the nearest."""
        if not any((operation, method, path, status, body, in_order)):
            raise ToolError(
                "Say which calls are meant: operation, method, path, status, body; or in_order"
            )
        control = self._choice.control(sandbox)
        try:
            if in_order:
                verified = control.verify_in_order(*in_order)
            else:
                matched: dict[str, Any] = {
                    **{"operation": operation, "method": method, "path": path, "status": status},
                    **({"body": body} if body is not None else {}),
                }
                counts: Count = {}
                if count is not None:
                    counts["count"] = count
                if at_most is not None:
                    counts["at_most"] = at_most
                verified = control.verify(Matcher(**matched), **counts)
        except VerificationFailed as failed:
            return answer(f"NOT VERIFIED: {failed}", then=f"requests(sandbox={sandbox!r})")
        ids = ", ".join(f"#{each}" for each in verified.requests[:20])
        calls = count_of(verified.matched, "call")
        return answer(f"verified by {calls}" + (f": {ids}" if ids else ""))

    def review(
        self,
        parts: Annotated[
            list[Part] | None,
            Field(description="runs: verdicts of scenarios; audit: broken rules; ledger: money."),
        ] = None,
        books: Annotated[
            str | None,
            Field(
                description="The till's own books as CSV, to compare with the ledger: columns "
                "orderId (or paymentId), captured, refunded."
            ),
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Judge the till: verdicts of the scenario runs, the audit of its calls, the ledger."""
        control = self._choice.control(sandbox)
        wanted = parts or ["runs", "audit", "ledger"]
        lines: list[str] = []
        for part in wanted:
            lines += _PARTS[part](control)
        if books is not None:
            compared = control.compare_ledger(books)
            verdict = "agree with the ledger" if compared.agrees else "DIFFER from the ledger"
            lines.append(f"books: {count_of(compared.rows, 'row')}: they {verdict}")
            lines += limited(f"  {each.message}" for each in compared.differences)
        then = f"explain(request_id=..., sandbox={sandbox!r}) for the calls that are named."
        return answer(*lines, then=then)


def _runs(control: ControlClient) -> list[str]:
    runs = control.runs(limit=20)
    return [line for each in runs for line in run_lines(each)] or ["runs: none"]


_PARTS: dict[str, Callable[[ControlClient], list[str]]] = {
    "runs": _runs,
    "audit": lambda control: audit_lines(control.audit()),
    "ledger": lambda control: ledger_lines(control.ledger()),
}
