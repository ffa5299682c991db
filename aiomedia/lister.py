"""Answers `/list/files` with encodings that are kept until something changes that they show."""

import asyncio
from weakref import WeakKeyDictionary

from aiomedia.encodings import Encoding, Encodings
from aiomedia.fragments import Fragments
from aiomedia.index import Directory
from aiomedia.listing import PLAIN, Query, encode, join_fragments, matches, page
from aiomedia.place import Place
from aiomedia.resource import Links, short_hash

ENCODE_IN_THREAD = 2_000  # files; encoding so many of them takes 10 ms, in which nobody else is answered


class Lister:
    """Listings of one application, which is mounted in one place: a directory's URLs are always the same."""

    def __init__(self, max_bytes: int) -> None:
        self._encodings = Encodings(max_bytes)
        self._fragments: WeakKeyDictionary[Directory, Fragments] = WeakKeyDictionary()
        self._locks: WeakKeyDictionary[Directory, asyncio.Lock] = WeakKeyDictionary()

    async def list_files(self, place: Place, query: Query, mount: str) -> Encoding:
        """The encoded page of a listing. Raises NotFound when the directory is not indexed, and Unavailable."""
        directory = place.directory()
        version = directory.tree_version if query.recursive else directory.version

        async def encode_now() -> Encoding:
            links = place.links(mount)
            return await (self._plain(place, links) if query == PLAIN else _encoded(place, query, links))

        return await self._encodings.get((place.absolute, query), version, encode_now)

    async def _plain(self, place: Place, links: Links) -> Encoding:
        fragments = await self._fragments_of(place.directory(), links)
        body = join_fragments(place.absolute, len(fragments.names), fragments.bodies)
        etag = short_hash(join_fragments(place.absolute, 0, [links.mount.encode(), fragments.fingerprint]))
        return Encoding(body, f'"{etag}"')

    async def _fragments_of(self, directory: Directory, links: Links) -> Fragments:
        """The pieces of the directory's plain listing. One request at a time makes or updates them."""
        async with self._locks.setdefault(directory, asyncio.Lock()):
            known = self._fragments.get(directory)
            changed, directory.changed = directory.changed, set()
            if known is not None and changed is not None and len(changed) <= ENCODE_IN_THREAD:
                known.update(changed, directory.files, links)
                return known
            names = directory.names.copy()
            resources = [directory.files[name] for name in names]
            self._fragments[directory] = made = await asyncio.to_thread(Fragments, names, resources, links)
            return made


async def _encoded(place: Place, query: Query, links: Links) -> Encoding:
    found = matches(place.root.index, place.path, query)
    shown = page(found, query)
    # A copy of what is shown: a thread may read it while the index goes on.
    files = {name: found.files[name] for name in shown.names}
    facts = (place.absolute, len(found.names), shown, files, links, query)
    if len(files) <= ENCODE_IN_THREAD:
        return Encoding(*encode(*facts))
    return Encoding(*await asyncio.to_thread(encode, *facts))
