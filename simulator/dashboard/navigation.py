"""THE VIEWS of the page, in the order of its navigation: one row each."""

from typing import NamedTuple

#: How the paths begin that are answered before anybody has logged in.
OPEN = ("/page/login", "/page/static/")


class ViewLink(NamedTuple):
    """A view: its name in templates, its title and its path; its icon is the macro of its name."""

    name: str
    title: str
    path: str


VIEWS: tuple[ViewLink, ...] = (
    ViewLink("overview", "Overview", "/"),
    ViewLink("till", "Till and phone", "/page/till"),
    ViewLink("timeline", "Timeline", "/page/timeline"),
    ViewLink("scenarios", "Scenarios", "/page/scenarios"),
    ViewLink("runs", "Runs", "/page/runs"),
    ViewLink("clock", "Clock", "/page/clock"),
    ViewLink("requests", "Requests", "/page/requests"),
    ViewLink("notifications", "Notifications", "/page/notifications"),
    ViewLink("ledger", "Ledger", "/page/ledger"),
    ViewLink("audit", "Audit", "/page/audit"),
    ViewLink("sweep", "Sweep results", "/page/sweep"),
    ViewLink("certification", "Certification", "/page/certification"),
)


def view_at(path: str) -> str:
    """Returns the name of the view that a path is at or below; empty where it is none."""
    found = (
        view.name
        for view in VIEWS
        if path == view.path or (view.path != "/" and path.startswith(f"{view.path}/"))
    )
    return next(found, "")


def path_of(name: str) -> str:
    """Returns the path of the view of a name; that of the overview where it is none."""
    return next((view.path for view in VIEWS if view.name == name), "/")
