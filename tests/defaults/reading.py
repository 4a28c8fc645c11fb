"""Reads a page as its reader does: command after command as they are written, in a clone."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.defaults.machine import PORT, Machine
from tests.docs.pages import FENCE, MARK, Block, blocks_of
from tests.support import ROOT

__all__ = ["Page", "Reading", "is_serving", "pages_with_commands", "read"]

#: What a page says in passing about where `$SIM` and `mobilepay-sim` come from.
SAID = re.compile(r"`((?:SIM|PATH)=[^`\s]+)`")
#: A command that serves until it is stopped, so that the reader goes on in another terminal.
SERVES = re.compile(r"^(make run|(\S*/)?mobilepay-sim serve\b[^&|]*)$")
ANY_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(mobilepay-sim|make|curl|docker|pip|pytest|python3?|node|bash|\S*/bin/\S+) ")

_START = """\
set -euo pipefail
exec 2>&1
TERMINAL=
leave() {
  if [ -n "$TERMINAL" ]; then
    kill -TERM -- -"$TERMINAL" 2>/dev/null || true
    wait "$TERMINAL" || true
    TERMINAL=
  fi
}
trap leave EXIT
terminal() {
  leave
  setsid bash -c "$1" >"$HOME/terminal.log" 2>&1 &
  TERMINAL=$!
  until curl --silent --output /dev/null http://127.0.0.1:@PORT@/_simulator/health; do
    kill -0 "$TERMINAL" || { cat "$HOME/terminal.log"; exit 99; }
    sleep 0.1
  done
}
waiting() {
  setsid bash -c "exec $1" >"$HOME/waiting.log" 2>&1 &
  local waits=$!
  until grep -q "Waiting for the client" "$HOME/waiting.log"; do
    kill -0 "$waits" || { cat "$HOME/waiting.log"; exit 98; }
    sleep 0.1
  done
  kill -TERM "$waits"
  wait "$waits" || echo "It was stopped with $?."
  cat "$HOME/waiting.log"
}
"""


@dataclass(frozen=True)
class Page:
    """A page, and what its reader has to know or to bring.

    Args:
        path: where it is.
        beside: whether the reader lets `make run` serve first, as the page says.
        before: commands that the page names in passing, to be run first.
        brings: files of the reader's own that the page speaks of.
        waits: words of a command that waits for somebody at the till.
        elsewhere: words of commands that are not run here, each with why, or what runs them.
        read_by: the test that reads it, where it is looked at closer.
    """

    path: str
    beside: bool = False
    before: str = ""
    brings: Mapping[str, str] = field(default_factory=dict)
    waits: str = ""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    read_by: str = ""

    @property
    def blocks(self) -> list[Block]:
        """Its commands, and the files that it tells the reader to write."""
        return [each for each in commands_of(self.path) if each.language == "sh" or each.file]

    def is_run(self, block: Block) -> bool:
        """Whether a block is run here."""
        return block.language == "sh" and not any(word in block.body for word in self.elsewhere)

    @property
    def folder(self) -> str:
        """The folder in which its reader is."""
        return str(Path(self.path).parent) if self.path.startswith("examples/") else "."

    @property
    def said(self) -> list[str]:
        """Where it says that `$SIM` and `mobilepay-sim` come from."""
        text = FENCE.sub("", (ROOT / self.path).read_text(encoding="utf-8"))
        return list(dict.fromkeys(SAID.findall(text)))


@dataclass(frozen=True)
class Reading:
    """What came of reading a page.

    Args:
        code: the exit code of the first command that failed, else 0.
        printed: what each block of commands printed.
        said: all that was printed.
    """

    code: int
    printed: dict[Block, str]
    said: str


def is_serving(commands: str) -> bool:
    """Whether the last of some commands serves until it is stopped."""
    return SERVES.match(commands.strip().splitlines()[-1].strip()) is not None


def read(page: Page, machine: Machine, clone: Path) -> Reading:
    """Runs a page's commands in one shell, in order."""
    here = clone / page.folder
    for name, content in page.brings.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(content, encoding="utf-8")
    lines = [_START.replace("@PORT@", str(PORT))]
    if page.beside:
        lines.append(f"cd {shlex.quote(str(clone))}\nterminal 'make run'\ncd -")
    lines += [*page.said, page.before]
    blocks = page.blocks
    for number, block in enumerate(blocks):
        if block.file is not None:
            lines.append(f"mkdir -p $(dirname {block.file})")
            lines.append(f"cat > {block.file} <<'END_OF_FILE'\n{block.body}END_OF_FILE")
        elif page.is_run(block):
            lines.append(f"echo; echo '{MARK}{number}'\n{_as_run(block, page)}")
    done = machine.run(["bash", "-c", "\n".join(lines)], here)
    return Reading(done.returncode, _parts(done.stdout, blocks), done.stdout)


def _as_run(block: Block, page: Page) -> str:
    body = block.body.strip()
    if page.waits and page.waits in body:
        return f"waiting {shlex.quote(body)}"
    if is_serving(body):
        *first, last = body.splitlines()
        return "\n".join([*first, f"terminal {shlex.quote(last)}"])
    return block.body


def _parts(said: str, blocks: list[Block]) -> dict[Block, str]:
    found = {}
    for part in said.split(f"\n{MARK}")[1:]:
        number, _, output = part.partition("\n")
        found[blocks[int(number)]] = output
    return found


def commands_of(path: str) -> list[Block]:
    """Returns a page's blocks, where commands in a block of no language are commands too."""
    text = (ROOT / path).read_text(encoding="utf-8")
    named = iter(blocks_of(path))
    found = []
    for match in ANY_FENCE.finditer(text):
        if match[1]:
            found.append(next(named))
        elif COMMAND.match(match[2]):
            found.append(Block("sh", match[2]))
    return found


def pages_with_commands() -> Iterable[str]:
    """Every page that shows commands."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")]
    for path in sorted(found):
        name = path.relative_to(ROOT).as_posix()
        if any(each.language == "sh" for each in commands_of(name)):
            yield name
