"""Those who wait for something to happen: each is a future, and what happens wakes just its own."""

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

Woken = asyncio.Future[int | None]
"""Set to the position at which it happened. Whoever waits may set it too, to None, to wait no longer."""


class Waiters:
    """Futures by what they wait for."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, set[Woken]] = {}

    def __bool__(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    @contextmanager
    def waiting(self, *keys: Hashable) -> Iterator[Woken]:
        """Waits for any of these from now on, within the `with`."""
        woken: Woken = asyncio.get_running_loop().create_future()
        for key in keys:
            self._waiting.setdefault(key, set()).add(woken)
        try:
            yield woken
        finally:
            for key in keys:
                others = self._waiting[key]
                others.discard(woken)
                if not others:
                    del self._waiting[key]

    def wake(self, key: Hashable, position: int) -> None:
        """Wakes all who wait for this."""
        for woken in self._waiting.get(key, ()):
            if not woken.done():
                woken.set_result(position)

    def wake_all(self, position: int) -> None:
        """Wakes everybody, to look for themselves."""
        for key in self._waiting:
            self.wake(key, position)
