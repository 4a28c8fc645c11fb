"""Fixtures of the contract tests."""

import httpx
import pytest

from tests.contract.documents import REFERENCE, Document, read_reference
from tests.support import RunningServer


@pytest.fixture(scope="session")
def reference() -> Document:
    """The service's own OpenAPI document."""
    if not REFERENCE.is_file():
        pytest.skip(
            f"the service's OpenAPI file is not at {REFERENCE}; POS_OPENAPI_FILE says where"
        )
    return read_reference()


@pytest.fixture(scope="session")
def ours(server: RunningServer) -> Document:
    """The document the simulator serves."""
    return Document(httpx.get(f"{server.url}/openapi.json").json())
