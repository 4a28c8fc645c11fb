"""Sandboxes written down and read again: whole, as a snapshot, or as they change, in a data dir."""
