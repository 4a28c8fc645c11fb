"""The journal: every exchange with a client, and what is read from exchanges.

It may import the engine and scripting, but no Flask: the edge hands in plain values.
"""
