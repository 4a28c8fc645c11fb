"""Scenarios played in virtual time: the model client, its till, the wire between it and an app."""
