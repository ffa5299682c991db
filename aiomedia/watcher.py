"""A watch that is kept going: one that fails is set anew, after longer and longer pauses."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing

from aiomedia.storage.base import Attached, WatchFailed

logger = logging.getLogger(__name__)

FIRST_RETRY_S = 0.1  # until a watch that failed is set anew; twice as long after each further failure
RETRY_S = 10.0  # at most


class Watcher:
    """The watch of one root. `told` gets the paths of each batch; `lost` is called when events may have been lost."""

    def __init__(self, name: str, told: Callable[[set[str]], None], lost: Callable[[], None]) -> None:
        self.restarts = 0
        self.overflows = 0  # suspected ones
        self.error: str | None = "not watched yet"  # why nothing is told; None while everything is
        self.tried = asyncio.Event()  # set once the watch is set, or failed
        self._name = name
        self._told = told
        self._lost = lost

    async def run(self, attached: Attached) -> None:
        """Watches until it is cancelled, whatever happens to the watch."""
        self.error = "not watched yet"
        pause_s = FIRST_RETRY_S
        while True:
            began = time.monotonic()
            self._fail(await self._watch(attached))
            if time.monotonic() - began > RETRY_S:
                pause_s = FIRST_RETRY_S  # it lasted: this is no failure in a row
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_S)
            self.restarts += 1

    async def _watch(self, attached: Attached) -> str:
        """Returns why it ended."""
        try:
            async with aclosing(attached.watch()) as batches:
                async for paths in batches:
                    self._told(paths) if paths else self._told_of_loss()
        except WatchFailed as error:
            return str(error)
        except Exception as error:
            logger.exception("watching %s failed", self._name)
            return f"{type(error).__name__}: {error}"
        return "the watch ended"

    def _told_of_loss(self) -> None:
        if self.error is None:
            self.overflows += 1
            logger.warning("%s: so much happened at once that events may have been lost", self._name)
        self.error = None
        self.tried.set()
        self._lost()

    def _fail(self, error: str) -> None:
        if self.error != error:
            logger.warning("%s is not watched: %s", self._name, error)
        self.error = error
        self.tried.set()
