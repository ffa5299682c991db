"""How long a client may take nothing of what it asked for."""

import asyncio
from collections.abc import Callable


class Patience:
    """Gives up when nothing more was taken for a while: after `timeout_s`, and before twice as long."""

    __slots__ = ("_give_up", "_last", "_taken", "_timeout_s", "_timer")

    def __init__(self, timeout_s: float, taken: Callable[[], int], give_up: Callable[[], None]) -> None:
        """`taken` tells how much was taken by now: any number that changes with it."""
        self._timeout_s = timeout_s
        self._taken = taken
        self._give_up = give_up
        self._last = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begins to wait for the client, unless it does so already."""
        if self._timer is None:
            self._last = self._taken()
            self._timer = asyncio.get_running_loop().call_later(self._timeout_s, self._check)

    def stop(self) -> None:
        """It is not the client that is waited for now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._taken() == self._last:
            self._give_up()
        else:
            self.start()
