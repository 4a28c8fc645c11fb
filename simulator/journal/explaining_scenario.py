"""The scenario at work when a call came: its run, its steps, and what it let go wrong."""

from collections.abc import Iterator

from simulator.journal.exchanges import KEY, Delivery, Exchange
from simulator.journal.explaining_scene import Paragraph, Part, Scene
from simulator.journal.explaining_words import creates
from simulator.scripting.explain import fault_in_words, step_in_words
from simulator.scripting.playing import Cursor, ScriptStarted
from simulator.scripting.runs import Run

__all__ = ["cut_off", "is_spoilt", "scenario"]


def scenario(scene: Scene, payment_id: str | None) -> Iterator[Paragraph]:
    """Yields which scenario was at work on a payment, how far it was, and what went wrong."""
    run = scene.director.run_of(payment_id or "")
    started = scene.past.last(ScriptStarted, payment_id=payment_id)
    if run is not None and payment_id is not None:
        how = _progress(scene, payment_id, run.cursors[payment_id])
        yield Paragraph(Part.SCENARIO, f"Payment {payment_id} plays {_named(run)} {how}")
    elif started is not None:
        text = f"Payment {payment_id} played the scenario {started.scenario}; its run is not kept."
        yield Paragraph(Part.SCENARIO, text)
    elif scene.run is not None:
        yield Paragraph(Part.SCENARIO, f"The call belongs to {_named(scene.run)}")
    if scene.exchange.fault:
        who = "A fault of the whole sandbox" if _is_standing(scene) else "The scenario"
        text = f"{who} let something go wrong: {scene.exchange.fault}."
        yield Paragraph(Part.SCENARIO, text)


def _is_standing(scene: Scene) -> bool:
    """Whether what went wrong was no doing of the call's run, as far as that is kept."""
    if scene.run is None:
        return scene.exchange.run is None
    return scene.exchange.fault not in [fault_in_words(each) for each in scene.run.scenario.faults]


def _named(run: Run) -> str:
    return f"the scenario {run.scenario.name} (run {run.id}): {run.scenario.summary}"


def _progress(scene: Scene, payment_id: str, cursor: Cursor) -> str:
    steps = cursor.steps
    if not steps:
        return "It has no steps: you are the customer."
    begun, end = scene.past.steps(payment_id), scene.past.script_end(payment_id)
    if end is not None and end.reason:
        return f"It had stopped: {end.reason}."
    if end is not None or begun >= len(steps):
        return "All of it had been played."
    return f"Step {begun + 1} of {len(steps)} was to come: {step_in_words(steps[begun])}."


def is_spoilt(scene: Scene) -> bool:
    """Whether a scenario answered, instead of the service."""
    return scene.exchange.is_spoilt


def cut_off(scene: Scene) -> Iterator[Paragraph]:
    """Yields what the client saw, where that was not all, and whether it tried again."""
    exchange = scene.exchange
    if exchange.delivery not in (Delivery.NOTHING, Delivery.PART):
        return
    seen = "only a part of" if exchange.delivery is Delivery.PART else "nothing of"
    done = "What it asked for was done all the same" if exchange.events else "It changed nothing"
    text = (
        f"The client saw {seen} this answer, for the connection broke: it can't know what became "
        f"of its call. {done}."
    )
    yield Paragraph(Part.ANSWER, text)
    again = next((each for each in scene.past.later() if _is_the_same(each, exchange)), None)
    if again is not None:
        yield Paragraph(Part.ANSWER, f"Request {again.id} tried it again.")
    key = exchange.header(KEY) if creates(exchange) else None
    with_key = f" with the same key, {key!r}" if key else ""
    yield Paragraph(Part.ADVICE, f"Send the same request again{with_key}: it is done once only.")


def _is_the_same(other: Exchange, exchange: Exchange) -> bool:
    names = ("operation", "path", "body", "client_id", "merchant")
    is_alike = all(getattr(other, name) == getattr(exchange, name) for name in names)
    return is_alike and (not creates(exchange) or other.header(KEY) == exchange.header(KEY))
