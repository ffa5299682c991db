"""The library: the roots together. It finds directories, files and generated files, and keeps encoded listings."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiomedia.config import Config
from aiomedia.encodings import Encoding, Encodings
from aiomedia.errors import DirectoryNotAllowed, NotFound
from aiomedia.index import Directory
from aiomedia.listing import Query, encode, matches, page
from aiomedia.media import KINDS, GeneratedTemplate, Kind
from aiomedia.names import is_indexable_path, join, normalised_directory, split
from aiomedia.resource import GeneratedFile, GeneratedListing, Links, Resource
from aiomedia.root import Root
from aiomedia.storage.local import LocalStorage

NAME_MAX = 255  # bytes; a longer name can't exist, so it isn't looked for
ENCODE_IN_THREAD = 2_000  # files; encoding so many of them takes 10 ms


class Place(NamedTuple):
    """A directory that is served: its root, and its path relative to it (`""` for the root itself)."""

    root: Root
    path: str
    is_default: bool

    @property
    def absolute(self) -> str:
        """Its absolute path, without a trailing slash."""
        return join(self.root.path.rstrip("/"), self.path) if self.path else self.root.path

    def directory(self) -> Directory:
        """What the index knows of it. Raises NotFound when it is not indexed, and Unavailable."""
        directory = self.root.index.directories.get(self.path)
        if directory is None:
            raise NotFound("There is no such directory.")
        return directory

    def links(self, mount: str) -> Links:
        return Links(mount, None if self.is_default else self.absolute)


class Library:
    """All that is served. Its index is kept true within `following()`."""

    def __init__(self, config: Config) -> None:
        self.roots = [Root(path, _storage(path, config)) for path in config.roots]
        self._template = GeneratedTemplate(config.generated_template)
        self._encodings = Encodings(config.listing_cache_mib * 1024 * 1024)
        # Of nested roots the inner one answers for what is in it.
        self._by_length = sorted(self.roots, key=lambda root: len(root.path), reverse=True)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follows the roots for the time of the `with`; it does not wait until they are scanned."""
        tasks = [asyncio.create_task(root.run(), name=f"follow {root.path}") for root in self.roots]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def place(self, directory: str | None) -> Place:
        """The directory of this absolute path; the default root for None. The disk is not asked.

        Raises InvalidDirectory, and DirectoryNotAllowed for all that is in no root.
        """
        default = self.roots[0]
        if directory is None:
            return Place(default, "", is_default=True)
        path = normalised_directory(directory)
        for root in self._by_length:
            if path == root.path:
                return Place(root, "", is_default=root is default)
            below = f"{root.path.rstrip('/')}/"
            if path.startswith(below):
                return Place(root, path[len(below) :], is_default=False)
        raise DirectoryNotAllowed

    async def find(self, place: Place, filename: str) -> tuple[str, Resource]:
        """The path and the resource of a file below a directory. Raises NotFound, and Unavailable."""
        place.directory()
        path = join(place.path, filename)
        index = place.root.index
        resource = index.find(path)
        if resource is None and split(path)[0] in index.directories and _may_exist(path):
            await place.root.look_again(path)
            resource = place.root.index.find(path)
        if resource is None:
            raise NotFound("There is no such file.")
        return path, resource

    def generated(self, place: Place, identifier: str) -> list[Resource]:
        """The identifier's files directly in a directory: audio before video, then the newest, then by name.

        Raises NotFound when the directory is not indexed, and Unavailable.
        """
        stem = self._template.stem(identifier)
        found = place.directory().with_stem(stem) if stem is not None else ()
        return sorted(found, key=lambda resource: (KINDS.index(resource.kind), -resource.modified_ns, resource.name))

    def find_generated(self, place: Place, kind: Kind, identifiers: Iterable[str]) -> tuple[str, Resource]:
        """The newest file of this kind that the first of the identifiers has which has one. Raises NotFound."""
        for identifier in identifiers:
            for resource in self.generated(place, identifier):
                if resource.kind == kind:
                    return join(place.path, resource.name), resource
        raise NotFound(f"There is no generated {kind} of this identifier.")

    def list_generated(self, place: Place, identifier: str, mount: str) -> GeneratedListing:
        """The listing of an identifier's files. Raises NotFound when the directory is not indexed, and Unavailable."""
        links = place.links(mount)
        files: list[GeneratedFile] = []
        for resource in self.generated(place, identifier):
            kind = resource.kind
            is_first = all(file.type != kind for file in files)
            files.append(
                GeneratedFile(
                    type=kind,
                    filename=resource.name,
                    path=join(place.absolute.rstrip("/"), resource.name),
                    download_url=(
                        links.generated(kind, identifier) if is_first else links.download(kind, resource.name)
                    ),
                    size=resource.size,
                    modified=resource.modified,
                    etag=resource.etag,
                )
            )
        return GeneratedListing(identifier, len(files), files, "ready" if files else "unknown")

    async def list_files(self, place: Place, query: Query, mount: str) -> Encoding:
        """The encoded page of a listing, kept until something changes that it shows.

        Raises NotFound when the directory is not indexed, and Unavailable.
        """
        directory = place.directory()
        version = directory.tree_version if query.recursive else directory.version

        async def encode_page() -> Encoding:
            directory = place.directory()
            found = matches(place.root.index, place.path, query)
            listed, last = page(found, query)
            links = place.links(mount)
            next_url = None if last is None else query.url(links, last)
            facts = (place.absolute, len(found), listed, links, next_url)
            if len(listed) <= ENCODE_IN_THREAD:
                return Encoding(*encode(*facts, {} if query.recursive else directory.fragments))
            encoded_version = directory.version
            # The thread has fragments of its own: the loop may drop one of the directory's meanwhile.
            fragments = {} if query.recursive else dict(directory.fragments)
            encoding = Encoding(*await asyncio.to_thread(encode, *facts, fragments))
            if not query.recursive and directory.version == encoded_version:
                directory.fragments = fragments
            return encoding

        return await self._encodings.get((place.absolute, query, mount), version, encode_page)


def _may_exist(path: str) -> bool:
    return is_indexable_path(path) and len(split(path)[1].encode()) <= NAME_MAX


def _storage(path: str, config: Config) -> LocalStorage:
    return LocalStorage(
        path,
        follow_symlinks=config.follow_symlinks,
        watch_step_ms=config.watch_step_ms,
        watch_debounce_ms=config.watch_debounce_ms,
    )
