"""Plays a bundle's calls again, and finds the first that is answered otherwise."""

from .player import Replayed, replay

__all__ = ["Replayed", "replay"]
