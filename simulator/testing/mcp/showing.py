"""Values of the control API as short text for agents."""

from collections.abc import Iterable
from datetime import datetime

from ...client import (
    Audit,
    Certification,
    CertificationCase,
    Clock,
    Exchange,
    Ledger,
    LedgerEntry,
    PaymentSeen,
    Run,
    StepState,
    Verdict,
)
from ...engine.values import count_of

#: Of a body, so many characters are shown.
BODY = 1500
#: Of a list, so many entries are shown where nothing else is asked for.
ENTRIES = 40


def answer(*lines: str, then: str = "") -> str:
    """Returns lines as one text, the empty ones left out, and what to do next at its end."""
    shown = [line for line in lines if line]
    return "\n".join([*shown, f"Next: {then}"] if then else shown)


def moment(at: datetime | None) -> str:
    """Returns a time of a sandbox."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3] if at else "never"


def clock_line(clock: Clock) -> str:
    """Returns a sandbox's time in a line."""
    pace = f"{clock.scale:g} s pass in a real second" if clock.scale else "time stands still"
    return f"clock: {moment(clock.now)}; {pace}; something is due next: {moment(clock.next_due)}"


def payment_line(payment: PaymentSeen) -> str:
    """Returns a payment in a line."""
    amount = f"{payment.amount:.2f} {payment.currency_code}" if payment.amount is not None else "-"
    words = [f"payment {payment.payment_id} ({payment.order_id}): {payment.state}, {amount}"]
    words += [f"captured {payment.captured_amount:.2f}"] if payment.captured_amount else []
    words += [f"refunded {payment.refunded_amount:.2f}"] if payment.refunded_amount else []
    words += [f"scenario {payment.scenario}"] if payment.scenario else []
    return ", ".join(words)


def exchange_lines(exchange: Exchange) -> list[str]:
    """Returns a call with its bodies."""
    key = exchange.request.header("X-MobilePay-Idempotency-Key")
    return [
        str(exchange),
        f"operation: {exchange.operation}" if exchange.operation else "",
        f"idempotency key: {key}" if key else "",
        f"request body: {_cut(exchange.request.body)}" if exchange.request.body else "",
        f"answer: {exchange.answer.status}, delivered: {exchange.delivery}",
        f"answer body: {_cut(exchange.answer.body)}" if exchange.answer.body else "",
    ]


def run_lines(run: Run) -> list[str]:
    """Returns a run: its verdict, and what is not as it should be."""
    lines = [f"run {run.id} of {run.scenario}: {run.verdict}"]
    lines += [f"  note: {each}" for each in run.remarks]
    for each in run.expectations:
        if each.verdict is not Verdict.PASSED:
            seen = f"; {each.seen}" if each.seen else ""
            call = f" (call {each.call} of the run)" if each.call else ""
            lines.append(f"  {each.verdict}: {each.expected}{seen}{call}")
        elif each.warning:
            lines.append(f"  warning: {each.warning}")
    lines += [f"  ended: {run.ended_by}"] if run.ended_by else []
    return lines


def audit_lines(audit: Audit) -> list[str]:
    """Returns the findings of an audit."""
    counts = ", ".join(count_of(count, word) for word, count in audit.counts.items() if count)
    partial = " (older calls are no longer kept)" if audit.is_partial else ""
    head = f"audit: {count_of(audit.calls, 'call')} judged{partial}; {counts or 'nothing found'}"
    return [head, *limited([f"  {each}" for each in audit.findings])]


def ledger_lines(ledger: Ledger) -> list[str]:
    """Returns what became of the money."""
    broken = ", ".join(ledger.verdict.broken) or "none"
    head = f"ledger: {count_of(len(ledger.payments), 'payment')}; broken rules: {broken}"
    return [head, *limited([_money(each) for each in ledger.payments])]


def certification_lines(shown: Certification) -> list[str]:
    """Returns how a certification stands: each case in a line, and what is wrong or warned of."""
    lines = [f"certification {shown.id}: {shown.stage}, {shown.state}; lacks: {shown.lack or '-'}"]
    lines += [shown.coverage] if shown.coverage else []
    for case in shown.cases:
        lines.append(f"  {case.name}: {case.state}" + (f": {case.why}" if case.why else ""))
        wrong = (StepState.BROKEN, StepState.MISSED)
        for step in case.steps:
            if step.state in wrong:
                seen = f"; {step.seen}" if step.seen else ""
                call = f" (request {step.request})" if step.request else ""
                lines.append(f"    {step.state}: {step.expected}{seen}{call}")
                lines += [f"      {step.advice}"] if step.advice else []
            if step.warning:
                call = f" (request {step.request})" if step.request else ""
                lines.append(f"    warning: {step.warning}{call}")
    return lines


def case_lines(case: CertificationCase) -> list[str]:
    """Returns what a client has to do in a case."""
    return [
        f"case {case.name}: {case.title}",
        f"  at the till: {case.task}",
        *(f"  {each.state}: {each.expected}" for each in case.steps),
    ]


def limited(lines: Iterable[str], limit: int = ENTRIES) -> list[str]:
    """Returns the first lines, and how many there are more."""
    every = list(lines)
    more = len(every) - limit
    return every if more <= 0 else [*every[:limit], f"  and {more} more"]


def _money(entry: LedgerEntry) -> str:
    broken = f"; BROKEN: {', '.join(entry.verdict.broken)}" if entry.verdict.broken else ""
    return (
        f"  {entry.order_id} ({entry.payment_id}) {entry.state}: reserved {entry.reserved:.2f}, "
        f"captured {entry.captured:.2f}, released {entry.released:.2f}, "
        f"refunded {entry.refunded:.2f} "
        f"{entry.currency_code or ''}{broken}"
    )


def _cut(text: str) -> str:
    """Returns a body on one line: what a client sends must not pass for a line of ours."""
    shown = text if len(text) <= BODY else f"{text[:BODY]}... ({len(text)} characters)"
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in shown)
