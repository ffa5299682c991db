"""The JSON of a directory's files, piece by piece: after a change only the pieces that changed are made anew.

Of 100,000 files in a directory one changes: encoding all takes 450 ms, bringing these up to date and joining
them 6 ms. Pure.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from hashlib import blake2b

import msgspec

from aiomedia.resource import Links, Resource, listed_file

_FINGERPRINT_BITS = 128


class Fragments:
    """Each file's JSON in `/list/files`, in the order of the files' names."""

    __slots__ = ("_fingerprint", "_links", "bodies", "names")

    def __init__(self, names: Iterable[str], files: Mapping[str, Resource], links: Links) -> None:
        """`names` are those of the files, in order."""
        self._links = links
        self.names = list(names)
        self.bodies = [fragment(files[name], name, links) for name in self.names]
        self._fingerprint = sum(map(_hash, self.bodies))

    @property
    def fingerprint(self) -> bytes:
        """The same for the same files, whatever happened before: the sum of the pieces' hashes.

        A sum can be brought up to date (Bellare and Micciancio 1997, "AdHash"), where a hash of all the bytes takes
        longer than joining them. It is no guard against somebody who makes up files so that two sums agree.
        """
        return (self._fingerprint % (1 << _FINGERPRINT_BITS)).to_bytes(_FINGERPRINT_BITS // 8, "big")

    def update(self, changed: Iterable[str], files: Mapping[str, Resource]) -> None:
        """Brings the pieces of these names up to date with the directory's files."""
        for name in changed:
            position = bisect_left(self.names, name)
            if position < len(self.names) and self.names[position] == name:
                self._fingerprint -= _hash(self.bodies[position])
                del self.names[position], self.bodies[position]
            if (resource := files.get(name)) is not None:
                body = fragment(resource, name, self._links)
                self.names.insert(position, name)
                self.bodies.insert(position, body)
                self._fingerprint += _hash(body)


def fragment(resource: Resource, filename: str, links: Links) -> bytes:
    """The JSON of one file under this name."""
    return msgspec.json.encode(listed_file(resource, filename, links))


def _hash(body: bytes) -> int:
    return int.from_bytes(blake2b(body, digest_size=_FINGERPRINT_BITS // 8).digest(), "big")
