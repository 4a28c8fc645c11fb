"""A simulator of the MobilePay Point-of-Sale V10 service: same paths, same rules, no money."""

# What a command imports first: it has to be here at once, and `typing` takes a while.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from .testing.process import Simulator as Simulator

    __version__: str
else:

    def __getattr__(name: str) -> object:
        """Finds what few need when somebody asks for it: pytest imports this in every run."""
        if name == "Simulator":
            from .testing.process import Simulator

            return Simulator
        if name == "__version__":
            globals()[name] = _version()
            return globals()[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("mobilepay-pos-simulator")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0+source"


__all__ = ["Simulator", "__version__"]
