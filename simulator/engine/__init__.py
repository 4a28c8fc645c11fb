"""The rules of the PoS service.

Not allowed here: Flask, HTTP, sockets, files, the wall clock, randomness that is not passed in, and
state outside of a `World`. import-linter checks the imports.
"""
