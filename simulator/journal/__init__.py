"""The journal: every exchange with a client, and all that is read out of it.

It knows the engine and scenarios, no Flask: the edge tells it in plain values what a request was.
"""
