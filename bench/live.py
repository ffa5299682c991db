"""Clients that wait: how soon each of many is told of a file, and what it costs to have them wait."""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import mkdtemp

from bench.figures import Figure, Floor
from bench.scale import CONTENT, Workspace
from bench.servers import HOST, Server, aiomedia, resident_bytes

STREAMS = 500
WAITS = 1_000
TRIALS = 20
SLOWEST_MS = Floor(500)
WAITS_MS = Floor(1_000)
STREAM_KB = Floor(40)
DEADLINE_S = 60.0
SETTLE_S = 1.0  # until the server has nothing more to do for those who connected
PIECE = 1 << 16


def events(workspace: Workspace) -> Iterator[Figure]:
    """From a rename to the last of many event streams that tells of it, with and without one that reads nothing."""
    slowest: list[float] = []
    beside: list[float] = []
    memory: list[float] = []
    for _ in range(workspace.scale.rounds):
        root = Path(mkdtemp(dir=workspace.top))
        with aiomedia(root) as server:
            _request(server, "/events").close()  # what the first one of all costs is not the others'
            before = resident_bytes(server.pid)
            with _crowd(_follow, server) as told:
                time.sleep(SETTLE_S)
                memory.append((resident_bytes(server.pid) - before) / STREAMS / 1024)
                slowest += [_trial(root, told) for _ in range(TRIALS)]
                with _request(server, "/events"):
                    beside += [_trial(root, told) for _ in range(TRIALS)]
    yield Figure(f"a file is told to the last of {STREAMS} streams", "ms", slowest, SLOWEST_MS)
    yield Figure("the same beside a client that reads nothing", "ms", beside, SLOWEST_MS)
    yield Figure("memory an idle stream", "KB", memory, STREAM_KB)


def waits(workspace: Workspace) -> Iterator[Figure]:
    """From when the last of many files is there to the last answer, of as many clients that wait for one each."""
    taken: list[float] = []
    memory: list[float] = []
    for _ in range(workspace.scale.rounds):
        root = Path(mkdtemp(dir=workspace.top))
        with aiomedia(root) as server:
            _request(server, "/list/generated/0").close()
            before = resident_bytes(server.pid)
            with _crowd(_wait, server) as answered:
                time.sleep(SETTLE_S)
                memory.append((resident_bytes(server.pid) - before) / WAITS / 1024)
                for number in range(WAITS):
                    _put(root / f"{number}output.mp4")
                began = time.perf_counter()
                taken.append(1000 * (_received(answered) - began))
    yield Figure(f"{WAITS:,} waits are answered, each by its file", "ms", taken, WAITS_MS)
    yield Figure("memory a wait", "KB", memory)


def _trial(root: Path, told: Connection) -> float:
    began = time.perf_counter()
    _put(root / "new.mp4")
    return 1000 * (_received(told) - began)


def _put(path: Path) -> None:
    (path.parent / ".new").write_bytes(CONTENT)
    (path.parent / ".new").rename(path)


@contextmanager
def _crowd(clients: Callable[[int, Connection], None], server: Server) -> Iterator[Connection]:
    """Clients in a process of their own, from when all of them are connected; it sends when the last was told."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=clients, args=(server.port, theirs), daemon=True)
    process.start()
    try:
        _received(ours)
        yield ours
    finally:
        process.kill()
        process.join()


def _received(told: Connection) -> float:
    if not told.poll(DEADLINE_S):
        raise RuntimeError(f"not all clients were told within {DEADLINE_S:g} s")
    moment: float = told.recv()
    return moment


def _follow(port: int, telling: Connection) -> None:
    """Streams of events. Sends the time, by perf_counter, at which the last of them had the next event."""
    with selectors.DefaultSelector() as selector:
        for _ in range(STREAMS):
            selector.register(_connect(port, "/events"), selectors.EVENT_READ)
        telling.send(time.perf_counter())
        while True:
            lacking = STREAMS
            while lacking:
                for key, _ in selector.select():
                    lacking -= _read(key.fileobj).count(b"event: ")
            telling.send(time.perf_counter())


def _wait(port: int, telling: Connection) -> None:
    """Clients that wait for a file each. Sends the time at which the last of them has its answer."""
    with selectors.DefaultSelector() as selector:
        for number in range(WAITS):
            selector.register(_connect(port, f"/list/generated/{number}?wait=60"), selectors.EVENT_READ)
        telling.send(time.perf_counter())
        lacking = WAITS
        while lacking:
            for key, _ in selector.select():
                lacking -= _read(key.fileobj).count(b'"state":"ready"')
        telling.send(time.perf_counter())


def _read(connection: object) -> bytes:
    assert isinstance(connection, socket.socket)
    received = connection.recv(PIECE)
    if not received:
        raise RuntimeError("the server closed a connection")
    return received


def _request(server: Server, target: str) -> socket.socket:
    """A connection on which an answer has begun, of which nothing more is read."""
    connection = _connect(server.port, target)
    _read(connection)
    return connection


def _connect(port: int, target: str) -> socket.socket:
    connection = socket.create_connection((HOST, port), DEADLINE_S)
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    return connection
