"""What an audit rule is: a function that looks for breaches in the evidence, under an id.

To add a rule, write one function with `@rule` in the module of its subject.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ...client import Basis, Finding, Severity
from ...client.arranging import ARRANGE
from ...engine.events import PaymentChanged, PosCreated, RefundChanged, WorldEvent
from ...engine.records import PaymentRecord, RefundRecord
from ...engine.rules import Rules
from ...engine.world import World
from ..exchanges import ExchangeRecord, Journal
from .calls import AuditedCall, OperationInput, read_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One thing that a client did wrong.

    Args:
        message: what the client did and what would have been right, for beginners, with numbers.
        requests: the ids of the requests that did it, oldest first.
        payment_id: the payment it was about.
        pos_id: the point of sale it was about.
    """

    message: str
    requests: tuple[int, ...] = ()
    payment_id: str | None = None
    pos_id: str | None = None

    @classmethod
    def by(
        cls, calls: Sequence[AuditedCall], message: str, about: AuditedCall | None = None
    ) -> "Breach":
        """Returns a breach by calls that are about the same payment and point of sale.

        Args:
            calls: the calls that did it.
            message: what they did.
            about: the call that tells the payment and point of sale; the first by default.
        """
        exchange = (about or calls[0]).exchange
        return cls(
            message=message,
            requests=ids(calls),
            payment_id=exchange.payment_id,
            pos_id=exchange.pos_id,
        )


@dataclass(frozen=True, slots=True)
class KeptEvents:
    """The events that a sandbox still keeps, and the number of the first of them."""

    events: tuple[WorldEvent, ...]
    first: int

    def before(self, call: AuditedCall) -> tuple[WorldEvent, ...]:
        """Returns the events before a call, those that are kept."""
        end = call.exchange.mark - len(call.exchange.events) - self.first
        return self.events[: max(end, 0)]

    def between(self, before: AuditedCall, later: AuditedCall) -> tuple[WorldEvent, ...] | None:
        """Returns the events after one call and before another; None where they were dropped."""
        begin = before.exchange.mark - self.first
        end = later.exchange.mark - len(later.exchange.events) - self.first
        return None if begin < 0 else self.events[begin : max(begin, end)]


@dataclass(frozen=True)
class Evidence:
    """What the rules look at.

    Args:
        calls: the calls of clients, oldest first.
        payments: the payments, oldest first, but for those that a control call has arranged.
        events: the events that are kept.
        now: the sandbox's time.
        rules: the rules of the sandbox's world.
        inputs: what each operation takes.
        dropped: how many exchanges the journal no longer keeps.
        refunds: the refunds, oldest first, but for those that were arranged.
    """

    calls: tuple[AuditedCall, ...]
    payments: tuple[PaymentRecord, ...]
    events: KeptEvents
    now: datetime
    rules: Rules
    inputs: Mapping[str, OperationInput]
    dropped: int = 0
    refunds: tuple[RefundRecord, ...] = ()

    @cached_property
    def times(self) -> Mapping[int, datetime]:
        """The sandbox's time of each call, by the call's id."""
        return {each.id: each.exchange.at for each in self.calls}

    @cached_property
    def by_payment(self) -> Mapping[str, list[AuditedCall]]:
        """The calls about each payment, by the integrator that made it."""
        return self._grouped("payment_id", {each.id: each.client_id for each in self.payments})

    @cached_property
    def by_pos(self) -> Mapping[str, list[AuditedCall]]:
        """The calls about each point of sale, by the integrator that owns it."""
        owners = {each.pos_id: each.client_id for each in self.payments}
        for call in self.calls:
            for event in call.exchange.events:
                if isinstance(event, PosCreated):
                    owners[event.pos_id] = call.client.client_id
        return self._grouped("pos_id", owners)

    @cached_property
    def by_refund(self) -> Mapping[str, list[AuditedCall]]:
        """The calls about each refund, by the integrator that made it."""
        return self._grouped("refund_id", {each.id: each.client_id for each in self.refunds})

    def _grouped(self, field: str, owners: Mapping[str, str]) -> Mapping[str, list[AuditedCall]]:
        """Returns the calls by what they are about: what others ask for is not the owner's doing.

        Args:
            field: where an exchange has the id.
            owners: the client ids of the owners, as far as they are known.
        """
        found: defaultdict[str, list[AuditedCall]] = defaultdict(list)
        for call in self.calls:
            about = getattr(call.exchange, field)
            if about is not None and call.client.client_id == owners.get(
                about, call.client.client_id
            ):
                found[about].append(call)
        return found

    @cached_property
    def newest_on(self) -> Mapping[str, str]:
        """The newest payment of each point of sale, by their ids."""
        return {payment.pos_id: payment.id for payment in self.payments}


def evidence_of(world: World, journal: Journal, inputs: Mapping[str, OperationInput]) -> Evidence:
    """Returns what a sandbox's clients are judged by; see `copied_evidence`."""
    return copied_evidence(world, journal, inputs)()


def copied_evidence(
    world: World, journal: Journal, inputs: Mapping[str, OperationInput]
) -> Callable[[], Evidence]:
    """Copies what a sandbox's clients are judged by; returns what reads it, for any thread.

    Args:
        world: the sandbox's world.
        journal: the sandbox's journal.
        inputs: what each operation that is audited takes.
    """
    with world:
        exchanges, dropped = tuple(journal), journal.dropped
        arranged = _arranged(exchanges)
        payments = tuple(each for each in world.payments if each.id not in arranged)
        refunds = tuple(each for each in world.refunds if each.id not in arranged)
        events, count = tuple(world.events), world.events.count
        now, rules = world.clock.now, world.rules
    return lambda: Evidence(
        calls=tuple(read_calls(exchanges, inputs)),
        payments=payments,
        events=KeptEvents(events, count - len(events)),
        now=now,
        rules=rules,
        inputs=inputs,
        dropped=dropped,
        refunds=refunds,
    )


def _arranged(exchanges: Iterable[ExchangeRecord]) -> set[str]:
    """Returns the ids of what control calls have arranged: its past is no client's doing."""
    return {
        event.refund_id if isinstance(event, RefundChanged) else event.payment_id
        for exchange in exchanges
        if exchange.path == ARRANGE
        for event in exchange.events
        if isinstance(event, PaymentChanged | RefundChanged)
    }


@dataclass(frozen=True, slots=True)
class AuditRule:
    """A rule for clients.

    Args:
        id: its name.
        severity: how bad a breach is.
        title: what is wrong, in a few words.
        principle: what a client should do, and where the documentation says so.
        basis: whether the documentation asks for it, or this project decided it.
        judged: how the rule judges, in Markdown; each paragraph in one line.
        look: finds the breaches.
    """

    id: str
    severity: Severity
    title: str
    principle: str
    basis: Basis
    judged: str
    look: Callable[[Evidence], Iterable[Breach]]

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """Yields what clients did against the rule."""
        for breach in self.look(evidence):
            yield Finding(
                rule=self.id,
                severity=self.severity,
                title=self.title,
                message=breach.message,
                principle=self.principle,
                basis=self.basis,
                requests=breach.requests,
                payment_id=breach.payment_id,
                pos_id=breach.pos_id,
                at=evidence.times.get(breach.requests[0]) if breach.requests else None,
            )


def rule(
    id: str,
    severity: Severity,
    title: str,
    principle: str,
    basis: Basis = Basis.DOCUMENTED,
) -> Callable[[Callable[[Evidence], Iterable[Breach]]], AuditRule]:
    """Makes a function a rule; its docstring says how the rule judges."""

    def made(look: Callable[[Evidence], Iterable[Breach]]) -> AuditRule:
        paragraphs = (inspect.getdoc(look) or "").split("\n\n")
        judged = "\n\n".join(" ".join(each.split()) for each in paragraphs)
        return AuditRule(id, severity, title, principle, basis, judged, look)

    return made


def ids(calls: Iterable[AuditedCall]) -> tuple[int, ...]:
    """Returns the ids of calls."""
    return tuple(each.id for each in calls)


def calls_that_made(calls: Iterable[AuditedCall]) -> list[AuditedCall]:
    """Returns the call that made a payment, if it is kept."""
    return [call for call in calls if any(_makes(event) for event in call.exchange.events)][:1]


def _makes(event: WorldEvent) -> bool:
    return isinstance(event, PaymentChanged) and event.before is None
