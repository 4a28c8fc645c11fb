"""Certification: a client goes through cases, each a scenario, and is told what it did right.

Cases are data; what became of them follows from their runs.
"""
