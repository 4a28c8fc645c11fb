"""A simulator of the MobilePay Point-of-Sale V10 service: same paths, same rules, no money."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("mobilepay-pos-simulator")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+source"

__all__ = ["__version__"]
