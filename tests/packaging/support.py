"""What the packaging tests share."""

import os

#: Variables that change what Python or the simulator does.
MEDDLING = ("PYTHON", "COV_", "MOBILEPAY_SIM", "VIRTUAL_ENV")


def clean_environment() -> dict[str, str]:
    """Our own variables, but for those that change what Python or the simulator does."""
    return {name: value for name, value in os.environ.items() if not name.startswith(MEDDLING)}
