"""Answers `/list/files` with encodings that are kept until something changes that they show."""

from collections.abc import Awaitable, Mapping

from aiomedia.blocks import Blocks
from aiomedia.derived import UpToDate
from aiomedia.encodings import Encoding, Encodings
from aiomedia.listing import Page, around, cut, encode
from aiomedia.matches import Matches, recursive_snapshot
from aiomedia.offload import offloaded
from aiomedia.place import Place
from aiomedia.query import PLAIN, Query
from aiomedia.resource import Links, Resource, short_hash

KEPT_QUERIES = 16  # of a directory; each takes 8 bytes a match, and 100 when it is sorted by a value
CHANGE_IN_FILES = 20  # to bring a block up to date takes as long as to encode so many files
NAME_WEIGHT = 12  # bytes that a file takes in blocks besides its JSON


class WholeListing(Encoding):
    """All files of a directory by name. The next one after a change is made of its blocks."""

    __slots__ = ("blocks", "version")

    def __init__(self, place: Place, links: Links, blocks: Blocks, version: int) -> None:
        facts = "\n".join((place.absolute, links.mount, blocks.fingerprint.hex()))
        super().__init__(around(place.absolute, blocks.total, blocks.parts), f'"{short_hash(facts.encode())}"')
        self.blocks = blocks  # as they are now; they follow the directory
        self.version = version  # of the directory's files, when the blocks were as they are in this

    @property
    def weight(self) -> int:
        return super().weight + self.blocks.total * NAME_WEIGHT


class Lister:
    """Listings of one application, which is mounted in one place: a directory's URLs are always the same."""

    def __init__(self, encodings: Encodings) -> None:
        self._encodings = encodings
        self._matches = UpToDate[Matches](KEPT_QUERIES)

    async def list_files(self, place: Place, query: Query, mount: str) -> Encoding:
        """The encoded page of a listing. Raises NotFound when the directory is not indexed, and Unavailable."""
        directory = place.directory()
        version = directory.tree_version if query.recursive else directory.version

        def encode_it(outdated: Encoding | None) -> Awaitable[Encoding]:
            links = place.links(mount)
            if query == PLAIN:
                return _whole(place, links, outdated if isinstance(outdated, WholeListing) else None)
            return _recursive(place, query, links) if query.recursive else self._page(place, query, links)

        return await self._encodings.get((place.absolute, query), version, encode_it)

    async def _page(self, place: Place, query: Query, links: Links) -> Encoding:
        matches, files = await self._matches.get(place, query.whole(), lambda content: Matches(content, query))
        page = cut(matches, query)
        shown = {name: files[name] for name in page.names}
        return await _encoded(place, page, shown, query, links)


async def _whole(place: Place, links: Links, outdated: WholeListing | None) -> WholeListing:
    directory = place.directory()
    version = directory.version
    changed = None if outdated is None else directory.changed_since(outdated.version)
    if outdated is None or changed is None:
        blocks = await offloaded(len(directory.names), Blocks, directory.names.copy(), directory.files.copy(), links)
    else:
        blocks = outdated.blocks
        files = {name: directory.files[name] for name in changed if name in directory.files}
        await offloaded(len(changed) * CHANGE_IN_FILES, blocks.update, changed, files)
    return WholeListing(place, links, blocks, version)


async def _recursive(place: Place, query: Query, links: Links) -> Encoding:
    place.directory()  # or it is not found
    content = recursive_snapshot(place.root.index, place.path)

    def matched() -> Page:
        return cut(Matches(content, query), query)

    page = await offloaded(len(content.files), matched)
    return await _encoded(place, page, content.files, query, links)


async def _encoded(place: Place, page: Page, files: Mapping[str, Resource], query: Query, links: Links) -> Encoding:
    return Encoding.of(*await offloaded(len(page.names), encode, place.absolute, page, files, links, query))
