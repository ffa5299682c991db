"""How far a download is, and how fast."""

from collections import deque
from typing import NamedTuple

RATE_OVER_S = 5.0  # long enough to be read, short enough to show that it stands still
TOLD_EVERY_S = 0.1


class Progress(NamedTuple):
    """How many bytes are there, of how many (None when nobody knows), and at how many bytes a second they come."""

    received: int
    length: int | None
    rate: float


class Meter:
    """Makes progress of counts. Times are seconds of one clock."""

    def __init__(self, received: int, now: float) -> None:
        self._marks = deque([(now, received)])
        self._told = -TOLD_EVERY_S

    def is_due(self, now: float) -> bool:
        """Whether it is time to tell again."""
        return now - self._told >= TOLD_EVERY_S

    def progress(self, received: int, length: int | None, now: float) -> Progress:
        """The progress now. What was lost, because a download began anew, takes the rate down to zero, not below."""
        self._told = now
        self._marks.append((now, received))
        while len(self._marks) > 2 and now - self._marks[1][0] >= RATE_OVER_S:
            self._marks.popleft()
        began, before = self._marks[0]
        rate = max(0, received - before) / (now - began) if now > began else 0.0
        return Progress(received, length, rate)
