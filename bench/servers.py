"""The servers that are measured, each a process of its own on loopback, and what the kernel says of a process."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, NamedTuple

HOST = "127.0.0.1"
START_S = 120.0  # until a server answers; far above any floor, so that a slow start is a figure and no error
STOP_S = 10.0
POLL_S = 0.01  # between two questions whether it is ready: each takes time from the scan

_NGINX = """
daemon off;
worker_processes 1;
{user}
pid {top}/nginx.pid;
error_log {top}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {top}/body;
    proxy_temp_path {top}/proxy;
    fastcgi_temp_path {top}/fastcgi;
    uwsgi_temp_path {top}/uwsgi;
    scgi_temp_path {top}/scgi;
    server {{
        listen {host}:{port};
        location / {{ root {root}; autoindex on; autoindex_format json; }}
        location = /ready {{ return 204; }}
    }}
}}
"""


class Server(NamedTuple):
    """A server that answers by now."""

    pid: int
    port: int
    start_s: float  # from the start of the process until it was ready

    def url(self, target: str) -> str:
        return f"http://{HOST}:{self.port}{target}"


def program(name: str) -> str | None:
    """Where a program is. nginx is where only an administrator's PATH leads."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin")


def aiomedia(root: Path) -> AbstractContextManager[Server]:
    """Serves a directory with the defaults, whatever config.toml there is."""
    port = _free_port()
    serve = [sys.executable, "-m", "aiomedia", "serve", str(root), "--port", str(port), "--no-access-log"]
    return _running([*serve, "--config", os.devnull], port, "/health/ready")


@contextmanager
def probed(root: Path) -> Iterator[tuple[Server, int]]:
    """The same, with a probe of its loop on a port of its own."""
    port, probe_port = _free_port(), _free_port()
    command = [sys.executable, "-m", "bench.probed", str(port), str(probe_port), str(root)]
    with _running(command, port, "/health/ready") as server:
        yield server, probe_port


@contextmanager
def bare(body: bytes) -> Iterator[Server]:
    """Serves these bytes with as little work as can be."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        port = _free_port()
        with _running([sys.executable, "-m", "bench.bare", str(port), file.name], port, "/") as server:
            yield server


@contextmanager
def nginx(root: Path) -> Iterator[Server]:
    """Serves a directory's index as JSON."""
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as top:
        port = _free_port()
        # Started by root, a worker would be another user, who can't read a temporary directory.
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = Path(top, "nginx.conf")
        configuration.write_text(_NGINX.format(top=top, user=user, host=HOST, port=port, root=root))
        command = [program("nginx") or "nginx", "-p", top, "-c", str(configuration), "-e", f"{top}/error.log"]
        with _running(command, port, "/ready") as server:
            yield server


@contextmanager
def _running(command: Sequence[str], port: int, ready: str) -> Iterator[Server]:
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_until_ready(process, port, ready, log)
            yield Server(process.pid, port, time.perf_counter() - started)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                print(f"{command[0]} did not stop within {STOP_S:g} s", file=sys.stderr)
            finally:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, ready: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while not _is_ready(port, ready):
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise RuntimeError(f"a server did not start:\n{log.read().decode(errors='replace')}")
        time.sleep(POLL_S)


def _is_ready(port: int, ready: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=START_S)
    try:
        connection.request("GET", ready)
        return connection.getresponse().status < 300
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def resident_bytes(pid: int) -> int:
    """The memory that a process takes now."""
    return _memory(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    """The most memory that it has taken."""
    return _memory(pid, "VmHWM")


def _memory(pid: int, name: str) -> int:
    """A line of the status, which is in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads."""
    # The second field is the program's name in parentheses, in which anything may stand.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
