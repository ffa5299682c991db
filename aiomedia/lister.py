"""Answers `/list/files` with encodings that are kept until something changes that they show."""

from collections.abc import Mapping

from aiomedia.derived import UpToDate
from aiomedia.encodings import Encoding, Encodings
from aiomedia.fragments import Fragments
from aiomedia.listing import Page, cut, encode, join_fragments
from aiomedia.matches import Matches, Snapshot, recursive_snapshot
from aiomedia.offload import offloaded
from aiomedia.place import Place
from aiomedia.query import PLAIN, Query
from aiomedia.resource import Links, Resource, short_hash

KEPT_QUERIES = 16  # of a directory; each takes 8 bytes a match, and 100 when it is sorted by a value


class Lister:
    """Listings of one application, which is mounted in one place: a directory's URLs are always the same."""

    def __init__(self, encodings: Encodings) -> None:
        self._encodings = encodings
        self._fragments = UpToDate[Fragments](1)
        self._matches = UpToDate[Matches](KEPT_QUERIES)

    async def list_files(self, place: Place, query: Query, mount: str) -> Encoding:
        """The encoded page of a listing. Raises NotFound when the directory is not indexed, and Unavailable."""
        directory = place.directory()
        version = directory.tree_version if query.recursive else directory.version
        encode_it = self._plain if query == PLAIN else _recursive if query.recursive else self._page
        return await self._encodings.get(
            (place.absolute, query), version, lambda: encode_it(place, query, place.links(mount))
        )

    async def _plain(self, place: Place, query: Query, links: Links) -> Encoding:
        def make(content: Snapshot) -> Fragments:
            return Fragments(content.names or (), content.files, links)

        fragments, _ = await self._fragments.get(place, query, make)
        body = join_fragments(place.absolute, len(fragments.names), fragments.bodies)
        facts = join_fragments(place.absolute, 0, [links.mount.encode(), fragments.fingerprint])
        return Encoding(body, etag=f'"{short_hash(facts)}"')

    async def _page(self, place: Place, query: Query, links: Links) -> Encoding:
        matches, files = await self._matches.get(place, query.whole(), lambda content: Matches(content, query))
        page = cut(matches, query)
        shown = {name: files[name] for name in page.names}
        return await _encoded(place, page, shown, query, links)


async def _recursive(place: Place, query: Query, links: Links) -> Encoding:
    place.directory()  # or it is not found
    content = recursive_snapshot(place.root.index, place.path)

    def matched() -> Page:
        return cut(Matches(content, query), query)

    page = await offloaded(len(content.files), matched)
    return await _encoded(place, page, content.files, query, links)


async def _encoded(place: Place, page: Page, files: Mapping[str, Resource], query: Query, links: Links) -> Encoding:
    return Encoding(*await offloaded(len(page.names), encode, place.absolute, page, files, links, query))
