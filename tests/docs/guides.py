"""Tutorials and how-tos: what becomes of each of their blocks.

A block is one of these, or the page is refused:

- commands (`sh`), which are run as they stand, one block after the other, in one shell;
- a file, where the paragraph before it names the file: it is written before the commands go on;
- text that the commands before it print;
- a part of a file of the project, after `<!-- part of: PATH -->`;
- something that is not run, after `<!-- not run: REASON -->`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tests.defaults.reading import Page
from tests.docs.pages import FENCE, Block, blocks_of
from tests.support import ROOT

__all__ = ["GUIDES", "TOOLS", "Snippet", "Use", "page_for", "snippets_of", "unfit"]

FOLDERS = ("docs/tutorials", "docs/how-to")
#: Every page that has to be run.
GUIDES = sorted(
    path.relative_to(ROOT).as_posix() for each in FOLDERS for path in (ROOT / each).glob("*.md")
)
#: Programs that a page may need, and the machine may lack.
TOOLS = ("java", "mcs", "mono", "openssl", "php")
BESIDE = "while `make run` serves in another terminal"
MARK = re.compile(r"<!-- (not run|part of): ([^>]+?) -->\n+\Z")


class Use(StrEnum):
    """What becomes of a block."""

    RUN = "run"
    WRITTEN = "written into a file"
    PRINTED = "printed by the commands before it"
    NOT_RUN = "not run"
    PART_OF = "part of"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Snippet:
    """A block of a page.

    Args:
        block: the block.
        use: what becomes of it.
        why: the reason why it is not run, or the file that it is a part of.
    """

    block: Block
    use: Use
    why: str = ""


def snippets_of(path: str) -> list[Snippet]:
    """Returns the blocks of a page, in order."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found: list[Snippet] = []
    for match, block in zip(FENCE.finditer(text), blocks_of(path), strict=True):
        mark = MARK.search(text[: match.start()])
        if mark:
            found.append(Snippet(block, Use(mark[1]), mark[2]))
        elif block.language == "sh":
            found.append(Snippet(block, Use.RUN))
        elif block.file:
            found.append(Snippet(block, Use.WRITTEN))
        elif block.language == "text" and found and found[-1].use in (Use.RUN, Use.PRINTED):
            found.append(Snippet(block, Use.PRINTED))
        else:
            found.append(Snippet(block, Use.UNKNOWN))
    return found


def page_for(path: str) -> Page:
    """Returns how a page is read."""
    text = " ".join((ROOT / path).read_text(encoding="utf-8").split())
    left_out = {each.block.body: each.why for each in snippets_of(path) if each.use is Use.NOT_RUN}
    return Page(path, beside=BESIDE in text.lower(), elsewhere=left_out)


def unfit(path: str) -> Iterable[str]:
    """Says of each block of a page that is neither run nor declared what is wrong with it."""
    snippets = snippets_of(path)
    text = (ROOT / path).read_text(encoding="utf-8")
    if len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)) != 2 * len(snippets):
        yield "a block is indented, or has no language"
    code = [each.block.body for each in snippets if each.use in (Use.RUN, Use.WRITTEN)]
    for each in snippets:
        first = each.block.body.partition("\n")[0]
        if each.use is Use.UNKNOWN:
            yield f"neither run nor declared: {first}"
        elif each.use is Use.PART_OF and not _is_part(each):
            yield f"not in {each.why}: {first}"
        elif each.use is Use.WRITTEN and not _is_used(each.block, code):
            yield f"written, but used by nothing: {each.block.file}"


def _is_part(snippet: Snippet) -> bool:
    whole = ROOT / snippet.why
    return whole.is_file() and snippet.block.body in whole.read_text(encoding="utf-8")


def _is_used(block: Block, code: list[str]) -> bool:
    assert block.file is not None
    name = block.file.rpartition("/")[2].partition(".")[0]
    # A file called conftest is used by pytest, whoever names it.
    return name == "conftest" or any(name in each for each in code if each != block.body)
