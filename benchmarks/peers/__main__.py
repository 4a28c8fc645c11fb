"""Installs the peers, measures them and ours in turn, and writes tables of the ratios."""

import argparse
import json
import os
import platform
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mobilepay_simulator.api.openapi import openapi_document

from benchmarks.peers.catalogue import OURS, PEERS, Peer
from benchmarks.peers.installing import install
from benchmarks.peers.running import measure
from benchmarks.peers.tables import Rounds, markdown

RESULTS = Path(__file__).parent.parent / "results"


def main() -> None:
    """Measures the peers that were asked for, by default all."""
    names = [each.name for each in PEERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"any of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="one round; shows that all works")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each load lasts")
    arguments = parser.parse_args()
    unknown = set(arguments.peers) - set(names)
    if unknown:
        parser.error(f"no peer {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    rounds, seconds = (1, 0.5) if arguments.quick else (arguments.rounds, arguments.seconds)
    chosen = [each for each in PEERS if each.name in (arguments.peers or names)]
    missing = _install(chosen)
    there = [each for each in chosen if each.name not in missing]
    found = run(there, rounds, seconds)
    text = markdown(there, found, missing)
    print(f"\n{text}\nwritten to {_write(found, text, is_quick=arguments.quick)}")


def run(peers: list[Peer], rounds: int, seconds: float) -> Rounds:
    """Measures ours and the peers in turn, so that whatever else is going on strikes all alike."""
    found: Rounds = {each.name: [] for each in (OURS, *peers)}
    with TemporaryDirectory() as folder:
        description = Path(folder) / "openapi.json"
        description.write_text(json.dumps(openapi_document()), encoding="utf-8")
        for number in range(rounds):
            for each in (OURS, *peers):
                print(f"round {number + 1} of {rounds}: {each.name}", flush=True)
                found[each.name].append(measure(each, description, seconds))
    return found


def _install(peers: list[Peer]) -> dict[str, str]:
    missing = {}
    for each in peers:
        print(f"installing {each.name} {each.version}", flush=True)
        reason = install(each)
        if reason is not None:
            missing[each.name] = reason
            print(f"  not to be had: {reason}", flush=True)
    return missing


def _write(found: Rounds, text: str, *, is_quick: bool) -> Path:
    now = datetime.now().astimezone()
    document: dict[str, Any] = {
        "time": now.isoformat(timespec="seconds"),
        "quick": is_quick,
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processors": os.cpu_count(),
        },
        "versions": {each.name: each.version for each in (OURS, *PEERS)},
        "rounds": found,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"peers-{now:%Y%m%d-%H%M%S}.md"
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
