"""Which tests of pages are run by one process."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets one process run what looks at the outputs of a page: its commands are run once."""
    for item in items:
        is_reading = "printed" in getattr(item, "fixturenames", ())
        if is_reading and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"reads {item.path.stem}"))
