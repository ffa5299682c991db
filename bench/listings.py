"""Listings that did not change, beside nginx's; and one of many files right after a change."""

import json
import random
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from bench.figures import Figure, Floor, ratio
from bench.load import Load, body, taking_turns
from bench.peers import bare, nginx
from bench.scale import CONTENT, Workspace
from bench.servers import HOST, Server, aiomedia

CONNECTIONS = 8
DEADLINE_S = 30.0
POLL_S = 0.002
CHANGED = "777777output.mp4"
PAUSE_S = 0.05  # at most, before a change, so that it meets the server in any phase


def listing(workspace: Workspace) -> Iterator[Figure]:
    """An unchanged listing, beside nginx's of the same directory."""
    scale = workspace.scale
    directory = workspace.directory(scale.listed_files)
    with aiomedia(directory) as ours, nginx(directory) as theirs:
        content, etag = body(ours.url("/list/files"))
        listed = [len(json.loads(content)["files"]), len(json.loads(body(theirs.url("/"))[0]))]
        assert listed == [scale.listed_files] * 2, f"{listed} files are listed, not {scale.listed_files} by both"
        with bare(content) as limit:
            url = ours.url("/list/files")
            loads = {
                "aiomedia": Load(url, CONNECTIONS),
                "nginx autoindex": Load(theirs.url("/"), CONNECTIONS),
                "aiomedia, gzip": Load(url, CONNECTIONS, ("Accept-Encoding: gzip",)),
                "aiomedia, 304": Load(url, CONNECTIONS, (f"If-None-Match: {etag}",)),
                "a bare server, same bytes": Load(limit.url("/"), CONNECTIONS),
            }
            rates = taking_turns(loads, scale.rounds, scale.load_s)
    requests = {name: [rate.requests for rate in samples] for name, samples in rates.items()}
    for name, samples in requests.items():
        yield Figure(f"listing of {scale.listed_files:,} files", "requests/s", samples, server=name)
    beside = requests["aiomedia"], requests["nginx autoindex"]
    yield ratio("listing: aiomedia to nginx autoindex", *beside, Floor(40, "at least", 80))


def changed(workspace: Workspace) -> Iterator[Figure]:
    """A whole listing right after one change, from the request until its head is there.

    A head holds the entity tag, which is made of all bytes that follow: so when it is there, the server has done all
    but copy them into the socket. That a file was renamed is seen by its identifier, which makes no listing.
    """
    files = workspace.scale.files
    directory = workspace.directory(files)
    shown, hidden = directory / CHANGED, directory / f".{CHANGED}"
    hidden.write_bytes(CONTENT)
    after: list[float] = []
    again: list[float] = []
    try:
        with aiomedia(directory) as server, nginx(directory) as theirs:
            connection = HTTPConnection(HOST, server.port, timeout=DEADLINE_S)
            _head_ms(connection, "/list/files")  # what only a first listing costs says nothing here
            for source, target in [(hidden, shown), (shown, hidden)] * (workspace.scale.whole_trials // 2):
                time.sleep(random.uniform(0, PAUSE_S))
                source.rename(target)
                _until_seen(server, is_there=target is shown)
                after.append(_head_ms(connection, "/list/files"))
                again.append(_head_ms(connection, "/list/files"))
            connection.close()
            beside = HTTPConnection(HOST, theirs.port, timeout=DEADLINE_S)
            nginxes = [_head_ms(beside, "/") for _ in range(workspace.scale.rounds)]
            beside.close()
    finally:
        hidden.unlink(missing_ok=True)
        shown.unlink(missing_ok=True)
    name = f"listing of {files:,} files, until its head is there"
    yield Figure(name, "ms", after, Floor(40, goal=10), server="aiomedia, after a change")
    yield Figure(name, "ms", again, server="aiomedia, unchanged")
    yield Figure(name, "ms", nginxes, server="nginx autoindex")


def _head_ms(connection: HTTPConnection, target: str) -> float:
    began = time.perf_counter()
    connection.request("GET", target)
    response = connection.getresponse()
    took = 1000 * (time.perf_counter() - began)
    response.read()
    if response.status != 200:
        raise RuntimeError(f"{target}: {response.status}")
    return took


def _until_seen(server: Server, *, is_there: bool) -> None:
    """Raises RuntimeError when the change is not seen in time."""
    url = server.url(f"/list/generated/{Path(CHANGED).stem.removesuffix('output')}")
    deadline = time.monotonic() + DEADLINE_S
    while (CHANGED.encode() in body(url)[0]) is not is_there:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{url}: the change was not seen within {DEADLINE_S:g} s")
        time.sleep(POLL_S)
