"""Cases: scenarios that a certification tells a client's rights and wrongs by.

A case says what is to be done at the till, and which call it begins with, so that it recognises by
itself when a client is at it. What the client has to get right, its scenario expects.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from simulator.documents import choice_of, field_of, shape_kind, yes_or_no
from simulator.engine.payments import InitiatePayment
from simulator.engine.world import World
from simulator.scripting.faults import COUNT
from simulator.scripting.incoming import Incoming
from simulator.scripting.judging import CALL_OR_CALLS, WORDS

__all__ = ["SECTIONS", "Case", "Found", "Opening", "Section", "as_section", "section_named"]


class Section(NamedTuple):
    """A chapter of a certification."""

    name: str
    title: str
    about: str
    is_mandatory: bool = False


#: THE SECTIONS, in order: the service's own six (section 12), and two more.
SECTIONS = (
    Section("onboarding", "Onboarding", "Points of sale are created and deleted.", True),
    Section("payments", "Payments", "Payments that are started with their amount."),
    Section("prepared-payments", "Prepared payments", "Payments whose amount follows later."),
    Section(
        "payments-with-restrictions",
        "Payments with restrictions",
        "Payments that refuse debit cards or credit cards.",
    ),
    Section(
        "prepared-payments-with-restrictions",
        "Prepared payments with restrictions",
        "The same, where the amount follows later.",
    ),
    Section(
        "network-resilience",
        "Network resilience",
        "Answers are lost, late, broken or refused, and a token runs out.",
    ),
    Section("notifications", "Notifications", "The till is told of a check-in, or is not."),
    # The last, since the payments that are refunded would open cases of other sections.
    Section("refunds", "Refunds", "Captured money is given back."),
)
_NAMES = [each.name for each in SECTIONS]
_SECTION = choice_of(_NAMES, "a section")


def section_named(name: str) -> Section:
    """Returns a section by its name."""
    return SECTIONS[_NAMES.index(name)]


def as_section(text: str) -> str:
    """Returns the name of a section.

    Raises:
        ValueError: there is none of this name; the message says which there are.
    """
    if text not in _NAMES:
        raise ValueError(f"{text[:60]!r} is no section; there are {', '.join(_NAMES)}")
    return text


@dataclass(frozen=True, slots=True)
class Opening:
    """The call a case begins with."""

    call: tuple[str, ...] = field_of(CALL_OR_CALLS, "the operation, or a list of them")
    restricted: bool | None = field_of(
        yes_or_no, "whether it disallows a kind of card", default=None
    )
    notified: bool | None = field_of(
        yes_or_no, "whether its PoS has a callbackAlias with a URL", default=None
    )

    def fits(self, incoming: Incoming, world: World) -> bool:
        """Whether a call is such a one."""
        return (
            incoming.name in self.call
            and self.restricted in (None, _is_restricted(incoming))
            and self.notified in (None, _is_notified(incoming, world))
        )


def _is_restricted(incoming: Incoming) -> bool:
    request = incoming.fingerprint
    return isinstance(request, InitiatePayment) and bool(request.terms.restrictions)


def _is_notified(incoming: Incoming, world: World) -> bool:
    pos = world.points_of_sale.get(incoming.pos_id or "")
    return pos is not None and (pos.callback_alias or "") in world.callback_urls


class Found(StrEnum):
    """What a client finds when it begins a case."""

    ACTIVE_PAYMENT = "active-payment"


@dataclass(frozen=True, slots=True)
class Case:
    """What makes a scenario a case."""

    section: str = field_of(_SECTION, "the section it belongs to")
    number: int = field_of(COUNT, "its place in the section")
    title: str = field_of(WORDS, "its name, in a few words")
    task: str = field_of(WORDS, "what is to be done at the till")
    opens_with: Opening = field_of(shape_kind(Opening), "the call it begins with")
    finds: Found | None = field_of(
        choice_of(Found, "something to be found"), "what is in the client's way", default=None
    )

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among all cases."""
        return _NAMES.index(self.section), self.number


CASE = shape_kind(Case)
