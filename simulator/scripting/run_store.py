"""The runs of a sandbox, with an index for each query.

The indexes depend on the tables alone, so that only the tables have to be stored.
"""

from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime

from ..engine.records import Caller
from ..engine.tables import Table
from .runs import ScenarioRun
from .scenario import Texts

RUNS_KEPT = 1000


class RunStore:
    """The runs of a sandbox: the active, the queued, and the newest of those that are over."""

    def __init__(self) -> None:
        self.table: Table[str, ScenarioRun] = Table()
        #: The runs that wait for a payment, each with its number in the queue.
        self.waiting: Table[str, int] = Table()
        #: The newest run on each point of sale whose scenario looks at calls.
        self.by_pos: Table[str, str] = Table()
        #: The texts of the scenario of every run, by their digest.
        self.texts: Table[str, Texts] = Table()
        #: How many runs there have been.
        self.count = 0
        self._last_number = 0
        self._by_payment: dict[str, ScenarioRun] = {}
        self._by_key: dict[tuple[Caller, str], ScenarioRun] = {}
        #: Returns the run of a payment, or None.
        self.of_payment = self._by_payment.get
        #: Returns the run of the first call with a key, or None.
        self.of_key = self._by_key.get
        self._over: deque[ScenarioRun] = deque()
        #: Runs of refused calls, which have no payment and may never get one.
        self._unpaid: dict[str, ScenarioRun] = {}
        self._texts_in_use: Counter[str] = Counter()
        #: How many runs that are no cases have a scenario that looks at calls.
        self.watched = 0
        self._retired = 0

    # --- queries ------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[ScenarioRun]:
        return iter(self.table.values())

    def queue(self) -> list[ScenarioRun]:
        """Returns the runs that wait for a payment, in order."""
        return [self.table[run_id] for run_id in self.waiting]

    def next_for(self, pos_id: str | None) -> ScenarioRun | None:
        """Returns the run for the next payment on a point of sale, or None."""
        if not self.waiting:
            return None
        queue = self.queue()
        return next(
            (run for wanted in (pos_id, None) for run in queue if run.pos_id == wanted), None
        )

    def first_queued(self, pos_id: str | None) -> ScenarioRun | None:
        """Returns the first queued run that a call without a payment may belong to."""
        return next((run for run in self.queue() if run.pos_id in (None, pos_id)), None)

    def on_pos(self, pos_id: str | None) -> ScenarioRun | None:
        """Returns the newest run on a point of sale whose scenario looks at calls, or None."""
        return self.table.get(self.by_pos.get(pos_id or "", ""))

    # --- changes ------------------------------------------------------------------------------

    def next_number(self) -> int:
        """Returns the number of the next run."""
        self.count += 1
        return self.count

    def add(self, run: ScenarioRun) -> None:
        self.table[run.id] = run
        if run.scenario.digest not in self.texts:
            self.texts[run.scenario.digest] = run.scenario.texts
        self._index(run)

    def touch(self, run: ScenarioRun) -> None:
        """Records that a run has changed."""
        self.table.touch(run.id)

    def enqueue(self, run: ScenarioRun) -> None:
        """Queues a run for its next payment, behind all others."""
        self._last_number += 1
        self.waiting.pop(run.id, None)
        self.waiting[run.id] = self._last_number

    def dequeue(self, run_id: str) -> None:
        self.waiting.pop(run_id, None)

    def leave(self, run_id: str, at: datetime) -> None:
        """Ends the run of a case: what its client has not done by then is too late."""
        self.dequeue(run_id)
        if (run := self.table.get(run_id)) is not None:
            run.left_at = at
            self.touch(run)

    def known(self) -> str:
        """Returns in words which runs there are."""
        first, *others = self.table or ("",)
        if not first:
            return "there are none yet"
        if not others:
            return f"there is only {first}"
        last = others[-1]
        has_all = int(last[1:]) - int(first[1:]) == len(others)
        return f"there are {'' if has_all else f'{len(self.table)} of '}{first} to {last}"

    def take_back(self, run_id: str) -> None:
        """Takes a run out of the queue; one that has no payment yet was never there."""
        run = self.table[run_id]
        if run.cursors:
            self.dequeue(run_id)
        else:
            self.forget(run)

    def remember(self, run: ScenarioRun, key: tuple[Caller, str]) -> ScenarioRun:
        """Assigns the calls with a key to a run."""
        run.keys.append(key)
        self._by_key[key] = run
        self.touch(run)
        return run

    def add_unpaid(self, run: ScenarioRun) -> None:
        """Adds the run of a call that may be refused; drops the oldest if there are too many."""
        self.add(run)
        if len(self._unpaid) >= RUNS_KEPT:
            self.forget(next(iter(self._unpaid.values())))
        self._unpaid[run.id] = run

    def assign(self, run: ScenarioRun, payment_id: str, pos_id: str) -> None:
        """Assigns a new payment to a run."""
        self._unpaid.pop(run.id, None)
        self.waiting.pop(run.id, None)
        run.pos_id = pos_id
        if run.wants_more:
            self.enqueue(run)
        self._by_payment[payment_id] = run
        if not run.scenario.is_plain:
            self.by_pos[pos_id] = run.id
        self.touch(run)

    def retire(self, run: ScenarioRun) -> None:
        """Records that a run is over; drops the oldest if there are too many."""
        self._retired += 1
        run.retired = self._retired
        self.touch(run)
        if run.is_case:
            return
        self._over.append(run)
        if len(self._over) > RUNS_KEPT:
            self.forget(self._over.popleft())

    def forget(self, run: ScenarioRun) -> None:
        del self.table[run.id]
        self.waiting.pop(run.id, None)
        self._unpaid.pop(run.id, None)
        self.watched -= run.is_watched
        for payment_id in run.cursors:
            self._by_payment.pop(payment_id, None)
        if self.by_pos.get(run.pos_id or "") == run.id:
            self.by_pos.pop(run.pos_id or "")
        digest = run.scenario.digest
        self._texts_in_use[digest] -= 1
        if not self._texts_in_use[digest]:
            del self._texts_in_use[digest]
            self.texts.pop(digest)
        for key in run.keys:
            self._by_key.pop(key, None)

    def restore(self, count: int) -> None:
        """Makes the indexes from the tables.

        Args:
            count: how many runs there have been.
        """
        self.count = count
        queue = sorted(self.waiting.items(), key=lambda item: item[1])
        for run_id, place in queue:
            del self.waiting[run_id]
            self.waiting[run_id] = self._last_number = place
        for run in self.table.values():
            self._index(run)
            if not (run.cursors or run.is_case or run.id in self.waiting):
                self._unpaid[run.id] = run
        over = sorted(filter(_is_over, self.table.values()), key=lambda run: run.retired)
        self._over.extend(run for run in over if not run.is_case)
        self._retired = over[-1].retired if over else 0

    def _index(self, run: ScenarioRun) -> None:
        self._texts_in_use[run.scenario.digest] += 1
        self.watched += run.is_watched
        for payment_id in run.cursors:
            self._by_payment[payment_id] = run
        for key in run.keys:
            self._by_key.setdefault(key, run)


def _is_over(run: ScenarioRun) -> bool:
    return run.retired > 0
