"""A scenario played in a simulator that is made for it."""

from ..app import SimulatorApp, create_app
from ..playing.play import Played, play_in
from ..scripting.scenario import Scenario
from ..settings.settings import Settings


def play(scenario: Scenario, settings: Settings, app: SimulatorApp | None = None) -> Played:
    """Plays a scenario with the model client.

    Args:
        scenario: what to play.
        settings: the simulator's settings; time stands still but for the client's waiting.
        app: an app to play in; its default sandbox is reset.
    """
    return play_in(app or create_app(settings), scenario)
