"""A mistake in a scenario file is told with its place, its field and what would be right."""

from pathlib import Path

import pytest
from mobilepay_simulator.scripting.library import ScenarioLibrary
from mobilepay_simulator.scripting.scenario import Scenario, read_scenario
from mobilepay_simulator.settings.documents import FileProblem, ProblemsFound

STEPS = "summary: x\nsteps:\n"

#: Text, line, column, field, what is said.
MISTAKES = [
    # fields
    ("sumary: x", 1, 1, "", "unknown field 'sumary'; did you mean 'summary'?"),
    ("steps: []", 1, 1, "", "'summary' is missing: one line that says what happens"),
    ("summary:", 1, 9, "summary", "must not be empty"),
    ("summary: '  '", 1, 10, "summary", "must not be empty"),
    ("summary: [x]", 1, 10, "summary", "expected a single value"),
    ("summary: x\nsummary: y", 2, 1, "", "'summary' is there twice"),
    ("summary: x\nsteps: 3", 2, 8, "steps", "expected a list"),
    ("summary: x\nsteps:", 2, 7, "steps", "expected a list"),
    ("- summary: x", 1, 1, "", "expected a mapping"),
    ("just text", 1, 1, "", "expected a mapping"),
    ("? [a]\n: x", 1, 3, "", "expected a single value"),
    # steps and actions
    (STEPS + "  - accept", 3, 5, "steps[0]", "expected a mapping"),
    (STEPS + "  - doo: accept", 3, 5, "steps[0]", "unknown field 'doo'; did you mean 'do'?"),
    (STEPS + "  - do: acept", 3, 9, "steps[0].do", "unknown action 'acept'; did you mean 'accept'?"),
    (STEPS + "  - do:", 3, 8, "steps[0].do", "unknown action ''"),
    (STEPS + "  - do: [accept]", 3, 9, "steps[0].do", "expected a single value"),
    (STEPS + "  - do: {accept: {}, leave: {}}", 3, 9, "steps[0].do", "expected one action"),
    (STEPS + "  - do: {accept: {user: x}}", 3, 19, "steps[0].do.accept", "unknown field 'user'"),
    (STEPS + "  - do: {check-in: {usr: loyalty}}", 3, 21, "steps[0].do.check-in", "did you mean 'user'?"),
    (STEPS + "  - do: {check-in: {user: loyal}}", 3, 27, "steps[0].do.check-in.user", "'loyal' is not a test user; did you mean 'loyalty'?"),
    (STEPS + "  - do: {check-in: {user: '+45'}}", 3, 27, "steps[0].do.check-in.user", "expected + and the country code"),
    (STEPS + "  - do: {jump: {}}", 3, 16, "steps[0].do.jump", "'by' is missing: how far"),
    (STEPS + "  - do: {change: {rule: poll, to: 1s}}", 3, 25, "steps[0].do.change.rule", "did you mean 'poll_delay' or"),
    (STEPS + "  - do: {set-store: {active: maybe}}", 3, 30, "steps[0].do.set-store.active", "'maybe' is not true or false"),
    (STEPS + "  - do: {set-store: {balance: -1}}", 3, 31, "steps[0].do.set-store.balance", "must be positive"),
    (STEPS + "  - do: {set-notifications: {copies: 9}}", 3, 38, "steps[0].do.set-notifications.copies", "expected 0 (dropped), 1, 2 or 3"),
    (STEPS + "  - do: leave\n  - {do: leave, when: Reservd}", 4, 23, "steps[1].when", "'Reservd' is not a payment state; did you mean 'Reserved'?"),
    (STEPS + "  - {do: leave, when: reserved}", 3, 23, "steps[0].when", "did you mean 'Reserved'?"),
    (STEPS + "  - {do: leave, when_refund: Expired}", 3, 30, "steps[0].when_refund", "'Expired' is not a refund state"),
    (STEPS + "  - {do: leave, after: 5}", 3, 24, "steps[0].after", "expected a time such as 500ms, 2s, 10m, 24h or 7d, got '5'"),
    (STEPS + "  - {do: leave, after: 5 minutes}", 3, 24, "steps[0].after", "expected a time"),
    (STEPS + "  - {do: leave, after: -1s}", 3, 24, "steps[0].after", "expected a time"),
    (STEPS + "  - {do: leave, after: 40000d}", 3, 24, "steps[0].after", "at most a hundred years"),
    # words that people try, and that no right one is like
    (STEPS + "  - do: reject", 3, 9, "steps[0].do", "write cancel-by-user"),
    (STEPS + "  - do: {decline: {}}", 3, 10, "steps[0].do", "write cancel-by-user"),
    (STEPS + "  - do: pay", 3, 9, "steps[0].do", "write accept"),
    (STEPS + "  - do: Approve", 3, 9, "steps[0].do", "write accept"),
    (STEPS + "  - do: cancel", 3, 9, "steps[0].do", "cancel-by-user, or cancel-by-mobilepay"),
    (STEPS + "  - do: error", 3, 9, "steps[0].do", "answer: {status: 500}"),
    (STEPS + "  - {do: leave, wait: 1s}", 3, 17, "steps[0]", "write after"),
    ("summary: x\nfaults:\n  - {call: GetPos, status: 500}", 3, 20, "faults[0]", "write answer: {status: 500}"),
    ("summary: x\nfaults:\n  - {call: GetPos, timeout: 3s}", 3, 20, "faults[0]", "write cut: past_client_timeout"),
    ("summary: x\nfaults:\n  - {call: GetPos, drop: yes}", 3, 20, "faults[0]", "cut: after_commit"),
    ("summary: x\nfaults:\n  - {call: GetPos, latency: 3s}", 3, 20, "faults[0]", "write delay: 3s"),
    ("summary: x\nfaults:\n  - {call: GetPos, cut: timeout}", 3, 25, "faults[0].cut", "write past_client_timeout"),
    ("summary: x\ntill: [{pay: 1}]", 2, 9, "till[0]", "write initiate"),
    ("summary: x\nexpect:\n  - status: Captured", 3, 5, "expect[0]", "write final_state"),
    ("title: x", 1, 1, "", "write summary"),
    # which payments it takes
    ("summary: x\napplies_to: {order: A}", 2, 14, "applies_to", "did you mean 'order_id'?"),
    ("summary: x\napplies_to: {amount: ten}", 2, 22, "applies_to.amount", "expected a number, got 'ten'"),
    ("summary: x\napplies_to: {amount: 1.005}", 2, 22, "applies_to.amount", "at most two decimals"),
    ("summary: x\napplies_to: {order_id: ''}", 2, 24, "applies_to.order_id", "expected a pattern"),
    # what goes wrong, and what the till does
    ("summary: x\nfaults:\n  - {call: GetPos, delay: {at_least: 1s, spread: 4}}", 3, 50, "faults[0].delay.spread", "above 0 and up to 3"),
    ("summary: x\nfaults:\n  - {call: GetPos, delay: 1s, hold: {until: Reserved}}", 3, 5, "faults[0]", "hold and delay exclude each other"),
    ("summary: x\nfaults:\n  - {call: GetPos, cut: mid_body, work: after}", 3, 5, "faults[0]", "after a delay or a hold"),
    ("summary: x\ntill:\n  - {initiate: 1, cancel: }", 3, 5, "till[0]", "expected one word"),
    ("summary: x\ntill:\n  - {cancel: [1]}", 3, 14, "till[0].cancel", "'cancel' has no argument"),
    # YAML
    ("", 1, 1, "", "the text is empty"),
    ("# nothing", 1, 1, "", "the text is empty"),
    ("summary: 'x", 1, 12, "", "the text is not YAML: found unexpected end of stream"),
    ("summary: x\nsteps: [", 2, 9, "", "the text is not YAML: did not find expected node content"),
    ("summary: x\nsteps: [\n\n", 2, 9, "", "the text is not YAML: did not find expected node content"),
    ("summary: x\nsteps:\n  - do: a\n    - do: b\n", 4, 5, "", "key; items of one list, and keys"),
    ("summary: x\nsteps:\n\t- do: a\n", 3, 1, "", "indent with blanks, not with tabs"),
    ("summary: a: b\n", 1, 11, "", "needs quotes: `summary: \"Paid: late\"`"),
    ("summary: x\nfoo\n", 2, 4, "", "a key has a colon and a value: `after: 1s`"),
    ("summary: x\nfoo\n", 2, 4, "", "the text is not YAML: could not find expected ':'"),
    ("summary: x\n\tsteps: []", 2, 1, "", "the text is not YAML"),
    ("summary: x\n---\nsummary: y", 2, 1, "", "the text is not YAML: but found another document"),
    ("summary: \x00", 1, 10, "", "the text is not YAML"),
    ("summary: &a x", 1, 10, "", "anchors and aliases"),
    ("summary: x\nsteps: *a", 2, 8, "", "anchors and aliases"),
    ("summary: !!str x", 1, 10, "", "tags (!) are not allowed"),
    ("summary: !!python/object:os.system x", 1, 10, "", "tags (!) are not allowed"),
    ("summary: x\nsteps: " + "[" * 12 + "]" * 12, 2, 19, "", "is nested deeper than 12"),
    ("summary: x\nsteps: " + "[" * 50_000, 2, 19, "", "is nested deeper than 12"),
    ("summary: " + "x" * 262_144, 1, 1, "", "the text is larger than 256 KB"),
]  # fmt: skip


def problems_in(text: str) -> list[FileProblem]:
    with pytest.raises(ProblemsFound) as found:
        read_scenario(text, "mine")
    return list(found.value.problems)


def name(value: object) -> str:
    return repr(value)[:60]


@pytest.mark.parametrize(("text", "line", "column", "field", "said"), MISTAKES, ids=name)
def test_a_mistake_is_told_with_its_place_its_field_and_what_would_be_right(
    text: str, line: int, column: int, field: str, said: str
) -> None:
    problem = problems_in(text)[0]

    assert (problem.file, problem.line, problem.column) == ("mine.yaml", line, column)
    assert problem.field == field
    assert said in problem.message


def test_a_mistake_reads_as_editors_and_compilers_write_them() -> None:
    first = problems_in(STEPS + "  - do: acept")[0]

    assert str(first).startswith("mine.yaml:3:9: steps[0].do: unknown action 'acept'; did you mean")
    assert str(problems_in("")[0]) == "mine.yaml:1:1: the text is empty"


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        "sumary: x\n"
        "applies_to: {amount: ten, order: A}\n"
        "steps:\n"
        "  - {do: acept, after: soon}\n"
        "  - {do: {check-in: {user: nobody}}, when: Gone}\n"
        "expect:\n"
        "  - final_stat: Captured\n"
    )
    places = [(each.line, each.column) for each in problems_in(text)]

    assert places == [
        *((1, 1), (1, 1)),
        *((2, 22), (2, 27)),
        *((4, 10), (4, 24)),
        *((5, 28), (5, 44)),
        (7, 5),
    ]


def test_an_error_shows_every_mistake_on_a_line_of_its_own() -> None:
    with pytest.raises(ProblemsFound) as found:
        read_scenario("sumary: x\nstep: []\nsummary: x", "mine")

    assert len(str(found.value).splitlines()) == len(found.value.problems) == 2


def test_a_character_that_yaml_does_not_know_is_told_in_one_line() -> None:
    assert "\n" not in str(problems_in("summary: \x99")[0])


@pytest.mark.parametrize(
    "given", ["", "Mine", "my scenario", "blåbær", "a" * 65, "a/b", "mine.yaml"]
)
def test_a_name_is_of_lower_case_letters_digits_and_dashes(given: str) -> None:
    with pytest.raises(ProblemsFound, match="is not a scenario name"):
        read_scenario("summary: x", given)


# --- files ------------------------------------------------------------------------------------


def read(path: Path) -> Scenario:
    return read_scenario(path)


def test_a_files_name_is_the_scenarios(tmp_path: Path) -> None:
    path = tmp_path / "my-own-2.yaml"
    path.write_text("summary: x")

    assert read(path).name == "my-own-2"
    assert read(path).file == str(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"summary: \xe6bler", "is not UTF-8 text"),
        ("summary: x".encode("utf-16"), "is not UTF-8 text"),
        (b"", "the text is empty"),
        (b"\x00\x01\x02", "the text is not YAML"),
        (b"summary: x\n" + b"#" * 262_144, "the text is larger than 256 KB"),
        (b"summary: x\n#" + "æ".encode() * 131_072, "the text is larger than 256 KB"),
        (b"summary: x\n##" + "æ".encode() * 131_072, "the text is larger than 256 KB"),
    ],
    ids=["latin-1", "utf-16", "empty", "binary", "large", "large and wide", "cut in two"],
)
def test_a_file_that_is_no_good_is_told_by_its_path(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(ProblemsFound) as found:
        read(path)

    assert str(found.value).startswith(f"{path}:1:1: {said}")


def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    with pytest.raises(ProblemsFound, match="no such file"):
        read(path)
    with pytest.raises(ProblemsFound, match="can't be read: "):
        read(tmp_path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbfsummary: \xc3\xa6bler")

    assert read(path).summary == "æbler"


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    for file, text in {"a": "sumary: x", "b": "summary: x", "c": "summary: &a x"}.items():
        (tmp_path / f"{file}.yaml").write_text(text)
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "b.yml").write_text("summary: y")
    with pytest.raises(ProblemsFound) as found:
        ScenarioLibrary([tmp_path, tmp_path / "nowhere"])
    said = [(Path(each.file).name, each.message[:20]) for each in found.value.problems]

    assert said == [
        ("a.yaml", "unknown field 'sumar"),
        ("a.yaml", "'summary' is missing"),
        ("b.yaml", "the name 'b' is take"),
        ("c.yaml", "anchors and aliases "),
        ("nowhere", "no such folder"),
    ]
