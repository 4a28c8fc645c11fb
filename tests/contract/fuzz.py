"""Throws generated requests at a running simulator and checks every answer: by its own OpenAPI documents,
that of the control API among them, and by the service's where that is at hand. `make fuzz`, about a minute; ARGS="--cases 10000" for more.

All of schemathesis' checks are on, and its stateful tests, which follow the links of the documents: what
was created is looked up, captured, cancelled, refunded, deleted. What is left out of them, and why, stands
in `fuzz_documents.CONFIG`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.contract.documents import REFERENCE, Document, read_reference
from tests.contract.fuzz_documents import (
    CONFIG,
    CONTROL_CONFIG,
    UNTAUGHT,
    likely_values,
    link,
    teach,
    teach_control,
)
from tests.support import ROOT, Till, running_server

#: Cases drawn for each operation and round; what the documents themselves lead to comes on top.
EXAMPLES, MANY_EXAMPLES = 10, 100
SEED = 20240131
#: Fewer cases in sum show nothing.
LEAST = 2000


@dataclass(frozen=True)
class Round:
    """What a run of schemathesis came to: its exit code, and the cases of each operation."""

    code: int
    cases: Counter[str]


def run(
    url: str, token: str, folder: Path, options: Iterable[str], configuration: str = CONFIG
) -> Round:
    """Runs schemathesis on the documents in a folder: `taught.json` and, where there is one,
    `untaught.json`, which it is checked by once more.
    """
    program = Path(sys.executable).with_name("st")
    report = folder / "report.ndjson"
    config = folder / "schemathesis.toml"
    config.write_text(configuration, encoding="utf-8")
    command = [program, "--config-file", config, "run", folder / "taught.json", "--url", url]
    command += ["--header", f"Authorization: Bearer {token}", *options]
    command += ["--generation-database", "none", "--suppress-health-check", "all", "--no-color"]
    command += ["--report", "ndjson", "--report-ndjson-path", report]
    # Whoever looks into a failure needs the whole call; these are no one's secrets.
    command += ["--output-sanitize", "false"]
    names = {"PYTHONPATH": str(ROOT)}
    untaught = folder / "untaught.json"
    if untaught.exists():
        names |= {"SCHEMATHESIS_HOOKS": "tests.contract.fuzz_checks", UNTAUGHT: str(untaught)}
    done = subprocess.run(command, cwd=folder, env={**os.environ, **names}, check=False)
    return Round(done.returncode, cases_in(report))


def cases_in(report: Path) -> Counter[str]:
    """Counts the cases of each operation in a report of schemathesis."""
    found: Counter[str] = Counter()
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            scenario = json.loads(line).get("ScenarioFinished")
            if scenario is not None:
                cases = scenario["recorder"].get("cases", {}).values()
                found.update(f"{each['value']['method']} {each['value']['path']}" for each in cases)
    return found


def test(document: Document, ours: Document, url: str, seed: int, least: int) -> list[Round]:
    """Tests by a document in rounds, until there were enough cases or one of them found something."""
    rounds: list[Round] = []
    with httpx.Client(base_url=url) as http, tempfile.TemporaryDirectory() as place:
        folder, till = Path(place), Till(http)
        (folder / "untaught.json").write_text(json.dumps(document.data), encoding="utf-8")
        while not rounds or sum(each.cases.total() for each in rounds) < least:
            taught = teach(document, likely_values(till))
            link(taught, ours)
            (folder / "taught.json").write_text(json.dumps(taught.data), encoding="utf-8")
            options = ["--seed", str(seed + len(rounds))]
            options += ["--max-examples", str(MANY_EXAMPLES if least else EXAMPLES)]
            rounds.append(run(url, till.token(), folder, options))
            if rounds[-1].code:
                break
    return rounds


def test_control(url: str, seed: int) -> tuple[Round, Document]:
    """Tests the control API by its document, but for what goes on without an end, or waits."""
    with httpx.Client(base_url=url) as http, tempfile.TemporaryDirectory() as place:
        folder, till = Path(place), Till(http)
        document = Document(http.get("/_simulator/openapi.json").json())
        taught = teach_control(document, till)
        (folder / "taught.json").write_text(json.dumps(taught.data), encoding="utf-8")
        options = ["--seed", str(seed), "--max-examples", str(EXAMPLES)]
        for path in ("/stream", "/runs/{runId}/wait"):
            options += ["--exclude-path", f"/_simulator{path}"]
        return run(url, till.token(), folder, options, CONTROL_CONFIG), document


def tell(name: str, cases: Counter[str], document: Document) -> None:
    """Prints how many cases there were, by operation."""
    print(f"\n=== {name} OpenAPI document: {cases.total():,} cases")
    documented = {f"{method} {path}" for method, path, _ in document.operations()}
    for operation in sorted(documented):
        print(f"{cases[operation]:8,}  {operation}")
    others = sum(count for call, count in cases.items() if call not in documented)
    print(f"{others:8,}  with methods that are not documented", flush=True)


def main() -> int:
    """Runs all documents there are; returns 0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=0, help="at least so many in sum")
    parser.add_argument("--seed", type=int, default=SEED, help="other requests")
    asked = parser.parse_args()
    found: list[Round] = []
    with tempfile.TemporaryDirectory() as place:
        log = Path(place) / "log.txt"
        options = ("--time-scale", "0", "--scenario", "instant")
        with running_server(*options, log=log) as server:
            ours = Document(httpx.get(f"{server.url}/openapi.json").json())
            documents = {"the simulator's own": ours}
            if REFERENCE.is_file():
                documents["the service's"] = read_reference()
            for name, document in documents.items():
                least = -(-asked.cases // len(documents))
                rounds = test(document, ours, server.url, asked.seed, least)
                tell(name, sum((each.cases for each in rounds), Counter()), document)
                found += rounds
            controlled, document = test_control(server.url, asked.seed)
            tell("the control API's", controlled.cases, document)
            found.append(controlled)
            assert httpx.get(f"{server.url}/_simulator/health").is_success
        failed = "Traceback" in log.read_text(encoding="utf-8")
        if failed:
            print(log.read_text(encoding="utf-8")[-10_000:])
    if len(documents) == 1:
        print(f"skipped: the service's OpenAPI file is not at {REFERENCE}")
    total = sum(each.cases.total() for each in found)
    is_wrong = failed or any(each.code for each in found) or total < LEAST
    print(f"{total:,} cases in sum; {'something was found' if is_wrong else 'nothing was found'}")
    if is_wrong:
        print(f'again: make fuzz ARGS="--seed {asked.seed} --cases {asked.cases}"')
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
