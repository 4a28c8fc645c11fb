"""A replay bundle that somebody has edited: told in a line, and nothing outside its sandbox is touched."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from mobilepay_simulator.cli.replay import replay

from tests.support import RunningServer, running_server

KEPT = Path(__file__).parents[1] / "sandboxes" / "kept" / "bundle.json"
#: Its call that starts a payment, and one that fetches a token.
INITIATE, TOKEN = 12, 2


def edited(folder: Path, number: int, **changes: Any) -> Path:
    document = json.loads(KEPT.read_bytes())
    exchange = document["exchanges"][number][0]
    assert exchange["operation"] == {INITIATE: "InitiatePayment", TOKEN: "Token"}[number]
    exchange.update(changes)
    file = folder / "bundle.json"
    file.write_text(json.dumps(document))
    return file


def played(file: Path, *options: str) -> Result:
    done = CliRunner().invoke(replay, [str(file), *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture(scope="module")
def target() -> Iterator[RunningServer]:
    with running_server("--time-scale", "0") as server:
        yield server


ODD = {
    "a method beyond ASCII": {"method": "GÉT"},
    "a method with a line break": {"method": "GET\r\nX: y"},
    "a path that is too long": {"path": "/" + "a" * 70_000},
    "a query with a NUL": {"query": "a=\x00"},
    "a query with line breaks": {"query": "a=\r\nX: y"},
    "a header's name beyond ASCII": {"headers": [["é", "x"]]},
    "a header with a line break": {"headers": [["a", "x\r\ny: z"]]},
}


@pytest.mark.parametrize("what", ODD)
def test_what_http_can_not_carry_is_told_in_a_line(
    target: RunningServer, tmp_path: Path, what: str
) -> None:
    done = played(edited(tmp_path, INITIATE, **ODD[what]), "--target", target.url)
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert done.output.count("\n") == 1


def test_a_header_beyond_ascii_is_sent_as_it_came(target: RunningServer, tmp_path: Path) -> None:
    headers = json.loads(KEPT.read_bytes())["exchanges"][INITIATE][0]["headers"]
    file = edited(tmp_path, INITIATE, headers=[*headers, ["x-till", "kasse 1 på hjørnet"]])
    played(file, "--target", target.url, "--sandbox", "beyond-ascii")
    calls = httpx.get(f"{target.url}/sandboxes/beyond-ascii/_simulator/requests").json()["requests"]
    assert "kasse 1 på hjørnet" in json.dumps(calls, ensure_ascii=False)


@pytest.mark.parametrize(
    "path",
    [
        "/../victim/_simulator/reset",
        "/_simulator/../../victim/_simulator/reset",
        "/./_simulator/reset",
    ],
)
def test_a_path_with_dots_leaves_other_sandboxes_alone(
    target: RunningServer, tmp_path: Path, path: str
) -> None:
    victim = f"{target.url}/sandboxes/victim/_simulator"
    httpx.post(f"{victim}/clock/advance", json={"days": 1})
    before = httpx.get(f"{victim}/clock").json()
    file = edited(tmp_path, INITIATE, path=path, method="POST")
    done = played(file, "--target", target.url, "--sandbox", "attacked")
    assert "leads out of the sandbox" in done.output
    assert httpx.get(f"{victim}/clock").json() == before


def test_the_default_sandbox_is_no_way_into_others(target: RunningServer, tmp_path: Path) -> None:
    file = edited(tmp_path, INITIATE, path="/sandboxes/victim/_simulator/reset")
    done = played(file, "--target", target.url, "--sandbox", "default")
    assert "leads out of the sandbox" in done.output


FORM = b"client_id=\xff&client_secret=***&grant_type=client_credentials"


def test_credentials_that_are_no_text_are_played(tmp_path: Path) -> None:
    body = b64encode(FORM).decode()
    done = played(edited(tmp_path, TOKEN, body=body))
    assert done.output.startswith(f"request {TOKEN + 1}: another answer")


def test_half_a_surrogate_is_shown(tmp_path: Path) -> None:
    body = b64encode(rb'{"paymentId": "\ud800"}').decode()
    done = played(edited(tmp_path, INITIATE, answer_body=body))
    assert r"\ud800" in done.output


def test_an_amount_of_a_setting_has_a_bound(tmp_path: Path) -> None:
    document = json.loads(KEPT.read_bytes())
    document["settings"]["opening_balance"] = "1e308"
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(document))
    assert "settings: opening_balance: expected an amount up to" in played(file).output
