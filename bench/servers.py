"""Servers that are measured, each a process of its own on loopback, and what the kernel says of a process."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, NamedTuple

HOST = "127.0.0.1"
START_S = 120.0  # until a server answers; far above any floor, so that a slow start is a figure and no error
STOP_S = 10.0
POLL_S = 0.01  # between two questions whether it is ready: each takes time from the scan


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
    port = free_port()
    serve = [sys.executable, "-m", "aiomedia", "serve", str(root), "--port", str(port), "--no-access-log"]
    return running([*serve, "--config", os.devnull], port, "/health/ready")


@contextmanager
def probed(root: Path) -> Iterator[tuple[Server, int]]:
    """The same, with a probe of its loop on a port of its own."""
    port, probe_port = free_port(), free_port()
    command = [sys.executable, "-m", "bench.probed", str(port), str(probe_port), str(root)]
    with running(command, port, "/health/ready") as server:
        yield server, probe_port


@contextmanager
def running(
    command: Sequence[str], port: int, ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server for the time of the `with`, which begins once it answers `ready` with a 2xx; then it is stopped."""
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}, start_new_session=True
        )
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
                with suppress(ProcessLookupError):  # workers that outlived their parent, in the session it was given
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def resident_bytes(pid: int) -> int:
    """The memory that a process and its children take now."""
    return sum(_memory(each, "VmRSS") for each in _family(pid))


def peak_bytes(pid: int) -> int:
    """The most memory that each of them has taken."""
    return sum(_memory(each, "VmHWM") for each in _family(pid))


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of the process alone."""
    # The second field is the program's name in parentheses, in which anything may stand.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> list[int]:
    """nginx and gunicorn serve from a child of the process that was started."""
    children = [
        int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()
    ]
    return [pid, *(member for child in children for member in _family(child))]


def _memory(pid: int, name: str) -> int:
    """A line of the status, which is in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, ready: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while not _is_ready(port, ready):
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise RuntimeError(f"{process.args!r} did not start:\n{log.read().decode(errors='replace')}")
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
