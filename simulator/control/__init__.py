"""The control API under `/_simulator`, which no real service has."""
