"""What tests of sweeps share: outcomes of runs, made up, and a look at processes."""

import os
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

from mobilepay_simulator.client import Finding, LedgerEntry, LedgerVerdict, Severity
from mobilepay_simulator.journal.sweeps import SweepVerdict
from mobilepay_simulator.testing.commands import Ended
from mobilepay_simulator.testing.sweep.judging import judge
from mobilepay_simulator.testing.sweep.outcomes import Outcome
from mobilepay_simulator.testing.sweep.planning import KINDS, Cell, FaultTarget
from mobilepay_simulator.testing.sweep.swept import Options, SweepResult, Swept

FINE = LedgerVerdict(True, True, True, True)


def payment(
    state: str = "Captured",
    amount: str = "10.00",
    *,
    order: str = "order-1",
    refunded: str = "0",
    pending: str = "0",
    currency: str = "DKK",
) -> LedgerEntry:
    """A payment of the ledger: of its amount, what its state says was reserved and captured."""
    nothing, whole = Decimal(0), Decimal(amount)
    ever = state in ("Reserved", "Captured", "CancelledByClient")
    return LedgerEntry(
        payment_id=f"id-of-{order}-{state}",
        order_id=order,
        state=state,
        currency_code=currency,
        reserved=whole if ever else nothing,
        captured=whole if state == "Captured" else nothing,
        released=whole if state == "CancelledByClient" else nothing,
        refunded=Decimal(refunded),
        refunds_pending=Decimal(pending),
        refunds_cancelled=nothing,
        verdict=FINE,
    )


def outcome(*payments: LedgerEntry, exit_code: int | None = 0, **more: Any) -> Outcome:
    """A run whose fault has struck call 7."""
    output = more.pop("output", "")
    return Outcome(Ended(exit_code, 1.0, output), payments, **{"struck": (7,), **more})


def finding(rule: str, severity: Severity = Severity.ERROR) -> Finding:
    """Something the audit has found."""
    return Finding(rule=rule, severity=severity, message=f"the rule {rule} is broken")


SOLD = outcome(payment())


def verdict_on(run: Outcome, clean: Outcome = SOLD) -> SweepVerdict:
    return judge(clean, run).verdict


def cell(text: str) -> Cell:
    """The cell of a text such as `CapturePayment#1:reset`."""
    place, _, kind = text.partition(":")
    operation, _, nth = place.partition("#")
    return Cell(FaultTarget(operation, int(nth), "POST", "/pos/v10/x"), KINDS[kind])


def swept(runs: dict[str, Outcome], **more: Any) -> Swept:
    """A sweep whose runs had these outcomes."""
    cells = tuple(cell(each) for each in runs)
    results = tuple(
        SweepResult(each, run, judge(SOLD, run))
        for each, run in zip(cells, runs.values(), strict=True)
    )
    kinds = tuple(dict.fromkeys(each.kind for each in cells))
    options = Options(command=("till", "--url", "{url}"), kinds=kinds)
    whole: dict[str, Any] = {
        "options": options,
        "clean": SOLD,
        "wanted": cells,
        "cells": cells,
        "results": results,
    }
    return Swept(**(whole | more))


def ends_soon(pid: int) -> bool:
    """Whether a process ends within five seconds; a zombie that nobody waits for has ended."""
    never = Event()
    return any(_has_ended(pid) or never.wait(0.01) for _ in range(500))


def _has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True
