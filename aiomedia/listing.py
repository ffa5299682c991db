"""Pages of `/list/files`, cut and encoded. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from aiomedia.blocks import fragment
from aiomedia.matches import Matches
from aiomedia.parts import Part
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
    if not fragments:
        return _head(directory, page.total) + _tail(next_url), next_url
    # Joined once: joining them first, and then the ends to that, takes the memory twice.
    fragments[0] = _head(directory, page.total) + fragments[0]
    fragments[-1] += _tail(next_url)
    return b",".join(fragments), next_url


def around(directory: str, total: int, parts: Sequence[Part]) -> list[Part]:
    """The body of `/list/files` with all files of a directory; `parts` are their JSON, with a comma after each."""
    if not parts:
        return [Part(_head(directory, total) + _tail(None))]
    last = Part(parts[-1].body[:-1] + _tail(None))
    return [Part(_head(directory, total)), *parts[:-1], last]


def _head(directory: str, total: int) -> bytes:
    return b'{"directory":%b,"total_files":%d,"files":[' % (msgspec.json.encode(directory), total)


def _tail(next_url: str | None) -> bytes:
    return b'],"next":%b}' % msgspec.json.encode(next_url)
