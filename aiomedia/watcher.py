"""A watch that is kept going: one that fails is set anew, after longer and longer pauses."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing

from aiomedia.storage.base import Attached, Stamp, Watch, WatchFailed

logger = logging.getLogger(__name__)

FIRST_RETRY_S = 0.1  # until a watch that failed is set anew; twice as long after each further failure
RETRY_S = 10.0  # at most
QUIET_S = 10.0  # without a suspicion, until one is logged again
SECOND_LOOK_S = 2.0  # until one that is not watched is believed: it may have been made just now
AGAIN_S = 600.0  # until it is tried again to watch what could not be watched: a limit may have been raised

NOT_YET = "not watched yet"


class Watcher:
    """The watch of one root. `told` gets the paths of each batch; `lost` is called when events may have been lost."""

    def __init__(self, name: str, told: Callable[[set[str]], None], lost: Callable[[], None]) -> None:
        self.restarts = 0  # how often watches were set anew because something was wrong with the old ones
        self.overflows = 0  # suspected ones
        self.tried = asyncio.Event()  # set once the watch is set, or failed
        self._name = name
        self._told = told
        self._lost = lost
        self._watch: Watch | None = None
        self._failure: str | None = NOT_YET
        self._given_up: set[str] = set()  # directories that new watches did not cover either
        self._suspects: set[str] = set()  # for which the watches were set anew
        self._renewed_at = 0.0
        self._quiet_until = 0.0

    @property
    def error(self) -> str | None:
        """Why not everything is told; None while it is."""
        if self._failure is None and self._given_up:
            return f"{len(self._given_up)} of the directories can't be watched, such as {min(self._given_up)!r}"
        return self._failure

    async def run(self, attached: Attached) -> None:
        """Watches until it is cancelled, whatever happens to the watch."""
        self._failure = NOT_YET
        pause_s = FIRST_RETRY_S
        while True:
            began = time.monotonic()
            self._fail(await self._follow(attached))
            if time.monotonic() - began > RETRY_S:
                pause_s = FIRST_RETRY_S  # it lasted: this is no failure in a row
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_S)
            self.restarts += 1

    async def audit(self, known: Mapping[str, Stamp]) -> None:
        """Looks whether all directories are watched, and has the watches set anew when they are not.

        For the same directories only once in a long while: what can't be watched is compared more often instead.
        """
        watch, now = self._watch, time.monotonic()
        if watch is None or self._failure is not None:
            return
        unwatched = await asyncio.to_thread(watch.unwatched, known)
        if not unwatched <= self._suspects:
            await asyncio.sleep(SECOND_LOOK_S)
            unwatched &= await asyncio.to_thread(watch.unwatched, known)
        self._given_up = unwatched & self._suspects
        if unwatched == self._given_up and (not unwatched or now - self._renewed_at < AGAIN_S):
            self._suspects = unwatched
            return
        logger.warning(
            "%s: %d of the directories are not watched, such as %r", self._name, len(unwatched), min(unwatched)
        )
        self._suspects, self._renewed_at = unwatched, now
        self.restarts += 1
        watch.renew(unwatched)

    async def _follow(self, attached: Attached) -> str:
        """Returns why it ended."""
        self._watch = attached.watch()
        try:
            async with aclosing(self._watch.told()) as batches:
                async for paths in batches:
                    self._told(paths) if paths else self._told_of_loss()
        except WatchFailed as error:
            return str(error)
        except Exception as error:
            logger.exception("watching %s failed", self._name)
            return f"{type(error).__name__}: {error}"
        finally:
            self._watch = None
        return "the watch ended"

    def _told_of_loss(self) -> None:
        if self._failure is None:
            self.overflows += 1
            if time.monotonic() > self._quiet_until:
                logger.warning("%s: so much happened at once that events may have been lost", self._name)
            self._quiet_until = time.monotonic() + QUIET_S
        self._failure = None
        self.tried.set()
        self._lost()

    def _fail(self, error: str) -> None:
        if self._failure != error:
            logger.warning("%s is not watched: %s", self._name, error)
        self._failure = error
        self._suspects, self._given_up = set(), set()
        self.tried.set()
