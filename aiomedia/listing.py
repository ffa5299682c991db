"""Listings: what `/list/files` was asked for, the files that match in order, and their encoded page. Pure."""

import fnmatch
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple
from urllib.parse import urlencode

import msgspec

from aiomedia.errors import InvalidParameter
from aiomedia.fragments import fragment
from aiomedia.index import Index
from aiomedia.media import Kind
from aiomedia.names import join
from aiomedia.resource import Links, Resource, short_hash

Sort = Literal["name", "size", "modified"]
Order = Literal["asc", "desc"]
Position = tuple[int, str]
"""Where a page ended: the size or modification time that was sorted by (0 when by name), and the file name."""


class Query(msgspec.Struct, frozen=True):
    """The parameters of a listing, apart from its directory."""

    type: Kind | None = None
    recursive: bool = False
    q: str | None = None
    sort: Sort = "name"
    order: Order = "asc"
    limit: int | None = None
    after: Position | None = None

    def url(self, links: Links, after: Position) -> str:
        """The URL of the page after this one."""
        parameters = {
            "directory": links.directory,
            "type": self.type,
            "recursive": "true" if self.recursive else None,
            "q": self.q,
            "sort": self.sort,
            "order": self.order,
            "limit": self.limit,
            "after": encode_position(after),
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        return f"{links.mount}/list/files?{urlencode(given)}"


PLAIN = Query()
"""All files of a directory by name, which is what most ask for."""


class Matches(NamedTuple):
    """The files that match, in order, by their names as listed: relative to the directory that was asked for."""

    names: Sequence[str]
    files: Mapping[str, Resource]  # perhaps more than match


class Page(NamedTuple):
    """The names of a page, and the position after which the next one starts; None on the last."""

    names: Sequence[str]
    last: Position | None


class Listing(NamedTuple):
    """An encoded page. The entity tag is that of its bytes: it changes exactly when they do."""

    body: bytes
    etag: str  # quoted
    next_url: str | None


def encode_position(position: Position) -> str:
    """The opaque text that `after=` takes."""
    return urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode()


def decode_position(text: str) -> Position:
    """Raises InvalidParameter for text that no `next` ever held."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        position: Position = msgspec.json.decode(urlsafe_b64decode(padded), type=Position)
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidParameter("'after' is no position that a 'next' gave.") from error
    return position


def matches(index: Index, path: str, query: Query) -> Matches:
    """All files of a directory that the query asks for, in its order, whatever the page.

    In plain lists of names: a tuple for each of 100,000 files would cost ten times as much, most of it in the
    garbage collector.
    """
    if query.recursive:
        files: Mapping[str, Resource] = {
            join(below[len(path) :].lstrip("/"), name): resource
            for below in index.below(path)
            for name, resource in index.directories[below].files.items()
        }
        names = sorted(files)
    else:
        files = index.directories[path].files
        names = index.directories[path].names.copy()
    if query.type is not None:
        names = [name for name in names if files[name].kind == query.type]
    if query.q:
        names = list(filter(_name_filter(query.q), names))
    # Python's sort is stable, in reverse too: names stay in ascending order among equals.
    descending = query.order == "desc"
    match query.sort:
        case "name" if descending:
            names.reverse()
        case "size":
            names.sort(key=lambda name: files[name].size, reverse=descending)
        case "modified":
            names.sort(key=lambda name: files[name].modified, reverse=descending)
    return Matches(names, files)


def page(found: Matches, query: Query) -> Page:
    """The query's page of what it found."""
    names, files = found
    start = 0
    if query.after is not None:
        start = bisect_left(names, True, key=_follows(files, query, query.after))
    end = len(names) if query.limit is None else start + query.limit
    if end >= len(names):
        return Page(names[start:], None)
    last = names[end - 1]
    return Page(names[start:end], (_sort_value(files[last], query.sort), last))


def encode(
    directory: str, total: int, shown: Page, files: Mapping[str, Resource], links: Links, query: Query
) -> Listing:
    """Encodes a page of `/list/files`; `total` counts the files on all pages."""
    next_url = None if shown.last is None else query.url(links, shown.last)
    fragments = [fragment(files[name], name, links) for name in shown.names]
    body = join_fragments(directory, total, fragments, next_url)
    return Listing(body, f'"{short_hash(body)}"', next_url)


def join_fragments(directory: str, total: int, fragments: Sequence[bytes], next_url: str | None = None) -> bytes:
    """The body of `/list/files` with these files on its page."""
    head = b'{"directory":%b,"total_files":%d,"files":[' % (msgspec.json.encode(directory), total)
    tail = b'],"next":%b}' % msgspec.json.encode(next_url)
    return b"".join((head, b",".join(fragments), tail))


def _name_filter(q: str) -> Callable[[str], bool]:
    if "*" in q or "?" in q:
        # fnmatch's translation does not backtrack, however many stars there are; '[' is no wildcard here.
        matcher = re.compile(fnmatch.translate(q.replace("[", "[[]")), re.IGNORECASE)
        return lambda filename: matcher.match(filename) is not None
    part = q.casefold()
    return lambda filename: part in filename.casefold()


def _sort_value(resource: Resource, sort: Sort) -> int:
    match sort:
        case "name":
            return 0
        case "size":
            return resource.size
        case "modified":
            return resource.modified  # as it is listed, so that the order of a page can be seen in it


def _follows(files: Mapping[str, Resource], query: Query, position: Position) -> Callable[[str], bool]:
    """Whether a name comes after the position in the query's order."""
    value, last = position
    if query.sort == "name":
        return (lambda name: name < last) if query.order == "desc" else (lambda name: name > last)
    sign = 1 if query.order == "asc" else -1
    return lambda name: (sign * _sort_value(files[name], query.sort), name) > (sign * value, last)
