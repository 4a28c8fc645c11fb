"""Holds a recording of the service (HAR) against the simulator, call by call."""
