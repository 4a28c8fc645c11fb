"""A control call is described once: routing, document, page and checks follow from its row."""

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import mobilepay_simulator.app
import pytest
from mobilepay_simulator.api.context import Context
from mobilepay_simulator.client import ControlClient, ControlError
from mobilepay_simulator.client.model import Input, Limit, Model
from mobilepay_simulator.control import routes
from mobilepay_simulator.control.description import control_document
from mobilepay_simulator.control.routes import ROUTES, Route
from mobilepay_simulator.control.serving import Document, Later, load, model_of
from mobilepay_simulator.testing.in_process import InProcess
from msgspec import Meta

from docs import control_page


class Drawer(Model, frozen=True):
    """The drawer of a till."""

    till_id: str
    coins: tuple[int, ...]


class DrawerQuery(Input, frozen=True):
    limit: Limit = 2


class FillDrawer(Input, frozen=True):
    """What is put into a drawer."""

    coins: Annotated[tuple[int, ...], Meta(description="the coins, in cents")]


def show(context: Context, query: DrawerQuery, format: str, till_id: str) -> Drawer | str:
    coins = tuple(range(100))[: query.limit]
    return Drawer(till_id, coins) if format == "json" else f"{till_id}: {coins}"


def fill(context: Context, body: FillDrawer, till_id: str) -> Drawer:
    return Drawer(till_id, body.coins)


FORMATS = {"json": "application/json", "text": "text/plain"}
PATH = "/tills/<till_id>/drawer"
ADDED = (
    Route("GET", PATH, show, "Returns a drawer.", Drawer, DrawerQuery, formats=FORMATS),
    Route("POST", PATH, fill, "Fills a drawer.", Drawer, body=FillDrawer, is_kept=True),
)


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlClient]:
    """A client of a simulator whose table has two more rows."""
    for module in (routes, mobilepay_simulator.app):
        monkeypatch.setattr(module, "ROUTES", (*ROUTES, *ADDED))
    control_document.cache_clear()
    with InProcess() as simulator:
        yield simulator.control
    control_document.cache_clear()


def test_a_row_is_served_with_its_parameters_body_and_formats(control: ControlClient) -> None:
    path = "/tills/T1/drawer"
    assert control.call(Drawer, "GET", path) == Drawer("T1", (0, 1))
    assert control.call(Drawer, "GET", path, query=DrawerQuery(3)) == Drawer("T1", (0, 1, 2))
    assert control.send("GET", path, format="text") == b"T1: (0, 1)"
    assert control.call(Drawer, "POST", path, body=FillDrawer((5,))) == Drawer("T1", (5,))


def test_what_a_row_does_not_take_is_refused_by_its_name(control: ControlClient) -> None:
    path = "/tills/T1/drawer"
    with pytest.raises(ControlError, match=r"coins\[0\]: expected a whole number, got 'x'"):
        control.call(Drawer, "POST", path, body=FillDrawer(("x",)))  # type: ignore[arg-type]
    with pytest.raises(ControlError, match="coins: is missing"):
        control.call(Drawer, "POST", path)
    with pytest.raises(ControlError, match="format: there is no 'xml'"):
        control.send("GET", path, format="xml")


def test_a_row_that_is_kept_is_in_the_journal(control: ControlClient) -> None:
    control.send("POST", "/tills/T1/drawer", body=FillDrawer((5,)))
    control.send("GET", "/tills/T1/drawer")
    (kept,) = control.requests(operation="Control")
    assert (kept.request.path, kept.answer.json()["coins"]) == ("/_simulator/tills/T1/drawer", [5])


def test_a_row_is_in_the_document(control: ControlClient) -> None:
    document = control.openapi()
    described = document["paths"]["/_simulator/tills/{tillId}/drawer"]
    assert {name: each["summary"] for name, each in described.items()} == {
        "get": "Returns a drawer.",
        "post": "Fills a drawer.",
    }
    parameters = {each["name"]: each for each in described["get"]["parameters"]}
    assert parameters["tillId"]["in"] == "path"
    assert parameters["limit"]["schema"]["maximum"] == 100_000
    assert parameters["format"]["schema"]["enum"] == ["json", "text"]
    assert {"Drawer", "FillDrawer"} <= document["components"]["schemas"].keys()
    (answer,) = {*described["get"]["responses"]} - {"default"}
    assert set(described["get"]["responses"][answer]["content"]) == {*FORMATS.values()}


def test_a_row_is_on_the_page() -> None:
    parts = {name: "\n".join(lines) for name, lines in control_page.parts(ADDED).items()}
    assert (
        "| `GET /_simulator/tills/ID/drawer` | `?limit=` | `Drawer`, or `text` | Returns a drawer. |"
        in parts["calls"]
    )
    assert "`coins` | list of whole number, needed | the coins, in cents |" in parts["takes"]
    assert "| `Drawer` | The drawer of a till. | `tillId`, `coins` |" in parts["answers"]


# --- the rows there are ---------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: each.endpoint)
def test_a_view_takes_and_returns_what_its_row_says(route: Route) -> None:
    view = load(route.view)
    hints = get_type_hints(view)
    answers = hints.pop("return")
    if get_origin(answers) is Later:
        (answers,) = get_args(answers)
    taken: dict[str, Any] = {"context": Context}
    taken |= {"query": model_of(route.query)} if route.query else {}
    taken |= {"body": model_of(route.body)} if model_of(route.body) else {}
    if route.formats:
        taken["format"] = str
    taken |= dict.fromkeys(control_page.PART.findall(route.path), str)
    assert hints == taken
    assert set(inspect.signature(view).parameters) == set(taken)
    returned = {answers, *get_args(answers)}
    if model_of(route.answer):
        assert returned & {model_of(route.answer), Document}
    elif not route.answer:
        assert answers is type(None)


def test_no_two_calls_have_one_name_in_the_document() -> None:
    with InProcess() as simulator:
        paths = simulator.control.openapi()["paths"].values()
    names = [each["operationId"] for methods in paths for each in methods.values()]
    assert len(names) == len(set(names)) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: each.endpoint)
def test_a_row_says_what_it_does_in_a_sentence(route: Route) -> None:
    assert route.does[0].isupper()
    assert route.does.endswith(".")
