"""Taking what was seen into an index, without holding the loop."""

import asyncio
from collections.abc import Callable, Mapping
from operator import itemgetter

from aiomedia.index import Index, Settling, Sighting
from aiomedia.settling import Schedule

AT_ONCE = 500  # files or directories; more would hold the loop for longer than a request should wait


async def apply(index: Index, settling: Schedule, sightings: Mapping[str, Sighting], now: Callable[[], float]) -> None:
    """Makes the index say what was seen, as far as it is ready; the rest is planned to be looked at again."""
    applied = 0
    for path, seen in sorted(sightings.items(), key=itemgetter(0)):  # a directory before what is in it
        if seen is not None and index.unknown_ancestor(path) is not None:
            settling.judged(path, None, now())
            continue
        if isinstance(seen, Settling) and not seen.has_writer and index.find(path) == seen.resource:
            seen = seen.resource  # nothing happened to it
        judged = settling.judged(path, seen, now())
        steps = index.applying(path, judged) if isinstance(judged, Mapping) else (index.apply(path, judged),)
        for _ in steps:
            applied += 1
            if applied % AT_ONCE == 0:
                await asyncio.sleep(0)
