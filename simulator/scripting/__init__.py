"""Scenarios: data that says what customers, MobilePay and time do to a payment.

Not allowed here: Flask, HTTP and sockets. Everything happens by the engine's commands.
"""
