"""How many modules and functions of ours one InitiatePayment passes, from the bridge and back.

`python -m benchmarks.passes` prints the two numbers, and the modules in the order they are entered.
"""

import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import mobilepay_simulator
from mobilepay_simulator.server.bridge import Bridge

from benchmarks.inside import InsideTill, ready_app

PACKAGE = str(Path(mobilepay_simulator.__file__).parent)


class _Connection:
    """What the bridge looks at of a connection."""

    class server_state:
        default_headers: list[tuple[bytes, bytes]] = []  # noqa: RUF012


def measure() -> tuple[dict[str, int], set[tuple[str, str, int]]]:
    """Returns the modules with their calls, in their order, and the functions."""
    app = ready_app()
    till = InsideTill(app)
    bridge = Bridge(app.respond, max_body=1 << 20, max_snapshot=1 << 20, max_stalled=10)
    modules: dict[str, int] = {}
    functions: set[tuple[str, str, int]] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PACKAGE):
            module = code.co_filename.removeprefix(PACKAGE + "/")
            modules[module] = modules.get(module, 0) + 1
            functions.add((module, code.co_qualname, code.co_firstlineno))

    for number in range(3):
        scope, body = _initiate(till, number)
        sys.setprofile(note if number == 2 else None)
        answer = bridge.try_respond_synchronously(scope, body)
        sys.setprofile(None)
        assert isinstance(answer, bytes) and answer.startswith(b"HTTP/1.1 200"), answer
        till.cancel(json.loads(answer.partition(b"\r\n\r\n")[2])["paymentId"])
    return modules, functions


def _initiate(till: InsideTill, number: int) -> tuple[dict[str, Any], bytes]:
    order = {
        "posId": till.pos_id,
        "orderId": f"passes-{number}",
        "amount": 10.5,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
    }
    headers = [(name.encode(), value.encode()) for name, value in till.headers]
    headers += [(b"content-type", b"application/json")]
    headers += [(b"x-mobilepay-idempotency-key", b"passes-%d" % number)]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/pos/v10/payments",
        "raw_path": b"/pos/v10/payments",
        "query_string": b"",
        "headers": headers,
        "scheme": "http",
        "http_version": "1.1",
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 50000),
        "state": {"protocol": _Connection},
    }
    return scope, json.dumps(order).encode()


def main() -> None:
    """Prints what one InitiatePayment passes."""
    modules, functions = measure()
    print(f"{len(modules)} modules, {len(functions)} functions, {sum(modules.values())} calls")
    for module, calls in modules.items():
        print(f"  {calls:4}  {module}")


if __name__ == "__main__":
    main()
