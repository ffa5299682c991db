"""Starts in large directories, and idling. Each measurement yields its figures as it has them."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, Floor
from bench.load import body
from bench.scale import Workspace
from bench.servers import aiomedia, cpu_seconds, resident_bytes

AGE_S = 11.0  # of the youngest file: into those of the last ten seconds a server looks for a writer, one by one
SETTLE_S = 2.0  # after its start a server still gives memory back, and looks at what happened meanwhile


def start(workspace: Workspace) -> Iterator[Figure]:
    """How long it takes until a large directory is served, and what memory a file takes."""
    files = workspace.scale.files
    directory = workspace.directory(files)
    yield from _start(workspace, directory, files, workspace.scale.starts, Floor(3), Floor(1000))


def million(workspace: Workspace) -> Iterator[Figure]:
    """The same of the largest directory, which is removed at once: the file system would be busy with it for long."""
    files = workspace.scale.million
    directory = workspace.directory(files)
    try:
        yield from _start(workspace, directory, files, 1, Floor(30, goal=12), Floor(900, goal=500))
    finally:
        shutil.rmtree(directory)


def _start(
    workspace: Workspace, directory: Path, files: int, starts: int, time_floor: Floor, memory_floor: Floor
) -> Iterator[Figure]:
    seconds: list[float] = []
    ready: list[float] = []
    first_listing: list[float] = []
    listed: list[float] = []
    time.sleep(max(0, directory.stat().st_mtime + AGE_S - time.time()))
    for _ in range(starts):
        with aiomedia(workspace.directory(0)) as server:
            empty = resident_bytes(server.pid)
        with aiomedia(directory) as server:
            ready.append((resident_bytes(server.pid) - empty) / files)
            seconds.append(server.start_s)
            began = time.perf_counter()
            body(server.url("/list/files"))
            first_listing.append(time.perf_counter() - began)
            listed.append((resident_bytes(server.pid) - empty) / files)
    yield Figure(f"start with {files:,} files", "s", seconds, time_floor)
    yield Figure(f"memory a file of {files:,}, once ready", "B", ready, memory_floor)
    yield Figure(f"first listing of {files:,} files", "s", first_listing)
    yield Figure(f"memory a file of {files:,}, once all were listed", "B", listed)


def idle(workspace: Workspace) -> Iterator[Figure]:
    """What a server takes of a core while nothing happens."""
    files = workspace.scale.files
    with aiomedia(workspace.directory(files)) as server:
        time.sleep(SETTLE_S)
        before, began = cpu_seconds(server.pid), time.perf_counter()
        time.sleep(workspace.scale.idle_s)
        share = (cpu_seconds(server.pid) - before) / (time.perf_counter() - began)
    yield Figure(f"idle with {files:,} files", "% of a core", [100 * share], Floor(2))
