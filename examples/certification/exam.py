"""Takes the till of ../python through a certification, case by case.

    mobilepay-sim certify --section payments -- python exam.py --url {url}

It asks the simulator which case comes next, and does at the till what that case wants. For your own
client, write what `CASES` says with your client's own functions.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

import till

AMOUNT = Decimal("10.50")
LOOKS = 100  # how often, and each time after how many seconds, it looks what comes next
PAUSE = 0.1


class Candidate(till.Till):
    """The till, with buttons for what only a certification asks for."""

    def create(self) -> None:
        """Registers the till under a name of its own."""
        self._name = f"exam-{time.monotonic_ns()}"
        self._pos_id = ""
        self._pos_id = self._register()

    def delete(self) -> None:
        """Takes the till out of service."""
        self._call("DELETE", f"/pointofsales/{self._pos_id}")

    def pay_and_see(self) -> None:
        """Takes a payment, whatever becomes of it."""
        self.pay(AMOUNT)

    def start_and_cancel(self) -> None:
        """Starts a payment, and cancels it at once."""
        self.cancel(self.start(AMOUNT))

    def take_a_part(self) -> None:
        """Takes a part of a payment, if that is possible."""
        self.pay(AMOUNT, AMOUNT / 2)


class StartsOver(Candidate):
    """One that takes a call without an answer for one that failed, and starts the sale over."""

    def pay(self, amount: Decimal, part: Decimal | None = None) -> tuple[str, str]:
        """Takes a payment; another one where anything goes wrong."""
        till.PAUSES = ()
        while True:
            try:
                return super().pay(amount, part)
            except (till.Refused, till.GaveUp):
                time.sleep(1)


#: What is done at the till for each case.
CASES: dict[str, Callable[[Candidate], None]] = {
    "certify-create-pos": Candidate.create,
    "certify-delete-pos": Candidate.delete,
    "certify-create-pos-for-the-rest": Candidate.create,
    "certify-payment": Candidate.pay_and_see,
    "certify-payment-cancelled-by-user": Candidate.pay_and_see,
    "certify-payment-cancelled": Candidate.start_and_cancel,
    "certify-active-payment": Candidate.pay_and_see,
    "certify-full-capture": Candidate.take_a_part,
    "certify-lost-answers": Candidate.pay_and_see,
    "certify-service-down": Candidate.pay_and_see,
    "certify-gives-up": Candidate.pay_and_see,
    "certify-connections-reset": Candidate.pay_and_see,
    "certify-broken-answers": Candidate.pay_and_see,
    "certify-slow-answers": Candidate.pay_and_see,
    "certify-token-expired": Candidate.pay_and_see,
}


def next_case(url: str, done: set[str]) -> str | None:
    """Returns the case that comes next, or None once there is none that was not done."""
    request = Request(f"{url}/_simulator/certifications")
    token = os.environ.get("MOBILEPAY_SIM_CONTROL_TOKEN")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    for _ in range(LOOKS):
        with urlopen(request) as answer:
            *_, newest = json.load(answer)["certifications"]
        case: Any = newest["next"]
        if case is None or case not in done:
            return case
        time.sleep(PAUSE)  # the case has just been done, and is still being judged
    return None


def main() -> int:
    """Goes through the cases; returns 0 where the till could do what they want, else 1."""
    try:
        return take()
    except URLError as error:
        print(f"the simulator does not say which case comes next: {error}", file=sys.stderr)
        return 1


def take() -> int:
    """Goes through the cases, as `main` does.

    Raises:
        URLError: the simulator does not say which comes next.
    """
    parser = argparse.ArgumentParser(description="Takes a till through a certification.")
    parser.add_argument("--url", required=True, help="where the service is")
    parser.add_argument("--starts-over", action="store_true", help="make a mistake on purpose")
    options = parser.parse_args()
    kind = StartsOver if options.starts_over else Candidate
    candidate = kind(
        options.url,
        "11111111-2222-4333-8444-555555555555",
        "sandbox-secret",
        "DK90000028",
        "exam",
    )
    done: set[str] = set()
    while (case := next_case(options.url, done)) is not None:
        done.add(case)
        if case not in CASES:
            print(f"this till can't do what {case} wants", file=sys.stderr)
            return 1
        try:
            CASES[case](candidate)
        except (till.Refused, till.GaveUp) as error:
            print(f"{case}: {error}")  # the certification knows whether that was right
    return 0


if __name__ == "__main__":
    sys.exit(main())
