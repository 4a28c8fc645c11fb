"""Builds the guide, the pages of the project as one site: `make docs-site`.

The pages stay where they are. `guide.yaml` says which kind each is of; this gathers them, turns the
links between them into links of the site, lets Zensical build it strictly, and moves scripts out
of the HTML, so that the simulator can serve it under a policy that allows no inline script.
"""

import argparse
import hashlib
import html
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "guide"
#: Where the simulator looks for it, and the wheel takes it from.
INSTALLED = ROOT / "simulator" / "dashboard" / "guide"
#: Every page of the project.
PAGES = ("*.md", "docs/**/*.md", "examples/**/*.md", "benchmarks/README.md")
NAMES = {"README.md": "start.md"}
GENERATOR = "zensical"
#: What browsers show; anything else that a page links to is served as text.
SHOWN = (".png", ".svg", ".jpg", ".gif", ".html")
#: What tells Zensical that the search leaves a page out.
UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"

_CODE = re.compile(r"(^ *(`{3,}|~{3,}).*?^ *\2 *$|``.+?``|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|[#/])([^)#\s]+)(#[^)\s]*)?(?=[)\s])")
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_IN_ROW = re.compile(r"`([^`\n]+)`")
_SCRIPT = re.compile(r"<script>(.+?)</script>", re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class NotBuilt(Exception):
    """The site can't be built; the message has a line for each reason."""


@dataclass(frozen=True)
class Plan:
    """What the site is made of.

    Args:
        navigation: as Zensical reads it, with the names that pages have in the site.
        pages: the pages by their path in the project, with their names in the site.
        unsearched: those of them that the search leaves out.
    """

    navigation: list[Any]
    pages: Mapping[str, str]
    unsearched: Sequence[str] = ()


def main(arguments: list[str] | None = None) -> int:
    """Builds, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="build, but leave what is served")
    options = parser.parse_args(arguments)
    try:
        site = build(ROOT, BUILD)
    except NotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    count = sum(1 for _ in site.rglob("*.html"))
    if options.check:
        print(f"The guide has {count} pages and no broken link")
        return 0
    install(site, INSTALLED)
    print(f"The guide: {count} pages in {INSTALLED.relative_to(ROOT)}; `make run` serves /guide/")
    return 0


def build(root: Path, folder: Path) -> Path:
    """Builds the site of a checkout, and returns the folder it is in.

    Args:
        root: the checkout.
        folder: where to work; what is in it is removed.

    Raises:
        NotBuilt: a page is in no kind, a link leads nowhere, or Zensical complains.
    """
    settings = yaml.safe_load((root / "docs" / "guide.yaml").read_text(encoding="utf-8"))
    plan = replace(planned(root, settings.pop("kinds")), unsearched=settings.pop("unsearched", ()))
    shutil.rmtree(folder, ignore_errors=True)
    gather(root, plan, folder / "pages")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    settings |= {
        "docs_dir": "pages",
        "site_dir": "site",
        "nav": plan.navigation,
        "copyright": f"Version {project['version']}. Independent of MobilePay; moves no money.",
    }
    written = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    (folder / "mkdocs.yml").write_text(written, encoding="utf-8")
    run_zensical(folder)
    move_scripts(folder / "site")
    return folder / "site"


def planned(root: Path, kinds: Mapping[str, Any]) -> Plan:
    """Returns what the site is made of.

    Raises:
        NotBuilt: a page is in no kind or in two, or a kind names a page that is not there.
    """
    listed: list[str] = []
    navigation = [{title: list(_entries(root, each, listed))} for title, each in kinds.items()]
    there = {path.relative_to(root).as_posix() for each in PAGES for path in root.glob(each)}
    there = {each for each in there if "node_modules" not in each}
    problems = [f"docs/guide.yaml: {each} is not there" for each in sorted({*listed} - there)]
    problems += [
        f"{each}: is in no kind, so nobody finds it; name it in docs/guide.yaml"
        for each in sorted(there - {*listed})
    ]
    problems += [
        f"docs/guide.yaml: {each} is named twice"
        for each in sorted({each for each in listed if listed.count(each) > 1})
    ]
    if problems:
        raise NotBuilt("\n".join(problems))
    kept = [each for each in navigation if any(each.values())]
    return Plan(kept, {each: name_of(each) for each in listed})


def _entries(root: Path, entries: Iterable[Any], listed: list[str]) -> Iterator[Any]:
    """Yields the navigation below a title, and notes the pages in it."""
    for entry in entries:
        if isinstance(entry, dict):
            ((title, below),) = entry.items()
            found = list(_entries(root, [below] if isinstance(below, str) else below, listed))
            is_page = isinstance(below, str) and not below.endswith("/")
            yield {title: found[0] if is_page else found}
        elif entry.endswith("/"):
            for page in sorted((root / entry).rglob("*.md"), key=_readme_first):
                if "node_modules" not in page.parts:
                    listed.append(page.relative_to(root).as_posix())
                    yield name_of(listed[-1])
        else:
            listed.append(entry)
            yield name_of(entry)


def _readme_first(page: Path) -> tuple[str, bool, str]:
    return page.parent.as_posix(), page.name != "README.md", page.name


def name_of(path: str) -> str:
    """Returns the name that a file of the project has in the site.

    What is in docs/ loses this folder; what is at the root is put into project/, since SECURITY.md
    and docs/security.md can't be side by side on every machine.
    """
    if path in NAMES:
        return NAMES[path]
    if path.startswith("docs/"):
        path = path.removeprefix("docs/")
    elif "/" not in path:
        path = f"project/{path}"
    return path if path.endswith((".md", *SHOWN)) else f"{path}.txt"


def gather(root: Path, plan: Plan, folder: Path) -> None:
    """Copies all pages, and all that they link to, with links that fit.

    Raises:
        NotBuilt: a link leads to a file that is not there.
    """
    problems: list[str] = []
    for page, name in plan.pages.items():
        text = (root / page).read_text(encoding="utf-8")
        linked: dict[str, str] = {}
        written = folder / name
        written.parent.mkdir(parents=True, exist_ok=True)
        front = UNSEARCHED if page in plan.unsearched else ""
        shown = with_pipes(with_links(text, page, linked))
        written.write_text(front + shown, encoding="utf-8")
        for target, link in linked.items():
            if not (root / target).is_file():
                problems.append(f"{page}: links to {link}, which is not there")
            elif target not in plan.pages:
                copied = folder / name_of(target)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / target, copied)
    if problems:
        raise NotBuilt("\n".join(problems))


def with_links(text: str, page: str, linked: dict[str, str]) -> str:
    """Returns a page's text with its links as they are in the site.

    Args:
        text: the page.
        page: its path in the project.
        linked: gets the files it links to, by their path in the project, with the link.
    """

    def moved(match: "re.Match[str]") -> str:
        target = os.path.normpath(PurePosixPath(page).parent / match[1])
        linked[target] = match[1]
        here = PurePosixPath(name_of(page)).parent
        return os.path.relpath(name_of(target), here) + (match[2] or "")

    parts = _CODE.split(text)
    # Each match of _CODE brings its two groups: the code, and its fence.
    for number in range(0, len(parts), 3):
        parts[number] = _LINK.sub(moved, parts[number])
        if number + 2 < len(parts):
            parts[number + 2] = ""
    return "".join(parts)


def with_pipes(text: str) -> str:
    r"""Returns a page's text with code in tables such that a `\|` in it is shown as `|`.

    GitHub takes the backslash away; Python's Markdown shows it.
    """

    def shown(row: "re.Match[str]") -> str:
        return _IN_ROW.sub(_as_html, row[0])

    parts = _FENCED.split(text)
    parts[::2] = [_ROW.sub(shown, each) for each in parts[::2]]
    return "".join(parts)


def _as_html(code: "re.Match[str]") -> str:
    if r"\|" not in code[0]:
        return code[0]
    return f"<code>{html.escape(code[1].replace(chr(92) + '|', '|')).replace('|', '&#124;')}</code>"


def run_zensical(folder: Path) -> None:
    """Builds the site of a folder strictly.

    Raises:
        NotBuilt: Zensical is not installed, or has complained.
    """
    command = [sys.executable, "-m", GENERATOR, "build", "--strict", "--clean"]
    done = subprocess.run(
        [*command, "--config-file", "mkdocs.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = _COLOUR.sub("", done.stdout + done.stderr)
    if f"No module named {GENERATOR}" in said:
        raise NotBuilt("Zensical is not installed: `make docs-site` installs it")
    if done.returncode or not (folder / "site" / "index.html").is_file():
        raise NotBuilt(said.partition("Traceback")[0].strip())


def move_scripts(site: Path) -> None:
    """Moves each inline script of each page into a file beside the others."""
    scripts = site / "assets" / "javascripts"
    # It names its files from the root of a host, where the guide is not; the simulator has its own.
    (site / "404.html").unlink()
    for page in site.rglob("*.html"):
        up = os.path.relpath(scripts, page.parent)

        def moved(match: "re.Match[str]", up: str = up) -> str:
            content = match[1]
            name = f"inline.{hashlib.sha256(content.encode()).hexdigest()[:8]}.min.js"
            (scripts / name).write_text(content, encoding="utf-8")
            return f'<script src="{up}/{name}"></script>'

        page.write_text(_SCRIPT.sub(moved, page.read_text("utf-8")), encoding="utf-8")


def install(site: Path, target: Path) -> None:
    """Puts a site where the simulator finds it, in the place of an older one."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(site, target)


if __name__ == "__main__":
    sys.exit(main())
