"""What `mobilepay-sim certify` says of the cases: which there are, and how long they take."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..engine.values import count_of
from ..settings.nearest import nearest, with_more
from ..settings.settings import ENVIRONMENT_PREFIX
from .printing import echo, without_passwords

if TYPE_CHECKING:
    from ..client import ControlClient
    from ..testing.certification_follower import ProgressLine

#: Real seconds from which on it is said how to be faster.
LONG = 30.0
#: What --list looks at.
USED_BY_LIST = {"is_list", "option", "target", "token"}
MOODS: dict[str, dict[str, Any]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "quiet": {"dim": True},
    "plain": {},
}


@contextmanager
def unserved(settings: dict[str, Any]) -> "Iterator[ControlClient]":
    """Gives a client of a simulator without a port, which knows the same cases."""
    from ..testing.in_process import InProcess

    # It takes nothing from the environment by itself.
    variable = os.environ.get(f"{ENVIRONMENT_PREFIX}_SCENARIOS")
    folder = settings.get("scenarios", variable)
    with InProcess(**({"scenarios": folder} if folder else {})) as here:
        yield here.control


def check_names(control: "ControlClient", sections: Sequence[str], cases: Sequence[str]) -> None:
    """Refuses sections and cases that there are not.

    Raises:
        ClickException: there is no such; it names the option, and the nearest there is.
    """
    if not (sections or cases):
        return
    known_sections = control.certifications().sections
    known_cases = [case.name for section in known_sections for case in section.cases]
    for kind, given, known in (
        ("section", sections, [each.name for each in known_sections]),
        ("case", cases, known_cases),
    ):
        for each in given:
            if each not in known:
                hint = with_more(nearest(each, known), "--list shows all")
                raise click.ClickException(f"--{kind}: {each!r} is not a {kind}; {hint}")


def list_cases(control: "ControlClient") -> None:
    """Prints the sections and cases there are."""
    for section in control.certifications().sections:
        is_mandatory = ", mandatory" if section.mandatory else ""
        echo(f"{section.name}{is_mandatory}: {section.about}")
        for case in section.cases:
            echo(f"  {case.number}. {case.title} ({case.name})")


def time_of_demo(names: Sequence[str]) -> Iterator[str]:
    """Yields lines that say how long the built-in client takes for cases, and how to be faster."""
    from ..testing.examinees import seconds_of_demo

    seconds = seconds_of_demo(names)
    length = f"{seconds / 60:.1f} minutes" if seconds > 90 else count_of(round(seconds), "second")
    yield f"The built-in client takes about {length}: time-outs and pauses pass in real time."
    if seconds > LONG:
        yield (
            "--section and --case choose fewer; mobilepay-sim scenario play NAME goes through a "
            "case at once, on a virtual clock."
        )


def check_client(command: tuple[str, ...], *, demo: bool) -> None:
    """Refuses two clients, and a command whose program is not there.

    Raises:
        ClickException: it is so.
    """
    if demo and command:
        raise click.ClickException("--demo and COMMAND exclude each other: both are the client")
    if not command:
        return
    from ..testing.commands import CannotRun, program_of

    try:
        program_of(command)
    except CannotRun as error:
        raise click.ClickException(str(error)) from error


def say(line: "ProgressLine") -> None:
    """Prints a line of how it goes on, at once."""
    echo(without_passwords(line.text), **MOODS[line.mood])
    sys.stdout.flush()
