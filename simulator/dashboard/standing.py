"""WHAT IS IN FORCE in a sandbox and outlasts the press that brought it: one row for each kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .api import Api
from .questions import abandon

#: Where faults, stores and the poll delay are changed.
FAULTS = "/page/till#faults-title"


def generation_of(api: Api, sandbox: str) -> str:
    """Returns what tells a sandbox from another one of its name; empty where there is none.

    Whoever looks at a sandbox does not make it.
    """
    return generation_in(api.get("/sandboxes")["sandboxes"], sandbox)


def generation_in(sandboxes: Iterable[Mapping[str, Any]], sandbox: str) -> str:
    """Returns what `generation_of` does, of a list of all sandboxes."""
    return next((each["generation"] for each in sandboxes if each["name"] == sandbox), "")


class InForce(NamedTuple):
    """Something that is in force.

    Args:
        key: what it is called when it is taken back: its kind, a colon, its id.
        words: what is in force.
        path: the page about it.
        verb: what taking it back does.
        question: what is asked first; empty where nothing is lost by it.
    """

    key: str
    words: str
    path: str
    verb: str
    question: str = ""

    @property
    def is_queued(self) -> bool:
        """Whether it is a scenario that waits for a payment."""
        return self.key.startswith("queued:")


class StandingKind(NamedTuple):
    """A kind of things that are in force: how they are found, and the call that takes one back."""

    find: Callable[[Api], Iterator[InForce]]
    method: str
    call: str
    body: Mapping[str, Any] | None = None


def in_force(api: Api) -> list[InForce]:
    """Returns everything that is in force, in the order of the kinds."""
    return [each for kind in KINDS.values() for each in kind.find(api)]


def _clock(api: Api) -> Iterator[InForce]:
    if api.get("/clock/due", limit=1)["scale"] == 0:
        yield InForce("clock:", "Time stands still", "/page/clock", "Let time run")


def _faults(api: Api) -> Iterator[InForce]:
    for each in api.get("/faults")["faults"]:
        # What has struck as often as it should is armed no more.
        if each["left"] != 0:
            times = f", {each['left']} times" if (each["left"] or 0) > 1 else ""
            words, verb = f"Fault: {each['fault']}{times}", f"Remove the fault: {each['fault']}"
            yield InForce(f"faults:{each['id']}", words, FAULTS, verb)


def _stores(api: Api) -> Iterator[InForce]:
    for each in api.get("/stores")["stores"]:
        if not each["active"]:
            words, verb = f"{each['name']} is not active", f"Make {each['name']} active"
            yield InForce(f"store:{each['storeId']}", words, FAULTS, verb)


def _polling(api: Api) -> Iterator[InForce]:
    polling = api.get("/polling")
    if polling["changed"]:
        enforced = ", sooner polls get 429" if polling["enforce"] else ""
        words = f"Poll delay {polling['delay']:g} s{enforced}"
        yield InForce("polling:", words, FAULTS, "Restore the poll delay")


def _queued(api: Api) -> Iterator[InForce]:
    for place, each in enumerate(api.get("/scenarios")["queued"], 1):
        where = f"on {_name_of(api, each['posId'])}" if each["posId"] else "anywhere"
        name, run = each["scenario"], each["run"]
        words, verb = f"{place}. {name}, next payment {where}", f"Take {name} back, run {run}"
        yield InForce(f"queued:{run}", words, f"/page/scenarios/{name}", verb)


def _name_of(api: Api, pos_id: str) -> str:
    pos = api.find("/points-of-sale", pos_id)
    return str(pos["name"]) if pos else pos_id[:8]


def _certifications(api: Api) -> Iterator[InForce]:
    for each in api.get("/certifications")["certifications"]:
        if each["stage"] == "open":
            name, path = each["id"], f"/page/certification/{each['id']}"
            words = f"Certification {' of '.join(filter(None, (name, each['systemName'])))} is open"
            yield InForce(
                f"certification:{name}", words, path, f"Abandon {name}", abandon(name).words
            )


KINDS: Mapping[str, StandingKind] = {
    "clock": StandingKind(_clock, "PUT", "/clock", {"scale": 1}),
    "certification": StandingKind(_certifications, "POST", "/certifications/{id}/abandon"),
    "faults": StandingKind(_faults, "DELETE", "/faults/{id}"),
    "store": StandingKind(_stores, "PATCH", "/stores/{id}", {"active": True}),
    "polling": StandingKind(_polling, "DELETE", "/polling"),
    "queued": StandingKind(_queued, "DELETE", "/scenarios/next/{id}"),
}
