"""The rules of the PoS service, pure.

Banned here: Flask, HTTP, sockets, files, the wall clock, randomness that was not handed in, and
any state that does not hang off a `World`. Import rules are checked by import-linter.
"""
