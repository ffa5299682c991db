"""The feed as Server-Sent Events (WHATWG HTML 9.2): bytes, encoded once for all that follow the same."""

from collections import OrderedDict
from itertools import islice

import msgspec

from aiomedia.feed import Feed
from aiomedia.following import View
from aiomedia.resource import listed_file

AT_ONCE = 100  # events in one write: what a client that reads nothing has us hold for it
KEPT = 64  # writes that are remembered for the others who need the same


class EventStream:
    """Encodes the events of one feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._encoded: OrderedDict[tuple[View, int, int], tuple[bytes, int]] = OrderedDict()

    def after(self, view: View, position: int) -> tuple[bytes, int]:
        """The next events after this position, which may be none, and the position up to which these are all.

        Raises CursorExpired.
        """
        key = (view, position, self._feed.position)
        known = self._encoded.get(key)
        if known is None:
            known = self._encoded[key] = self._encode(view, position)
            if len(self._encoded) > KEPT:
                self._encoded.popitem(last=False)
        return known

    def reset(self, position: int) -> bytes:
        """The event which says that something was missed: list again, and go on from here."""
        cursor = self._feed.cursor(position)
        return _event("reset", cursor, {"cursor": cursor})

    def named(self, position: int) -> bytes:
        """No event, but what tells a client where it is: when it connects again, it goes on from there."""
        return f"id: {self._feed.cursor(position)}\n\n".encode()

    def _encode(self, view: View, position: int) -> tuple[bytes, int]:
        shown = list(islice(view.shown(self._feed.since(view.root, position)), AT_ONCE))
        events = [
            _event(change.operation, self._feed.cursor(change.position), listed_file(change.resource, name, view.links))
            for name, change in shown
        ]
        return b"".join(events), shown[-1][1].position if len(shown) == AT_ONCE else self._feed.position


def _event(name: str, cursor: str, data: object) -> bytes:
    return b"event: %b\nid: %b\ndata: %b\n\n" % (name.encode(), cursor.encode(), msgspec.json.encode(data))
