"""Sandboxes, their registry, and their stored forms: snapshot, data dir and bundle."""
