"""Verification: whether the client made the expected calls."""
