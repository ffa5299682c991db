"""Files of several sizes that lie in the page cache, from every server that is installed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from bench.figures import Figure, Floor, ratio
from bench.load import Load, Rate, expect, taking_turns
from bench.peers import AIOMEDIA, FILE_RESPONSE, NGINX, Peer, installed
from bench.scale import Workspace


class Size(NamedTuple):
    """A file, how many download it at a time, and how fast at least, beside whom."""

    name: str
    length: int
    connections: int
    floors: Mapping[Peer, Floor]

    @property
    def filename(self) -> str:
        return f"{self.length}.mp4"


SIZES = (
    Size("4 KB", 1 << 12, 32, {NGINX: Floor(0.45, "at least", 0.6), FILE_RESPONSE: Floor(8, "at least", 12)}),
    Size("64 KB", 1 << 16, 32, {NGINX: Floor(0.65, "at least", 0.85)}),
    Size("256 KB", 1 << 18, 32, {NGINX: Floor(1, "at least", 1.4)}),
    Size("1 MB", 1 << 20, 32, {NGINX: Floor(0.95, "at least", 1.2)}),
    Size("256 MB", 1 << 28, 4, {NGINX: Floor(0.95, "at least", 1.2)}),
)

LONGEST_COUNTED = 1 << 20  # bytes


def files(workspace: Workspace) -> Iterator[Figure]:
    """All servers run at a time, and each is loaded in turn."""
    root = workspace.media({size.filename: size.length for size in SIZES})
    peers = installed()
    with ExitStack() as stack:
        servers = {peer: stack.enter_context(peer.serve(root)) for peer in peers}
        for size in SIZES:
            urls = {peer: servers[peer].url(f"{peer.path}{size.filename}") for peer in peers}
            for url in urls.values():
                expect(url, size.length)
            loads = {peer.name: Load(url, size.connections) for peer, url in urls.items()}
            rates = taking_turns(loads, workspace.scale.rounds, workspace.scale.peer_load_s)
            yield from _figures(size, rates)


def _figures(size: Size, rates: Mapping[str, Sequence[Rate]]) -> Iterator[Figure]:
    requests = {name: [rate.requests for rate in samples] for name, samples in rates.items()}
    megabytes = {name: [rate.megabytes for rate in samples] for name, samples in rates.items()}
    # Heads differ, which matters in the smallest file; and of the largest, few are complete when a load ends.
    compared = megabytes if size.length > LONGEST_COUNTED else requests
    if compared is requests:
        for name in rates:
            yield Figure(size.name, "requests/s", requests[name], server=name)
    for name in rates:
        yield Figure(size.name, "MB/s", megabytes[name], server=name)
    for peer in (NGINX, FILE_RESPONSE):
        if peer.name in rates:
            beside = compared[AIOMEDIA.name], compared[peer.name]
            yield ratio(f"{size.name}: aiomedia to {peer.name}", *beside, size.floors.get(peer))
