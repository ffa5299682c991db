"""What a server can be asked for, as calls."""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote, unquote

import msgspec
from aiohttp import ClientSession
from yarl import URL

from aiomedia.client.connection import Connection
from aiomedia.client.downloading import Downloaded
from aiomedia.client.errors import Refused
from aiomedia.client.following import Change, Scope, follow
from aiomedia.client.mirror import Mirror, Mirrored, MirrorOptions, MirrorReport, Remote
from aiomedia.client.progress import Progress
from aiomedia.client.transfer import Options
from aiomedia.client.tree import absolute, is_directory, target_at
from aiomedia.errors import InvalidFileType
from aiomedia.media import Kind, media_type
from aiomedia.resource import FileListing, GeneratedListing, Links, ListedFile

PAGE = 1000  # files; a page is some 300 kB


class Listing(FileListing, frozen=True):
    """A listing, and the cursor that names its moment: `changes(since=cursor)` goes on from there."""

    cursor: str = ""


class Client:
    """A client of one server, and for downloads of any.

    `base_url` is where the application is: `http://host:5000`, or `http://host/media` if it is mounted there. `token`
    is sent as a bearer's, to this server alone. A `session` that is given is used, and not closed. `connections` is how
    many one long file may have, `attempts` how many failures in a row are taken, and after `silence_s` a server that
    sends nothing is gone. Every call raises DownloadError: Refused with the answer's status and slug, or GaveUp.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        session: ClientSession | None = None,
        connections: int = 4,
        attempts: int = 8,
        silence_s: float = 60.0,
    ) -> None:
        options = Options(connections=connections, attempts=attempts)
        self._connection = Connection(base_url, token, session, options, silence_s)

    async def __aenter__(self) -> Self:
        await self._connection.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def list_files(
        self,
        *,
        directory: str | None = None,
        type: Literal["video", "audio", "all"] | None = None,
        recursive: bool = False,
        q: str | None = None,
        sort: Literal["name", "size", "modified"] | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int | None = None,
    ) -> Listing:
        """The files of a directory, or the first `limit` of them. The parameters are those of `/list/files`."""
        asked = {"directory": directory, "type": type, "q": q, "sort": sort, "order": order}
        query = {name: value for name, value in asked.items() if value is not None}
        if recursive:
            query["recursive"] = "true"
        if limit is not None:
            query["limit"] = str(limit)
        return await self._listing(self._connection.at("/list/files").with_query(query))

    async def pages(self, first: Listing) -> AsyncIterator[Listing]:
        """This listing, and the pages that follow it."""
        page = first
        yield page
        while page.next is not None:
            page = await self._listing(self._connection.base.join(URL(page.next, encoded=True)))
            yield page

    async def iterate_files(
        self,
        *,
        directory: str | None = None,
        type: Literal["video", "audio", "all"] | None = None,
        recursive: bool = False,
        q: str | None = None,
    ) -> AsyncIterator[ListedFile]:
        """All files by name, however many there are: they are asked for page by page."""
        first = await self.list_files(directory=directory, type=type, recursive=recursive, q=q, limit=PAGE)
        async for page in self.pages(first):
            for file in page.files:
                yield file

    async def list_generated(
        self, uuid: str, *, wait: float | None = None, count: int | None = None, directory: str | None = None
    ) -> GeneratedListing:
        """The files of an identifier; with `wait` once there are `count` (1), or after so many seconds."""
        query = {} if directory is None else {"directory": directory}
        if count is not None:
            query["count"] = str(count)
        url = self._connection.at(f"/list/generated/{quote(uuid, safe='')}")
        listing, _ = await self._connection.call(url.with_query(query), GeneratedListing, wait)
        return listing

    async def download(
        self,
        filename: str,
        to: str | os.PathLike[str],
        *,
        directory: str | None = None,
        wait: float | None = None,
        notice: Callable[[str], None] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Downloaded:
        """Downloads a file. `to` is its path, or a directory that is there, for a file of the same name in it.

        With `wait`, a file that is not there yet is waited for, so many seconds. What was left of it is continued.
        """
        media = media_type(filename)
        if media is None:
            raise InvalidFileType("The file name's extension is that of no video or audio file.")
        url = self._connection.at(Links("", directory).download(media.kind, filename))
        return await self._connection.download(url, target_at(to, filename.rpartition("/")[2]), wait, notice, progress)

    async def download_generated(
        self,
        uuid: str,
        kind: Kind,
        to: str | os.PathLike[str],
        *,
        directory: str | None = None,
        wait: float | None = None,
        notice: Callable[[str], None] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Downloaded:
        """Downloads the newest file of an identifier and kind; into a directory under its name on the server."""
        if not is_directory(to):
            url = self._connection.at(Links("", directory).generated(kind, uuid))
            return await self._connection.download(url, os.fspath(to), wait, notice, progress)
        filename = await self._generated_filename(uuid, kind, wait, directory)
        return await self.download(filename, to, directory=directory, notice=notice, progress=progress)

    async def download_url(
        self,
        url: str,
        to: str | os.PathLike[str],
        *,
        notice: Callable[[str], None] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Downloaded:
        """Downloads from any URL, of any server. In a directory, the name is the URL path's last segment."""
        source = URL(url)
        return await self._connection.download(source, target_at(to, unquote(source.raw_name)), None, notice, progress)

    def changes(
        self,
        since: str | None = None,
        *,
        known: Iterable[ListedFile] = (),
        directory: str | None = None,
        type: Literal["video", "audio"] | None = None,
        recursive: bool = False,
    ) -> AsyncIterator[Change]:
        """What changes, from now on for as long as it is iterated, whatever happens to the connection or the server.

        `since` is a cursor, as listings and changes have it, and `known` what was known then. Where the server can't
        tell what happened since, or without a cursor, all is listed, and what differs from what is known is told.
        """
        scope = Scope(directory, type, recursive)
        return follow(
            self._connection.server,
            self._connection.at("/list/files"),
            self._connection.at("/changes"),
            scope,
            since,
            known,
        )

    async def mirror(
        self,
        to: str | os.PathLike[str],
        *,
        directory: str | None = None,
        type: Literal["video", "audio"] | None = None,
        include: Iterable[str] = (),
        delete: bool = False,
        watch: bool = False,
        dry_run: bool = False,
        tell: Callable[[Mirrored], None] = lambda mirrored: None,
        progress: Callable[[str, Progress], None] = lambda filename, progress: None,
    ) -> MirrorReport:
        """Makes a directory hold what the server has, sub-directories included. Files that are there are not fetched.

        `include` are globs of names, of which one has to match. `delete` removes files that were mirrored and are gone
        from the server, and no others. With `watch` it goes on with every change, until it is cancelled.
        """

        async def listing() -> tuple[list[ListedFile], str]:
            all_files = await self.list_files(recursive=True, directory=directory, type=type)
            return all_files.files, all_files.cursor

        def fetch(file: ListedFile, target: str, tell_progress: Callable[[Progress], None]) -> Awaitable[Downloaded]:
            url = self._connection.at(Links("", directory).download(file.type, file.filename))
            return self._connection.download(url, target, None, None, tell_progress, syncs_directory=False)

        def following(cursor: str, known: Iterable[ListedFile]) -> AsyncIterator[Change]:
            return self.changes(cursor, known=known, recursive=True, directory=directory, type=type)

        options = MirrorOptions(tuple(include), delete, dry_run, watch)
        remote = Remote(listing, fetch, following)
        return await Mirror(remote, absolute(to), options, tell, progress).run()

    async def _listing(self, url: URL) -> Listing:
        listing, fields = await self._connection.call(url, Listing)
        return msgspec.structs.replace(listing, cursor=fields.get("Aiomedia-Cursor", ""))

    async def _generated_filename(self, uuid: str, kind: Kind, wait: float | None, directory: str | None) -> str:
        """What the newest file of an identifier and kind is called. Raises Refused when there is none."""
        until = time.monotonic() + (wait or 0)
        count = 1
        while True:
            left = max(0.0, until - time.monotonic())
            listing = await self.list_generated(uuid, wait=left or None, count=count, directory=directory)
            for file in listing.generated_files:
                if file.type == kind:
                    return file.filename
            if time.monotonic() >= until:
                raise Refused("There is no such file.", 404, "not_found")
            count = listing.total_files + 1  # there are some of the other kind
