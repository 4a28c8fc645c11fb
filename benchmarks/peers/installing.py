"""Installs the peers below `benchmarks/.peers/`, which is not in git."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.catalogue import NPM, PYPI, Peer

__all__ = ["install", "installed"]

HOME = Path(__file__).parent.parent / ".peers"
#: What a child that is too late can't be heard of.
PATIENCE = 900.0


def installed(peer: Peer) -> Path:
    """Returns where a peer's programs are."""
    return HOME / "node_modules" if peer.registry == NPM else _environment(peer) / "bin"


def install(peer: Peer) -> str | None:
    """Installs a peer, unless it is there already; returns why it can't be, or None."""
    stamp = HOME / f"{peer.name.lower()}.stamp"
    if stamp.exists() and stamp.read_text() == peer.version:
        return None
    HOME.mkdir(exist_ok=True)
    commands = _npm(peer) if peer.registry == NPM else _pip(peer)
    for command in commands:
        try:
            done = subprocess.run(
                command, cwd=HOME, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except (FileNotFoundError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    stamp.write_text(peer.version)
    return None


def _npm(peer: Peer) -> list[list[str]]:
    package = HOME / "package.json"
    if not package.exists():
        package.write_text(json.dumps({"private": True}), encoding="utf-8")
    what = f"{peer.package}@{peer.version}"
    return [["npm", "install", "--save-exact", "--no-audit", "--no-fund", "--omit=dev", what]]


def _pip(peer: Peer) -> list[list[str]]:
    assert peer.registry == PYPI, peer.registry
    home = _environment(peer)
    python = str(home / "bin" / "python")
    what = f"{peer.package}=={peer.version}"
    return [
        [os.path.realpath(sys.executable), "-m", "venv", str(home)],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what],
    ]


def _environment(peer: Peer) -> Path:
    return HOME / f"venv-{peer.name.lower()}"
