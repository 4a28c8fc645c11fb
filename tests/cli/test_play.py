"""`mobilepay-sim scenario play` tells what happened and when."""

import re
from pathlib import Path

from tests.support import cli


def test_a_played_scenario_tells_days_and_long_gaps() -> None:
    lines = cli("scenario", "play", "capture-after-expiry").stdout.splitlines()
    days = [at for at, line in enumerate(lines) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", line)]
    assert days[0] == 0
    assert len(days) == 3
    assert [lines[at - 1].strip() for at in days[1:]] == ["+7 days", "+1 day"]


def test_a_play_that_left_a_reservation_says_so_in_its_last_line(tmp_path: Path) -> None:
    file = tmp_path / "left.yaml"
    steps = "[{after: 1s, do: check-in}, {when: IssuedToUser, after: 1s, do: accept}]"
    till = "[create-pos, {initiate: 10.00}, wait-until-decided, {wait: 8d}]"
    file.write_text(f"summary: Left.\nsteps: {steps}\ntill: {till}\n", encoding="utf-8")
    said = cli("scenario", "play", str(file))
    assert said.stdout.splitlines()[-1] == "left passed with notes", said.stdout + said.stderr
