"""Stands for a line in the hosts file and for port 443: Python runs it before any program."""

import os
import socket

_real = socket.getaddrinfo


def _getaddrinfo(host, port, *arguments, **options):
    if (host, port) == ("api.mobilepay.dk", 443):
        host, port = "127.0.0.1", int(os.environ["LED_TO_PORT"])
    return _real(host, port, *arguments, **options)


socket.getaddrinfo = _getaddrinfo
