"""Pages of `/list/files`, cut and encoded. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from aiomedia.fragments import fragment
from aiomedia.matches import Matches
from aiomedia.query import Position, Query
from aiomedia.resource import Links, Resource


class Page(NamedTuple):
    """The names on a page, the position after which the next one starts (None on the last), and how many match."""

    names: Sequence[str]
    last: Position | None
    total: int


def cut(matches: Matches, query: Query) -> Page:
    """The query's page of what it matches."""
    names = matches.names
    start = 0 if query.after is None else bisect_left(names, True, key=matches.follows(query.after))
    end = len(names) if query.limit is None else start + query.limit
    last = matches.position(names[end - 1]) if end < len(names) else None
    return Page(names[start:end], last, len(names))


def encode(
    directory: str, page: Page, files: Mapping[str, Resource], links: Links, query: Query
) -> tuple[bytes, str | None]:
    """The body of `/list/files` with this page, and the URL of the next one."""
    next_url = None if page.last is None else query.url(links, page.last)
    fragments = [fragment(files[name], name, links) for name in page.names]
    return join_fragments(directory, page.total, fragments, next_url), next_url


def join_fragments(directory: str, total: int, fragments: Sequence[bytes], next_url: str | None = None) -> bytes:
    """The body of `/list/files` with these files on its page."""
    head = b'{"directory":%b,"total_files":%d,"files":[' % (msgspec.json.encode(directory), total)
    tail = b'],"next":%b}' % msgspec.json.encode(next_url)
    if not fragments:
        return head + tail
    pieces = [*fragments]  # joined once: joining them first, and then the ends to that, takes the memory twice
    pieces[0] = head + pieces[0]
    pieces[-1] += tail
    return b",".join(pieces)
