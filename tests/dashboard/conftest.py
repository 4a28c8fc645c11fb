"""Fixtures: the page without a browser."""

import re
from dataclasses import dataclass, field

import httpx
import pytest

from tests.support import Till

HTMX = {"HX-Request": "true"}
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def followed(http: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """What tells what became of a press: the page that its answer leads to, or the answer."""
    is_told = answer.status_code == 303 and "said=" in answer.headers["Location"]
    return http.send(answer.next_request) if is_told and answer.next_request else answer


@dataclass
class Reader:
    """Reads pages, and presses what is on them, as a browser without JavaScript would."""

    http: httpx.Client
    _csrf: str = field(default="", init=False)

    def get(self, path: str = "/", **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)

    def text(self, path: str = "/", **headers: str) -> str:
        """What a page says, which must be there."""
        answer = self.get(path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    @property
    def csrf(self) -> str:
        """The token of the page's forms."""
        if not self._csrf:
            found = _CSRF.search(self.text("/page/till"))
            assert found
            self._csrf = found[1]
        return self._csrf

    def post(
        self, path: str, /, headers: dict[str, str] | None = None, **form: str
    ) -> httpx.Response:
        """Sends a form of the page, and looks at the page that tells what became of it."""
        answer = self.http.post(path, data={"csrf": self.csrf, **form}, headers=headers)
        return followed(self.http, answer)

    def press(self, act: str, /, **form: str) -> str:
        """Presses something at the till or on the phone; returns what is said then."""
        answer = self.post("/page/till/act", headers=HTMX, act=act, **form)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def reader(till: Till) -> Reader:
    """Reads the page of the till's sandbox, which is there."""
    till.control("POST", "/reset")
    return Reader(till.http)
