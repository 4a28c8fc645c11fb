"""What users read has no word of docs/words.yaml, and the check finds such words where they are."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import click
import pytest
import yaml

from tests.support import ROOT

WORDS = ROOT / "docs" / "words.yaml"


def load() -> ModuleType:
    spec = spec_from_file_location("plain_english", ROOT / ".ci" / "plain_english.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check = load()
RULES = check.read_rules(WORDS)


def found(prose: str) -> list[str]:
    return list(check.findings("page.md", prose, RULES))


def test_the_project_has_no_such_word() -> None:
    command = [sys.executable, ".ci/plain_english.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_word_of_the_list_says_what_to_write_instead() -> None:
    rows = yaml.safe_load(WORDS.read_text("utf-8"))
    assert len(rows) > 20
    assert all(set(row) == {"word", "instead"} and row["instead"] for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        "The call is struck.",
        "Move the clock *by hand*.",
        "BY HAND",
        "The tests were told.",
        "[by hand](page.md)",
        "It costs 100 at the most.",
    ],
)
def test_a_word_is_found_in_prose_with_its_line(text: str) -> None:
    (line,) = found(check.prose_of_page(f"# Page\n\n{text}\n"))
    assert line.startswith("page.md:3: ")


@pytest.mark.parametrize(
    "text",
    [
        "The field `struck` is true.",
        '```json\n{"struck": true}\n```',
        "[a payment](page.md#by-hand)",
        "One can be told from another.",
        "The instrument is shelved.",
    ],
)
def test_code_and_other_words_are_left_alone(text: str) -> None:
    assert found(check.prose_of_page(text)) == []


def test_of_a_template_only_what_it_shows_is_read() -> None:
    template = (
        '{# struck #}<p class="struck">{% if each.struck %}by hand{% endif %}</p>{{ struck }}'
    )
    (line,) = found(check.prose_of_template(template))
    assert "'by hand'" in line


def test_help_is_read_down_to_the_options_of_each_command() -> None:
    @click.group()
    def program() -> None:
        """A program."""

    @program.command()
    @click.option("--mode", help="Moves the clock by hand.")
    def run(mode: str) -> None:
        """Runs."""

    texts = dict(check.help_texts(program, "program"))
    assert texts["program run --help"] == "Runs."
    assert found(texts["program run --mode"])


def test_pages_templates_and_help_are_all_read() -> None:
    names = [name for name, _ in check.texts()]
    for name in (
        "README.md",
        "docs/tour.md",
        "examples/node/README.md",
        "docs/decisions/README.md",
    ):
        assert name in names
    assert "simulator/dashboard/templates/audit/page.html" in names
    assert "mobilepay-sim serve --port" in names
