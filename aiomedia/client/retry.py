"""When to ask again: later each time, never all clients at once, and not before the server wants it."""

from collections.abc import Callable

from aiomedia.client.errors import GaveUp
from aiomedia.client.version import whole_number
from aiomedia.dates import parse_http_date

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0

# A server that asks for a longer pause is not coming back while somebody waits.
LONGEST_RETRY_AFTER_S = 600.0


class Patience:
    """Counts failures in a row, which end with bytes that had not been there before, and says how long to pause.

    `chance` draws from 0 to 1, `now` tells the seconds since the epoch, `notice` is told of each pause.
    """

    def __init__(
        self, allowed: int, chance: Callable[[], float], now: Callable[[], float], notice: Callable[[str], None]
    ) -> None:
        self._allowed, self._chance, self._now, self._notice = allowed, chance, now, notice
        self._failures = 0
        self._most = 0

    def pause_s(self, reason: str, retry_after: str | None, received: int) -> float:
        """How long to wait after a failure with so many bytes there. Raises GaveUp after too many in a row.

        `retry_after` is the field's value; a pause that it asks for is kept, up to ten minutes.
        """
        if received > self._most:
            self._most, self._failures = received, 0
        else:
            self._failures += 1
        if self._failures > self._allowed:
            times = f"{self._failures} attempts in a row that brought nothing new"
            raise GaveUp(f"Gave up after {times}; the last: {reason}.")
        wanted = retry_after_s(retry_after, self._now())
        if wanted is not None and wanted > LONGEST_RETRY_AFTER_S:
            raise GaveUp(f"Gave up: {reason}, and asks to come back in {wanted:.0f} s.")
        pause_s = max(backed_off_s(self._failures, self._chance()), wanted or 0.0)
        self._notice(f"{reason}: again in {pause_s:.1f} s")
        return pause_s

    def forget(self) -> None:
        """What has been there was of another file: bytes are new again."""
        self._most = 0


def backed_off_s(failures: int, chance: float) -> float:
    """How long to wait after so many failures in a row. Half of it is left to chance, from 0 to 1."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(max(failures - 1, 0), 16))
    return longest * (1 + chance) / 2


def retry_after_s(field: str | None, now: float) -> float | None:
    """How long a Retry-After asks to wait (RFC 9110 10.2.3), as seconds or as a date; None if it does not say so."""
    if field is None:
        return None
    seconds = whole_number(field.strip())
    if seconds is not None:
        return float(seconds)
    date = parse_http_date(field.strip())
    return None if date is None else max(0.0, date - now)
