"""Writes the generated pages: error codes, settings, scenarios, audit rules. `make docs`."""

import dataclasses
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

sys.path.insert(0, str(Path(__file__).parent.parent))

import command_page
import control_page
import python_page
from mobilepay_simulator.api.answers import STATUSES
from mobilepay_simulator.api.routes import OPERATIONS
from mobilepay_simulator.app import create_app
from mobilepay_simulator.engine.merchants import CERTIFICATION_VATS
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.states import PaymentState, RefundState
from mobilepay_simulator.journal.audit.judging import RULES
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.till_script import ALIAS, go_through
from mobilepay_simulator.playing.virtual_wire import VirtualWire
from mobilepay_simulator.scripting.actions import ACTIONS, Action
from mobilepay_simulator.scripting.cases import SECTIONS, CaseDefinition, OpeningCall
from mobilepay_simulator.scripting.expectation_base import COMMON, EXPECTATIONS, ClientExpectation
from mobilepay_simulator.scripting.fate import Ending
from mobilepay_simulator.scripting.faults import Body, Cut, Delay, Fault, FaultAnswer, Hold, Work
from mobilepay_simulator.scripting.files import amounts_folder, shipped_folder
from mobilepay_simulator.scripting.library import CaseCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.matchers import AmountRange, AppliesTo, Pattern
from mobilepay_simulator.scripting.scenario import DEFAULT_TILL, SHAPE, Step
from mobilepay_simulator.scripting.till import TILL_WORDS, TillStep
from mobilepay_simulator.scripting.value_kinds import CALLS, REAL_TIME
from mobilepay_simulator.settings.settings import Settings, settings_table
from mobilepay_simulator.settings.settings_values import show_value
from mobilepay_simulator.settings.shapes import ValueKind, name_of

HERE = Path(__file__).parent
TROUBLE = re.compile(r"see /guide/troubleshooting\.html#([\w-]+)")
NOTE = "<!-- Made by `make docs`; edits here are lost. -->\n"


def error_codes() -> str:
    """The catalogue of refusals, sorted by code."""
    lines = [
        "# Error codes",
        "",
        NOTE,
        'The body is `{"code", "message", "correlationId"}`; refund endpoints add `"origin": "PoS"`. Rows',
        "without a code have no body. Codes 2000 to 2999 come with 500. `1099` is for what has no code of",
        "its own.",
        "",
        "| code | status | when | what to do | where | source |",
        "|---|---|---|---|---|---|",
    ]
    for row in sorted(
        (each.value for each in Refusal), key=lambda row: (row.code or "", row.message)
    ):
        source = re.sub(r"fidelity\.md#[\w-]+", r"[fidelity.md](\g<0>)", row.source)
        cells = (
            *(row.code or "-", str(STATUSES[row.kind]), row.message),
            TROUBLE.sub(r"see [troubleshooting](troubleshooting.md#\1)", row.advice),
            *(", ".join(row.where), source),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def settings() -> str:
    """All settings."""
    lines = [
        "# Settings",
        "",
        NOTE,
        "Each is an option of `mobilepay-sim serve`, an environment variable, and a key of the `--config`",
        "file (the option's name with underscores). Options win over variables, these over the file. Times",
        "are written as `500ms`, `2s`, `10m`, `24h` or `7d`. An empty variable is as one that is not set; an option",
        "without a value, and an empty text in the file, is a mistake.",
        "",
        "The exit code of `serve` is 0 after Ctrl-C, SIGTERM or SIGHUP, also while it still starts, and 2 where it can't",
        "start.",
        "",
        "| option | variable | default | what it does |",
        "|---|---|---|---|",
        "| `--config` | `MOBILEPAY_SIM_CONFIG` | | YAML file of settings |",
    ]
    for each in settings_table():
        shown = show_value(each.default)
        default = f"`{shown}`" if shown else ""
        lines.append(f"| `{each.flag}` | `{each.variable}` | {default} | {each.help} |")
    return "\n".join(lines) + "\n"


def scenarios() -> str:
    """The shipped scenarios by theme, behind the hand-written introduction."""
    page = (HERE / "scenarios.md").read_text(encoding="utf-8")
    introduction = page.partition("<!-- Made by")[0]
    lines = [NOTE, "## Shipped scenarios", ""]
    themes: dict[str, list[tuple[str, str]]] = {}
    for each in ScenarioLibrary([shipped_folder(), amounts_folder()]):
        themes.setdefault(Path(each.file).parent.name, []).append((each.name, each.summary))
    amounts = themes.pop(amounts_folder().name)
    for theme, found in sorted(themes.items()):
        lines += [f"### {theme}", "", "| scenario | what happens |", "|---|---|"]
        lines += [f"| `{name}` | {summary} |" for name, summary in found]
        lines.append("")
    lines += [
        "### certification",
        "",
        "Played by [a certification](certification.md), and by nothing else.",
        "",
    ]
    lines += ["| case | what happens |", "|---|---|"]
    lines += [
        f"| `{each.name}` | {each.summary} |"
        for each in CaseCatalog(ScenarioLibrary([]))().values()
    ]
    lines += [""]
    lines += ["### With `--magic-amounts`", "", "| scenario | what happens |", "|---|---|"]
    lines += [f"| `{name}` | {summary} |" for name, summary in amounts]
    return introduction + "\n".join(lines) + "\n"


#: How values are written, by the type that a field holds.
WRITTEN: dict[Any, str] = {
    str: "text",
    timedelta: "time",
    Decimal: "number",
    int: "whole number",
    bool: "`true` or `false`",
    Pattern: "pattern",
    Action: "[action](#actions)",
    Step: "[step](#steps)",
    Fault: "[fault](#faults)",
    ClientExpectation: "[expectation](#expectations)",
    TillStep: "[word](#the-till)",
    AppliesTo: "[mapping](#applies_to)",
    CaseDefinition: "[mapping](#case)",
    AmountRange: "number, or [mapping](#amount)",
    FaultAnswer: "[mapping](#answer)",
    Delay: "real time, or [mapping](#delay)",
    Hold: "[mapping](#hold)",
    Body: "[word](#body)",
    Cut: "[word](#cut)",
    Ending: "[word](#by)",
    Work: "[word](#work)",
    PaymentState: "[payment state](#states)",
    RefundState: "[refund state](#states)",
}
#: The same for fields whose type does not tell.
WRITTEN_APART = {
    "payment": "whole number from 1 to 100, or [payment state](#states)",
    "payments": "list of mappings with `steps`",
    "include": "name of a scenario",
    "phone": "phone number with its country code",
    "header": "mapping of a header to a pattern",
    "polls_no_faster_than": "time, or `pollDelayInMs`",
}
CUTS = {
    each: f"{'not ' * (each.is_work_done is False)}done | {each.seen} | {each.then}" for each in Cut
}
ENDINGS = {Ending.CLOSE: "it is closed", Ending.RESET: "it is reset (TCP RST)"}
BODIES = {
    Body.ERROR: "an error body as the service has it, with `code`",
    Body.EMPTY: "no body",
    Body.MALFORMED: "a body that is no JSON",
    Body.TRUNCATED: "the first half of a body; the connection stays whole",
    Body.HTML: "a page of HTML, as from a proxy in between",
    Body.WRONG_TYPE: "the body, called `text/plain`",
}
WORKS = {
    Work.DONE: "the work is done, whatever is answered",
    Work.NOT_DONE: "the work is not done",
    Work.AFTER: "the work is done once the `delay` or the `hold` is over, and not before",
}
TOKEN_CALLS = {
    "Token": "POST /integrator-authentication/connect/token",
    "Discovery": "GET /integrator-authentication/.well-known/openid-configuration",
    "KeySet": "GET /integrator-authentication/.well-known/openid-configuration/jwks",
}


def core_of(hint: Any) -> tuple[Any, bool]:
    """Returns the type a field holds or lists, and whether it lists."""
    parts = [each for each in get_args(hint) if each not in (type(None), ...)]
    if not parts:
        return hint, False
    core, is_list = core_of(parts[0])
    return core, is_list or get_origin(hint) is tuple


def written(each: "dataclasses.Field[Any]", hint: Any) -> str:
    """How a field's value is written."""
    kind, (core, is_list) = each.metadata["kind"], core_of(hint)
    apart = WRITTEN_APART.get(each.metadata["name"] or getattr(each, "name", ""))
    if apart:
        return apart
    if "anyOf" in kind.schema:
        one = dataclasses.field(
            metadata={**each.metadata, "kind": ValueKind(kind.read, kind.schema["anyOf"][0])}
        )
        return f"{written(one, core)}, or a list of them"
    schema = kind.schema.get("items", kind.schema)
    if kind is REAL_TIME:
        return "real time"
    if schema.get("enum") == list(CALLS):
        return "list of [calls](#calls)" if is_list else "[call](#calls)"
    if "enum" in schema and (core is str or core not in WRITTEN):
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if core is str and "examples" in schema:
        return "text, such as " + ", ".join(f"`{word}`" for word in schema["examples"])
    low, high = schema.get("minimum"), schema.get("maximum")
    least = f" from {low}" if low is not None else ""
    word = WRITTEN[core] + least + (f" to {high}" if high else "")
    return "list of " + word.replace("](", "s](") if is_list else word


def default_of(each: "dataclasses.Field[Any]") -> str:
    """A field's default, as it would be written."""
    if each.default is dataclasses.MISSING:
        return "must be given"
    if each.default is DEFAULT_TILL:
        return ", ".join(f"`{step}`" for step in DEFAULT_TILL)
    shown = "0s" if each.default == timedelta(0) else show_value(each.default)
    return f"`{shown}`" if shown else ""


def fields_of(cls: type, **apart: str) -> list[str]:
    """A table of a shape's fields."""
    hints = get_type_hints(cls)
    lines = ["| field | value | what it says | default |", "|---|---|---|---|"]
    for each in dataclasses.fields(cls):
        if "kind" in each.metadata:
            value = apart.get(name_of(each)) or written(each, hints[each.name])
            help = each.metadata["help"]
            if (
                each.name in COMMON
                and issubclass(cls, ClientExpectation)
                and cls is not ClientExpectation
            ):
                continue
            lines.append(f"| `{name_of(each)}` | {value} | {help} | {default_of(each)} |")
    return lines


def sentence(text: str | None) -> str:
    """The first line of a docstring."""
    return (text or "").strip().partition("\n")[0]


def actions() -> list[str]:
    """The actions, and what those take that take something."""
    lines = ["| `do` | what happens | possible in |", "|---|---|---|"]
    arguments: list[str] = []
    for word, cls in ACTIONS.items():
        states = [f"`{each}`" for each in PaymentState if each in (cls.possible_in or ())]
        takes = bool(dataclasses.fields(cls))  # type: ignore[arg-type]
        shown = f"[`{word}`](#{word})" if takes else f"`{word}`"
        lines.append(f"| {shown} | {sentence(cls.__doc__)} | {', '.join(states) or 'any state'} |")
        if takes:
            arguments += ["", f"### `{word}`", "", *fields_of(cls)]
    return lines + arguments


def expectations() -> list[str]:
    """The expectations: what each says, what decides it, what it takes."""
    lines: list[str] = []
    for word, cls in EXPECTATIONS.items():
        said = f"{sentence(cls.__doc__)} {sentence(cls.judge.__doc__)}"
        lines += [f"### `{word}`", "", said, "", *fields_of(cls), ""]
    return lines[:-1]


def words(head: str, meanings: Mapping[Any, str], members: Iterable[Any]) -> list[str]:
    """A table of words and what they mean; a word without a meaning is an error."""
    lines = [f"| {head} |", "|" + "---|" * (head.count("|") + 1)]
    return lines + [f"| `{each}` | {meanings[each]} |" for each in members]


def states() -> list[str]:
    """The states of payments and refunds."""
    active = ", ".join(f"`{each}`" for each in PaymentState if not each.is_final)
    final = ", ".join(f"`{each}`" for each in PaymentState if each.is_final)
    refund = ", ".join(f"`{each}`" for each in RefundState)
    return [f"A payment: {active}; in the end {final}.", "", f"A refund: {refund}."]


def language() -> str:
    """The scenario language: its hand-written page, with the tables from the classes that read it."""
    paths = {each.name: f"{each.method} {each.path}" for each in OPERATIONS} | TOKEN_CALLS
    takes = {"": "", "amount": "amount", "amount?": "amount, or nothing", "time": "time"}
    tills = {word: f"{takes[kind]} | {does}" for word, (kind, does) in TILL_WORDS.items()}
    parts: dict[str, list[str]] = {
        "file": fields_of(SHAPE),
        "applies_to": fields_of(AppliesTo),
        "amount": fields_of(AmountRange),
        "step": fields_of(Step),
        "actions": actions(),
        "fault": fields_of(Fault, call="[call](#calls), or a list of them"),
        "answer": fields_of(FaultAnswer),
        "body": words("`body` | what the client gets", BODIES, Body),
        "delay": fields_of(Delay),
        "hold": fields_of(Hold),
        "cut": words("`cut` | the work | what the client sees | then", CUTS, Cut),
        "by": words("`by` | what becomes of the connection", ENDINGS, Ending),
        "work": words("`work` | what it means", WORKS, Work),
        "case": fields_of(CaseDefinition, opens_with="[mapping](#opens_with)"),
        "opens_with": fields_of(OpeningCall),
        "sections": words(
            "section | what it is about",
            {f"{each.name}": each.about for each in SECTIONS},
            [each.name for each in SECTIONS],
        ),
        "common": fields_of(ClientExpectation),
        "expectations": expectations(),
        "till": words("word | takes | what the till does", tills, TILL_WORDS),
        "calls": words("call | is", {name: f"`{path}`" for name, path in paths.items()}, CALLS),
        "states": states(),
    }
    return with_parts("scenario-language.md", parts)


def with_parts(name: str, parts: Mapping[str, Iterable[str]]) -> str:
    """A hand-written page, with what is between its marks made anew."""
    page = (HERE / name).read_text(encoding="utf-8")
    for mark, lines in parts.items():
        begin = f"<!-- {mark}: made by `make docs` -->"
        at = page.index(begin) + len(begin)
        page = "\n".join([page[:at], "", *lines, "", page[page.index("<!-- end -->", at) :]])
    return page


def control_api() -> str:
    """The control API: its hand-written page, with its calls, their parameters and answers."""
    return with_parts("control-api.md", control_page.parts())


def commands() -> str:
    """The commands: their hand-written page, with what Click knows of them."""
    return with_parts("commands.md", command_page.parts())


def python_names() -> str:
    """The names that tests in Python use: their hand-written page, with docstrings and signatures."""
    return with_parts("python-api.md", python_page.parts())


def wrapped(text: str) -> str:
    """A paragraph in lines."""
    return textwrap.fill(text, 110, break_long_words=False, break_on_hyphens=False)


def audit_rules() -> str:
    """The rules of the audit: its hand-written page, with a table and a section for each."""
    table = ["| rule | severity | source | what is wrong |", "|---|---|---|---|"]
    table += [
        f"| [`{each.id}`](#{each.id}) | {each.severity} | {each.basis} | {each.title} |"
        for each in RULES.values()
    ]
    sections: list[str] = []
    for each in RULES.values():
        heads = [f"### {each.id}", f"*{each.severity}, {each.basis}: {each.title}.*"]
        judged = each.judged.split("\n\n")
        sections += [f"{wrapped(text)}\n" for text in (*heads, each.principle, *judged)]
    return with_parts("audit-rules.md", {"rules": table, "judged": sections})


def certification_report() -> str:
    """A sample: the report of the built-in client, which passes, on the virtual wire."""
    app = create_app(Settings(start_time=datetime(2024, 1, 31, 12, tzinfo=UTC), time_scale=0))
    wire = VirtualWire(app)
    integrator = app.context.data.integrators[0]
    client = ModelClient(wire, integrator.client_id, integrator.secret, CERTIFICATION_VATS[0])
    wire.on_notified = client.take_notice
    whose = {"systemName": "The built-in client", "clientIds": [integrator.client_id]}
    calls = (
        ("PUT", f"/callbacks/{ALIAS}", {"url": "http://till.test/"}),
        ("POST", "/certifications", whose),
    )
    for method, path, body in calls:
        wire.ask(method, f"/_simulator{path}", json.dumps(body).encode())
    go_through(client, CaseCatalog(ScenarioLibrary([]))().values())
    wire.ask("POST", "/_simulator/certifications/C1/approve")
    return wire.ask("GET", "/_simulator/certifications/C1/report?format=html").body.decode()


PAGES: dict[str, Callable[[], str]] = {
    "error-codes.md": error_codes,
    "settings.md": settings,
    "scenarios.md": scenarios,
    "scenario-language.md": language,
    "control-api.md": control_api,
    "audit-rules.md": audit_rules,
    "commands.md": commands,
    "python-api.md": python_names,
    "certification-report.html": certification_report,
}


#: What agents read of the pages: the package carries copies of them.
CARRIED = HERE.parent / "simulator" / "testing" / "mcp" / "pages"


def main() -> None:
    """Writes all pages."""
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
    for copy in CARRIED.glob("*.md"):
        copy.write_text((HERE / copy.name).read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
