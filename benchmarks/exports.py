"""The case of exports: what everybody else waits for while a large sandbox is read."""

import threading
import time
from collections.abc import Callable

import httpx

from benchmarks.support import Result, milliseconds_since, server_under_test

__all__ = ["exports"]

CALLS = 10_000
#: A payment of the load is five calls: it is initiated, polled three times, and captured.
CALLS_A_PAYMENT = 5

#: What is read, by the path below `/_simulator`.
READ = (
    "/requests?limit=100000",
    "/requests?format=har&limit=100000",
    "/snapshot",
    "/bundle",
    "/events",
    "/audit",
    "/audit?format=sarif",
    "/ledger",
    "/ledger?format=csv",
    "/payments?limit=100000",
    "/points-of-sale?limit=100000",
    "/timeline?paymentId={payment}",
    "/timeline?posId={pos}&limit=100000",
    "/runs?limit=100000",
)


def exports(scale: float) -> Result:
    """The longest that a cheap call takes while all of a sandbox with 10,000 calls is read."""
    count = round(CALLS * scale / CALLS_A_PAYMENT)
    with server_under_test("--journal-size", str(CALLS + 1000)) as bench:
        bench.load(payments=count)
        url = bench.server.url
        with httpx.Client(base_url=f"{url}/_simulator", timeout=120) as http:
            payment = http.get("/payments", params={"limit": 1}).json()["payments"][0]
            rows = {"nothing": _longest(url, lambda: time.sleep(2))}
            for each in READ:
                path = each.format(payment=payment["paymentId"], pos=payment["posId"])

                def read(path: str = path) -> None:
                    answer = http.get(path)
                    assert answer.status_code == 200, answer.text

                rows[each] = _longest(url, read)
    return {"milliseconds": rows, "rows": {f"beside {path}, ms": it for path, it in rows.items()}}


def _longest(url: str, work: Callable[[], None]) -> float:
    """Returns the longest that a cheap call took while some work was done, in milliseconds."""
    is_over = threading.Event()

    def do() -> None:
        try:
            work()
        finally:
            is_over.set()

    longest = 0.0
    with httpx.Client(base_url=url, timeout=120) as http:
        http.get("/_simulator/health")
        worker = threading.Thread(target=do)
        worker.start()
        while not is_over.is_set():
            began = time.perf_counter()
            http.get("/_simulator/health")
            longest = max(longest, milliseconds_since(began))
        worker.join()
    return round(longest, 1)
