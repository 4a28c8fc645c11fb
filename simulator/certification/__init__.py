"""Certification: a client is tested in cases, each of which is a scenario.

Cases are data, and their results depend on their runs alone.
"""
