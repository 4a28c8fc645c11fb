"""The customer in front of the till, played by a test through the user simulation."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.client.control import ControlClient
from simulator.client.pos_api import PosApi

__all__ = ["USERS", "Customer", "Pos"]

#: The documented test users, by what scenarios call them: how their phone numbers end.
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
    """Whoever stands in front of the till.

    The point of sale is the one that is named, else the one where something happened last: it was
    made, somebody checked in, a payment changed. Where there is none, it is the test's own. The
    script of its active payment stops: a customer is played by a scenario or by hand.

    Args:
        control: a client of the sandbox's control API.
        api: what calls the user simulation.
        merchant: the VAT number of the shop.
        own: gives the test's own point of sale.
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
        """Accepts the payment; as the one who checked in last, where nobody else is named."""
        phone = self._phone_of(user) if user else self._phone or self._phone_of("credit-card")
        self._api.simulate("acceptpayment", beaconId=self._at(pos).beacon_id, phoneNumber=phone)

    def cancel(self, pos: Pos | str | None = None) -> None:
        """Cancels the payment."""
        self._api.simulate("cancelpaymentbyuser", beaconId=self._at(pos).beacon_id)

    def pos_of(self, pos_id: str) -> Pos:
        """Returns the point of sale of an id."""
        if pos_id not in self._known:
            found = self._api.get(f"/pointofsales/{pos_id}")
            self._known[pos_id] = Pos(str(found["posId"]), str(found["beaconId"]))
        return self._known[pos_id]

    def forget(self) -> None:
        """Forgets who checked in where."""
        self._known.clear()
        self._phone = ""

    def _at(self, pos: Pos | str | None) -> Pos:
        if isinstance(pos, Pos):
            return pos
        pos_id = pos or self._heard_of_last()
        return self.pos_of(pos_id) if pos_id else self._own()

    def _heard_of_last(self) -> str | None:
        events = [each for each in self._control.events() if each.pos_id]
        gone = {each.pos_id for each in events if each.event == "PosDeleted"}
        return next((e.pos_id for e in reversed(events) if e.pos_id not in gone), None)

    def _phone_of(self, user: str) -> str:
        if user.startswith("+"):
            return user
        if user not in USERS or self._country not in STEMS:
            known = ", ".join(USERS)
            raise ValueError(f"{user!r} is no test user; there are {known}, and phone numbers")
        return STEMS[self._country] + USERS[user]
