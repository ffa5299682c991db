"""The JSON of a directory's files in blocks: after a change only the block that it falls into is made anew. Pure.

Of 100,000 files in a directory one changes: encoding all takes 450 ms, copying what is encoded 6 ms, this 0.1 ms.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import msgspec

from aiomedia.parts import Part
from aiomedia.resource import Links, Resource, listed_file

# Files in a block, on average: 60 kB, which take 10 µs to copy, and a hundred thousand files are 400 blocks.
FILES_IN_BLOCK = 256

_FINGERPRINT_BITS = 128


class Block:
    """Files that stand side by side: their names in order, and their JSON, with a comma after each."""

    __slots__ = ("_lengths", "names", "part")

    def __init__(self, names: list[str], lengths: "array[int]", body: bytes) -> None:
        self.names = names
        self._lengths = lengths  # of each one's JSON, with its comma
        self.part = Part(body)

    def fragment(self, position: int) -> bytes:
        """The JSON of one file, and its comma."""
        start, end = self._span(position)
        return self.part.body[start:end]

    def insert(self, position: int, name: str, fragment: bytes) -> None:
        start, _ = self._span(position)
        self.names.insert(position, name)
        self._lengths.insert(position, len(fragment))
        self._splice(start, start, fragment)

    def remove(self, position: int) -> None:
        start, end = self._span(position)
        del self.names[position], self._lengths[position]
        self._splice(start, end, b"")

    def split(self, position: int) -> "Block":
        """Leaves the files before this position, and returns the others."""
        start, _ = self._span(position)
        after = Block(self.names[position:], self._lengths[position:], self.part.body[start:])
        del self.names[position:], self._lengths[position:]
        self.part = Part(self.part.body[:start])
        return after

    def join(self, after: "Block") -> None:
        """Takes over the files that come after."""
        self.names += after.names
        self._lengths += after._lengths
        self.part = Part(self.part.body + after.part.body)

    def _splice(self, start: int, end: int, fragment: bytes) -> None:
        body = memoryview(self.part.body)  # slices of which are not copies
        self.part = Part(b"".join((body[:start], fragment, body[end:])))

    def _span(self, position: int) -> tuple[int, int]:
        """Where the JSON of this file starts and ends; at the end both are the body's length."""
        start = sum(self._lengths[:position])
        return start, start + sum(self._lengths[position : position + 1])


class Blocks:
    """Each file's JSON in `/list/files`, in the order of the files' names.

    Which files stand in a block together depends on nothing but the files, so that what is compressed block by block
    does not either: a block ends after a file whose JSON has a hash that says so.
    """

    __slots__ = ("_blocks", "_fingerprint", "_links", "total")

    def __init__(self, names: Iterable[str], files: Mapping[str, Resource], links: Links) -> None:
        """`names` are those of the files, in order."""
        self._links = links
        self._blocks: list[Block] = []
        self._fingerprint = 0
        self.total = 0  # files
        before: list[str] = []
        fragments: list[bytes] = []
        for name in names:
            encoded = self._encoded(files[name], name)
            before.append(name)
            fragments.append(encoded)
            if self._count(encoded, 1):
                self._blocks.append(_block(before, fragments))
                before, fragments = [], []
        if before:
            self._blocks.append(_block(before, fragments))

    @property
    def fingerprint(self) -> bytes:
        """The same for the same files, whatever happened before: the sum of the hashes of each one's JSON.

        A sum can be brought up to date (Bellare and Micciancio 1997, "AdHash"), where a hash of all the bytes takes
        longer than copying them. It is no guard against somebody who makes up files so that two sums agree.
        """
        return (self._fingerprint % (1 << _FINGERPRINT_BITS)).to_bytes(_FINGERPRINT_BITS // 8, "big")

    @property
    def parts(self) -> list[Part]:
        """The JSON of all files, each with a comma after it, as it is now."""
        return [block.part for block in self._blocks]

    def update(self, changed: Iterable[str], files: Mapping[str, Resource]) -> None:
        """Brings the JSON of these names up to date with the directory's files."""
        for name in changed:
            self._remove(name)
            if (resource := files.get(name)) is not None:
                self._insert(name, self._encoded(resource, name))

    def _remove(self, name: str) -> None:
        at = self._place(name)
        if at == len(self._blocks):
            return
        block = self._blocks[at]
        position = bisect_left(block.names, name)
        if block.names[position] != name:
            return
        was_end = self._count(block.fragment(position), -1)
        block.remove(position)
        if not block.names:
            del self._blocks[at]
        elif was_end and at + 1 < len(self._blocks):
            block.join(self._blocks.pop(at + 1))

    def _insert(self, name: str, encoded: bytes) -> None:
        at = self._place(name)
        is_end = self._count(encoded, 1)
        if at == len(self._blocks):
            if at == 0 or _is_end(_hash(self._blocks[-1].fragment(len(self._blocks[-1].names) - 1))):
                self._blocks.append(_block([name], [encoded]))
                return
            at -= 1  # the last block is the one that may have room
        block = self._blocks[at]
        position = bisect_left(block.names, name)
        block.insert(position, name, encoded)
        if is_end and position + 1 < len(block.names):
            self._blocks.insert(at + 1, block.split(position + 1))

    def _place(self, name: str) -> int:
        """Which block has this name, or would: the first that does not end before it."""
        return bisect_left(self._blocks, name, key=lambda block: block.names[-1])

    def _encoded(self, resource: Resource, name: str) -> bytes:
        return fragment(resource, name, self._links) + b","

    def _count(self, encoded: bytes, sign: int) -> bool:
        """Counts a file that comes (1) or goes (-1); whether a block ends after it."""
        hashed = _hash(encoded)
        self._fingerprint += sign * hashed
        self.total += sign
        return _is_end(hashed)


def fragment(resource: Resource, filename: str, links: Links) -> bytes:
    """The JSON of one file under this name."""
    return msgspec.json.encode(listed_file(resource, filename, links))


def _block(names: list[str], fragments: Sequence[bytes]) -> Block:
    return Block(names, array("I", map(len, fragments)), b"".join(fragments))


def _hash(encoded: bytes) -> int:
    return int.from_bytes(blake2b(encoded, digest_size=_FINGERPRINT_BITS // 8).digest(), "big")


def _is_end(hashed: int) -> bool:
    return hashed % FILES_IN_BLOCK == 0
