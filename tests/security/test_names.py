"""Names that are paths: in URLs, in scenarios, and in bundles, which come from other people."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import Till, cli

OUTSIDE = ["..%2f..%2f..%2fetc%2fpasswd", "%2e%2e", "..%5c..%5cx", "%2fetc%2fpasswd", "a%00b", "C:%5cx", "_amounts%2fx", "~root"]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize(
    "path",
    [
        "/_simulator/scenarios/{}",
        "/page/scenarios/{}",
        "/_simulator/scenarios/{}/preview",
        "/page/scenarios/{}/preview",
        "/page/static/{}",
        "/docs/{}",
        "/sandboxes/{}/_simulator/snapshot",
        "/_simulator/runs/{}",
        "/_simulator/certifications/{}/report",
    ],
)
def test_a_name_leads_to_no_file(till: Till, path: str, name: str) -> None:
    root = str(till.http.base_url).partition("/sandboxes/")[0]
    base = root if path.startswith("/sandboxes") else str(till.http.base_url).rstrip("/")
    answer = till.http.get(base + path.format(name))
    assert answer.status_code in (400, 404)
    assert "root:" not in answer.text


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_is_written_by_such_a_name(till: Till, name: str) -> None:
    answer = till.http.put(f"/_simulator/scenarios/{name}", content="summary: x\nsteps: []")
    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "../bomb"])
def test_a_scenario_includes_scenarios_only(till: Till, name: str) -> None:
    yaml = f"summary: x\nsteps:\n  - include: {name}"
    answer = till.http.put("/_simulator/scenarios/mine", content=yaml)
    assert answer.status_code == 400
    assert "is not a scenario name" in answer.json()["error"]


def replayed(till: Till, folder: Path, change: Callable[[Any], None]) -> str:
    """What `replay` says of a bundle that somebody has had a hand in; it must refuse it."""
    till.token()
    bundle = till.control("GET", "/bundle")
    change(bundle)
    (folder / "bundle.json").write_text(json.dumps(bundle))
    done = cli("replay", str(folder / "bundle.json"))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("is_absolute", [True, False])
def test_a_bundle_writes_no_file(till: Till, tmp_path: Path, is_absolute: bool) -> None:
    outside = tmp_path / "planted"
    name = str(outside) if is_absolute else f"../../../../../../../../..{outside}"
    said = replayed(till, tmp_path, lambda it: it["scenarios"].update({name: "summary: x"}))
    assert "is not a scenario name" in said
    assert not outside.with_suffix(".yaml").exists()


def test_a_bundle_reads_no_file(till: Till, tmp_path: Path) -> None:
    said = replayed(till, tmp_path, lambda it: it["settings"].update(signing_key="/etc/passwd"))
    assert "settings: 'signing_key' is not a setting" in said


def test_a_bundle_leads_no_call_and_no_secret_to_another_host(till: Till, tmp_path: Path) -> None:
    def elsewhere(bundle: Any) -> None:
        for exchange, _ in bundle["exchanges"]:
            exchange["path"] = "@evil.test/"

    assert "'@evil.test/' does not begin with /" in replayed(till, tmp_path, elsewhere)


def test_a_bundle_names_a_sandbox_and_no_path(till: Till, tmp_path: Path) -> None:
    assert "sandbox: expected" in replayed(till, tmp_path, lambda it: it.update(sandbox="../x"))
