"""What is kept of each run: what the command wrote, the calls it made, and a bundle of them."""

import json
from dataclasses import dataclass
from pathlib import Path

from simulator.client import ControlClient
from simulator.sweep.outcomes import Outcome

__all__ = ["Folder"]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a folder for each run.

    Args:
        path: where it is; made with the first run.
        is_wanted: whether somebody is going to look into it.
    """

    path: Path
    is_wanted: bool = True

    def log(self, name: str) -> Path:
        """Returns the file for what the command of a run writes.

        Raises:
            OSError: there can't be a folder.
        """
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "output.txt"

    def keep(self, name: str, outcome: Outcome, control: ControlClient) -> None:
        """Writes down the calls of a run, and the bundle that plays them again."""
        if not self.is_wanted:
            return
        folder = self.path / name
        calls = "".join(f"{each}\n" for each in outcome.exchanges)
        (folder / "calls.txt").write_text(calls, encoding="utf-8")
        (folder / "bundle.json").write_text(json.dumps(control.bundle()), encoding="utf-8")
