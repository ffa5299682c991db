"""Downloads: what it costs to decide what to send, and what many clients' ranges of a large file take of memory."""

import asyncio
import os
import random
import timeit
from collections.abc import Iterator, Sequence

from aiohttp import ClientSession, MultipartReader, TCPConnector
from multidict import CIMultiDict

from aiomedia.conditional import Validators, select
from bench.figures import Figure, Floor
from bench.scale import Workspace
from bench.servers import Server, aiomedia, peak_bytes, resident_bytes

VALIDATORS = Validators('"abcdefghijklmnop"', 1_722_852_000)
LENGTH = 200_000_000  # bytes of the file
CLIENTS = 100
LONGEST = 1_000_000  # bytes of a range

# As a client sends them; 17 are enough to be refused, and 10,000 must not cost more for it.
REQUESTS = {
    "a plain GET": ({}, Floor(5)),
    "a range, if it is the same file": ({"Range": "bytes=1000-", "If-Range": VALIDATORS.etag}, None),
    "16 ranges": ({"Range": f"bytes={','.join(f'{n}000-{n}999' for n in range(1, 17))}"}, Floor(50)),
    "10,000 ranges": ({"Range": f"bytes={','.join(f'{n}000-{n}999' for n in range(1, 10_001))}"}, Floor(1000)),
}


def deciding(workspace: Workspace) -> Iterator[Figure]:
    """What it takes to parse a request's conditions and ranges, and to decide."""
    for name, (more, floor) in REQUESTS.items():
        fields = CIMultiDict({"Host": "localhost", "User-Agent": "curl/8.0", "Accept": "*/*", **more})
        timer = timeit.Timer(lambda fields=fields: select("GET", fields, VALIDATORS, LENGTH))  # type: ignore[misc]
        calls, _ = timer.autorange()
        samples = [1e6 * seconds / calls for seconds in timer.repeat(workspace.scale.rounds, calls)]
        yield Figure(f"deciding on {name}", "µs", samples, floor)


def ranges(workspace: Workspace) -> Iterator[Figure]:
    """Random ranges of one large file, asked for by many clients at once; each byte is compared."""
    directory = workspace.top / "large"
    directory.mkdir()
    content = random.Random(1).randbytes(LENGTH)
    (directory / "large.mp4").write_bytes(content)
    os.sync()
    with aiomedia(directory) as server:
        asyncio.run(_ask(server, content, clients=1, requests=10))
        before = resident_bytes(server.pid)
        asyncio.run(_ask(server, content, CLIENTS, workspace.scale.ranges))
        grown = peak_bytes(server.pid) - before
    yield Figure(f"memory that {CLIENTS} clients' ranges take", "MB", [grown / 1e6], Floor(50))


async def _ask(server: Server, content: bytes, clients: int, requests: int) -> None:
    async with ClientSession(connector=TCPConnector(limit=clients)) as session:
        await asyncio.gather(*(_client(session, server, content, requests, seed) for seed in range(clients)))


async def _client(session: ClientSession, server: Server, content: bytes, requests: int, seed: int) -> None:
    """Raises AssertionError when a byte is wrong. Every fourth request is for several ranges."""
    dice = random.Random(seed)
    view = memoryview(content)
    for number in range(requests):
        spans = [_span(dice) for _ in range(1 if number % 4 else 3)]
        headers = {"Range": f"bytes={','.join(f'{first}-{last}' for first, last in spans)}"}
        async with session.get(server.url("/download/video/large.mp4"), headers=headers) as response:
            assert response.status == 206, response.status
            if len(spans) == 1:
                assert await response.read() == view[spans[0][0] : spans[0][1] + 1]
            else:
                await _compare_parts(MultipartReader.from_response(response), spans, view)  # type: ignore[arg-type]


async def _compare_parts(reader: MultipartReader, spans: Sequence[tuple[int, int]], view: memoryview) -> None:
    for first, last in spans:
        part = await reader.next()
        assert part is not None
        assert not isinstance(part, MultipartReader)
        assert await part.read() == view[first : last + 1]


def _span(dice: random.Random) -> tuple[int, int]:
    first = dice.randrange(LENGTH)
    return first, min(LENGTH, first + dice.randint(1, LONGEST)) - 1
