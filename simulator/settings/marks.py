"""Where in a text a mark of the YAML parser is."""

import yaml


def place_of(content: str, mark: yaml.Mark) -> tuple[int, int]:
    """Returns line and column of a mark, both from 1.

    What is missing at the end is missing behind the last thing that is written: libyaml marks a
    line that need not be there.
    """
    written = content.rstrip()
    if mark.index < len(written):
        return mark.line + 1, mark.column + 1
    lines = written.splitlines() or [""]
    return len(lines), len(lines[-1]) + 1
