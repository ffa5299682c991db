"""`aiomedia serve` as a process of its own, and the programs that look at it from outside."""

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.asking import DEADLINE_S

PACKAGES = {
    "aria2c": "aria2",
    "nsenter": "util-linux",
    "prlimit": "util-linux",
    "unshare": "util-linux",
}  # where a program is not called as its package is
PTRACE_ATTACH, PTRACE_DETACH, WALL = 16, 17, 0x40000000  # of <sys/ptrace.h> and <sys/wait.h>
SAMPLES = Path(__file__).parents[1] / "samples"


class Server:
    """A running server, the URL that it announced, and what it wrote to its standard error, once it has ended."""

    host = "127.0.0.1"

    def __init__(self, *arguments: object, within: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*within, sys.executable, "-m", "aiomedia", "serve", "--port", "0", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = self._announced()
        self.port = urlsplit(self.url).port

    def stop(self, number: int) -> tuple[int, str]:
        """Sends a signal, and returns the exit status and the log."""
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, log

    def _announced(self) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "http://" in line:
                return line.split()[-1]
        raise AssertionError("it ended before it listened")


@contextmanager
def running(*arguments: object, within: Sequence[str] = ()) -> Iterator[Server]:
    """A server whose roots are scanned, started by a command. It is killed in the end, should it still run."""
    server = Server(*arguments, within=within)
    try:
        until_ready(server.url)
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def until_ready(url: str) -> None:
    """Waits until every root of the server at this URL is scanned."""
    deadline = time.monotonic() + DEADLINE_S
    while not _is_ready(url):
        assert time.monotonic() < deadline, "not ready"
        time.sleep(0.02)


def _is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/health/ready"):
            return True
    except URLError:
        return False


@contextmanager
def held(server: Server, name: str) -> Iterator[None]:
    """Holds the thread of this name, as a debugger would: the others go on. The test skips where that isn't allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    tasks = f"/proc/{server.process.pid}/task"
    (thread,) = [int(task) for task in os.listdir(tasks) if Path(tasks, task, "comm").read_text().strip() == name]
    if libc.ptrace(PTRACE_ATTACH, thread, None, None) != 0:
        pytest.skip(f"can't hold a thread: {os.strerror(ctypes.get_errno())}")
    os.waitpid(thread, WALL)
    try:
        yield
    finally:
        libc.ptrace(PTRACE_DETACH, thread, None, None)


def engine(name: str) -> str:
    """The path of a program that a test needs. Without it the test skips; in CI, which installs it, that fails."""
    path = shutil.which(name)
    if path is None:
        message = f"needs {name}: apt-get install {PACKAGES.get(name, name)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path
