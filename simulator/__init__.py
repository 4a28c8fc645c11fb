"""A simulator of the MobilePay Point-of-Sale V10 service: same paths, same rules, no money."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.process import Simulator as Simulator
else:

    def __getattr__(name: str) -> Any:
        """Imports `Simulator` when somebody asks for it: nothing else needs it."""
        if name == "Simulator":
            from simulator.process import Simulator

            return Simulator
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


try:
    __version__ = version("mobilepay-pos-simulator")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+source"

__all__ = ["Simulator", "__version__"]
