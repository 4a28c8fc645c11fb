"""What is kept of each run: what the command wrote, the calls it made, and bundles of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...client import ControlClient
from ...settings.files import replace_file
from .inside import short
from .outcomes import SweptSandbox


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a folder for each run.

    Args:
        path: where it is; made with the first run. None where nothing is to be kept.
    """

    path: Path | None

    def log(self, name: str) -> Path | None:
        """Returns the file for what the command of a run writes; None where nothing is kept.

        Raises:
            OSError: there can't be a folder.
        """
        if self.path is None:
            return None
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "output.txt"

    def keep(self, name: str, stages: Sequence[SweptSandbox], control: ControlClient) -> None:
        """Writes down the calls of a run, and for each sandbox the bundle that plays them again."""
        if self.path is None:
            return
        folder = self.path / name
        parts = [_calls_of(each) for each in stages]
        replace_file(folder / "calls.txt", "\n".join(parts).encode())
        for stage in stages:
            file = "bundle.json" if len(stages) == 1 else f"bundle-{short(stage.label)}.json"
            bundle = json.dumps(control.within(stage.sandbox).bundle())
            replace_file(folder / file, bundle.encode())


def _calls_of(stage: SweptSandbox) -> str:
    heading = f"{stage.label} ({short(stage.label)})\n" if stage.label else ""
    return heading + "".join(f"{each}\n" for each in stage.exchanges)
