"""Tills that each make one mistake, for `mobilepay-sim sweep` to find. Don't build on them.

    python wrong_tills.py MISTAKE --url URL

They are the till of ../python, with the mistake put in.
"""

import argparse
import sys
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

import till

AMOUNT = Decimal("10.50")


class GivesUp(till.Till):
    """Makes each call once. It cancels what it has started, where it knows its id."""


class StartsOver(till.Till):
    """Takes a call that is not answered for one that failed, and starts the sale over."""

    def pay(self, amount: Decimal, part: Decimal | None = None) -> tuple[str, str]:
        """Takes a payment; another one where anything goes wrong."""
        for _ in range(3):
            try:
                payment_id = self.start(amount)
                return payment_id, self.capture(payment_id, part or amount)
            except till.GaveUp as error:
                reason = error
        raise reason


class LeavesIt(till.Till):
    """Does not cancel a payment that it can't capture."""

    def pay(self, amount: Decimal, part: Decimal | None = None) -> tuple[str, str]:
        """Takes a payment, and leaves it where anything goes wrong."""
        payment_id = self.start(amount)
        return payment_id, self.capture(payment_id, part or amount)


class Hopes(till.Till):
    """Takes it for granted that capturing works out."""

    def capture(self, payment_id: str, amount: Decimal) -> str:
        """Takes the money, or believes so."""
        try:
            return super().capture(payment_id, amount)
        except till.GaveUp:
            return "Captured"


class Shrugs(till.Till):
    """Cancels what it can't capture, and calls that a success."""

    def pay(self, amount: Decimal, part: Decimal | None = None) -> tuple[str, str]:
        """Takes a payment, or does not, and is content."""
        try:
            return super().pay(amount, part)
        except (till.Refused, till.GaveUp):
            return "", "Captured"


MISTAKES = {
    "gives-up": GivesUp,
    "starts-over": StartsOver,
    "leaves-it": LeavesIt,
    "hopes": Hopes,
    "shrugs": Shrugs,
}


def main() -> int:
    """Takes one payment; returns 0 where the till says that it worked out, else 1."""
    parser = argparse.ArgumentParser(description="A till that makes a mistake.")
    parser.add_argument("mistake", choices=MISTAKES)
    parser.add_argument("--url", required=True, help="where the service is")
    options = parser.parse_args()
    till.PAUSES = ()  # every call is made once: what goes wrong then is the mistake's affair
    wrong = MISTAKES[options.mistake](
        options.url,
        "11111111-2222-4333-8444-555555555555",
        "sandbox-secret",
        "DK12345678",
        "till-1",
    )
    try:
        payment_id, state = wrong.pay(AMOUNT)
    except (till.Refused, till.GaveUp) as error:
        print(error, file=sys.stderr)
        return 1
    print(payment_id, state)
    return 0 if state == "Captured" else 1


if __name__ == "__main__":
    sys.exit(main())
