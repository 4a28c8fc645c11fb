"""How long the page's till waits before it polls again, where a certification counts its polls."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..engine.client_rules import POLL_DELAY
from .actions import POS
from .calls import PageCall
from .certified_till import IN_PROGRESS, certified_till
from .desk import Visit

_POLL = re.compile(rf"{POS}/payments/([^/?]+)").fullmatch
#: Added to the delay, since the journal's times are those at which calls came.
_MARGIN = 0.05


def pause_before(
    visit: Visit,
    pos: Mapping[str, Any] | None,
    payment: Mapping[str, Any] | None,
    sent: PageCall,
) -> float:
    """Returns how many real seconds a call has to wait; only polls within a case have to.

    Elsewhere one may press as fast as one likes, to see what the service says to that.

    Args:
        visit: the press.
        pos: the point of sale that is shown.
        payment: the payment on it.
        sent: the call.
    """
    poll = _POLL(sent.path) if sent.method == "GET" else None
    certifying = certified_till(visit, pos, payment) if poll else None
    case = certifying["case"] if certifying else None
    if poll is None or case is None or case["state"] != IN_PROGRESS:
        return 0.0
    query = {"paymentId": poll[1], "operation": "QueryPayment", "limit": 1}
    found = visit.api.find("/requests", **query)
    last = found["requests"] if found else ()
    if not last:
        return 0.0
    delay = max(POLL_DELAY.total_seconds(), visit.api.get("/polling")["delay"]) + _MARGIN
    came = datetime.fromisoformat(last[0]["realAt"]).timestamp()
    return max(0.0, came + float(delay) - visit.desk.context.wall_time())
