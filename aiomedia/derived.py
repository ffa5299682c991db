"""What takes long to make of a directory's files: kept, and brought up to date by the names that changed."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from aiomedia.directory import Directory
from aiomedia.matches import Snapshot
from aiomedia.offload import offloaded
from aiomedia.place import Place
from aiomedia.resource import Resource


class Updatable(Protocol):
    """Shows the files of a directory, and can follow their changes."""

    def update(self, changed: Iterable[str], files: Mapping[str, Resource]) -> None: ...


D = TypeVar("D", bound=Updatable)


class UpToDate(Generic[D]):
    """Of each directory, what was made of it for the keys that were asked for last."""

    def __init__(self, max_keys: int) -> None:
        self._max_keys = max_keys
        self._kept: WeakKeyDictionary[Directory, OrderedDict[Hashable, tuple[int, D]]] = WeakKeyDictionary()
        self._locks: WeakKeyDictionary[Directory, asyncio.Lock] = WeakKeyDictionary()

    async def get(self, place: Place, key: Hashable, make: Callable[[Snapshot], D]) -> tuple[D, Mapping[str, Resource]]:
        """What `make` makes of the place's directory, and the files that it shows.

        Both are the caller's until its next `await`. `make` runs in a thread when there are many files; one request at
        a time has it run. Raises NotFound and Unavailable.
        """
        directory = place.directory()
        async with self._locks.setdefault(directory, asyncio.Lock()):
            kept = self._kept.setdefault(directory, OrderedDict())
            if key in kept:
                version, derived = kept[key]
                changed = directory.changed_since(version)
                if changed is not None:
                    derived.update(changed, directory.files)
                    kept[key] = (directory.version, derived)
                    kept.move_to_end(key)
                    return derived, directory.files
            version = directory.version
            content = Snapshot(directory.files.copy(), directory.names.copy())
            derived = await offloaded(len(content.files), make, content)
            kept[key] = (version, derived)
            kept.move_to_end(key)
            if len(kept) > self._max_keys:
                kept.popitem(last=False)
            return derived, content.files
