"""When a call that a fault holds goes on."""

from dataclasses import dataclass

from ..engine.states import PaymentState
from ..engine.world import World
from .runs import ScenarioRun


@dataclass(frozen=True, slots=True)
class HasReached:
    """Tells whether the payment of a held call has reached a state, or can't reach it any more."""

    world: World
    run: ScenarioRun | None
    payment_id: str | None
    state: PaymentState

    def __call__(self) -> bool:
        with self.world:
            found = [self.world.payments.get(each) for each in self._ids()]
            return any(p is not None and (p.state is self.state or p.state.is_final) for p in found)

    def _ids(self) -> list[str]:
        if self.payment_id:
            return [self.payment_id]
        # A call without a run or a payment may start the newest payment.
        return [*self.run.cursors] if self.run else [*self.world.payments.table][-1:]
