"""WHAT IS ASKED before something is done that can't be taken back, with or without JavaScript."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question, and the words of the button that does it."""

    words: str
    verb: str


def reset(sandbox: str) -> Question:
    """Returns what is asked before a sandbox is begun again."""
    return Question(f"Reset the sandbox {sandbox}? All its data is deleted.", "Reset it")


def drop(sandbox: str) -> Question:
    """Returns what is asked before a sandbox is dropped."""
    return Question(f"Drop the sandbox {sandbox}? All its data is deleted.", "Drop it")


def delete_pos(name: str) -> Question:
    """Returns what is asked before a point of sale is deleted."""
    return Question(f"Delete the point of sale {name}?", "Delete this point of sale")


def delete_scenario(name: str) -> Question:
    """Returns what is asked before a scenario of the sandbox is deleted."""
    return Question(f"Delete the scenario {name} from this sandbox?", "Delete it")


def abandon(certification: str) -> Question:
    """Returns what is asked before a certification is abandoned."""
    return Question(f"{certification} will stop recording calls. Abandon it?", "Abandon it")
