"""The servers that aiomedia is measured beside: how each serves a directory as fast as it can, on one core."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.servers import HOST, Server, aiomedia, free_port, program, running

READY = "ready"  # a file that each directory under measurement has, and every server is asked for until it answers
ONE_CORE = {"GOMAXPROCS": "1"}  # Go would use every core; one worker each is what is compared

VERSION = re.compile(r"\d+(?:\.\d+)+[\w.-]*")

# Defaults but for what the measurements need: nothing is logged, files are kept open, and so are connections.
_NGINX = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
{user}
pid {top}/nginx.pid;
error_log {top}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    keepalive_requests 1000000000;
    client_body_temp_path {top}/body;
    proxy_temp_path {top}/proxy;
    fastcgi_temp_path {top}/fastcgi;
    uwsgi_temp_path {top}/uwsgi;
    scgi_temp_path {top}/scgi;
    server {{
        listen {host}:{port};
        location / {{ root {root}; autoindex on; autoindex_format json; limit_rate {rate}; }}
        location = /ready {{ return 204; }}
        location = /answer {{ default_type application/json; return 200 '{answer}'; }}
    }}
}}
"""

_LIGHTTPD = """
server.document-root = "{root}"
server.bind = "{host}"
server.port = {port}
server.max-keep-alive-requests = 65535
server.max-fds = 4096
mimetype.assign = ( "" => "application/octet-stream" )
"""

_CADDY = """
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
}}
http://{host}:{port} {{
    root * {root}
    file_server
}}
"""


@contextmanager
def nginx(root: Path, answer: str = "", rate: int = 0) -> Iterator[Server]:
    """Serves files, a directory's index as JSON, and at /answer a body that is ready-made.

    `rate` is how many bytes a second a connection gets of a file, 0 as many as there are.
    """
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as top:
        port = free_port()
        # Started by root, a worker would be another user, who can't read a temporary directory.
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = Path(top, "nginx.conf")
        quoted = answer.replace("\\", "\\\\")
        values = {"top": top, "user": user, "host": HOST, "port": port, "root": root, "answer": quoted, "rate": rate}
        configuration.write_text(_NGINX.format(**values))
        command = [program("nginx") or "nginx", "-p", top, "-c", str(configuration), "-e", f"{top}/error.log"]
        with running(command, port, "/ready") as server:
            yield server


@contextmanager
def bare(body: bytes) -> Iterator[Server]:
    """Serves these bytes with as little work as can be."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        port = free_port()
        with running([sys.executable, "-m", "bench.apps.bare", str(port), file.name], port, "/") as server:
            yield server


@contextmanager
def lighttpd(root: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="bench-lighttpd-") as top:
        port = free_port()
        configuration = Path(top, "lighttpd.conf")
        configuration.write_text(_LIGHTTPD.format(host=HOST, port=port, root=root))
        with running([program("lighttpd") or "lighttpd", "-D", "-f", str(configuration)], port, f"/{READY}") as server:
            yield server


@contextmanager
def caddy(root: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="bench-caddy-") as top:
        port = free_port()
        configuration = Path(top, "Caddyfile")
        configuration.write_text(_CADDY.format(host=HOST, port=port, root=root))
        command = [program("caddy") or "caddy", "run", "--config", str(configuration), "--adapter", "caddyfile"]
        at_home = {"HOME": top, "XDG_CONFIG_HOME": top, "XDG_DATA_HOME": top}
        with running(command, port, f"/{READY}", ONE_CORE | at_home) as server:
            yield server


def rclone(root: Path) -> AbstractContextManager[Server]:
    port = free_port()
    command = [program("rclone") or "rclone", "serve", "http", str(root), "--addr", f"{HOST}:{port}", "--read-only"]
    return running([*command, "--config", os.devnull], port, f"/{READY}", ONE_CORE)


def file_response(root: Path) -> AbstractContextManager[Server]:
    """Stock aiohttp."""
    return _python(root, "bench.apps.stock")


def starlette(root: Path) -> AbstractContextManager[Server]:
    return _python(root, "bench.apps.starlettes")


def flask(root: Path) -> AbstractContextManager[Server]:
    """One worker of eight threads: one of the default kind serves one client at a time, and closes each connection."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", "8", "--bind", f"{HOST}:{port}"]
    return running([*command, f"bench.apps.flasks:application({str(root)!r})"], port, f"/{READY}")


@contextmanager
def copyparty(root: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="bench-copyparty-") as top:
        port = free_port()
        command = [sys.executable, "-m", "copyparty", "-q", "-i", HOST, "-p", str(port), "-v", f"{root}::r"]
        with running(command, port, f"/{READY}", {"HOME": top, "XDG_CONFIG_HOME": top}) as server:
            yield server


def _python(root: Path, module: str) -> AbstractContextManager[Server]:
    port = free_port()
    return running([sys.executable, "-m", module, str(port), str(root)], port, f"/{READY}")


class Peer(NamedTuple):
    """A server of files, as the tables name it."""

    name: str
    serve: Callable[[Path], AbstractContextManager[Server]]
    version: Callable[[], str | None]  # None where it is not installed
    path: str = "/"  # what stands before a file's name


def program_version(name: str, argument: str) -> str | None:
    """The number in what the program prints of itself, among its name, its build and its features."""
    path = program(name)
    if path is None:
        return None
    printed = subprocess.run([path, argument], check=False, capture_output=True, text=True)
    number = VERSION.search(printed.stdout + printed.stderr)
    return number[0] if number else "unknown"


def _package(*names: str) -> Callable[[], str | None]:
    """The versions of these distributions, all of which are needed."""

    def version() -> str | None:
        try:
            return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
        except importlib.metadata.PackageNotFoundError:
            return None

    return version


def _program(name: str, argument: str) -> Callable[[], str | None]:
    return lambda: program_version(name, argument)


AIOMEDIA = Peer("aiomedia", aiomedia, _package("aiomedia", "aiohttp", "uvloop"), "/download/video/")
NGINX = Peer("nginx", nginx, _program("nginx", "-v"))
FILE_RESPONSE = Peer("aiohttp FileResponse", file_response, _package("aiohttp"))
PEERS = (
    AIOMEDIA,
    NGINX,
    Peer("Caddy", caddy, _program("caddy", "version")),
    Peer("lighttpd", lighttpd, _program("lighttpd", "-v")),
    Peer("rclone serve http", rclone, _program("rclone", "version")),
    FILE_RESPONSE,
    Peer("Starlette, uvicorn", starlette, _package("starlette", "uvicorn")),
    Peer("Flask, gunicorn", flask, _package("flask", "gunicorn")),
    Peer("copyparty", copyparty, _package("copyparty")),
)


def installed() -> list[Peer]:
    return [peer for peer in PEERS if peer.version() is not None]
