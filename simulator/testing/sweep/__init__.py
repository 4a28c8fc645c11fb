"""The fault sweep: a command run once for each call and each fault, judged by where the money is.

It knows a simulator only from the outside, through `client/`.
"""
