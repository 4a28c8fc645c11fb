"""Proxies in front of a server, with connections to it that are kept and shared."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clients.tools import environment

__all__ = ["FRONTS", "Front", "direct"]

#: Takes the port of a server, and gives the one to call instead.
Front = Callable[[int], AbstractContextManager[int]]

HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option forwardfor

frontend tills
    bind fd@{listener}
    default_backend simulator

backend simulator
    http-reuse always
    server simulator 127.0.0.1:{port}
"""

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    upstream simulator {{
        server 127.0.0.1:{port};
        keepalive 8;
    }}
    server {{
        listen {address};
        location / {{
            proxy_pass http://simulator;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""


@contextmanager
def direct(port: int) -> Iterator[int]:
    """Nothing in front of the server."""
    yield port


@contextmanager
def _haproxy(port: int) -> Iterator[int]:
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        config = Path(folder, "haproxy.cfg")
        config.write_text(HAPROXY.format(listener=listener.fileno(), port=port))
        with _running(["haproxy", "-db", "-q", "-f", str(config)], listener, folder):
            yield listener.getsockname()[1]


@contextmanager
def _nginx(port: int) -> Iterator[int]:
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        own = listener.getsockname()[1]
        config = Path(folder, "nginx.conf")
        config.write_text(NGINX.format(folder=folder, port=port, address=f"127.0.0.1:{own}"))
        # As root it gives its work to another user, who has to get at these files.
        Path(folder).chmod(0o755)
        command = ["nginx", "-e", f"{folder}/error.log", "-c", str(config)]
        # This is how one nginx hands its sockets to the next.
        with _running(command, listener, folder, NGINX=f"{listener.fileno()};"):
            yield own


@contextmanager
def _running(command: list[str], listener: socket.socket, home: str, **more: str) -> Iterator[None]:
    """Starts a proxy that is given its listening socket: nobody has to wait until it listens."""
    env = environment(Path(home)) | more
    program = shutil.which(command[0], path=env["PATH"])
    assert program is not None, f"{command[0]} is not there"
    process = subprocess.Popen(
        [program, *command[1:]],
        env=env,
        pass_fds=[listener.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


FRONTS: dict[str, Front] = {"HAProxy": _haproxy, "nginx": _nginx}
