"""Parts: together they are one gzip member, whichever of them were compressed before."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from aiomedia.parts import Part, in_gzip

BODIES = st.lists(st.binary(max_size=200), max_size=6)


@given(BODIES)
def test_parts_are_one_gzip_member_of_all_their_bytes(bodies: list[bytes]) -> None:
    compressed = b"".join(in_gzip([Part(body) for body in bodies]))
    assert gzip.decompress(compressed) == b"".join(bodies)
    decompressor = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)  # which stops after the first member
    assert decompressor.decompress(compressed) == b"".join(bodies)
    assert decompressor.eof
    assert decompressor.unused_data == b""


@given(BODIES, BODIES)
def test_a_part_that_was_compressed_before_is_not_again(first: list[bytes], second: list[bytes]) -> None:
    parts = [Part(body) for body in first]
    before = in_gzip(parts)
    after = in_gzip([*parts, *map(Part, second)])
    assert all(one is other for one, other in zip(before[1:-1], after[1:], strict=False))
    assert after == in_gzip([*map(Part, first), *map(Part, second)])


def test_a_part_weighs_what_it_holds() -> None:
    part = Part(b"a" * 1000)
    assert part.weight == 1000
    deflated = part.deflated()
    assert part.weight == 1000 + len(deflated)
