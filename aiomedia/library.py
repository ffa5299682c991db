"""The library: the roots together. It finds directories, files and generated files."""

import asyncio
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager

from aiomedia.config import Config
from aiomedia.encodings import Encodings
from aiomedia.errors import BeingWritten, DirectoryNotAllowed, NotFound
from aiomedia.feed import Feed, file_key, stem_key
from aiomedia.lister import Lister
from aiomedia.media import KINDS, GeneratedTemplate, Kind, media_type
from aiomedia.names import is_indexable_path, join, normalised_directory, split
from aiomedia.place import Place
from aiomedia.resource import GeneratedFile, GeneratedListing, Resource, State
from aiomedia.root import Root
from aiomedia.storage.descriptors import capacity
from aiomedia.storage.local import LocalStorage

NAME_MAX = 255  # bytes; a longer name can't exist, so it isn't looked for


class Library:
    """All that is served. Its index is kept true within `following()`."""

    def __init__(self, config: Config) -> None:
        self.max_staleness_s = config.max_staleness_s
        kept_open = capacity(len(config.roots))
        self.feed = Feed(config.changes_kept)
        self.roots = [Root(path, _storage(path, config), config, self.feed, kept_open) for path in config.roots]
        self._template = GeneratedTemplate(config.generated_template)
        self.encodings = Encodings(config.listing_cache_mib * 1024 * 1024)
        self.lister = Lister(self.encodings)
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
        """The path and the resource of a file below a directory. Raises NotFound, BeingWritten, and Unavailable."""
        place.directory()
        path = join(place.path, filename)
        index = place.root.index
        resource = index.find(path)
        is_looked_for = split(path)[0] in index.directories and _may_exist(path) and not index.is_settling(path)
        if resource is None and is_looked_for:
            await place.root.look_again(path)
            index = place.root.index
            resource = index.find(path)
        if resource is None:
            raise BeingWritten if index.is_settling(path) else NotFound("There is no such file.")
        return path, resource

    def file_keys(self, place: Place, filename: str) -> Sequence[Hashable]:
        """What wakes when a file comes to be there under this name."""
        return (file_key(place.root.path, join(place.path, filename)),)

    def generated_keys(self, place: Place, identifiers: Sequence[str]) -> Sequence[Hashable]:
        """What wakes when one of these identifiers has another file there."""
        stems = filter(None, map(self._template.stem, identifiers))
        return tuple(stem_key(place.root.path, join(place.path, stem)) for stem in stems)

    def generated(self, place: Place, identifier: str) -> list[Resource]:
        """The identifier's files directly in a directory: audio before video, then the newest, then by name.

        Raises NotFound when the directory is not indexed, and Unavailable.
        """
        stem = self._template.stem(identifier)
        found = place.directory().with_stem(stem) if stem is not None else ()
        return sorted(found, key=lambda resource: (KINDS.index(resource.kind), -resource.modified_ns, resource.name))

    def find_generated(self, place: Place, kind: Kind, identifiers: Sequence[str]) -> tuple[str, Resource]:
        """The newest file of this kind that the first of the identifiers has which has one.

        Raises NotFound, and BeingWritten when one of them has one that is not ready.
        """
        for identifier in identifiers:
            for resource in self.generated(place, identifier):
                if resource.kind == kind:
                    return join(place.path, resource.name), resource
        if any(kind in self._settling_kinds(place, identifier) for identifier in identifiers):
            raise BeingWritten
        raise NotFound(f"There is no generated {kind} of this identifier.")

    def _settling_kinds(self, place: Place, identifier: str) -> set[Kind]:
        stem = self._template.stem(identifier)
        names = place.directory().settling_with_stem(stem) if stem is not None else ()
        return {media.kind for name in names if (media := media_type(name)) is not None}

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
                    path=f"{place.absolute.rstrip('/')}/{resource.name}",
                    download_url=(
                        links.generated(kind, identifier) if is_first else links.download(kind, resource.name)
                    ),
                    size=resource.size,
                    modified=resource.modified,
                    etag=resource.etag,
                )
            )
        state: State = "ready" if files else "writing" if self._settling_kinds(place, identifier) else "unknown"
        return GeneratedListing(identifier, len(files), files, state)


def _may_exist(path: str) -> bool:
    return is_indexable_path(path) and len(split(path)[1].encode()) <= NAME_MAX


def _storage(path: str, config: Config) -> LocalStorage:
    return LocalStorage(
        path,
        follow_symlinks=config.follow_symlinks,
        settle_s=config.settle_s,
        watch_step_ms=config.watch_step_ms,
        watch_debounce_ms=config.watch_debounce_ms,
        is_polled=config.watch == "poll",
    )
