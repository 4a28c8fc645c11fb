"""The core of replay and compare: recorded calls are made again, with this run's ids and tokens."""

from ...journal.exchanges import ExchangeRecord
from .comparing import Names
from .stages import HeldCall, ReplayRequest, ReplayResult, ReplayTarget
from .tokens import TokenBook


class RecordedCalls:
    """Makes recorded calls again.

    Args:
        target: where they are made.
    """

    def __init__(self, target: ReplayTarget) -> None:
        self.names = Names()
        self._target = target
        self._tokens = TokenBook(target)

    def make(self, exchange: ExchangeRecord, *, may_wait: bool) -> ReplayResult | HeldCall:
        """Makes a call at the time of the target's clock.

        Args:
            exchange: the call as it is recorded, with its secrets masked.
            may_wait: whether others were made before its work.
        """
        return self._target.send(self._request(exchange), may_wait=may_wait)

    def learn(self, exchange: ExchangeRecord, result: ReplayResult) -> None:
        """Notes the token that a call was answered with."""
        self._tokens.learn(exchange, result)

    def _request(self, exchange: ExchangeRecord) -> ReplayRequest:
        translate = self.names.translate
        body = translate(exchange.body.decode("utf-8", "surrogateescape"))
        headers = [(name, translate(value)) for name, value in exchange.headers]
        return self._tokens.fill_in(
            exchange,
            ReplayRequest(
                method=exchange.method,
                path=translate(exchange.path),
                query=translate(exchange.query),
                headers=headers,
                body=body.encode("utf-8", "surrogateescape"),
            ),
        )
