"""The result as tables: ratios, since times of one machine say little about another."""

import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.peers.catalogue import OURS, Peer
from benchmarks.support import CLIENTS

__all__ = ["Rounds", "figures", "markdown"]

#: What was measured of each server by its name, round by round.
Rounds = dict[str, list[dict[str, Any]]]

LOADS = {
    "read 1": "a read, 1 client",
    f"read {CLIENTS}": f"a read, {CLIENTS} clients",
    "token 1": "a token, 1 client",
    f"token {CLIENTS}": f"a token, {CLIENTS} clients",
    "flow 1": "the flow, 1 client",
    f"flow {CLIENTS}": f"the flow, {CLIENTS} clients",
}


def figures(rounds: list[dict[str, Any]]) -> dict[str, float]:
    """Returns the medians of what was measured of a server."""
    found = {
        "start": statistics.median(each["start"] for each in rounds),
        "memory": statistics.median(each["memory"] for each in rounds),
    }
    for name in LOADS:
        if name in rounds[0]:
            loads = [each[name] for each in rounds]
            found[name] = statistics.median(each["requests_per_second"] for each in loads)
            found[f"{name} p50"] = statistics.median(
                each["milliseconds"]["all"]["p50"] for each in loads
            )
            found[f"{name} a processor"] = statistics.median(
                each["requests_per_second"] / (each["server_busy"] or 1) for each in loads
            )
    return found


def markdown(peers: Iterable[Peer], rounds: Rounds, missing: dict[str, str]) -> str:
    """Returns the tables: versions and commands, ratios to ours, and ours.

    Args:
        peers: those that were measured.
        rounds: what was seen of them, and of ours.
        missing: why others could not be measured.
    """
    peers = list(peers)
    ours = figures(rounds[OURS.name])
    lines = [
        "| peer | version | a read there | command |",
        "|---|---|---|---|",
        *(
            f"| {each.name} | {each.version} | {each.does} | `{rounds[each.name][0]['command']}` |"
            for each in peers
        ),
        *(f"| {name} | not measured: {reason} | | |" for name, reason in missing.items()),
        "",
        _row("peer / ours", (each.name for each in peers)),
        "|---|" + "---:|" * len(peers),
    ]
    theirs = [figures(rounds[each.name]) for each in peers]
    lines.append(_ratios("start to first answer (more is slower)", "start", ours, theirs))
    lines.append(_ratios("idle memory (more is larger)", "memory", ours, theirs))
    for name, title in LOADS.items():
        lines += [
            _ratios(f"requests/s of {title} (more is faster)", name, ours, theirs),
            _ratios(
                f"the same for a processor of the server's: {title}",
                f"{name} a processor",
                ours,
                theirs,
            ),
        ]
    lines += ["", "| ours | |", "|---|---:|"]
    lines += [f"| {name} | {value:,.2f} |" for name, value in ours.items()]
    return "\n".join(lines) + "\n"


def _ratios(title: str, name: str, ours: dict[str, float], theirs: list[dict[str, float]]) -> str:
    return _row(title, (_ratio(each.get(name), ours.get(name)) for each in theirs))


def _ratio(theirs: float | None, ours: float | None) -> str:
    return f"{theirs / ours:.2f}" if theirs and ours else ""


def _row(title: str, cells: Iterable[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"
