"""Fuzzing that coverage leads: atheris changes what reaches new lines of the simulator until something breaks.

`make atheris`, a minute for each target; ARGS="--seconds 600 scenario" for ten of one. What breaks is kept as
a file; `python -m tests.fuzzing.guided TARGET --again FILE` shows it once more. It complements the tests
beside it, which know what is nearly right; this knows nothing, but sees where it gets.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import atheris

Target = Callable[[bytes], None]

#: By target: the longest input in bytes.
LENGTHS = {
    "scenario": 4_000,
    "body": 2_000,
    "control": 4_000,
    "headers": 2_000,
    "snapshot": 100_000,
}
#: Seconds after which one input counts as a hang, and MiB that it may take.
PATIENCE, ROOM = 10, 2048


def scenario() -> tuple[Target, Iterable[bytes]]:
    """Scenario files, seeded with the shipped ones."""
    from tests.fuzzing.test_scenarios import check, shipped

    def one(data: bytes) -> None:
        check(data.decode("utf-8", "replace"))

    return one, [text.encode() for text in shipped().values()]


def body() -> tuple[Target, Iterable[bytes]]:
    """Bodies of the service's operations; the first byte says of which."""
    from mobilepay_simulator.api.routes import OPERATIONS

    from tests.fuzzing.house import furnished
    from tests.fuzzing.test_service_calls import DONE, REFUSED, WHERE, reason, right, right_headers

    house = furnished()
    taking = [each for each in OPERATIONS if each.body]
    headers = list(right_headers(house).items())

    def one(data: bytes) -> None:
        operation = taking[(data or b"\0")[0] % len(taking)]
        before, _, name = operation.path.partition("{")
        path = before
        if name:
            name, _, after = name.partition("}")
            path += house.ids[WHERE[name][0]] + after
        answer = house.ask(operation.method, path, headers, data[1:])
        assert answer.status in DONE | REFUSED, answer
        if answer.status in REFUSED:
            assert reason(answer)
        else:
            house.renew()

    seeds = [json.dumps(right(house, each)).encode() for each in taking]
    return one, [bytes([number]) + seed for number, seed in enumerate(seeds)]


def control() -> tuple[Target, Iterable[bytes]]:
    """Bodies of the control API; the first byte says of what."""
    from tests.fuzzing.house import furnished
    from tests.fuzzing.test_control_calls import (
        BASE,
        CALLED,
        REFUSED,
        RIGHT,
        WHERE,
        WRITTEN,
        filled,
    )

    house = furnished()
    taking = [each for each in CALLED if each.endpoint in {**RIGHT, **WRITTEN}]

    def one(data: bytes) -> None:
        route = taking[(data or b"\0")[0] % len(taking)]
        path = BASE + route.path
        for name, words in WHERE.items():
            path = path.replace(name, filled(house, words)[0])
        answer = house.ask(route.method, path, [("host", "localhost")], data[1:])
        assert answer.status < 300 or answer.status in REFUSED, answer
        house.renew()

    def seed(endpoint: str) -> bytes:
        if endpoint in WRITTEN:
            return str(filled(house, WRITTEN[endpoint])).encode()
        return json.dumps(filled(house, RIGHT[endpoint])).encode()

    return one, [bytes([number]) + seed(each.endpoint) for number, each in enumerate(taking)]


def headers() -> tuple[Target, Iterable[bytes]]:
    """Headers of a call that creates, a line each."""
    from tests.fuzzing.house import furnished
    from tests.fuzzing.test_service_calls import DONE, REFUSED, reason, right_headers

    house = furnished()

    def one(data: bytes) -> None:
        lines = data.decode("latin-1").replace("\r", "").replace("\0", "").split("\n")
        pairs = [line.partition(":") for line in lines if ":" in line]
        sent = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
        answer = house.ask("POST", "/pos/v10/payments/prepare", sent, b"{}")
        assert answer.status in DONE | REFUSED, answer
        assert reason(answer)

    lines = [f"{name}: {value}" for name, value in right_headers(house).items()]
    return one, ["\n".join(lines).encode(), "\n".join(lines[1:] * 2).encode(), b"correlationid: x"]


def snapshot() -> tuple[Target, Iterable[bytes]]:
    """Snapshots; where one is JSON its checksum is made right, so that more than that is looked at."""
    from mobilepay_simulator.sandboxes.snapshots import BadSnapshot, load_snapshot

    from tests.fuzzing.house import furnished

    house = furnished()
    sandboxes = house.simulator.wsgi.context.sandboxes

    def one(data: bytes) -> None:
        try:
            load_snapshot(_with_checksum(data), sandboxes.fresh("other"))
        except BadSnapshot as error:
            assert "\n" not in str(error)

    return one, [house.snapshot]


def _with_checksum(data: bytes) -> bytes:
    from tests.support import snapshot_checksum

    try:
        whole = json.loads(data)
        contents = [json.dumps(whole[each]).encode() for each in ("position", "parts")]
        whole["checksum"] = snapshot_checksum(*contents)
    except (ValueError, LookupError, TypeError, RecursionError):
        return data
    return json.dumps(whole).encode()


TARGETS: dict[str, Callable[[], tuple[Target, Iterable[bytes]]]] = {
    "scenario": scenario,
    "body": body,
    "control": control,
    "headers": headers,
    "snapshot": snapshot,
}


def fuzz(name: str, arguments: list[str]) -> None:
    """Fuzzes one target, in this process, which ends with it."""
    with (
        atheris.instrument_imports(include=["mobilepay_simulator"]),
        tempfile.TemporaryDirectory() as place,
    ):
        one, seeds = TARGETS[name]()
        corpus = Path(place)
        for number, seed in enumerate(seeds):
            (corpus / f"seed-{number}").write_bytes(seed)
        atheris.Setup([name, *arguments, place], one)
        atheris.Fuzz()


def run(name: str, seconds: int) -> int:
    """Fuzzes one target in a process of its own; returns its exit code."""
    print(f"\n=== {name}", flush=True)
    options: dict[str, Any] = {
        "max_total_time": seconds,
        "max_len": LENGTHS[name],
        "timeout": PATIENCE,
        "rss_limit_mb": ROOM,
        "artifact_prefix": f"{name}-",
        "print_final_stats": 1,
        "verbosity": 0,
    }
    words = [f"-{option}={value}" for option, value in options.items()]
    command = [sys.executable, "-m", "tests.fuzzing.guided", name, "--one", *words]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    """Fuzzes all targets that are asked for; returns 0 where nothing broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing.guided", description=__doc__)
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], help="all if none is given")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--again", type=Path, help="a file with which one of them broke")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked, rest = parser.parse_known_args()
    if asked.again:
        one, _ = TARGETS[asked.target[0]]()
        one(asked.again.read_bytes())
    elif asked.one:
        fuzz(asked.target[0], rest)
    else:
        codes = [run(name, asked.seconds) for name in asked.target or TARGETS]
        return int(any(codes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
