"""A customer whom a test plays through the user simulation."""

from collections.abc import Callable
from dataclasses import dataclass

from .control import ControlClient
from .pos_api import PosApi

#: The endings of the documented test users' phone numbers, by the words of scenarios.
USERS = {
    "credit-card": "01",
    "debit-card": "02",
    "another-credit-card": "03",
    "loyalty": "04",
    "partial-capture": "05",
}
STEMS = {"DK": "+45200318", "FI": "+3582003180"}


@dataclass(frozen=True, slots=True)
class Pos:
    """A point of sale."""

    id: str
    beacon_id: str


class Customer:
    """The customer at a point of sale.

    The point of sale is the one named, else the one with the newest event (it was created, a
    customer checked in, a payment changed), else the test's own. The script of its active payment
    stops: either a scenario plays the customer or the test does.

    Args:
        control: a client of the sandbox's control API.
        api: calls the user simulation.
        merchant: the VAT number of the shop.
        own: returns the test's own point of sale.
    """

    def __init__(
        self, control: ControlClient, api: PosApi, merchant: str, own: Callable[[], Pos]
    ) -> None:
        self._control = control
        self._api = api
        self._country = merchant[:2]
        self._own = own
        self._known: dict[str, Pos] = {}
        self._phone = ""

    def check_in(self, user: str = "credit-card", pos: Pos | str | None = None) -> None:
        """Checks in.

        Args:
            user: who: a phone number, or `credit-card`, `debit-card`, `another-credit-card`,
                `loyalty`, `partial-capture`.
            pos: where: a point of sale, or its id.
        """
        phone = self._phone_of(user)
        self._api.simulate("checkin", beaconId=self._at(pos).beacon_id, phoneNumber=phone)
        self._phone = phone

    def accept(self, user: str | None = None, pos: Pos | str | None = None) -> None:
        """Accepts the payment on the phone, which reserves the amount.

        Args:
            user: who: as in `check_in`; the customer who checked in last where it is None.
            pos: where: a point of sale, or its id.
        """
        phone = self._phone_of(user) if user else self._phone or self._phone_of("credit-card")
        self._api.simulate("acceptpayment", beaconId=self._at(pos).beacon_id, phoneNumber=phone)

    def cancel(self, pos: Pos | str | None = None) -> None:
        """Rejects the payment on the phone: it becomes `CancelledByUser`.

        Args:
            pos: where: a point of sale, or its id.
        """
        self._api.simulate("cancelpaymentbyuser", beaconId=self._at(pos).beacon_id)

    def pos_of(self, pos_id: str) -> Pos:
        """Returns the point of sale with this id, as the service shows it.

        Args:
            pos_id: its id.
        """
        if pos_id not in self._known:
            self._known[pos_id] = self._api.get(
                f"/pointofsales/{pos_id}",
                lambda found: Pos(str(found["posId"]), str(found["beaconId"])),
            )
        return self._known[pos_id]

    def forget(self) -> None:
        """Forgets who checked in where."""
        self._known.clear()
        self._phone = ""

    def _at(self, pos: Pos | str | None) -> Pos:
        if isinstance(pos, Pos):
            return pos
        pos_id = pos or newest_pos(self._control)
        return self.pos_of(pos_id) if pos_id else self._own()

    def _phone_of(self, user: str) -> str:
        if user.startswith("+"):
            return user
        if user not in USERS or self._country not in STEMS:
            known = ", ".join(USERS)
            raise ValueError(f"{user!r} is not a test user; there are {known}, and phone numbers")
        return STEMS[self._country] + USERS[user]


def newest_pos(control: ControlClient) -> str | None:
    """Returns the id of the point of sale with the newest event; None where there is none."""
    events = [each for each in control.events() if each.pos_id]
    gone = {each.pos_id for each in events if each.event == "PosDeleted"}
    return next((e.pos_id for e in reversed(events) if e.pos_id not in gone), None)
