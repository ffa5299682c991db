"""When a file that may not be whole yet is looked at again. Pure: what time it is comes in as an argument.

Nothing tells that a writer closed a file, so it is asked for: soon at first, then more and more rarely.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

from aiomedia.index import Settling, Sighting
from aiomedia.resource import Resource

FIRST_S = 0.02  # until the first look after one that found a writer
GROWTH = 1.5  # from each pause to the next; with 2 a file that is written in 30 ms was seen 40 ms after its close
BUSY_S = 0.16  # at most, while events tell that it is being written to
IDLE_S = 1.0  # at most


@dataclass(slots=True)
class _Wait:
    resource: Resource
    since: float  # when it was first seen just so
    interval: float
    due: float


class Schedule:
    """The files of one root that are settling. Times are in seconds, of any clock that does not go back."""

    def __init__(self, rest_s: float) -> None:
        """`rest_s` is how long a file must be at rest when nobody can tell whether it has a writer."""
        self._rest_s = rest_s
        self._waits: dict[str, _Wait] = {}
        self._queue: list[tuple[float, str]] = []  # may hold more than is waited for

    def __len__(self) -> int:
        return len(self._waits)

    def judged(self, path: str, seen: Sighting, now: float) -> Sighting:
        """Returns what was seen, or the file that is ready by now; plans the next look at one that is not."""
        if not isinstance(seen, Settling):
            self._waits.pop(path, None)
            return seen
        known = self._waits.get(path)
        if known is None or known.resource != seen.resource:
            interval = FIRST_S if known is None else min(known.interval * GROWTH, BUSY_S)
            known = _Wait(seen.resource, now, interval, 0)
        elif not seen.has_writer and now - known.since >= self._rest_s:
            del self._waits[path]
            return seen.resource
        else:
            known.interval = min(known.interval * GROWTH, IDLE_S)
        self._waits[path] = known
        self._plan(path, known, now + known.interval)
        return seen

    def stir(self, path: str, now: float) -> bool:
        """Plans the next look at a file no later than is due for one that is being written to.

        False for one that is not settling, or is being looked at: what happens now, that look may not see.
        """
        known = self._waits.get(path)
        if known is None or known.due <= now:
            return False
        known.interval = min(known.interval, BUSY_S)
        if known.due > now + known.interval:
            self._plan(path, known, now + known.interval)
        return True

    def postpone(self, path: str, now: float, *, is_gone: bool) -> None:
        """Plans another look at a file that was due and was not looked at, unless it is gone."""
        known = self._waits.pop(path, None)
        if known is not None and not is_gone:
            self._waits[path] = known
            self._plan(path, known, now + IDLE_S)

    def due(self, now: float) -> set[str]:
        """The files that are to be looked at by now. Each must be judged or postponed, or it is not due again."""
        found = set()
        while self._queue and self._queue[0][0] <= now:
            due, path = heappop(self._queue)
            known = self._waits.get(path)
            if known is not None and known.due == due:
                found.add(path)
        return found

    def next_due(self) -> float | None:
        """When the next look may be due; None when nothing is settling."""
        return self._queue[0][0] if self._queue else None

    def clear(self) -> None:
        """Forgets all."""
        self._waits.clear()
        self._queue.clear()

    def _plan(self, path: str, wait: _Wait, due: float) -> None:
        wait.due = due
        heappush(self._queue, (due, path))
