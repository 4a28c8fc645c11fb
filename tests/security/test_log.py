"""The request log can't be forged, and does nothing to the terminal it is read in."""

from pathlib import Path

import httpx

from tests.support import running_server


def test_a_request_log_has_a_line_for_each_request_whatever_its_path(tmp_path: Path) -> None:
    paths = ("/%0aforged", "/%0d%0aforged", "/%1b%5b2J", "/%c2%9b2J", "/%e2%80%aeforged", "/%00")
    with running_server(log=tmp_path / "log") as server:
        for path in paths:
            assert httpx.get(server.url + path).status_code == 404
    log = (tmp_path / "log").read_text(encoding="utf-8")
    lines = [line for line in log.splitlines() if "  404  " in line]
    assert [line.split()[3] for line in lines] == list(paths)
    assert all(each.isprintable() for each in lines)
