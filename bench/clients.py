"""Clients beside each other, as commands from their start to their end, against one server of ours."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from aiomedia import Client
from bench.figures import Figure, Floor, ratio
from bench.peers import nginx
from bench.scale import Workspace
from bench.servers import Server, aiomedia, program

LARGE = "large.mp4"
SMALL_LENGTH = 1 << 16
AT_A_TIME = 16  # small files

# Bytes a second of one connection, and of a file that takes some seconds by it.
LIMIT, LIMITED, LIMITED_LENGTH = 1 << 24, "limited.mp4", 1 << 26
LIMITED_CONNECTIONS = 4

# What a client is told to do, by a server and a directory to do it in.
Command = Callable[[Server, Path], Sequence[str]]


class Ended(NamedTuple):
    """A command that did what it was told."""

    seconds: float
    peak_bytes: int


def client(workspace: Workspace) -> Iterator[Figure]:
    """One large file, many small ones, and a server that limits each connection."""
    yield from _large(workspace)
    yield from _small(workspace)
    if program("nginx") is not None:
        yield from _limited(workspace)


def _large(workspace: Workspace) -> Iterator[Figure]:
    length = workspace.scale.downloaded
    root = workspace.media({LARGE: length})
    ends = _ends(workspace, root, LARGE_COMMANDS, {LARGE: length})
    rates = {name: [length / 1e6 / each.seconds for each in samples] for name, samples in ends.items()}
    for name, samples in rates.items():
        yield Figure("a large file", "MB/s", samples, server=name)
    if "curl" in rates:
        yield ratio(
            "a large file: aiomedia get to curl", rates["aiomedia get -x1"], rates["curl"], Floor(0.8, "at least")
        )
    memory = [each.peak_bytes / 1e6 for name in rates if name.startswith("aiomedia") for each in ends[name]]
    yield Figure("memory of aiomedia get", "MB", memory, Floor(80))


def _small(workspace: Workspace) -> Iterator[Figure]:
    root = workspace.top / "small"
    names = {f"{number}.mp4": SMALL_LENGTH for number in range(workspace.scale.small_files)}
    if not root.exists():
        root.mkdir()
        for name in names:
            (root / name).write_bytes(os.urandom(SMALL_LENGTH))
        os.sync()
    ends = _ends(workspace, root, SMALL_COMMANDS, names)
    for name, samples in ends.items():
        yield Figure(f"{len(names):,} files of 64 KB", "s", [each.seconds for each in samples], server=name)
    ours = [each.seconds for each in ends["aiomedia mirror"]]
    for name in ends.keys() - {"aiomedia mirror"}:
        theirs = [each.seconds for each in ends[name]]
        yield ratio(f"small files: {name} to aiomedia mirror", theirs, ours, Floor(1, "at least"))


def _limited(workspace: Workspace) -> Iterator[Figure]:
    """By the client in this process: what a start takes is no matter of connections."""
    root = workspace.media({LIMITED: LIMITED_LENGTH})
    samples: dict[int, list[float]] = {1: [], LIMITED_CONNECTIONS: []}
    with nginx(root, rate=LIMIT) as server:
        for _ in range(workspace.scale.rounds):
            for connections, seconds in samples.items():
                seconds.append(asyncio.run(_download(server, workspace.top / "limited", connections)))
    name = f"limited to {LIMIT >> 20} MiB/s a connection: {LIMITED_CONNECTIONS} connections to one"
    yield ratio(name, samples[1], samples[LIMITED_CONNECTIONS], Floor(3.5, "at least"))


async def _download(server: Server, target: Path, connections: int) -> float:
    async with Client(server.url("/"), connections=connections) as client:
        started = time.perf_counter()
        await client.download_url(server.url(f"/{LIMITED}"), target)
        seconds = time.perf_counter() - started
    target.unlink()
    return seconds


def _ends(
    workspace: Workspace, root: Path, commands: Mapping[str, Command], lengths: Mapping[str, int]
) -> dict[str, list[Ended]]:
    """How each command did in each round, of those that are installed."""
    ends: dict[str, list[Ended]] = {}
    with aiomedia(root) as server:
        for _ in range(workspace.scale.rounds):
            for name, command in commands.items():
                directory = workspace.top / "downloaded"
                directory.mkdir()
                words = command(server, directory)
                if program(words[0]) is not None:
                    ends.setdefault(name, []).append(_run(words))
                    _require(directory, lengths)
                shutil.rmtree(directory)
    return ends


def _run(words: Sequence[str]) -> Ended:
    started = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{words[0]} ended with {process.returncode}")
    return Ended(seconds, usage.ru_maxrss * 1024)


def _require(directory: Path, lengths: Mapping[str, int]) -> None:
    """Raises unless all files are there, and as long as they should be."""
    there = {path.name: path.stat().st_size for path in directory.rglob("[!.]*") if path.is_file()}
    if there != lengths:
        raise RuntimeError(f"{directory}: {len(there)} files of {len(lengths)}, or of other lengths")


def _ours(server: Server, command: str, *words: object) -> Sequence[str]:
    return [sys.executable, "-m", "aiomedia", command, "-q", "--url", server.url(""), *map(str, words)]


def _large_url(server: Server) -> str:
    return server.url(f"/download/video/{LARGE}")


def _aria2c_small(server: Server, directory: Path) -> Sequence[str]:
    """aria2c is told the URLs, which it could not find out."""
    names = sorted(path.name for path in (directory.parent / "small").glob("*.mp4"))
    urls = directory.parent / "urls"
    urls.write_text("".join(server.url(f"/download/video/{name}\n") for name in names))
    return ["aria2c", "-q", f"-j{AT_A_TIME}", "-d", str(directory), "-i", str(urls)]


def _rclone(server: Server, directory: Path) -> Sequence[str]:
    from_server = ["--http-url", server.url("/browse/"), ":http:", str(directory)]
    return ["rclone", "copy", "-q", "--config", os.devnull, "--transfers", str(AT_A_TIME), *from_server]


LARGE_COMMANDS: Mapping[str, Command] = {
    "curl": lambda server, directory: ["curl", "-s", "-o", str(directory / LARGE), _large_url(server)],
    "aiomedia get -x1": lambda server, directory: _ours(server, "get", "-x1", LARGE, "-o", directory),
    "aiomedia get -x4": lambda server, directory: _ours(server, "get", "-x4", LARGE, "-o", directory),
    "aria2c -x4": lambda server, directory: ["aria2c", "-q", "-x4", "-d", str(directory), _large_url(server)],
}
SMALL_COMMANDS: Mapping[str, Command] = {
    "aiomedia mirror": lambda server, directory: _ours(server, "mirror", directory),
    f"aria2c -j{AT_A_TIME}": _aria2c_small,
    f"rclone copy --transfers {AT_A_TIME}": _rclone,
}
