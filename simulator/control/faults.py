"""Control of the faults of a whole sandbox, which strike whatever scenario is at work."""

from dataclasses import dataclass
from typing import Any

from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of, whole_body
from simulator.documents import ProblemsFound, Reader, field_of, parse
from simulator.engine.errors import Refusal, SimulatorError
from simulator.sandboxes import Sandbox
from simulator.scripting.explain import fault_in_words
from simulator.scripting.faults import FAULTS, Fault

__all__ = ["drop_faults", "list_faults", "put_faults", "read_faults"]

#: What mistakes call the body.
NAME = "faults.yaml"


@dataclass(frozen=True, slots=True)
class _File:
    faults: tuple[Fault, ...] = field_of(FAULTS, "what goes wrong on the wire")


def read_faults(text: str) -> tuple[Fault, ...]:
    """Returns the faults that a YAML text holds.

    Raises:
        ProblemsFound: with every mistake, its line and its field.
    """
    content: _File = Reader().shape(_File, parse(text, NAME))
    return content.faults


def list_faults(context: Context) -> dict[str, Any]:
    """The faults of the sandbox, and how many calls each was about so far."""
    return _show(sandbox_of(context))


def put_faults(context: Context) -> dict[str, Any]:
    """Takes in the faults of the sandbox, in the place of all there were."""
    sandbox = sandbox_of(context)
    try:
        faults = read_faults(whole_body().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"{NAME}: is not UTF-8 text") from error
    except ProblemsFound as found:
        raise SimulatorError(Refusal.BAD_REQUEST, str(found)) from found
    with sandbox.world:
        sandbox.director.standing.put(faults)
    return _show(sandbox)


def drop_faults(context: Context) -> None:
    """Nothing strikes the whole sandbox any more."""
    sandbox = sandbox_of(context)
    with sandbox.world:
        sandbox.director.standing.put(())


def _show(sandbox: Sandbox) -> dict[str, Any]:
    with sandbox.world:
        standing = sandbox.director.standing
        return {
            "faults": [
                {
                    "fault": fault_in_words(fault),
                    "call": list(fault.call),
                    "calls": standing.calls_of(number),
                }
                for number, fault in sorted(standing.table.items())
            ]
        }
