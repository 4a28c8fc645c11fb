"""Where a director keeps its runs, with an index for every question it asks.

The indexes follow from the tables, so that a book can be written down and read again.
"""

from collections import Counter, deque

from simulator.engine.callers import Caller
from simulator.engine.tables import Table
from simulator.scripting.runs import Run
from simulator.scripting.scenario import Texts

__all__ = ["RUNS_KEPT", "RunBook"]

RUNS_KEPT = 1000


class RunBook:
    """The runs of one sandbox: those at work, those that wait, and the newest that are over."""

    def __init__(self) -> None:
        self.table: Table[str, Run] = Table()
        #: The runs that wait for a payment, each with its place in the queue.
        self.waiting: Table[str, int] = Table()
        #: The newest run on each point of sale that looks at calls.
        self.by_pos: Table[str, str] = Table()
        #: The texts of every scenario that a run plays or played, by their digest.
        self.texts: Table[str, Texts] = Table()
        #: How many runs there ever were.
        self.count = 0
        self._place = 0
        self._by_payment: dict[str, Run] = {}
        self._by_key: dict[tuple[Caller, str], Run] = {}
        self._over: deque[Run] = deque()
        #: Runs of calls that were refused: they have no payment, and may never get one.
        self._unpaid: dict[str, Run] = {}
        self._texts_in_use: Counter[str] = Counter()
        self._watched = 0
        self._retired = 0

    # --- asking -------------------------------------------------------------------------------

    @property
    def has_watched(self) -> bool:
        """Whether a run is kept that looks at calls."""
        return self._watched > 0

    def queue(self) -> list[Run]:
        """Returns the runs that wait for a payment, the next one first."""
        return [self.table[run_id] for run_id in self.waiting]

    def next_for(self, pos_id: str | None) -> Run | None:
        """Returns the run that waits for the next payment on a point of sale, or on any."""
        if not self.waiting:
            return None
        queue = self.queue()
        return next(
            (run for wanted in (pos_id, None) for run in queue if run.pos_id == wanted), None
        )

    def first_to_strike(self, pos_id: str | None) -> Run | None:
        """Returns the first waiting run that a call about no payment may belong to."""
        return next((run for run in self.queue() if run.pos_id in (None, pos_id)), None)

    def of_payment(self, payment_id: str) -> Run | None:
        """Returns the run a payment belongs to, or None; of those that are over, the newest."""
        return self._by_payment.get(payment_id)

    def of_key(self, key: tuple[Caller, str]) -> Run | None:
        """Returns the run that a key's first call belonged to, or None."""
        return self._by_key.get(key)

    def on_pos(self, pos_id: str | None) -> Run | None:
        """Returns the newest run on a point of sale that looks at calls, or None."""
        return self.table.get(self.by_pos.get(pos_id or "", ""))

    # --- writing ------------------------------------------------------------------------------

    def next_number(self) -> int:
        """Returns the number of the next run."""
        self.count += 1
        return self.count

    def add(self, run: Run) -> None:
        """Takes in a new run."""
        self.table[run.id] = run
        if run.scenario.digest not in self.texts:
            self.texts[run.scenario.digest] = run.scenario.texts
        self._index(run)

    def touch(self, run: Run) -> None:
        """Says that a run has changed."""
        self.table.touch(run.id)

    def enqueue(self, run: Run) -> None:
        """Lets a run wait for its next payment, behind all that wait already."""
        self._place += 1
        self.waiting.pop(run.id, None)
        self.waiting[run.id] = self._place

    def dequeue(self, run_id: str) -> None:
        """Lets a run wait no longer for a payment."""
        self.waiting.pop(run_id, None)

    def remember(self, run: Run, key: tuple[Caller, str]) -> Run:
        """Lets the calls with a key belong to a run."""
        run.keys.append(key)
        self._by_key[key] = run
        self.touch(run)
        return run

    def add_unpaid(self, run: Run) -> None:
        """Takes in the run of a call that may be refused; of these, too, the newest are kept."""
        self.add(run)
        if len(self._unpaid) >= RUNS_KEPT:
            self.forget(next(iter(self._unpaid.values())))
        self._unpaid[run.id] = run

    def begin(self, run: Run, payment_id: str, pos_id: str) -> None:
        """A run has got a payment."""
        self._unpaid.pop(run.id, None)
        self.waiting.pop(run.id, None)
        run.pos_id = pos_id
        if run.wants_more:
            self.enqueue(run)
        self._by_payment[payment_id] = run
        if not run.scenario.is_plain:
            self.by_pos[pos_id] = run.id
        self.touch(run)

    def retire(self, run: Run) -> None:
        """A run is over; the newest of these are kept."""
        self._retired += 1
        run.retired = self._retired
        self.touch(run)
        if run.is_case:
            return
        self._over.append(run)
        if len(self._over) > RUNS_KEPT:
            self.forget(self._over.popleft())

    def forget(self, run: Run) -> None:
        """Keeps a run no longer."""
        del self.table[run.id]
        self.waiting.pop(run.id, None)
        self._unpaid.pop(run.id, None)
        self._watched -= not run.scenario.is_plain
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
        """Makes the indexes anew, once the tables are filled.

        Args:
            count: how many runs there ever were.
        """
        self.count = count
        queue = sorted(self.waiting.items(), key=lambda item: item[1])
        for run_id, place in queue:
            del self.waiting[run_id]
            self.waiting[run_id] = self._place = place
        for run in self.table.values():
            self._index(run)
            if not (run.cursors or run.is_case or run.id in self.waiting):
                self._unpaid[run.id] = run
        over = sorted(filter(_is_over, self.table.values()), key=lambda run: run.retired)
        self._over.extend(run for run in over if not run.is_case)
        self._retired = over[-1].retired if over else 0

    def _index(self, run: Run) -> None:
        self._texts_in_use[run.scenario.digest] += 1
        self._watched += not run.scenario.is_plain
        self._by_payment.update((payment_id, run) for payment_id in run.cursors)
        for key in run.keys:
            self._by_key.setdefault(key, run)


def _is_over(run: Run) -> bool:
    return run.retired > 0
