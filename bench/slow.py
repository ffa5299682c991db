"""A thousand clients that take almost nothing: what each costs in memory, and what a fast one notices of them."""

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from typing import NamedTuple

from bench.figures import Figure, Floor, ratio
from bench.load import Load, expect, rate
from bench.peers import AIOMEDIA, NGINX, Peer
from bench.scale import Workspace
from bench.servers import HOST, Server, resident_bytes

CLIENTS = 1000
LARGE, LARGE_LENGTH = "large.mp4", 1 << 28
FAST, FAST_LENGTH = "fast.mp4", 1 << 20
BUFFER = 4096  # bytes that a client's kernel takes in advance
# As on Ethernet. With loopback's 64 KB the kernel gives each connection 4 MB to send from, and a thousand of them use
# up what it has for all of TCP: then every server is as slow as these clients.
SEGMENT = 1460
SIP = 256  # bytes that a client takes at a time, so that none counts as dead
EVERY_S = 1.0
DEADLINE_S = 60.0
SETTLE_S = 2.0  # until as much lies in the sockets as will


class Round(NamedTuple):
    """One server's."""

    kilobytes: float  # that it grew by, a client
    alone: float  # MB/s of a fast client
    beside: float


def slow(workspace: Workspace) -> Iterator[Figure]:
    """Memory a slow client, and the rate of a fast one beside them. Each round has new servers, whose memory is new."""
    peers = (AIOMEDIA, NGINX)
    rounds: dict[str, list[Round]] = {peer.name: [] for peer in peers}
    for _ in range(workspace.scale.rounds):
        for peer in peers:
            rounds[peer.name].append(_round(workspace, peer))
    for name, samples in rounds.items():
        floor = Floor(24, goal=12) if name == AIOMEDIA.name else None
        memory = [each.kilobytes for each in samples]
        yield Figure(f"memory a slow client of {CLIENTS:,}", "KB", memory, floor, server=name)
    for name, samples in rounds.items():
        yield Figure("a fast client, alone", "MB/s", [each.alone for each in samples], server=name)
        yield Figure("a fast client beside the slow", "MB/s", [each.beside for each in samples], server=name)
    for name, samples in rounds.items():
        floor = Floor(0.6, "at least", 0.8) if name == AIOMEDIA.name else None
        beside, alone = [each.beside for each in samples], [each.alone for each in samples]
        yield ratio(f"a fast client of {name}: beside the slow to alone", beside, alone, floor)


def _round(workspace: Workspace, peer: Peer) -> Round:
    root = workspace.media({LARGE: LARGE_LENGTH, FAST: FAST_LENGTH})
    with peer.serve(root) as server:
        for name, length in ((LARGE, LARGE_LENGTH), (FAST, FAST_LENGTH)):
            expect(server.url(f"{peer.path}{name}"), length)
        fast = Load(server.url(f"{peer.path}{FAST}"), connections=1)
        alone = rate(fast, workspace.scale.load_s).megabytes
        before = resident_bytes(server.pid)
        with _crowd(server, f"{peer.path}{LARGE}"):
            time.sleep(SETTLE_S)
            beside = rate(fast, workspace.scale.load_s).megabytes
            grown = resident_bytes(server.pid) - before
    return Round(grown / CLIENTS / 1024, alone, beside)


@contextmanager
def _crowd(server: Server, target: str) -> Iterator[None]:
    """The slow clients, in a process of their own, from when each of them has its answer's beginning."""
    context = multiprocessing.get_context("spawn")
    are_served, are_released = context.Event(), context.Event()
    process = context.Process(target=_sip, args=(server.port, target, are_served, are_released), daemon=True)
    process.start()
    try:
        if not are_served.wait(DEADLINE_S):
            raise RuntimeError(f"{target}: not all of {CLIENTS} clients were served within {DEADLINE_S:g} s")
        yield
        if not process.is_alive():
            raise RuntimeError(f"{target}: a slow client lost its connection")
    finally:
        are_released.set()
        process.join(DEADLINE_S)
        process.kill()


def _sip(port: int, target: str, are_served: Event, are_released: Event) -> None:
    connections = [_begin(port, target) for _ in range(CLIENTS)]
    are_served.set()
    while not are_released.wait(EVERY_S):
        for connection in connections:
            if not connection.recv(SIP):
                raise RuntimeError(f"{target}: the connection was closed")
    for connection in connections:
        connection.close()


def _begin(port: int, target: str) -> socket.socket:
    """A connection with little room, on which an answer begins."""
    connection = socket.socket()
    connection.settimeout(DEADLINE_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)  # both before it connects: the
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)  # server is told
    connection.connect((HOST, port))
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    status = connection.recv(SIP)
    if not status.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"{target}: {status!r}")
    return connection
