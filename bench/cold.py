"""A hot file beside cold ones: what a client of the one notices while others make the disk work."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from typing import NamedTuple

from bench.figures import Figure, Floor, p99
from bench.load import expect
from bench.peers import AIOMEDIA, FILE_RESPONSE, NGINX, Peer
from bench.residency import make_cold
from bench.scale import Workspace
from bench.servers import HOST, Server

HOT = "hot.mp4"
HOT_LENGTH = 1 << 12
COLD = tuple(f"cold{number}.mp4" for number in range(6))
COLD_LENGTH = 200_000_000
CLIENTS = 32  # of the hot file
EVERY_S = 0.002  # between two requests of theirs: each client asks every 64 ms, which every server can keep up with
PIECE = 1 << 18
DEADLINE_S = 60.0


class Round(NamedTuple):
    """One server's: how long the hot file took at each request, and how fast the cold ones were together."""

    hot_ms: Sequence[float]
    cold_megabytes: float  # a second


def cold(workspace: Workspace) -> Iterator[Figure]:
    """The p99 of a hot file while six cold ones are read, each by a client that takes all it gets."""
    peers = (AIOMEDIA, NGINX, FILE_RESPONSE)
    root = workspace.media({HOT: HOT_LENGTH} | dict.fromkeys(COLD, COLD_LENGTH))
    rounds: dict[str, list[Round]] = {peer.name: [] for peer in peers}
    # The readers have a process of their own, or they would take the interpreter from the client that measures.
    with ExitStack() as stack, ProcessPoolExecutor(1, get_context("spawn")) as readers:
        servers = {peer: stack.enter_context(peer.serve(root)) for peer in peers}
        for peer, server in servers.items():
            expect(server.url(f"{peer.path}{HOT}"), HOT_LENGTH)
            expect(server.url(f"{peer.path}{COLD[0]}"), COLD_LENGTH)
        readers.submit(time.sleep, 0).result()  # it is there before the first round
        for _ in range(workspace.scale.cold_rounds):
            for peer, server in servers.items():
                for name in COLD:
                    make_cold(root / name)
                rounds[peer.name].append(_round(peer, server, readers))
    hot = {name: [p99(each.hot_ms) for each in samples] for name, samples in rounds.items()}
    nginx = Figure("", "ms", hot[NGINX.name]).value
    for name, samples in hot.items():
        floor = Floor(max(1.5 * nginx, 25), goal=nginx) if name == AIOMEDIA.name else None
        yield Figure("p99 of a hot 4 KB file beside cold ones", "ms", samples, floor, server=name)
    for name, each in rounds.items():
        yield Figure("six cold files of 200 MB", "MB/s", [one.cold_megabytes for one in each], server=name)


def _round(peer: Peer, server: Server, readers: ProcessPoolExecutor) -> Round:
    began = time.perf_counter()
    reading = readers.submit(_read_all, server.port, [f"{peer.path}{name}" for name in COLD])
    hot_ms = _ask_steadily(server.port, f"{peer.path}{HOT}", reading.done)
    took = reading.result() - began
    return Round(hot_ms, len(COLD) * COLD_LENGTH / took / 1e6)


def _ask_steadily(port: int, target: str, is_over: Callable[[], bool]) -> list[float]:
    """How long each request for the hot file took, in ms, of several clients that take turns."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        began = time.perf_counter()
        dues = [began + number * EVERY_S for number in range(CLIENTS)]
        asking = [pool.submit(_ask_from, due, port, target, is_over) for due in dues]
        return [sample for asked in asking for sample in asked.result()]


def _ask_from(due: float, port: int, target: str, is_over: Callable[[], bool]) -> list[float]:
    """Each is timed from when it was due, so a server that stands still is late for all that fell due meanwhile."""
    samples: list[float] = []
    with socket.create_connection((HOST, port), DEADLINE_S) as connection:
        while not is_over() or due < time.perf_counter():
            time.sleep(max(0, due - time.perf_counter()))
            _get(connection, target, HOT_LENGTH)
            samples.append(1000 * (time.perf_counter() - due))
            due += CLIENTS * EVERY_S
    return samples


def _read_all(port: int, targets: Sequence[str]) -> float:
    """When the last of these files was read, by perf_counter, which all processes share."""
    with ThreadPoolExecutor(len(targets)) as pool:
        list(pool.map(_read, [port] * len(targets), targets))
    return time.perf_counter()


def _read(port: int, target: str) -> None:
    with socket.create_connection((HOST, port), DEADLINE_S) as connection:
        _get(connection, target, COLD_LENGTH)


def _get(connection: socket.socket, target: str, length: int) -> None:
    """Raises RuntimeError unless the answer is 200 with this many bytes, which are dropped."""
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    piece = bytearray(PIECE)
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv_into(piece)
        if not received:
            raise RuntimeError(f"{target}: the connection was closed after {head!r}")
        head += piece[:received]
    head, _, first = head.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or f"content-length: {length}".encode() not in head.lower():
        raise RuntimeError(f"{target}: {head.decode()}")
    left = length - len(first)
    while left > 0 and (received := connection.recv_into(piece)):
        left -= received
    if left:
        raise RuntimeError(f"{target}: {left} bytes are missing")
