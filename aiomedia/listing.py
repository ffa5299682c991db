"""Listings: what `/list/files` was asked for, the files that match in order, and their encoded page."""

import fnmatch
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple
from urllib.parse import urlencode

import msgspec

from aiomedia.errors import InvalidParameter
from aiomedia.index import Index
from aiomedia.media import Kind
from aiomedia.names import join
from aiomedia.resource import Links, Resource, listed_file, short_hash

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
        parameters: list[tuple[str, str]] = []
        if links.directory is not None:
            parameters.append(("directory", links.directory))
        if self.type is not None:
            parameters.append(("type", self.type))
        if self.recursive:
            parameters.append(("recursive", "true"))
        if self.q is not None:
            parameters.append(("q", self.q))
        if self.sort != "name":
            parameters.append(("sort", self.sort))
        if self.order != "asc":
            parameters.append(("order", self.order))
        parameters += [("limit", str(self.limit)), ("after", encode_position(after))]
        return f"{links.mount}/list/files?{urlencode(parameters)}"


Match = tuple[str, Resource]
"""A file that matches, after its name as listed: relative to the directory that was asked for."""


class Listing(NamedTuple):
    """An encoded page. The entity tag is made of the bytes, so it changes exactly when they do."""

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
    if encode_position(position) != text:
        raise InvalidParameter("'after' is no position that a 'next' gave.")
    return position


def matches(index: Index, path: str, query: Query) -> list[Match]:
    """All files of a directory that the query asks for, in its order, whatever the page."""
    if query.recursive:
        found = [
            (join(below[len(path) :].lstrip("/"), name), resource)
            for below in index.below(path)
            for name, resource in index.directories[below].files.items()
        ]
        found.sort()
    else:
        directory = index.directories[path]
        found = list(zip(directory.names, map(directory.files.__getitem__, directory.names), strict=True))
    if query.type is not None:
        found = [match for match in found if match[1].kind == query.type]
    if query.q:
        wanted = _name_filter(query.q)
        found = [match for match in found if wanted(match[0])]
    _sort(found, query)
    return found


def page(found: Sequence[Match], query: Query) -> tuple[Sequence[Match], Position | None]:
    """The files of the query's page, and the position after which the next one starts; None on the last."""
    start = 0
    if query.after is not None:
        start = bisect_left(found, True, key=_follows(query, query.after))
    end = len(found) if query.limit is None else start + query.limit
    if end >= len(found):
        return found[start:], None
    filename, resource = found[end - 1]
    return found[start:end], (_sort_value(resource, query.sort), filename)


def encode(
    directory: str, total: int, listed: Sequence[Match], links: Links, next_url: str | None, kept: dict[str, bytes]
) -> Listing:
    """Encodes a page of `/list/files`; `kept` holds each file's JSON by its name as listed, and is filled."""
    fragments = []
    for filename, resource in listed:
        fragment = kept.get(filename)
        if fragment is None:
            fragment = kept[filename] = msgspec.json.encode(listed_file(resource, filename, links))
        fragments.append(fragment)
    head = b'{"directory":%b,"total_files":%d,"files":[' % (msgspec.json.encode(directory), total)
    tail = b'],"next":%b}' % msgspec.json.encode(next_url)
    body = b"".join((head, b",".join(fragments), tail))
    return Listing(body, f'"{short_hash(body)}"', next_url)


def _name_filter(q: str) -> Callable[[str], bool]:
    if "*" in q or "?" in q:
        # fnmatch's translation runs in linear time however many stars there are; '[' is no wildcard here.
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


def _sort(found: list[Match], query: Query) -> None:
    """Sorts what is in ascending order of names; Python's sort is stable, so ties stay so."""
    if query.sort == "name":
        if query.order == "desc":
            found.reverse()
        return
    sign = 1 if query.order == "asc" else -1
    sort = query.sort
    found.sort(key=lambda match: sign * _sort_value(match[1], sort))


def _follows(query: Query, position: Position) -> Callable[[Match], bool]:
    """Whether a match comes after the position in the query's order."""
    value, filename = position
    if query.sort == "name":
        if query.order == "desc":
            return lambda match: match[0] < filename
        return lambda match: match[0] > filename
    sign = 1 if query.order == "asc" else -1
    end = (sign * value, filename)
    sort = query.sort
    return lambda match: (sign * _sort_value(match[1], sort), match[0]) > end
