"""Scenarios: what customers, MobilePay and time do to a payment, written down as data.

Banned here: Flask, HTTP and sockets. Everything happens through the engine's commands.
"""
