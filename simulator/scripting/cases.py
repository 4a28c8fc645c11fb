"""Cases: scenarios that certifications test a client with.

A case says what to do at the till, and which call it begins with, so that it starts automatically.
The expectations of its scenario say what the client must do.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ..engine.payments import InitiatePayment
from ..engine.world import World
from ..settings.nearest import nearest
from ..settings.shapes import choice_of, field_of, shape_kind, yes_or_no
from .call import Call
from .value_kinds import CALL_OR_CALLS, COUNT, WORDS


class Section(NamedTuple):
    """A section of a certification."""

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
        "Responses are lost, late, broken or refused, and a token expires.",
    ),
    Section("notifications", "Notifications", "The till is notified of a check-in, or is not."),
    # The last, since the payments to refund would start cases of other sections.
    Section("refunds", "Refunds", "Captured amounts are refunded."),
)
_NAMES = [each.name for each in SECTIONS]
_SECTION = choice_of(_NAMES, "a section")


def section_named(name: str) -> Section:
    """Returns a section by its name."""
    return SECTIONS[_NAMES.index(name)]


def as_section(text: str) -> str:
    """Returns the name of a section.

    Raises:
        ValueError: there is none of this name; the message names the nearest, and the sections.
    """
    if text not in _NAMES:
        raise ValueError(f"{text[:60]!r} is not a section; {nearest(text, _NAMES)}")
    return text


@dataclass(frozen=True, slots=True)
class OpeningCall:
    """The call a case begins with."""

    call: tuple[str, ...] = field_of(CALL_OR_CALLS, "the operation, or a list of them")
    restricted: bool | None = field_of(
        yes_or_no, "whether it disallows a kind of card", default=None
    )
    notified: bool | None = field_of(
        yes_or_no, "whether its PoS has a callbackAlias with a URL", default=None
    )

    def begins_with(self, incoming: Call, world: World) -> bool:
        """Whether a call begins the case."""
        return (
            incoming.name in self.call
            and self.restricted in (None, _is_restricted(incoming))
            and self.notified in (None, _is_notified(incoming, world))
        )


def _is_restricted(incoming: Call) -> bool:
    request = incoming.body
    return isinstance(request, InitiatePayment) and bool(request.terms.restrictions)


def _is_notified(incoming: Call, world: World) -> bool:
    pos = world.points_of_sale.get(incoming.pos_id or "")
    return pos is not None and (pos.callback_alias or "") in world.callback_urls


class CasePrecondition(StrEnum):
    """The situation in which a client begins a case."""

    ACTIVE_PAYMENT = "active-payment"


@dataclass(frozen=True, slots=True)
class CaseDefinition:
    """The definition of a case, as its scenario file gives it."""

    section: str = field_of(_SECTION, "the section it belongs to")
    number: int = field_of(COUNT, "its position in the section")
    title: str = field_of(WORDS, "its name, in a few words")
    task: str = field_of(WORDS, "what to do at the till")
    opens_with: OpeningCall = field_of(shape_kind(OpeningCall), "the call it begins with")
    finds: CasePrecondition | None = field_of(
        choice_of(CasePrecondition, "a situation"),
        "what the client finds already",
        default=None,
    )

    @property
    def place(self) -> tuple[int, int]:
        """Its position among all cases."""
        return _NAMES.index(self.section), self.number


CASE = shape_kind(CaseDefinition)
