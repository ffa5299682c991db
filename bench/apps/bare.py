"""`python -m bench.apps.bare PORT FILE` answers every request with the same bytes, and does nothing else.

It spends its time in copying to the kernel, and the client in reading: a server that comes near it is no longer what
is measured.
"""

import asyncio
import sys
from pathlib import Path

from bench.servers import HOST


class _Protocol(asyncio.Protocol):
    """Takes what arrives at a time for one request, as it is with a client that waits for each answer."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(self._answer)


async def serve(port: int, body: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    server = await asyncio.get_running_loop().create_server(lambda: _Protocol(answer), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
