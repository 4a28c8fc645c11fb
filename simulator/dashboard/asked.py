"""What a request to the page says: its form, its query, and the page it comes from."""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from flask import Request
from werkzeug.datastructures import MultiDict

from ..control.access import page_of_sandbox
from .told import SAID, ToldPress

#: The cookie that keeps light or dark, where somebody has chosen.
THEME = "mobilepay_sim_theme"
#: What the switch chooses, each time the next; the first is what the system has.
THEMES = ("system", "light", "dark")
#: Says that somebody was asked and wants it: a script has asked, or a page of its own.
ASKED, BY_SCRIPT, BY_PAGE = "asked", "script", "page"


class Asked:
    """One request to the page, as it was sent.

    Args:
        request: the request.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.base = request.script_root
        #: Whether the form that was sent was not taken.
        self.is_refused = False
        #: Whether something was pressed, by one of the page's own forms.
        self.is_press = False
        #: What was pressed on the page before, which led here to be told of it.
        self.told: ToldPress | None = None

    def url(self, path: str = "/") -> str:
        """Returns the URL of a path of this sandbox."""
        return self.base + path

    @property
    def form(self) -> MultiDict[str, str]:
        """The form that was sent; on the page that tells of it, the form that it tells of."""
        return self.told.form if self.told else self.request.form

    @property
    def place(self) -> str:
        """The page that is looked at, with its query, as a path of this sandbox."""
        query = self.request.query_string.decode("latin-1")
        return f"{self.request.path}?{query}" if query else self.request.path

    def arg(self, name: str) -> str:
        """Returns what a form or a query says of something; empty where it says nothing."""
        text: str = self.form.get(name) or self.request.args.get(name) or ""
        return text.strip()

    def all_of(self, name: str) -> list[str]:
        """Returns all that a form and a query say of something."""
        return [*self.request.args.getlist(name), *self.form.getlist(name)]

    def typed(self, name: str, default: str | None = "") -> str | None:
        """Returns what a field shows: what was typed and refused, else the default."""
        return self.form.get(name, default) if self.is_refused else default

    def of_page(self, name: str) -> str:
        """Returns what a query says in the URL of the page from which htmx asks; may be empty."""
        return dict(parse_qsl(self._page.query)).get(name, "")

    def is_of(self, path: str) -> bool:
        """Whether htmx asks from the page of this path."""
        return self._page.path == self.url(path)

    @property
    def _page(self) -> SplitResult:
        return urlsplit(self.request.headers.get("HX-Current-URL", ""))

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks, for a piece of the page."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def is_told_by_script(self) -> bool:
        """Whether a script of the page tells what becomes of the press."""
        return self.is_partial or self.request.form.get(ASKED) == BY_SCRIPT

    @property
    def theme(self) -> str:
        """Light or dark where somebody has chosen; else empty."""
        chosen: str = self.request.cookies.get(THEME, "")
        return chosen if chosen in THEMES[1:] else ""

    @property
    def next_theme(self) -> str:
        """What the switch chooses next."""
        return THEMES[(THEMES.index(self.theme or THEMES[0]) + 1) % len(THEMES)]

    @property
    def before(self) -> str:
        """The page of this sandbox that led here, as a path of it; empty where it was another."""
        page = page_of_sandbox(self.request, self.request.referrer or "")
        if page is None:
            return ""
        query = urlencode([each for each in parse_qsl(page.query) if each[0] != SAID])
        return page._replace(query=query).geturl()

    @property
    def origin_page(self) -> str:
        """The URL of the page of ours that led here; empty where another site or nothing did.

        A page that is looked at does not lead to itself; what is pressed on it may have its URL.
        """
        came_from = urlsplit(self.request.referrer or "")
        is_another = self.is_press or came_from.path != self.request.path
        is_ours = came_from.netloc == self.request.host and is_another
        return came_from._replace(scheme="", netloc="").geturl() if is_ours else ""

    @property
    def sent_fields(self) -> list[tuple[str, str]]:
        """The fields of the form, but for the token of forms."""
        fields: Any = self.request.form.items(multi=True)
        return [(name, value) for name, value in fields if name not in ("csrf", ASKED)]
