"""`python -m bench.probed PORT PROBE_PORT DIR` serves a directory, and tells how long its loop was held.

Whoever connects to the probe's port gets that: for how long, at most, since the last time, nobody was answered, in ms.
Not the time in which it would have gone on and had no core: what a storm is made by is on the same machine.
"""

import asyncio
import sys
import threading

from aiomedia.config import Config
from aiomedia.web.serving import listening
from bench.servers import HOST

TICK_S = 0.001


class Probe:
    """Wakes up all the time, and remembers by how much that was too late."""

    def __init__(self) -> None:
        self._held_s = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, waited_s = loop.time() + TICK_S, _waited_s()
            await asyncio.sleep(TICK_S)
            self._held_s = max(self._held_s, loop.time() - due - (_waited_s() - waited_s))

    async def tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{1000 * self._held_s}\n".encode())
        self._held_s = 0.0
        writer.close()
        await writer.wait_closed()


def _waited_s() -> float:
    """For how long this thread could have run and had no core, by proc_pid_schedstat(5)."""
    with open(f"/proc/self/task/{threading.get_native_id()}/schedstat") as file:
        return int(file.read().split()[1]) / 1e9


async def serve(port: int, probe_port: int, root: str) -> None:
    probe = Probe()
    async with listening(Config(roots=(root,), port=port, access_log=False)):
        await asyncio.start_server(probe.tell, HOST, probe_port)
        await probe.run()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
