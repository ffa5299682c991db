"""Answers that are held open for clients that wait or follow: a bounded number, and none for a client that is gone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from aiohttp import web

from aiomedia.errors import TooManyRequests
from aiomedia.waiters import Woken

LOOK_S = 1.0  # how often it is looked whether clients are still there: aiohttp does not tell


class Hold:
    """One answer that is held. It is over when the server stops, or when the client has closed its direction."""

    __slots__ = ("_request", "_task", "_woken", "is_over")

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._task = asyncio.current_task()
        self._woken: Woken | None = None
        self.is_over = False

    async def wait(self, woken: Woken, until: float) -> int | None:
        """What it is woken with; None when it is over, and at this time of the loop's clock."""
        if self.is_over:
            return None
        self._woken = woken
        timer = asyncio.get_running_loop().call_at(until, _wake, woken)
        try:
            return await woken
        finally:
            timer.cancel()
            self._woken = None

    def end(self) -> None:
        """Makes it over: what can be answered by now is the answer."""
        self.is_over = True
        if self._woken is not None:
            _wake(self._woken)

    def look(self) -> None:
        """Looks whether the client is there still, and wants more."""
        transport, protocol = self._request.transport, self._request.protocol
        if transport is None or transport.is_closing():
            assert self._task is not None
            self._task.cancel()
        elif getattr(protocol, "is_half_closed", False):
            self.end()


class Holds:
    """All answers of one application that are held."""

    def __init__(self, most: int, most_per_client: int, longest_s: float) -> None:
        self.longest_s = longest_s  # that a client may have an answer held
        self.is_over = False  # the server stops
        self._most = most
        self._most_per_client = most_per_client
        self._held: set[Hold] = set()
        self._of_client: Counter[str | None] = Counter()

    def __len__(self) -> int:
        return len(self._held)

    @contextmanager
    def hold(self, request: web.Request) -> Iterator[Hold]:
        """Holds the answer to this request within the `with`. Raises TooManyRequests."""
        client = request.remote  # None over a Unix socket: then all are one proxy's, which knows its clients
        if len(self._held) >= self._most or (client is not None and self._of_client[client] >= self._most_per_client):
            raise TooManyRequests
        hold = Hold(request)
        hold.is_over = self.is_over
        self._held.add(hold)
        self._of_client[client] += 1
        try:
            yield hold
        finally:
            self._held.discard(hold)
            self._of_client[client] -= 1
            if not self._of_client[client]:
                del self._of_client[client]

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Lets go of clients that are gone, for the time of the `with`."""
        looking = asyncio.create_task(self._look_again_and_again(), name="look for clients")
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for hold in list(self._held):
                hold.look()

    def end(self) -> None:
        """Ends all, and those that are yet to come: the server stops."""
        self.is_over = True
        for hold in list(self._held):
            hold.end()


def _wake(woken: Woken) -> None:
    if not woken.done():
        woken.set_result(None)
