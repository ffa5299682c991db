"""Paths that were asked for in vain: each is looked at again, so that a lost event heals, for all who ask at once."""

from typing import Generic, TypeVar

T = TypeVar("T")

REMEMBERED = 10_000  # paths; those that nobody asked for longest are forgotten
INTERVAL_S = 1.0  # how long such a path is not looked at once more


class Misses(Generic[T]):
    """When each path was looked at last, and what all who ask for it until the next time wait for."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, T]] = {}

    def shared(self, path: str, now: float, look: T) -> T:
        """What to wait for: this look, when it is time for one, else the last. `now` is in seconds."""
        last, shared = self._last.pop(path, (now - INTERVAL_S, look))
        if now - last >= INTERVAL_S:
            last, shared = now, look
        self._last[path] = (last, shared)
        if len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]
        return shared
