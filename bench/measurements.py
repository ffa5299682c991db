"""Start, idling and listings. Each measurement yields its figures as it has them."""

import json
import re
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator

from bench.figures import Figure, Floor
from bench.scale import Workspace
from bench.servers import Server, aiomedia, bare, cpu_seconds, nginx, program, resident_bytes

SETTLE_S = 2.0  # after its start a server still gives memory back, and looks at what happened meanwhile


def start(workspace: Workspace) -> Iterator[Figure]:
    """How long it takes until a large directory is served, and what memory a file takes."""
    files = workspace.scale.files
    seconds: list[float] = []
    ready: list[float] = []
    first_listing: list[float] = []
    listed: list[float] = []
    for _ in range(workspace.scale.starts):
        with aiomedia(workspace.directory(0)) as server:
            empty = resident_bytes(server.pid)
        with aiomedia(workspace.directory(files)) as server:
            ready.append((resident_bytes(server.pid) - empty) / files)
            seconds.append(server.start_s)
            began = time.perf_counter()
            _fetch(server, "/list/files")
            first_listing.append(time.perf_counter() - began)
            listed.append((resident_bytes(server.pid) - empty) / files)
    yield Figure(f"start with {files:,} files", "s", seconds, Floor(3))
    yield Figure("memory a file, once ready", "B", ready, Floor(1000))
    yield Figure(f"first listing of {files:,} files", "s", first_listing)
    yield Figure("memory a file, once all were listed", "B", listed)


def idle(workspace: Workspace) -> Iterator[Figure]:
    """What a server takes of a core while nothing happens."""
    files = workspace.scale.files
    with aiomedia(workspace.directory(files)) as server:
        time.sleep(SETTLE_S)
        before, began = cpu_seconds(server.pid), time.perf_counter()
        time.sleep(workspace.scale.idle_s)
        share = (cpu_seconds(server.pid) - before) / (time.perf_counter() - began)
    yield Figure(f"idle with {files:,} files", "% of a core", [100 * share], Floor(2))


def listing(workspace: Workspace) -> Iterator[Figure]:
    """An unchanged listing, beside nginx's of the same directory."""
    scale = workspace.scale
    directory = workspace.directory(scale.listed_files)
    rates: dict[str, list[float]] = {}
    with aiomedia(directory) as ours, nginx(directory) as theirs:
        body, etag = _fetch(ours, "/list/files")
        listed = [len(json.loads(body)["files"]), len(json.loads(_fetch(theirs, "/")[0]))]
        assert listed == [scale.listed_files] * 2, f"{listed} files are listed, not {scale.listed_files} by both"
        with bare(body) as limit:
            loads = {
                "aiomedia": (ours, "/list/files", ()),
                "nginx autoindex": (theirs, "/", ()),
                "aiomedia, gzip": (ours, "/list/files", ("Accept-Encoding: gzip",)),
                "aiomedia, 304": (ours, "/list/files", (f"If-None-Match: {etag}",)),
                "a bare server, same bytes": (limit, "/", ()),
            }
            for _ in range(scale.rounds):
                for name, (server, target, fields) in loads.items():
                    rates.setdefault(name, []).append(_requests_a_second(server.url(target), scale.load_s, fields))
    for name, samples in rates.items():
        yield Figure(f"listing of {scale.listed_files:,} files: {name}", "requests/s", samples)
    ratio = statistics.median(rates["aiomedia"]) / statistics.median(rates["nginx autoindex"])
    yield Figure("listing: aiomedia to nginx autoindex", "times", [ratio], Floor(40, "at least"))


def _fetch(server: Server, target: str) -> tuple[bytes, str | None]:
    """A body and its entity tag."""
    with urllib.request.urlopen(server.url(target)) as response:
        return response.read(), response.headers["ETag"]


def _requests_a_second(url: str, seconds: int, fields: tuple[str, ...]) -> float:
    headers = [argument for field in fields for argument in ("-H", field)]
    command = [program("wrk") or "wrk", "-t1", "-c8", f"-d{seconds}s", *headers, url]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s*([0-9.]+)", printed)
    if rate is None or "Non-2xx" in printed or "Socket errors" in printed:
        raise RuntimeError(f"a load failed:\n{printed}")
    return float(rate[1])
