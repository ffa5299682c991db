"""Many files at once, large trees that come and go, files that are being written: what is seen, and the loop."""

import json
import os
import random
import resource
import shutil
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

from bench.figures import Figure, Floor
from bench.scale import CONTENT, Workspace
from bench.servers import HOST, Server, aiomedia, probed

CLOSED_MEDIAN_MS = Floor(40)
CLOSED_P99_MS = Floor(500)
EQUAL_S = Floor(10)
HELD_MS = Floor(50)

WRITTEN_S = 0.15  # at most, and random: how long a file is written to
PIECES = 4  # that it is written in
WRITERS_S = 3.0  # how long many files are written to at once
DEADLINE_S = 60.0


def closed(workspace: Workspace) -> Iterator[Figure]:
    """The time from the close of a file that was written in place to the answer that shows it."""
    directory = workspace.top / "closed"
    directory.mkdir()
    with aiomedia(directory) as server:
        samples = [_close(server, directory, number) for number in range(workspace.scale.trials)]
    yield Figure("a written file is visible after its close", "ms", samples, CLOSED_MEDIAN_MS)
    yield Figure("a written file is visible after its close", "ms", samples, CLOSED_P99_MS, "p99")


def _close(server: Server, directory: Path, number: int) -> float:
    name = f"{number}output.mp4"
    with (directory / name).open("wb", buffering=0) as file:
        pause_s = random.uniform(0, WRITTEN_S) / PIECES
        for _ in range(PIECES):
            file.write(CONTENT)
            time.sleep(pause_s)
    closed_at = time.perf_counter()
    connection = HTTPConnection(HOST, server.port, timeout=DEADLINE_S)
    try:
        seen = b""
        while name.encode() not in seen:
            connection.request("GET", f"/list/generated/{number}")
            seen = connection.getresponse().read()
            _check(closed_at)
    finally:
        connection.close()
    return 1000 * (time.perf_counter() - closed_at)


def storms(workspace: Workspace) -> Iterator[Figure]:
    """How long the loop is held, at most, by what happens to the directory; when what is listed equals the disk."""
    scale = workspace.scale
    equal: list[float] = []
    held: dict[str, list[float]] = {}
    for number in range(scale.rounds):
        top = workspace.top / f"storm-{number}"
        root, aside = top / "media", top / "aside"
        root.mkdir(parents=True)
        _make_tree(aside, scale.storm // 2)
        with probed(root) as (server, probe_port):
            for name, storm in _storms(root, aside, scale.storm).items():
                _held_ms(probe_port)
                storm()
                began = time.perf_counter()
                _wait_until_equal(server, root)
                if name.endswith("made"):
                    equal.append(time.perf_counter() - began)
                held.setdefault(name, []).append(_held_ms(probe_port))
        shutil.rmtree(top)
    yield Figure(f"what is listed equals the disk, after a burst of {scale.storm:,} files", "s", equal, EQUAL_S)
    for name, samples in held.items():
        yield Figure(f"the loop is held, at most: {name}", "ms", samples, HELD_MS)


def _storms(root: Path, aside: Path, files: int) -> dict[str, Callable[[], object]]:
    tree = root / "tree"
    return {
        f"{files:,} files are made": lambda: _make_files(root, files),
        f"a tree of {files // 2:,} directories is moved in": lambda: aside.rename(tree),
        f"a tree of {files // 2:,} directories is moved out": lambda: tree.rename(aside),
        f"{files // 10:,} files are written at once": lambda: _write_at_once(root, files // 10),
    }


def _make_files(directory: Path, files: int) -> None:
    for number in range(files):
        (directory / f"{number}.mp4").write_bytes(CONTENT)


def _make_tree(top: Path, directories: int) -> None:
    """A hundred directories each in one, and a file in each."""
    for number in range(directories):
        directory = top / str(number // 100) / str(number)
        directory.mkdir(parents=True)
        (directory / "x.mp4").write_bytes(CONTENT)


def _write_at_once(directory: Path, files: int) -> None:
    """All are open, and each is written to again and again."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with ExitStack() as stack:
        opened = [
            stack.enter_context((directory / f"w{number}.mp4").open("wb", buffering=0)) for number in range(files)
        ]
        began = time.perf_counter()
        while time.perf_counter() - began < WRITERS_S:
            for file in opened:
                file.write(CONTENT)


def _wait_until_equal(server: Server, root: Path) -> None:
    """A listing of all would itself be a load: it is asked for how many there are."""
    files = sum(len(names) for _, _, names in os.walk(root))
    began = time.perf_counter()
    while _fetched(server, "/health/ready")["roots"][0]["files"] != files:
        _check(began)
        time.sleep(0.05)


def _fetched(server: Server, target: str) -> dict[str, list[dict[str, int]]]:
    with urllib.request.urlopen(server.url(target)) as response:
        body: dict[str, list[dict[str, int]]] = json.load(response)
        return body


def _held_ms(probe_port: int) -> float:
    """For how long nobody was answered, at most, since this was asked for last."""
    with socket.create_connection((HOST, probe_port)) as connection:
        return float(connection.makefile().read())


def _check(began: float) -> None:
    if time.perf_counter() - began > DEADLINE_S:
        raise RuntimeError(f"what is listed did not equal the disk within {DEADLINE_S:g} s")
