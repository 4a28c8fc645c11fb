"""Control of the faults of a whole sandbox, whatever scenario is at work."""

from dataclasses import dataclass

from .. import client
from ..api.carried import looked_at, read_aside, sandbox_of
from ..api.context import Context
from ..sandboxes.registry import HostedSandbox
from ..scripting.explain import fault_in_words
from ..scripting.faults import FAULTS, Fault
from ..scripting.short_faults import short_fault
from ..settings.documents import ProblemsFound, parse
from ..settings.shapes import ShapeReader, field_of
from .serving import NotThere, file_refusal, mistake, text_body

#: What mistakes call the body.
NAME = "faults.yaml"
#: Every call is compared with each of them.
MOST = 200


@dataclass(frozen=True, slots=True)
class _File:
    faults: tuple[Fault, ...] = field_of(FAULTS, "what goes wrong on the wire")


def read_faults(text: str) -> tuple[Fault, ...]:
    """Returns the faults that a YAML text holds.

    Raises:
        ProblemsFound: with the mistakes, their lines and their fields.
        SimulatorError: there are too many to be read.
    """
    node = parse(text, NAME)
    _, faults = (node.items() if node.is_mapping else {}).get("faults", (None, None))
    if faults is not None and faults.is_list:
        _check_number(len(faults.elements()))
    content: _File = ShapeReader().shape(_File, node)
    return content.faults


def show(context: Context) -> client.Faults:
    return _shown(looked_at(context))


def put(context: Context) -> client.Faults:
    sandbox = sandbox_of(context)
    try:
        faults = read_aside(read_faults, text_body(NAME))
    except ProblemsFound as found:
        raise file_refusal(found) from found
    with sandbox.world:
        sandbox.scenario_engine.sandbox_faults.put(faults)
    return _shown(sandbox)


def add(context: Context, body: client.AddFault) -> client.Faults:
    sandbox = sandbox_of(context)
    try:
        fault = short_fault(body.call, body.fault, body.times)
    except ValueError as error:
        raise mistake("", str(error)) from error
    _check_number(len(sandbox.scenario_engine.sandbox_faults.table) + 1)
    with sandbox.world:
        sandbox.scenario_engine.sandbox_faults.add(fault)
    return _shown(sandbox)


def _check_number(faults: int) -> None:
    """Refuses more faults than a call can be compared with in no time."""
    if faults > MOST:
        raise mistake("", f"at most {MOST} faults can stand; take some back with DELETE /faults")


def drop(context: Context) -> None:
    sandbox = sandbox_of(context)
    with sandbox.world:
        sandbox.scenario_engine.sandbox_faults.put(())


def remove(context: Context, fault_id: str) -> None:
    sandbox = sandbox_of(context)
    with sandbox.world:
        standing = sandbox.scenario_engine.sandbox_faults
        try:
            standing.remove(int(fault_id))
        except (KeyError, ValueError) as error:
            ids = ", ".join(str(each) for each in sorted(standing.table)) or "none"
            raise NotThere(f"no fault {fault_id[:60]!r}; there are: {ids}") from error


def _shown(sandbox: HostedSandbox) -> client.Faults:
    with sandbox.world:
        standing = sandbox.scenario_engine.sandbox_faults
        faults = sorted(standing.table.items())
        return client.Faults(
            tuple(
                client.StandingFault(
                    number,
                    fault_in_words(each),
                    each.call,
                    standing.calls_of(number),
                    standing.left_of(number),
                )
                for number, each in faults
            )
        )
