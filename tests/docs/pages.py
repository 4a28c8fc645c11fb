"""What tests of the pages share: a page's code blocks, and a way to run them as a reader would."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.support import ROOT

__all__ = [
    "FENCE",
    "Block",
    "as_module",
    "as_program",
    "blocks",
    "blocks_of",
    "printed_by",
    "run_shell",
]

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What the files are called that hold code of a language.
ENDINGS = {
    "yaml": ".yaml",
    "python": ".py",
    "java": ".java",
    "php": ".php",
    "csharp": ".cs",
    "pascal": ".pas",
}
FILE = re.compile(r"`([\w./-]+\.\w+)`")
MARK = "--- block "


@dataclass(frozen=True)
class Block:
    """A code block; `file` is the file its paragraph tells the reader to write, or None."""

    language: str
    body: str
    file: str | None = None


def blocks_of(page: str) -> list[Block]:
    """The code blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        before = text[: match.start()].rstrip("\n")
        ending = ENDINGS.get(match[1], "no file")
        files = [
            each for each in FILE.findall(before.rpartition("\n\n")[2]) if each.endswith(ending)
        ]
        file = files[-1] if files else None
        found.append(Block(match[1], match[2], file))
    return found


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return [each.body for each in blocks_of(page) if each.language == language]


def run_shell(script: str, folder: Path) -> str:
    """Runs commands as a user would, and returns what they print."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def as_module(commands: str) -> str:
    """The commands, where the console script may not be on the path."""
    python = shlex.quote(sys.executable)
    return (
        f"export PYTHONPATH={shlex.quote(str(ROOT))}\n"
        f'mobilepay-sim() {{ {python} -m simulator "$@"; }}\n{commands}'
    )


def as_program(folder: Path) -> None:
    """Puts `mobilepay-sim` into a folder, where a shell's function won't do: it can't be stopped."""
    program = folder / "mobilepay-sim"
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} "
        f'exec {shlex.quote(sys.executable)} -m simulator "$@"\n'
    )
    program.chmod(0o755)


def printed_by(page: Iterable[Block], folder: Path) -> dict[Block, str]:
    """Writes the files of some blocks and runs their commands in one shell, in order.

    Returns:
        What each block of commands prints, errors as well.
    """
    page = list(page)
    lines = ["exec 2>&1"]
    for number, block in enumerate(page):
        if block.file is not None:
            lines.append(f"mkdir -p $(dirname {block.file})")
            lines.append(f"cat > {block.file} <<'END_OF_FILE'\n{block.body}END_OF_FILE")
        elif block.language == "sh":
            lines.append(f"echo; echo '{MARK}{number}'\n{block.body}")
    said = run_shell(as_module("\n".join(lines)), folder)
    outputs = {}
    for part in said.split(f"\n{MARK}")[1:]:
        number, _, output = part.partition("\n")
        outputs[page[int(number)]] = output
    return outputs
