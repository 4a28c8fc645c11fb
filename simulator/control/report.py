"""Control of the bug report: one zip file with all that shows somebody else what happened."""

import dataclasses
import json
import platform
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from .. import __version__, client
from ..api.answers import Response
from ..api.carried import looked_at
from ..api.context import Context
from ..client.model import encode, encode_in_pieces
from ..engine.rules import Rules
from ..journal.secret_fields import MASK
from ..sandboxes.registry import HostedSandbox
from ..settings.settings import Settings
from ..settings.settings_values import show_value
from . import audit, ledger, requests, server, timelines
from .serving import REFUSALS, Later, written
from .timeline_subject import KeptRecords, kept_records

#: The newest payments have their time lines in the report.
MOST_TIMELINES = 50
MOST_ENTRIES = 1000
BUNDLE = "calls.json"

README = """\
# Bug report of the MobilePay PoS simulator

Made from the sandbox `{sandbox}` by version {version}. Secrets and tokens are masked.

| file | what it is |
|---|---|
| `{bundle}` | a replay bundle: settings, scenarios and every call with its answer |
| `requests.har` | the same calls as an HTTP archive, for a browser's developer tools |
| `timelines/` | what happened to each of the newest payments: JSON, text, SVG, Mermaid |
| `audit.txt`, `audit.json` | what clients did wrong |
| `ledger.txt` | what became of the money |
| `settings.json` | the simulator's version and its settings |

{replay}"""
REPLAY = f"""\
To play it again, without a running simulator:

    mobilepay-sim replay {BUNDLE}

or against a running one, `mobilepay-sim replay {BUNDLE} --target URL`. It shows the first answer
that differs.
"""
NO_REPLAY = "It can't be played again, and has no `{bundle}`: {reason}.\n"

_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9_-]+")

#: How a time line is written: by the ending of its file.
TIMELINE_FORMATS: Mapping[str, Callable[[client.Timeline], str]] = {
    "json": lambda timeline: encode(timeline).decode(),
    "txt": timelines.as_text,
    "svg": lambda timeline: timelines.drawn(timeline, "svg"),
    "mmd": lambda timeline: timelines.drawn(timeline, "mermaid"),
}


def show(context: Context) -> Later[Response]:
    sandbox = looked_at(context)
    later = {
        "requests.har": _later(requests.list_all(context, client.ExchangesQuery(), "har")),
        "audit.txt": _later(audit.show(context, client.AuditQuery(), "text")),
        "audit.json": _later(audit.show(context, client.AuditQuery(), "json")),
        "ledger.txt": _later(ledger.show(context, "text")),
    }
    replay = REPLAY
    try:
        later[BUNDLE] = _later(server.take_bundle(context))
    except REFUSALS as error:
        replay = NO_REPLAY.format(bundle=BUNDLE, reason=error)
    readme = README.format(sandbox=sandbox.name, version=__version__, bundle=BUNDLE, replay=replay)
    files = {"README.md": readme, "settings.json": _settings(context, sandbox)}
    kept = kept_records(sandbox)
    now = sandbox.world.clock.now

    def make() -> Response:
        drawn = {
            f"timelines/{name}.{ending}": write(line)
            for name, line in _timelines(kept).items()
            for ending, write in TIMELINE_FORMATS.items()
        }
        content = _packed({**files, **drawn, **{name: read() for name, read in later.items()}}, now)
        disposition = f'attachment; filename="{sandbox.name}.report.zip"'
        return Response(200, content, "application/zip", [("Content-Disposition", disposition)])

    return Later(make)


def _later(answer: Later[Any]) -> Callable[[], bytes]:
    return lambda: written(answer.make(), as_json=encode_in_pieces).content


def _timelines(kept: KeptRecords) -> dict[str, client.Timeline]:
    newest = list(kept.payments)[-MOST_TIMELINES:]
    queries = {each: client.TimelineQuery(payment_id=each, limit=MOST_ENTRIES) for each in newest}
    return {
        _file_name(kept.payments[each].order_id, each): timelines.read(kept, query)
        for each, query in queries.items()
    }


def _file_name(order_id: str, payment_id: str) -> str:
    """Returns what the files of a payment are called; an order id may have any letters."""
    return f"{_NO_FILE_NAME.sub('-', order_id)}.{payment_id}"


def _settings(context: Context, sandbox: HostedSandbox) -> str:
    """Returns the version and the settings; of a secret one only whether it is set."""
    told = {
        "simulator": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "sandbox": sandbox.name,
        "settings": {**_of(context.settings), **_of(sandbox.world.rules)},
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _of(settings: Settings | Rules) -> dict[str, str]:
    shown = {}
    for each in dataclasses.fields(settings):
        if "help" in each.metadata:
            text = show_value(getattr(settings, each.name))
            # A secret setting is one that its own repr leaves out.
            shown[each.name] = MASK if text and not each.repr else text
    return shown


def _packed(files: Mapping[str, str | bytes], now: datetime) -> bytes:
    # Zip files tell no other years.
    target, year = BytesIO(), min(max(now.year, 1980), 2107)
    dated = (year, *now.timetuple()[1:6])
    with ZipFile(target, "w", ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(ZipInfo(name, dated), content, ZIP_DEFLATED)
    return target.getvalue()
